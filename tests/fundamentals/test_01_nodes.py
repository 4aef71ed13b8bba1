"""1. A node is a class.

It does one thing to the items that flow through it. Its fields are its parameters: they become the form that people
fill in, and what they fill in is checked before `run` sees it. The docstring is what the catalogue says. `run` is
called once for each item, and what it returns are items again.
"""

from __future__ import annotations

import pytest

from a8n import JSON, Context, Field, Item, Node, NodeError, to
from a8n.testing import InvalidError, objects, run_sync


class Discount(Node):
    """Take a discount off a price."""

    key = "fundamentals.discount"
    effect = "pure"  # running it twice does nothing that running it once did not do

    price: float = Field(ge=0, description="What it costs.")
    percent: float = Field(default=10, ge=0, le=100, description="What to take off.")

    def run(self, ctx: Context) -> dict[str, JSON]:
        return {"price": self.price * (1 - self.percent / 100)}


def test_run_is_called_for_each_item_with_checked_parameters() -> None:
    given = run_sync(Discount, {"price": 200}, [{}, {}])
    assert objects(given["main"]) == [{"price": 180}, {"price": 180}]


def test_what_can_never_be_right_is_told_before_anything_runs() -> None:
    with pytest.raises(InvalidError, match=r"percent.*less than or equal to 100"):
        run_sync(Discount, {"price": 200, "percent": 120})


class Range(Node):
    """Count up to a number."""

    key = "fundamentals.range"
    effect = "pure"

    def run(self, ctx: Context) -> list[Item] | None:
        numbers = range(1, ctx.item.json["to"] + 1)
        return [Item({"n": n}) for n in numbers] or None  # None drops the item


def test_a_node_gives_as_many_items_as_it_likes() -> None:
    given = run_sync(Range, {}, [{"to": 2}, {"to": 0}, {"to": 1}])
    assert objects(given["main"]) == [{"n": 1}, {"n": 2}, {"n": 1}]


class Price(Node):
    """Part the cheap from the dear."""

    key = "fundamentals.price"
    effect = "pure"
    outputs = ("cheap", "dear")

    def run(self, ctx: Context) -> object:
        if "price" not in ctx.item.json:
            raise NodeError("there is no price", hint="put this node behind one that gives a price")
        return to("cheap" if ctx.item.json["price"] < 100 else "dear", ctx.item)


def test_items_go_to_named_outputs() -> None:
    given = run_sync(Price, {}, [{"price": 5}, {"price": 500}])
    assert (objects(given["cheap"]), objects(given["dear"])) == ([{"price": 5}], [{"price": 500}])


def test_a_node_error_is_a_sentence_for_its_user() -> None:
    with pytest.raises(NodeError, match="there is no price") as caught:
        run_sync(Price, {}, [{}])
    assert caught.value.hint == "put this node behind one that gives a price"
