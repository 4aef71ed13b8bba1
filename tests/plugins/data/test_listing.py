"""Sort, Limit, Remove duplicates."""

from __future__ import annotations

from typing import Any

import pytest

from a8n.testing import InvalidError, objects, run_sync
from a8n_data import Limit, RemoveDuplicates, Sort


def ordered(values: list[Any], **key: Any) -> list[Any]:
    items = [{"v": value} if value is not ... else {} for value in values]
    missing = {"missing": key.pop("missing")} if "missing" in key else {}
    outputs = run_sync(Sort, {"keys": [{"field": "v", **key}], **missing}, items)
    return [item.json.get("v", ...) for item in outputs["main"]]


@pytest.mark.parametrize(
    ("key", "values", "expected"),
    [
        ({}, [3, 1.5, 2], [1.5, 2, 3]),
        ({"order": "desc"}, [1, 3, None, 2], [3, 2, 1, None]),
        ({"missing": "first"}, [2, ..., 1, None], [..., None, 1, 2]),
        ({}, ["b", 2, True, "a", 1, [1], {"a": 1}], [True, 1, 2, "a", "b", [1], {"a": 1}]),
        ({}, ["b", "A", "a", "B"], ["A", "B", "a", "b"]),
        ({"ignore_case": True}, ["b", "A", "a", "B"], ["A", "a", "b", "B"]),
        ({"compare": "number"}, ["10", 9, "x", "-1.5e1"], ["-1.5e1", 9, "10", "x"]),
        ({"compare": "text"}, [10, 9, True], [10, 9, True]),
        ({"compare": "natural"}, ["f10", "f9", "f", "f010", "9", "é"], ["9", "f", "f9", "f10", "f010", "é"]),
        ({"compare": "natural", "order": "desc"}, ["v1.2", "v1.10"], ["v1.10", "v1.2"]),
    ],
)
def test_sort(key: dict[str, Any], values: list[Any], expected: list[Any]) -> None:
    assert ordered(values, **key) == expected


def test_sorting_by_several_fields_is_stable() -> None:
    items = [{"a": a, "b": b, "n": n} for n, (a, b) in enumerate([(1, 2), (2, 1), (1, 1), (2, 1), (1, 2)])]
    outputs = run_sync(Sort, {"keys": [{"field": "a", "order": "desc"}, {"field": "b"}]}, items)
    assert [item.json["n"] for item in outputs["main"]] == [1, 3, 2, 0, 4]
    assert [item.source for item in outputs["main"]] == [1, 3, 2, 0, 4]


def test_descending_keeps_the_order_of_equals() -> None:
    outputs = run_sync(Sort, {"keys": [{"field": "a", "order": "desc"}]}, [{"a": 1, "n": n} for n in range(3)])
    assert [item.json["n"] for item in outputs["main"]] == [0, 1, 2]


def test_sort_needs_a_key() -> None:
    with pytest.raises(InvalidError, match="keys"):
        run_sync(Sort, {"keys": []})


def test_ten_thousand_items_are_sorted() -> None:
    values = [(n * 7_919) % 10_007 for n in range(10_000)]
    assert ordered(values) == sorted(values)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"count": 2}, [0, 1]), ({"count": 2, "keep": "last"}, [3, 4]), ({"count": 2, "skip": 1}, [1, 2]),
        ({"count": 2, "skip": 1, "keep": "last"}, [2, 3]), ({"count": 99}, [0, 1, 2, 3, 4]), ({"count": 0}, []),
        ({"count": 0, "keep": "last"}, []), ({"count": 9, "skip": 9, "keep": "last"}, []),
        ({"count": 9, "skip": 9}, []),
    ],
)  # fmt: skip
def test_limit(params: dict[str, Any], expected: list[int]) -> None:
    outputs = run_sync(Limit, params, [{"n": n} for n in range(5)])
    assert [item.json["n"] for item in outputs["main"]] == expected


def test_whole_items_are_compared_as_json() -> None:
    items: list[dict[str, Any]] = [
        {"a": 1},
        {"a": 1.0},
        {"a": "1"},
        {"a": True},
        {"a": None},
        {},
        {"a": [1]},
        {"a": [True]},
        {"a": {}},
    ]
    outputs = run_sync(RemoveDuplicates, {}, [*items, *items])
    assert objects(outputs["main"]) == [items[0], *items[2:]]
    assert len(outputs["duplicates"]) == len(items) + 1


def test_the_order_of_keys_makes_no_difference() -> None:
    outputs = run_sync(RemoveDuplicates, {}, [{"a": 1, "b": {"x": 1, "y": 2}}, {"b": {"y": 2, "x": 1}, "a": 1}])
    assert len(outputs["main"]) == 1


@pytest.mark.parametrize(("keep", "kept", "rest"), [("first", [0, 1], [2]), ("last", [1, 2], [0])])
def test_items_are_told_apart_by_fields(keep: str, kept: list[int], rest: list[int]) -> None:
    items = [{"u": {"id": 1}, "n": 0}, {"u": {"id": 2}, "n": 1}, {"u": {"id": 1}, "n": 2}]
    outputs = run_sync(RemoveDuplicates, {"fields": ["u.id"], "keep": keep}, items)
    assert [item.json["n"] for item in outputs["main"]] == kept
    assert [item.json["n"] for item in outputs["duplicates"]] == rest
