"""What the operators of conditions mean, through If and Filter."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import NodeError
from a8n.testing import objects, run_sync
from a8n_flow import Filter, If


def met(left: Any, op: str, right: Any = None) -> bool:
    row = {"left": {"$literal": left}, "op": op, "right": {"$literal": right}}
    outputs = run_sync(If, {"conditions": {"list": [row]}})
    return bool(outputs["true"])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1), (1, 1.0), (1, "1"), ("1.0", 1), (" 7 ", 7), ("1e3", 1000), (True, "true"), ("FALSE", False),
        (None, None), ("", ""), ("Ünïcode 🎉", "Ünïcode 🎉"), ([1, {"a": None}], [1, {"a": None}]), ({}, {}),
    ],
)  # fmt: skip
def test_equal(left: Any, right: Any) -> None:
    assert met(left, "eq", right)
    assert not met(left, "ne", right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, True), (0, False), (None, ""), (None, 0), (None, "null"), ("a", "A"), ("1", "1.0"), ("nan", 1),
        ("0x10", 16), ("1_000", 1000), ("١", 1), ("", 0), ([], {}), ([1], [2]), ({"a": 1}, {"a": "1"}), ("9" * 5000, 1),
    ],
)  # fmt: skip
def test_not_equal(left: Any, right: Any) -> None:
    assert met(left, "ne", right)
    assert not met(left, "eq", right)


@pytest.mark.parametrize(
    ("small", "large"),
    [
        (1, 2), (1, 1.5), ("9", "10"), (9, "10"), ("9", 10), ("a", "b"), ("Z", "a"), (-1, 0), (10**30, 10**30 + 1),
        ("2026-03-29T00:00:00+02:00", "2026-03-28T23:00:00Z"), ("2026-01-31", "2026-02-01"),
    ],
)  # fmt: skip
def test_order(small: Any, large: Any) -> None:
    assert met(small, "lt", large)
    assert met(small, "lte", large)
    assert met(large, "gt", small)
    assert met(large, "gte", small)
    assert not met(small, "gt", large)
    assert not met(small, "gte", large)


@pytest.mark.parametrize("op", ["lt", "lte", "gt", "gte", "before", "after"])
def test_null_has_no_order(op: str) -> None:
    assert not met(None, op, 1)
    assert not met(1, op, None)
    assert not met(None, op, None)


@pytest.mark.parametrize(
    ("left", "right", "side"), [("many", 3, "left"), (3, "many", "right"), ([1], 3, "left"), (3, True, "right")]
)
def test_what_has_no_order_is_an_error_that_names_the_operand(left: Any, right: Any, side: str) -> None:
    with pytest.raises(NodeError) as caught:
        met(left, "gt", right)
    assert caught.value.field == f"conditions.list.0.{side}"


@pytest.mark.parametrize(
    ("left", "op", "right"),
    [
        ("Hello", "contains", "ell"), (12345, "contains", 234), ([1, "a"], "contains", "1"),
        ({"a": 1}, "contains", "a"),
        ("Hello", "starts_with", "He"), ("Hello", "ends_with", "lo"), ("order 4711", "matches", r"\d{4}$"),
        ("b", "in", "a, b ,c"), (2, "in", [1, "2"]), ("k", "in", {"k": 0}), ("x", "not_in", None),
        ("", "empty", None), (None, "empty", None), ([], "empty", None), ({}, "empty", None),
        (0, "not_empty", None), (False, "not_empty", None), (" ", "not_empty", None),
        (0, "exists", None), ("", "exists", None), (None, "not_exists", None),
        (True, "true", None), ("True", "true", None), (False, "false", None), ("false", "false", None),
        ("2026-01-01", "before", "2026-01-01T00:00:01Z"), (1_900_000_000, "after", "2026-01-01"),
        (1_600_000_000_000, "before", 1_700_000_000), ("Hello", "not_contains", "x"),
    ],
)  # fmt: skip
def test_holds(left: Any, op: str, right: Any) -> None:
    assert met(left, op, right)


@pytest.mark.parametrize(
    ("left", "op", "right"),
    [
        (None, "contains", "a"), ("null", "contains", None), ({"a": 1}, "contains", 1), (None, "starts_with", ""),
        (None, "ends_with", ""), (None, "matches", ".*"), ("a", "in", "abc"), (1, "true", None), (0, "false", None),
        (None, "true", None), (None, "false", None), (None, "exists", None), ("x", "empty", None),
    ],
)  # fmt: skip
def test_does_not_hold(left: Any, op: str, right: Any) -> None:
    assert not met(left, op, right)


@pytest.mark.parametrize(
    ("left", "op", "right", "side", "message"),
    [
        ("a", "matches", "(", "right", "regular expression"),
        ("a", "matches", r"(a)\1", "right", "back-references"),
        ("a", "matches", 7, "right", "regular expression"),
        ("a", "matches", "a" * 2000, "right", "longer than"),
        ([1], "starts_with", "1", "left", "not text"),
        ("soon", "before", "2026-01-01", "left", "not a date"),
        ("2026-01-01", "after", {"a": 1}, "right", "not a date"),
        (10**300, "after", "2026-01-01", "left", "not a date"),
        ("a", "in", 5, "right", "not a list"),
    ],
)
def test_an_operand_that_cannot_be_used_is_named(left: Any, op: str, right: Any, side: str, message: str) -> None:
    with pytest.raises(NodeError, match=message) as caught:
        met(left, op, right)
    assert caught.value.field == f"conditions.list.0.{side}"


def test_a_hostile_pattern_takes_no_time() -> None:
    assert not met("a" * 50_000 + "!", "matches", "^(a+)+$")


ROWS = [
    {"left": {"$": "json.a"}, "op": "eq", "right": 1},
    {"left": {"$": "json.b"}, "op": "eq", "right": 1},
]
CASES = [{"a": 1, "b": 1}, {"a": 1, "b": 0}, {"a": 0, "b": 0}]


@pytest.mark.parametrize(("combine", "kept"), [("all", CASES[:1]), ("any", CASES[:2])])
def test_conditions_combine(combine: str, kept: list[dict[str, int]]) -> None:
    outputs = run_sync(Filter, {"conditions": {"combine": combine, "list": ROWS}}, CASES)
    assert objects(outputs["true"]) == kept
    assert objects(outputs["false"]) == [case for case in CASES if case not in kept]


@pytest.mark.parametrize("combine", ["all", "any"])
def test_no_conditions_are_met(combine: str) -> None:
    assert run_sync(Filter, {"conditions": {"combine": combine, "list": []}}, [{"a": 1}])["true"]


def test_any_stops_at_the_first_that_holds() -> None:
    rows = [{"left": 1, "op": "eq", "right": 1}, {"left": "x", "op": "gt", "right": 1}]
    assert run_sync(If, {"conditions": {"combine": "any", "list": rows}})["true"]


def test_the_condition_at_fault_is_named_among_many() -> None:
    rows = [{"left": 1, "op": "eq", "right": 1}, {"left": "x", "op": "gt", "right": 1}]
    with pytest.raises(NodeError) as caught:
        run_sync(If, {"conditions": {"list": rows}})
    assert caught.value.field == "conditions.list.1.left"


def test_ten_thousand_items_keep_their_order_and_lineage() -> None:
    items = [{"n": n} for n in range(10_000)]
    row = {"left": {"$": "json.n"}, "op": "lt", "right": 5_000}
    outputs = run_sync(If, {"conditions": {"list": [row]}}, items)
    assert objects(outputs["true"]) == items[:5_000]
    assert outputs["false"][0].source == 5_000


@pytest.mark.parametrize("value", [{"$": "json.mail"}, {"$": "json.user.mail[0]"}, {"$t": "{{ json.mail }}"}])
def test_a_value_that_is_missing_is_null(value: dict[str, str]) -> None:
    def outcome(op: str, **right: Any) -> bool:
        row = {"left": value, "op": op, **right}
        return bool(run_sync(If, {"conditions": {"list": [row]}}, [{"name": "Ada"}])["true"])

    assert outcome("not_exists")
    assert outcome("empty")
    assert not outcome("exists")
    assert not outcome("eq", right="a")
    assert outcome("eq", right={"$": "json.nothing"})


@pytest.mark.parametrize("value", [{"$": "jsn.mail"}, {"$": "json.name + 1"}, {"$": "1 / 0"}])
def test_other_mistakes_in_an_expression_stay_errors(value: dict[str, str]) -> None:
    with pytest.raises(NodeError) as caught:
        run_sync(If, {"conditions": {"list": [{"left": value, "op": "exists"}]}}, [{"name": "Ada"}])
    assert caught.value.field == "conditions.list.0.left"
