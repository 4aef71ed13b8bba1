"""1. A node is one class. Its fields are the form, its docstring the catalogue text, `run` does the work."""

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


class Sort(Node):
    """Part the cheap from the dear."""

    key = "fundamentals.sort"
    effect = "pure"
    outputs = ("cheap", "dear")

    def run(self, ctx: Context) -> object:
        if "price" not in ctx.item.json:
            raise NodeError("there is no price", hint="put this node behind one that gives a price")
        return to("cheap" if ctx.item.json["price"] < 100 else "dear", ctx.item)


def test_items_go_to_named_outputs() -> None:
    given = run_sync(Sort, {}, [{"price": 5}, {"price": 500}])
    assert (objects(given["cheap"]), objects(given["dear"])) == ([{"price": 5}], [{"price": 500}])


def test_a_node_error_is_a_sentence_for_its_user() -> None:
    with pytest.raises(NodeError, match="there is no price"):
        run_sync(Sort)


class Split(Node):
    """Make items of a list; none of an empty one."""

    key = "fundamentals.split"
    effect = "pure"

    def run(self, ctx: Context) -> list[Item]:
        return [Item({"n": n}) for n in ctx.item.json["list"]]


def test_a_node_gives_as_many_items_as_it_likes() -> None:
    given = run_sync(Split, {}, [{"list": [1, 2]}, {"list": []}, {"list": [3]}])
    assert objects(given["main"]) == [{"n": 1}, {"n": 2}, {"n": 3}]
