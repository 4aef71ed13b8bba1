"""Steps that record how far they are, and nodes that are called by others."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

import a8n_data
import a8n_manual
from a8n import BatchNode, Context, Field, Item, Kernel, Node, NodeError, Result, Wait, hookimpl
from a8n.calls import asked
from a8n.runtime.orders import upstream
from a8n.testing import InvalidError, MemoryJournal, objects, outputs_of, run, run_workflow
from a8n.workflow import Workflow


class Climb(Node):
    """Climb to the top, a stair at a time."""

    key = "keeping.climb"
    effect = "idempotent"
    concurrency = 1

    climbed: ClassVar[list[int]] = []
    stop_at: ClassVar[int] = -1
    error: ClassVar[bool] = False
    stopped: ClassVar[asyncio.Event]

    async def run(self, ctx: Context) -> dict[str, Any]:
        for stair in range(ctx.state or 0, ctx.item.json["top"]):
            if stair == Climb.stop_at:
                Climb.stop_at = -1
                if Climb.error:
                    raise NodeError("slipped")
                Climb.stopped.set()
                await asyncio.Event().wait()
            Climb.climbed.append(stair)
            await ctx.keep(stair + 1)
        return {"top": ctx.item.json["top"]}


class ClimbTogether(BatchNode):
    """Climb, all items at once."""

    key = "keeping.climb_together"
    effect = "idempotent"

    async def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        if ctx.state is None:
            await ctx.keep({"half": True})
            raise NodeError("slipped")
        return [Item({"from": ctx.state})]


class Hasty(Node):
    """Keeps its state, and yet runs several items at a time."""

    key = "keeping.hasty"
    effect = "idempotent"

    async def run(self, ctx: Context) -> dict[str, Any]:
        await ctx.keep(1)
        return {}


class Ask(Node):
    """Ask about each item that is in doubt."""

    key = "keeping.ask"
    effect = "idempotent"
    concurrency = 1

    async def run(self, ctx: Context) -> Result:
        return Wait(callable=True, data={"asked": ctx.item.json["n"]}) if ctx.item.json["doubt"] else {"n": 0}

    def resume(self, ctx: Context, data: Any, payload: Any) -> Result:
        return {"n": ctx.item.json["n"], "asked": data["asked"], "answer": payload}


class Boss(Node):
    """Has everything done by others."""

    key = "keeping.boss"
    effect = "idempotent"
    concurrency = 1
    outputs = ("main", "tools")

    async def run(self, ctx: Context) -> dict[str, Any]:
        given = []
        for tool in ctx.tools:
            found = await tool.call({"n": 2}, "0")
            assert not isinstance(found, Wait)
            given.append([item.json for item in found])
        return {"tools": [[tool.name, tool.effect] for tool in ctx.tools], "given": given}


class Double(Node):
    """Double a number."""

    key = "keeping.double"
    effect = "pure"

    number: int = Field(description="The number.")

    def run(self, ctx: Context) -> dict[str, Any]:
        return {"double": self.number * 2, "key": ctx.key}


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    return [Ask, Climb, ClimbTogether, Hasty, Boss, Double]


KERNEL = Kernel([a8n_data, a8n_manual, sys.modules[__name__]])


@pytest.fixture(autouse=True)
def _bottom() -> None:
    Climb.climbed, Climb.stop_at, Climb.error, Climb.stopped = [], -1, False, asyncio.Event()


def drawn(kind: str, *wires: dict[str, str], **tools: dict[str, Any]) -> dict[str, Any]:
    nodes = [{"id": "start", "name": "start", "type": "manual.trigger"}, {"id": "it", "name": "it", "type": kind}]
    nodes += [{"id": name, "name": name, **spec} for name, spec in tools.items()]
    called = [{"from": "it", "output": "tools", "to": name} for name in tools]
    return {"name": "Kept", "nodes": nodes, "connections": [{"from": "start", "to": "it"}, *called, *wires]}


@pytest.mark.parametrize("stop_at", [0, 1, 4])
async def test_after_a_crash_a_step_goes_on_where_it_was(stop_at: int) -> None:
    journal, Climb.stop_at = MemoryJournal(), stop_at
    items = [{"top": 2}, {"top": 5}]
    running = asyncio.create_task(run_workflow(drawn("keeping.climb"), items, KERNEL, journal=journal))
    await Climb.stopped.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    execution = await run_workflow(drawn("keeping.climb"), kernel=KERNEL, journal=journal)
    assert objects(outputs_of(execution, "it")) == [{"top": 2}, {"top": 5}]
    assert Climb.climbed == [0, 1, 0, 1, 2, 3, 4]


async def test_another_attempt_goes_on_where_the_first_was() -> None:
    Climb.stop_at, Climb.error = 2, True
    outputs = await run(Climb, items=[{"top": 3}], settings={"retry": {"attempts": 2, "delay": 0}})
    assert objects(outputs["main"]) == [{"top": 3}]
    assert Climb.climbed == [0, 1, 2]


async def test_a_step_of_all_items_keeps_its_state_too() -> None:
    outputs = await run(ClimbTogether, items=[{}, {}], settings={"retry": {"attempts": 2, "delay": 0}})
    assert objects(outputs["main"]) == [{"from": {"half": True}}]


async def test_a_node_that_runs_items_side_by_side_has_no_one_state() -> None:
    with pytest.raises(NodeError, match="concurrency = 1"):
        await run(Hasty, items=[{}, {}])


async def test_an_item_may_wait() -> None:
    answers = iter("ab")
    items = [{"n": 1, "doubt": True}, {"n": 2, "doubt": False}, {"n": 3, "doubt": True}, {"n": 4, "doubt": False}]
    outputs = await run(Ask, items=items, resume=lambda record: next(answers))
    assert objects(outputs["main"]) == [
        {"n": 1, "asked": 1, "answer": "a"}, {"n": 0}, {"n": 3, "asked": 3, "answer": "b"}, {"n": 0},
    ]  # fmt: skip


async def test_nodes_behind_the_output_tools_are_called_and_not_followed() -> None:
    double = {"type": "keeping.double", "params": {"number": {"$": "json.n"}}}
    execution = await run_workflow(drawn("keeping.boss", one=double, two=double), [{}, {}], KERNEL)
    assert execution.status == "succeeded"
    first, second = objects(outputs_of(execution, "it"))
    assert first["tools"] == [["one", "pure"], ["two", "pure"]]
    assert [given[0]["double"] for given in first["given"]] == [4, 4]
    assert outputs_of(execution, "one") == []
    assert second["given"][0][0]["double"] == 4


async def test_a_tool_that_fails_names_the_field_at_fault() -> None:
    double = {"type": "keeping.double", "params": {"number": {"$": "json.many"}}}
    execution = await run_workflow(drawn("keeping.boss", one=double), [{}], KERNEL)
    assert execution.status == "failed"
    assert execution.error is not None
    assert "many" in execution.error["message"]
    assert execution.error["node"] == "it"


async def test_nothing_follows_a_tool() -> None:
    double = {"type": "keeping.double", "params": {"number": 1}}
    document = drawn("keeping.boss", {"from": "one", "to": "two"}, one=double, two=double)
    with pytest.raises(InvalidError, match="one is a tool of it"):
        await run_workflow(document, [{}], KERNEL)


def test_a_run_up_to_a_node_takes_its_tools_along() -> None:
    double = {"type": "keeping.double", "params": {"number": 1}}
    workflow = Workflow.parse(drawn("keeping.boss", one=double))
    assert upstream(workflow, "start", "it") == {"start", "it", "one"}


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({"$": "json.city"}, [("city", True)]),
        ({"$": ' json["home town"] '}, [("home town", True)]),
        ({"$": "json.city | upper"}, [("city", False)]),
        ({"$t": "{{ json.a }} and {{ json['b'] }}"}, [("a", False), ("b", False)]),
        ([{"deep": {"$": "json.x"}}], [("x", False)]),
        ({"$": "node('A').json.city"}, []),
        ({"$credential": "json.city"}, []),
        ("json.city", []),
    ],
)
def test_what_an_expression_asks_of_the_item_is_an_argument(value: Any, names: list[tuple[str, bool]]) -> None:
    assert list(asked(value)) == names
