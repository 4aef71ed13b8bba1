"""Loops, run as whole workflows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import a8n_flow
import a8n_manual
from a8n import BatchNode, Context, Kernel, Node, Result
from a8n.testing import objects, outputs_of, run_sync, run_workflow


class Double(Node):
    """Double the number."""

    key = "test.double"
    effect = "pure"

    def run(self, ctx: Context) -> Result:
        return {**ctx.item.json, "n": ctx.item.json["n"] * 2}


class Count(BatchNode):
    """Say how many items came."""

    key = "test.count"
    effect = "pure"

    def run(self, ctx: Context, items: Any) -> Result:
        return {"count": len(items)}


class Extra(SimpleNamespace):
    @staticmethod
    def register_nodes() -> list[Any]:
        return [Double, Count]


KERNEL = Kernel(plugins=[a8n_flow, a8n_manual, Extra()])


def workflow(nodes: dict[str, tuple[str, dict[str, Any]]], *wires: str) -> dict[str, Any]:
    connections = []
    for wire in wires:
        source, target = wire.split(" -> ")
        source, _, output = source.partition(".")
        connections.append({"from": source, "output": output or "main", "to": target})
    start = {"id": "start", "name": "Start", "type": "manual.trigger"}
    rest = [{"id": name, "name": name, "type": kind, "params": params} for name, (kind, params) in nodes.items()]
    return {"name": "Loop", "nodes": [start, *rest], "connections": connections}


async def test_a_loop_takes_items_in_batches_and_gives_all_that_came_back() -> None:
    document = workflow(
        {"loop": ("flow.loop", {"batch_size": 2}), "body": ("test.double", {}), "end": ("flow.noop", {})},
        "start -> loop", "loop.loop -> body", "body -> loop", "loop.done -> end",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": n} for n in range(5)], KERNEL)
    assert execution.status == "succeeded"
    assert [item.json["n"] for item in outputs_of(execution, "end")] == [0, 2, 4, 6, 8]


async def test_a_body_may_give_fewer_items_than_it_got() -> None:
    document = workflow(
        {"loop": ("flow.loop", {"batch_size": 2}), "body": ("test.count", {}), "end": ("flow.noop", {})},
        "start -> loop", "loop.loop -> body", "body -> loop", "loop.done -> end",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": n} for n in range(5)], KERNEL)
    assert objects(outputs_of(execution, "end")) == [{"count": 2}, {"count": 2}, {"count": 1}]


async def test_a_batch_from_which_nothing_comes_back_does_not_end_the_loop() -> None:
    keep = {"conditions": {"list": [{"left": {"$": "json.n"}, "op": "gte", "right": 2}]}}
    document = workflow(
        {"loop": ("flow.loop", {"batch_size": 2}), "body": ("flow.filter", keep), "end": ("test.count", {})},
        "start -> loop", "loop.loop -> body", "body.true -> loop", "loop.done -> end",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": n} for n in range(5)], KERNEL)
    assert objects(outputs_of(execution, "end")) == [{"count": 3}]


async def test_an_inner_loop_may_end_empty_in_some_rounds() -> None:
    keep = {"conditions": {"list": [{"left": {"$": "json.n"}, "op": "eq", "right": 3}]}}
    document = workflow(
        {
            "outer": ("flow.loop", {"batch_size": 2}),
            "inner": ("flow.loop", {"batch_size": 1}),
            "body": ("flow.filter", keep),
            "end": ("flow.noop", {}),
        },
        "start -> outer", "outer.loop -> inner", "inner.loop -> body", "body.true -> inner", "inner.done -> outer",
        "outer.done -> end",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": n} for n in range(6)], KERNEL)
    assert objects(outputs_of(execution, "end")) == [{"n": 3}]


async def test_repeat_ends_when_nothing_comes_back() -> None:
    never = {"list": [{"left": {"$": "json.n"}, "op": "eq", "right": -1}]}
    keep = {"conditions": {"list": [{"left": {"$": "json.n"}, "op": "lt", "right": 0}]}}
    document = workflow(
        {"again": ("flow.repeat", {"until": never}), "body": ("flow.filter", keep), "end": ("flow.noop", {})},
        "start -> again", "again.loop -> body", "body.true -> again", "again.done -> end",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": 1}], KERNEL)
    assert (execution.status, outputs_of(execution, "end")) == ("succeeded", [])


async def test_loops_nest() -> None:
    document = workflow(
        {
            "outer": ("flow.loop", {"batch_size": 2}),
            "inner": ("flow.loop", {"batch_size": 1}),
            "body": ("test.double", {}),
            "end": ("flow.noop", {}),
        },
        "start -> outer", "outer.loop -> inner", "inner.loop -> body", "body -> inner", "inner.done -> outer",
        "outer.done -> end",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": n} for n in range(4)], KERNEL)
    assert objects(outputs_of(execution, "end")) == [{"n": 0}, {"n": 2}, {"n": 4}, {"n": 6}]


async def test_repeat_goes_round_until_the_conditions_hold() -> None:
    until = {"list": [{"left": {"$": "json.n"}, "op": "gte", "right": 100}]}
    document = workflow(
        {"again": ("flow.repeat", {"until": until}), "body": ("test.double", {}), "end": ("flow.noop", {})},
        "start -> again", "again.loop -> body", "body -> again", "again.done -> end",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": 3}], KERNEL)
    assert objects(outputs_of(execution, "end")) == [{"n": 192}]


@pytest.mark.parametrize(("give_up", "status"), [("error", "failed"), ("done", "succeeded")])
async def test_repeat_gives_up(give_up: str, status: str) -> None:
    params = {"until": {"list": [{"left": 1, "op": "eq", "right": 2}]}, "max_rounds": 3, "give_up": give_up}
    document = workflow(
        {"again": ("flow.repeat", params), "body": ("test.double", {}), "end": ("flow.noop", {})},
        "start -> again", "again.loop -> body", "body -> again", "again.done -> end",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": 1}], KERNEL)
    assert execution.status == status
    if status == "succeeded":
        assert objects(outputs_of(execution, "end")) == [{"n": 8}]
    else:
        assert execution.error is not None
        assert "after 3 rounds" in execution.error["message"]


def test_a_loop_with_nothing_drawn_back_sends_its_first_batch() -> None:
    outputs = run_sync(a8n_flow.LoopOverItems, {"batch_size": 2}, [{"n": n} for n in range(5)])
    assert objects(outputs["loop"]) == [{"n": 0}, {"n": 1}]
    assert outputs["done"] == []


async def test_ten_thousand_items_one_hundred_at_a_time() -> None:
    document = workflow(
        {"loop": ("flow.loop", {"batch_size": 100}), "body": ("test.double", {}), "end": ("flow.noop", {})},
        "start -> loop", "loop.loop -> body", "body -> loop", "loop.done -> end",
    )  # fmt: skip
    execution = await run_workflow(document, [{"n": n} for n in range(10_000)], KERNEL)
    assert [item.json["n"] for item in outputs_of(execution, "end")] == list(range(0, 20_000, 2))
