"""Edit, rename and remove fields; dotted names; nothing is changed in place."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from a8n import FileRef, Item, NodeError
from a8n.testing import InvalidError, objects, run_sync
from a8n_data import EditFields, RemoveFields, RenameFields

REF = FileRef(hash="a" * 64)


def edited(fields: list[tuple[str, Any]], item: dict[str, Any], **params: Any) -> dict[str, Any]:
    before = copy.deepcopy(item)
    rows = [{"name": name, "value": value} for name, value in fields]
    outputs = run_sync(EditFields, {"fields": rows, **params}, [item])
    assert item == before
    return objects(outputs["main"])[0]


@pytest.mark.parametrize(
    ("fields", "item", "expected"),
    [
        ([("a", 1)], {}, {"a": 1}),
        ([("a", None)], {"a": 1, "b": 2}, {"a": None, "b": 2}),
        ([("a.b.c", 1)], {}, {"a": {"b": {"c": 1}}}),
        ([("a.b", 1)], {"a": {"c": 2}}, {"a": {"c": 2, "b": 1}}),
        ([("a.b", 1)], {"a": None}, {"a": {"b": 1}}),
        ([("a.b", 1), ("a.c", 2)], {"a": {"x": 0}}, {"a": {"x": 0, "b": 1, "c": 2}}),
        ([("l.0.p", 9)], {"l": [{"p": 1}, {"p": 2}]}, {"l": [{"p": 9}, {"p": 2}]}),
        ([("l.2", 3)], {"l": [1, 2]}, {"l": [1, 2, 3]}),
        ([("l.0.0", "x")], {"l": [[1, 2]]}, {"l": [["x", 2]]}),
        ([("a.b", 1)], {"a.b": 0, "a": {"b": 0}}, {"a.b": 1, "a": {"b": 0}}),
        ([("a\\.b", 1)], {}, {"a.b": 1}),
        ([("ключ.名", "é🎉")], {}, {"ключ": {"名": "é🎉"}}),
        ([("", 1)], {}, None),
        ([("0", 1)], {}, {"0": 1}),
    ],
)
def test_set(fields: list[tuple[str, Any]], item: dict[str, Any], expected: dict[str, Any] | None) -> None:
    if expected is None:
        with pytest.raises(InvalidError):
            edited(fields, item)
    else:
        assert edited(fields, item) == expected


@pytest.mark.parametrize(
    ("name", "item", "message"),
    [
        ("a.b", {"a": "text"}, "'a' is text"),
        ("a.b.c", {"a": {"b": 5}}, r"'a\.b' is a number"),
        ("l.5", {"l": [1]}, "the list has 1 entries"),
        ("l.x", {"l": [1]}, "the list has 1 entries"),
        ("l.-1", {"l": [1]}, "the list has 1 entries"),
        ("a..b", {}, "no name of a field"),
        (".a", {}, "no name of a field"),
        (".".join("a" * 60), {}, "at most 50 parts"),
    ],
)
def test_places_that_cannot_be_set(name: str, item: dict[str, Any], message: str) -> None:
    with pytest.raises(NodeError, match=message):
        edited([(name, 1)], item)


def test_only_drops_the_other_fields() -> None:
    assert edited([("b", {"$": "json.a"})], {"a": 1}, mode="only") == {"b": 1}


def test_expressions_see_the_item_as_it_came() -> None:
    assert edited([("a", 2), ("b", {"$": "json.a"})], {"a": 1}) == {"a": 2, "b": 1}


@pytest.mark.parametrize("mode", ["keep", "only"])
def test_files_stay_unless_they_are_dropped(mode: str) -> None:
    item = Item({}, {"f": REF})
    assert run_sync(EditFields, {"mode": mode}, [item])["main"][0].files == {"f": REF}
    assert not run_sync(EditFields, {"mode": mode, "files": "drop"}, [item])["main"][0].files


def test_parts_that_do_not_change_are_shared_not_copied() -> None:
    deep = {"x": [1]}
    item = {"a": {"deep": deep, "n": 1}}
    outputs = run_sync(EditFields, {"fields": [{"name": "a.n", "value": 2}]}, [item])
    assert outputs["main"][0].json["a"]["deep"] is deep


@pytest.mark.parametrize(
    ("fields", "item", "expected"),
    [
        ([("a", "x")], {"a": 1, "b": 2}, {"x": 1, "b": 2}),
        ([("a", "b"), ("b", "a")], {"a": 1, "b": 2}, {"b": 1, "a": 2}),
        ([("a", "b")], {"a": 1, "b": 2}, {"b": 1}),
        ([("a", "a")], {"a": 1}, {"a": 1}),
        ([("missing", "x")], {"a": 1}, {"a": 1}),
        ([("a", "o.a")], {"a": None, "o": {"b": 1}}, {"o": {"b": 1, "a": None}}),
        ([("o.a", "a")], {"o": {"a": 1, "b": 2}}, {"o": {"b": 2}, "a": 1}),
        ([("o.a", "o.x")], {"o": {"a": 1}}, {"o": {"x": 1}}),
        ([("l.0.a", "first")], {"l": [{"a": 1, "b": 2}]}, {"l": [{"b": 2}], "first": 1}),
    ],
)
def test_rename(fields: list[tuple[str, str]], item: dict[str, Any], expected: dict[str, Any]) -> None:
    before = copy.deepcopy(item)
    rows = [{"old": old, "new": new} for old, new in fields]
    made = objects(run_sync(RenameFields, {"fields": rows}, [Item(item, {"f": REF})])["main"])[0]
    assert (made, item) == (expected, before)


def test_renaming_keeps_the_order_of_fields() -> None:
    outputs = run_sync(RenameFields, {"fields": [{"old": "b", "new": "x"}]}, [{"a": 1, "b": 2, "c": 3}])
    assert list(outputs["main"][0].json) == ["a", "x", "c"]


@pytest.mark.parametrize(
    ("mode", "fields", "item", "expected"),
    [
        ("remove", ["a", "o.b", "none", "o.none.x"], {"a": 1, "o": {"b": 1, "c": 2}}, {"o": {"c": 2}}),
        ("remove", ["a.b"], {"a.b": 1, "a": {"b": 2}}, {"a": {"b": 2}}),
        ("remove", ["l.1.x"], {"l": [{"x": 1}, {"x": 2, "y": 3}]}, {"l": [{"x": 1}, {"y": 3}]}),
        ("remove", ["l.0"], {"l": [1]}, {"l": [1]}),
        ("remove", [], {"a": 1}, {"a": 1}),
        ("keep", ["b", "o.x", "none"], {"a": 1, "b": None, "o": {"x": 1, "y": 2}}, {"b": None, "o": {"x": 1}}),
        ("keep", ["a.b"], {"a.b": 1}, {"a.b": 1}),
        ("keep", [], {"a": 1}, {}),
    ],
)
def test_remove(mode: str, fields: list[str], item: dict[str, Any], expected: dict[str, Any]) -> None:
    before = copy.deepcopy(item)
    outputs = run_sync(RemoveFields, {"mode": mode, "fields": fields}, [item])
    assert (objects(outputs["main"])[0], item) == (expected, before)


def test_ten_thousand_items() -> None:
    params = {"fields": [{"name": "o.double", "value": {"$": "json.n * 2"}}]}
    outputs = run_sync(EditFields, params, [{"n": n} for n in range(10_000)])
    assert outputs["main"][9_999] == Item({"n": 9_999, "o": {"double": 19_998}})
    assert outputs["main"][9_999].source == 9_999
