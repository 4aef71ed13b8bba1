"""Which executions run beside which after their process died."""

from __future__ import annotations

from a8n.runtime.executions import CLAIMS
from a8n.runtime.probation import Probation

LAST = CLAIMS


def test_what_never_died_runs_beside_everything() -> None:
    probation = Probation()
    assert probation.spare({"a": 1, "b": LAST}) == set()
    assert probation.spare({"c": 1}) == set()


def test_what_died_once_is_recovered_together() -> None:
    assert Probation().spare({"a": 2, "b": 2, "c": 1}) == set()


def test_on_its_last_chance_an_execution_runs_without_others_that_died() -> None:
    probation = Probation()
    assert probation.spare({"a": LAST, "b": LAST, "c": 2, "d": 1}) == {"b", "c"}
    assert probation.spare({"b": LAST, "c": 2}) == {"b", "c"}
    probation.over("a")
    assert probation.spare({"c": 2}) == set()
    assert probation.spare({"b": LAST}) == {"b"}
    probation.over("c")
    assert probation.spare({"b": LAST}) == set()


def test_what_is_given_up_waits_for_nobody() -> None:
    probation = Probation()
    assert probation.spare({"a": LAST}) == set()
    assert probation.spare({"b": LAST + 1}) == set()
