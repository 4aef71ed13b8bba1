"""Compare: two lists of items."""

from __future__ import annotations

from typing import Any

from a8n.testing import objects, run_sync
from a8n_data import Compare


def compared(a: list[Any], b: list[Any], **params: Any) -> dict[str, list[Any]]:
    params = {"keys": [{"a": "id"}], **params}
    return {port: objects(items) for port, items in run_sync(Compare, params, inputs={"a": a, "b": b}).items()}


def test_each_item_leaves_by_one_output() -> None:
    made = compared([{"id": 1, "v": 1}, {"id": 2, "v": 1}, {"v": 0}], [{"id": 2.0, "v": 1}, {"id": "1", "v": 1}])
    assert made == {
        "only_a": [{"id": 1, "v": 1}, {"v": 0}],
        "only_b": [{"id": "1", "v": 1}],
        "same": [{"id": 2, "v": 1}],
        "different": [],
    }


def test_changes_name_the_fields_and_show_both_sides() -> None:
    a, b = {"id": 1, "v": 1, "gone": None, "n": {"x": [1]}}, {"id": 1, "v": True, "n": {"x": [1]}, "new": 0}
    assert compared([a], [b])["different"] == [
        {"a": a, "b": b, "changes": {"v": {"a": 1, "b": True}, "gone": {"a": None}, "new": {"b": 0}}}
    ]


def test_fields_can_be_ignored_inside_of_objects() -> None:
    made = compared([{"id": 1, "m": {"at": 1, "x": 1}}], [{"id": 1, "m": {"at": 2, "x": 1}}], ignore=["m.at"])
    assert made["same"] == [{"id": 1, "m": {"at": 1, "x": 1}}]


def test_keys_may_have_different_names() -> None:
    made = compared([{"id": 1}], [{"user": {"id": 1}}], keys=[{"a": "id", "b": "user.id"}], ignore=["user"])
    assert made["same"] == [{"id": 1}]


def test_repeated_keys_are_matched_in_order() -> None:
    made = compared([{"id": 1, "v": 1}, {"id": 1, "v": 2}, {"id": 1, "v": 3}], [{"id": 1, "v": 1}, {"id": 1, "v": 2}])
    assert (made["same"], made["only_a"]) == ([{"id": 1, "v": 1}, {"id": 1, "v": 2}], [{"id": 1, "v": 3}])


def test_an_empty_side() -> None:
    assert compared([], [{"id": 1}])["only_b"] == [{"id": 1}]
    assert compared([{"id": 1}], [])["only_a"] == [{"id": 1}]


def test_ten_thousand_items_on_each_side() -> None:
    made = compared([{"id": n} for n in range(10_000)], [{"id": n} for n in range(5_000, 15_000)])
    assert [len(items) for items in made.values()] == [5_000, 5_000, 5_000, 0]
