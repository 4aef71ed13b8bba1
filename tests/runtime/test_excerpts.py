"""Cutting data to a size."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from a8n.items import Item
from a8n.runtime.excerpts import Cut, excerpt, excerpts, shares
from a8n.runtime.outlines import matching, outline, quoted


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]}
    return value


VALUES: list[Any] = [
    "x" * 100_000,
    '\u0001\U0001f600é"' * 20_000,
    list(range(100_000)),
    [["ab"] * 100] * 1_000,
    {f"key {n}": n for n in range(50_000)},
    {"k" * 50_000: 1, "other": 2},
    {"a": {"b": ["y" * 50_000, {"c": "z" * 50_000}]}, "n": 1},
    [{"id": n, "text": "t" * n} for n in range(1_000)],
    nested(60),
    nested(2_00),
    [2**70, "é" * 50_000],
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("budget", [0, 10, 100, 1_000, 20_000])
def test_an_excerpt_fits_and_says_where_something_is_missing(value: Any, budget: int) -> None:
    found = excerpt(value, budget)
    assert len(orjson.dumps(found.value)) <= max(budget, 4)
    assert not found.whole or found.value == value
    for cut in found.cuts:
        part = found.value
        for step in cut.path:
            part = part[step]
        assert cut.kind == "depth" or len(part) == cut.kept < cut.length


@pytest.mark.parametrize("value", [None, True, 1.5, "text", [], {}, [1, [2]], {"a": {"b": [None]}}, [[]] * 500])
def test_what_fits_is_left_as_it_is(value: Any) -> None:
    found = excerpt(value, 10_000)
    assert (found.value, found.cuts, found.whole) == (value, [], True)


def test_what_is_too_deep_is_cut_there() -> None:
    found = excerpt(nested(120), 100_000)
    assert [cut.kind for cut in found.cuts] == ["depth"]
    assert len(found.cuts[0].path) == 100


def test_of_several_values_the_small_ones_stay_whole() -> None:
    small, large, larger = excerpts([{"a": 1}, "x" * 5_000, "y" * 90_000], 2_000)
    assert small.whole
    assert [cut.length for cut in (*large.cuts, *larger.cuts)] == [5_000, 90_000]
    assert abs(len(large.value) - len(larger.value)) < 10
    assert large.cuts == [Cut((), "text", 5_000, len(large.value))]


def test_shares_are_fair_and_never_more_than_there_is() -> None:
    assert shares([5, 100, 200, 1], 106) == [5, 50, 50, 1]
    assert shares([5, 5], 100) == [5, 5]
    assert shares([5, 5], 0) == [0, 0]


def test_an_outline_tells_the_fields_of_all_items_together() -> None:
    items = [
        Item({"id": 1, "user": {"name": "Ada", "odd key": None}, "rows": [{"n": 1}, {"n": "two", "m": True}]}),
        Item({"id": None, "user": {"name": ""}, "rows": []}),
    ]
    fields, whole = outline(items)
    assert whole
    assert [(field.expression, field.types, field.sample, field.count) for field in fields] == [
        ("json.id", ["number", "null"], "1", 2),
        ("json.user", ["object"], '{"name":"Ada","odd key":null}', 2),
        ("json.user.name", ["text"], "Ada", 2),
        ('json.user["odd key"]', ["null"], "", 1),
        ("json.rows", ["list"], '[{"n":1},{"n":"two","m":true}]', 2),
        ("json.rows[0]", ["object"], '{"n":1}', 1),
        ("json.rows[0].n", ["number", "text"], "1", 1),
        ("json.rows[0].m", ["boolean"], "true", 1),
    ]


def test_an_outline_is_bounded() -> None:
    fields, whole = outline([Item({f"key{n}": {"a": n} for n in range(5_000)})])
    assert (len(fields), whole) == (500, False)
    deep, all_of_it = outline([Item({"a": nested(60)})])
    assert not all_of_it
    assert max(len(field.path) for field in deep) <= 21


def test_a_text_is_found_in_keys_and_values_in_any_letters() -> None:
    items = [Item({"Straße": 1}), Item({"a": ["x", {"b": 'say "hi"'}]}), Item({"n": 12345})]
    assert matching(items, "STRASSE") == [0]
    assert matching(items, 'Say "HI"') == [1]
    assert matching(items, "234") == [2]
    assert matching(items, "nothing like it") == []


@pytest.mark.parametrize(
    ("text", "written"), [("a", '"a"'), ('a"b', "'a\"b'"), ("it's", '"it\'s"'), ("a\"b'c\\", '"a\\"b\'c\\\\"')]
)
def test_texts_are_quoted_as_expressions_write_them(text: str, written: str) -> None:
    assert quoted(text) == written
