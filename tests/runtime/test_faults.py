"""Fault points: off by default and then not even there; on they do what was asked, and wrong words are errors."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from a8n.runtime.errors import SettingsError
from a8n.runtime.faults import POINTS, Fault, FaultError, armed, around, parse, wrapped
from tests.live.server import COMMAND

CHANCE = random.Random(1)


def test_a_point_that_nobody_asked_for_is_the_function_itself() -> None:
    def function() -> None: ...

    for place in ("accept", "commit"):
        assert around(place)(function) is function


def test_parts() -> None:
    assert parse("after_accept:raise@0.05, before_claim:kill,before_commit:delay=0.5@0.1") == {
        "after_accept": Fault("after_accept", "raise", 0.0, 0.05),
        "before_claim": Fault("before_claim", "kill"),
        "before_commit": Fault("before_commit", "delay", 0.5, 0.1),
    }
    assert parse("") == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "is not point:action"),
        ("before_lunch:kill", "no point 'before_lunch'; there are before_accept"),
        ("before_claim:explode", "no action 'explode'; there are raise, kill, stop, delay"),
        ("before_claim:delay", "takes seconds"),
        ("before_claim:kill=3", "takes seconds"),
        ("before_claim:kill@2", "above 1"),
        ("before_claim:delay=1.2.3", "a number that is none"),
        ("before_claim:kill,before_claim:raise", "before_claim twice"),
    ],
)
def test_wrong_words(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        parse(text)


def test_without_a_seed_it_is_refused_with_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    assert armed({"A8N_FAULT": "before_claim:kill"})[0] == {}
    assert "ignored" in capsys.readouterr().err
    assert list(armed({"A8N_FAULT": "before_claim:kill", "A8N_FAULT_SEED": "7"})[0]) == ["before_claim"]
    assert "breaks on purpose" in capsys.readouterr().err


async def test_raising_before_and_after() -> None:
    done: list[str] = []

    async def act() -> str:
        done.append("done")
        return "result"

    raising = Fault(POINTS[0], "raise")
    with pytest.raises(FaultError, match="A8N_FAULT"):
        await wrapped(act, raising, None, CHANCE)()
    assert done == []
    with pytest.raises(ConnectionError):
        await wrapped(act, None, raising, CHANCE)()
    assert done == ["done"]
    assert await wrapped(act, Fault(POINTS[0], "delay", 0.001), None, CHANCE)() == "result"
    assert await wrapped(act, Fault(POINTS[0], "raise", 0.0, 0.0), None, CHANCE)() == "result"


def test_raising_in_a_plain_function() -> None:
    with pytest.raises(FaultError):
        wrapped(lambda: None, Fault(POINTS[0], "raise"), None, CHANCE)()
    assert wrapped(lambda: 5, None, Fault(POINTS[0], "delay", 0.001), CHANCE)() == 5


def test_killing_the_process() -> None:
    text = "from a8n.runtime.faults import around; around('reap')(lambda: None)(); print('survived')"
    env = {**os.environ, "A8N_FAULT": "after_reap:kill", "A8N_FAULT_SEED": "1"}
    run = subprocess.run([sys.executable, "-c", text], env=env, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (-signal.SIGKILL, "")


def test_a_server_says_what_is_wrong_and_does_not_start(tmp_path: Path) -> None:
    env = {**os.environ, "A8N_DATA_DIR": str(tmp_path), "A8N_FAULT": "before_lunch:kill", "A8N_FAULT_SEED": "1"}
    run = subprocess.run([COMMAND, "serve", "--port", "0"], env=env, capture_output=True, text=True, timeout=60)
    assert run.returncode == 2
    assert run.stderr.startswith("a8n: A8N_FAULT has no point 'before_lunch'")
    assert len(run.stderr.splitlines()) == 1
