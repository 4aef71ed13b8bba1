"""Merge, in all its modes."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import FileRef, Item, NodeError
from a8n.testing import objects, run_sync
from a8n_flow import Merge

A = [{"id": 1, "x": "a1"}, {"id": 2, "x": "a2"}, {"id": None, "x": "a0"}]
B = [{"id": "2", "y": "b2"}, {"id": 3, "y": "b3"}, {"y": "b0"}, {"id": 2.0, "y": "B2"}]


def merge(mode: dict[str, Any], a: list[Any] | None = None, b: list[Any] | None = None) -> list[Item]:
    inputs = {"a": A if a is None else a, "b": B if b is None else b}
    return run_sync(Merge, {"mode": mode}, inputs=inputs)["main"]


def test_append() -> None:
    merged = merge({"how": "append"})
    assert objects(merged) == A + B
    assert [item.source for item in merged] == list(range(7))


def test_append_is_what_it_does_untold() -> None:
    assert objects(run_sync(Merge, {}, inputs={"a": A, "b": B})["main"]) == A + B


def test_by_position() -> None:
    merged = merge({"how": "position"}, [{"n": 1, "x": 1}], [{"n": 2, "y": 2}, {"n": 3}])
    assert objects(merged) == [{"n": 2, "x": 1, "y": 2}]
    assert merged[0].source == (0, 1)


def test_by_position_can_keep_the_rest() -> None:
    assert objects(merge({"how": "position", "unpaired": "keep"}, [{"n": 1}], [{"m": 2}, {"m": 3}])) == [
        {"n": 1, "m": 2},
        {"m": 3},
    ]


INNER = [{"id": "2", "x": "a2", "y": "b2"}, {"id": 2.0, "x": "a2", "y": "B2"}]


@pytest.mark.parametrize(
    ("join", "expected"),
    [
        ("inner", INNER),
        ("left", [A[0], *INNER, A[2]]),
        ("right", [*INNER, B[1], B[2]]),
        ("outer", [A[0], *INNER, A[2], B[1], B[2]]),
    ],
)
def test_joins_where_null_and_missing_keys_match_nothing(join: str, expected: list[Any]) -> None:
    assert objects(merge({"how": "key", "keys": [{"a": "id"}], "join": join})) == expected


def test_a_join_of_exact_types() -> None:
    assert objects(merge({"how": "key", "keys": [{"a": "id"}], "numbers": False})) == INNER[1:]


def test_a_join_with_the_first_partner_only() -> None:
    assert objects(merge({"how": "key", "keys": [{"a": "id"}], "matches": "first"})) == INNER[:1]


def test_keys_may_be_several_differ_in_name_and_reach_inside() -> None:
    keys = [{"a": "user.id", "b": "id"}, {"a": "tags.0", "b": "tag"}]
    a = [{"user": {"id": 1}, "tags": ["x"]}, {"user": {"id": 1}, "tags": ["y"]}, {"user": 5, "tags": []}]
    assert objects(merge({"how": "key", "keys": keys}, a, [{"id": 1, "tag": "y"}])) == [
        {"user": {"id": 1}, "tags": ["y"], "id": 1, "tag": "y"}
    ]


def test_true_is_not_one_as_a_key() -> None:
    assert merge({"how": "key", "keys": [{"a": "id"}]}, [{"id": 1}], [{"id": True}]) == []


def test_objects_and_lists_can_be_keys() -> None:
    merged = merge(
        {"how": "key", "keys": [{"a": "k"}]}, [{"k": {"a": 1, "b": [2]}}], [{"k": {"b": [2], "a": 1}, "n": 1}]
    )
    assert objects(merged) == [{"k": {"a": 1, "b": [2]}, "n": 1}]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"v": "b", "o": {"y": 2}}),
        ({"clash": "prefer_a"}, {"v": "a", "o": {"x": 1}}),
        ({"clash": "both"}, {"v_a": "a", "v_b": "b", "o_a": {"x": 1}, "o_b": {"y": 2}}),
        ({"nested": True}, {"v": "b", "o": {"x": 1, "y": 2}}),
        ({"clash": "both", "nested": True}, {"v_a": "a", "v_b": "b", "o": {"x": 1, "y": 2}}),
    ],
)
def test_clashes(options: dict[str, Any], expected: dict[str, Any]) -> None:
    a, b = {"v": "a", "o": {"x": 1}}, {"v": "b", "o": {"y": 2}}
    assert objects(merge({"how": "position", **options}, [a], [b])) == [expected]
    assert a == {"v": "a", "o": {"x": 1}}


def test_combinations() -> None:
    merged = merge({"how": "combinations"}, [{"x": 1}, {"x": 2}], [{"y": 1}, {"y": 2}])
    assert objects(merged) == [{"x": x, "y": y} for x in (1, 2) for y in (1, 2)]
    assert merged[-1].source == (1, 3)


def test_a_merge_cannot_explode() -> None:
    many = [{"n": 1}] * 1_001
    with pytest.raises(NodeError, match="more than 1,000,000"):
        merge({"how": "combinations"}, many, many)


@pytest.mark.parametrize(("keep", "a", "expected"), [("a", A, A), ("b", A, B), ("first", A, A), ("first", [], B)])
def test_choose(keep: str, a: list[Any], expected: list[Any]) -> None:
    assert objects(merge({"how": "choose", "keep": keep}, a)) == expected


def test_files_of_both_come_along() -> None:
    one, two = (FileRef(hash=letter * 64, name=letter) for letter in "ab")
    merged = merge({"how": "position"}, [Item({}, {"one": one})], [Item({}, {"two": two})])
    assert merged[0].files == {"one": one, "two": two}
