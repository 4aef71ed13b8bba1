"""Split out and Aggregate."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from a8n import FileRef, Item, NodeError
from a8n.testing import objects, run_sync
from a8n_data import Aggregate, SplitOut

ORDER = {"id": 7, "o": {"lines": [{"sku": "a", "id": 1}, {"sku": "b"}, 5, None, [1]], "x": 1}}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [{"sku": "a", "id": 1}, {"sku": "b"}, {"lines": 5}, {"lines": None}, {"lines": [1]}]),
        (
            {"destination": "l.v"},
            [{"l": {"v": value}} for value in ({"sku": "a", "id": 1}, {"sku": "b"}, 5, None, [1])],
        ),
        (
            {"include": "all"},
            [
                {"id": 1, "o": {"x": 1}, "sku": "a"},
                {"id": 7, "o": {"x": 1}, "sku": "b"},
                {"id": 7, "o": {"x": 1}, "lines": 5},
                {"id": 7, "o": {"x": 1}, "lines": None},
                {"id": 7, "o": {"x": 1}, "lines": [1]},
            ],
        ),
    ],
)
def test_split_out(params: dict[str, Any], expected: list[Any]) -> None:
    order = copy.deepcopy(ORDER)
    outputs = run_sync(SplitOut, {"field": "o.lines", **params}, [order])
    assert objects(outputs["main"]) == expected
    assert order == ORDER
    assert {item.source for item in outputs["main"]} == {0}


def test_split_out_with_chosen_fields() -> None:
    outputs = run_sync(
        SplitOut, {"field": "l", "include": "selected", "fields": ["o.x", "none"]}, [{"l": [1], "o": {"x": 2}, "y": 3}]
    )
    assert objects(outputs["main"]) == [{"o": {"x": 2}, "l": 1}]


def test_an_empty_list_gives_nothing() -> None:
    assert run_sync(SplitOut, {"field": "l"}, [{"l": []}])["main"] == []


@pytest.mark.parametrize("item", [{}, {"l": None}])
def test_a_missing_list(item: dict[str, Any]) -> None:
    with pytest.raises(NodeError, match=r"'l' is (missing|null), not a list"):
        run_sync(SplitOut, {"field": "l"}, [item])
    assert run_sync(SplitOut, {"field": "l", "missing": "skip"}, [item])["main"] == []
    assert objects(run_sync(SplitOut, {"field": "l", "missing": "keep"}, [item])["main"]) == [item]


@pytest.mark.parametrize(("value", "kind"), [("a", "text"), (5, "a number"), ({"a": 1}, "an object"), (True, "a bool")])
def test_what_is_no_list_is_named(value: Any, kind: str) -> None:
    with pytest.raises(NodeError, match=f"'l' is {kind}") as caught:
        run_sync(SplitOut, {"field": "l", "missing": "skip"}, [{"l": value}])
    assert caught.value.field == "field"


def test_files_come_along_with_all_other_fields() -> None:
    item = Item({"l": [1, 2]}, {"f": FileRef(hash="a" * 64)})
    assert run_sync(SplitOut, {"field": "l", "include": "all"}, [item])["main"][1].files == item.files
    assert not run_sync(SplitOut, {"field": "l"}, [item])["main"][1].files


ITEMS: list[dict[str, Any]] = [{"a": 1, "o": {"b": "x"}}, {"a": None}, {"a": 3, "o": {"b": "y"}}]


def test_aggregate_items() -> None:
    outputs = run_sync(Aggregate, {}, ITEMS)
    assert outputs["main"] == [Item({"items": ITEMS})]
    assert outputs["main"][0].source == (0, 1, 2)


@pytest.mark.parametrize(
    ("keep", "expected"),
    [(False, {"a": [1, 3], "bs": ["x", "y"]}), (True, {"a": [1, None, 3], "bs": ["x", None, "y"]})],
)
def test_aggregate_fields(keep: bool, expected: dict[str, Any]) -> None:
    fields = [{"field": "a"}, {"field": "o.b", "name": "bs"}]
    collect = {"what": "fields", "fields": fields, "keep_missing": keep}
    assert objects(run_sync(Aggregate, {"collect": collect}, ITEMS)["main"]) == [expected]


def test_aggregated_files_get_names_of_their_own() -> None:
    refs = [FileRef(hash=letter * 64) for letter in "abc"]
    items = [Item({}, {"f": refs[0], "f_2": refs[1]}), Item({}, {"f": refs[2]}), Item({})]
    made = run_sync(Aggregate, {"files": True}, items)["main"][0]
    assert made.files == {"f": refs[0], "f_2": refs[1], "f_3": refs[2]}
    assert not run_sync(Aggregate, {}, items)["main"][0].files


def test_splitting_undoes_aggregating_ten_thousand_items() -> None:
    items = [{"n": n} for n in range(10_000)]
    whole = run_sync(Aggregate, {}, items)["main"]
    assert objects(run_sync(SplitOut, {"field": "items"}, whole)["main"]) == items
