"""Summarize: figures over groups."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import NodeError
from a8n.testing import objects, run_sync
from a8n_data import Summarize

VALUES = [3, 1, None, "2", ..., 1.5]


def figure(op: str, values: list[Any], **options: Any) -> Any:
    items = [{"v": value} if value is not ... else {} for value in values]
    params = {"figures": [{"op": op, "field": "v", "name": "x", **options}]}
    return objects(run_sync(Summarize, params, items)["main"])[0]["x"]


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("count", 4), ("sum", 7.5), ("average", 1.875), ("median", 1.75), ("min", 1), ("max", 3), ("first", 3),
        ("last", 1.5), ("concat", "3, 1, 2, 1.5"), ("unique_count", 4), ("collect", [3, 1, "2", 1.5]),
    ],
)  # fmt: skip
def test_figures(op: str, expected: Any) -> None:
    assert figure(op, VALUES) == expected


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("count", 0), ("sum", 0), ("average", None), ("median", None), ("min", None), ("max", None), ("first", None),
        ("last", None), ("concat", ""), ("unique_count", 0), ("collect", []),
    ],
)  # fmt: skip
def test_figures_of_nothing(op: str, expected: Any) -> None:
    assert figure(op, [None, ...]) == expected


def test_sums_are_exact() -> None:
    assert figure("sum", [10**20, 1]) == 10**20 + 1
    assert figure("sum", [0.1] * 10) == 1.0


def test_texts_have_a_least_and_a_greatest() -> None:
    assert figure("min", ["pear", "Apple"]) == "Apple"
    assert figure("max", ["9", "10"]) == 10


def test_concat_takes_a_separator_and_anything() -> None:
    assert figure("concat", ["a", 1, True, {"k": 1}], separator="|") == 'a|1|true|{"k":1}'


@pytest.mark.parametrize("op", ["sum", "average", "median"])
def test_what_is_no_number_is_named(op: str) -> None:
    with pytest.raises(NodeError, match="'v' of item 2 is text") as caught:
        figure(op, [1, "many"])
    assert caught.value.field == "figures.0.field"


@pytest.mark.parametrize("bad", [[1], {"a": 1}, True])
def test_mixed_values_have_no_least(bad: Any) -> None:
    with pytest.raises(NodeError, match="min needs numbers"):
        figure("min", [1, bad])


def test_a_sum_that_is_too_large() -> None:
    with pytest.raises(NodeError, match="too large"):
        figure("sum", [1.5e308, 1.5e308])


def test_groups_keep_their_order_and_nested_names() -> None:
    items: list[dict[str, Any]] = [
        {"o": {"c": "DE"}, "n": 1},
        {"o": {"c": "FR"}, "n": 2},
        {"o": {"c": "DE"}, "n": 4},
        {"n": 8},
    ]
    params = {"group_by": ["o.c"], "figures": [{"op": "sum", "field": "n"}, {"op": "count"}]}
    outputs = run_sync(Summarize, params, items)
    assert objects(outputs["main"]) == [
        {"o": {"c": "DE"}, "sum_n": 5, "count": 2},
        {"o": {"c": "FR"}, "sum_n": 2, "count": 1},
        {"sum_n": 8, "count": 1},
    ]
    assert [item.source for item in outputs["main"]] == [(0, 2), (1,), (3,)]


def test_only_count_works_without_a_field() -> None:
    assert objects(run_sync(Summarize, {}, [{}, {}])["main"]) == [{"count": 2}]
    with pytest.raises(NodeError, match="sum needs the name of a field"):
        run_sync(Summarize, {"figures": [{"op": "sum"}]})


def test_ten_thousand_items() -> None:
    items = [{"g": n % 10, "n": n} for n in range(10_000)]
    made = run_sync(Summarize, {"group_by": ["g"], "figures": [{"op": "sum", "field": "n"}]}, items)["main"]
    assert sum(item.json["sum_n"] for item in made) == sum(range(10_000))
