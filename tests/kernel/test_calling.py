"""Nodes that give several functions, and tools that wait."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

import a8n_manual
from a8n import BatchNode, Context, Item, Kernel, Node, Result, Wait, hookimpl
from a8n.testing import objects, outputs_of, resume_workflow, run_workflow

LATER = datetime.now(UTC) + timedelta(days=1)


class Told(NamedTuple):
    """A function."""

    name: str
    description: str = "Count."
    effect: str = "pure"
    parameters: Any = None


class Counter(Node):
    """Count up, and down."""

    key = "calling.counter"
    effect = "idempotent"

    broken: bool = False
    """Whether it can tell what it does."""

    async def functions(self, ctx: Context) -> Sequence[Told]:
        if self.broken:
            raise ValueError("no idea")
        return [Told("up"), Told("down", effect="unsafe")]

    async def run(self, ctx: Context) -> dict[str, Any]:
        return {"n": ctx.item.json["n"] + (1 if ctx.function == "up" else -1), "key": ctx.key}


class Nap(Node):
    """Wait for a time."""

    key = "calling.nap"
    effect = "idempotent"
    concurrency = 1

    async def run(self, ctx: Context) -> Wait:
        return Wait(until=LATER, data={"n": ctx.item.json["n"]})

    def resume(self, ctx: Context, data: Mapping[str, Any], payload: Any) -> Result:
        return {"slept": data["n"], "again": ctx.item.json["n"], "payload": payload}


class NapTogether(BatchNode):
    """Wait for a time, all items at once."""

    key = "calling.nap_together"
    effect = "idempotent"

    async def run(self, ctx: Context, items: Sequence[Item]) -> Wait:
        return Wait(until=LATER, data={"n": len(items)})

    def resume(self, ctx: Context, items: Sequence[Item], data: Mapping[str, Any], payload: Any) -> Result:
        return [Item({"slept": data["n"], "again": items[0].json["n"], "payload": payload})]


class Question(Node):
    """Wait for somebody."""

    key = "calling.question"
    effect = "idempotent"
    concurrency = 1

    async def run(self, ctx: Context) -> Wait:
        return Wait(callable=True)


class Chief(Node):
    """Call whatever there is, one after the other."""

    key = "calling.chief"
    effect = "idempotent"
    concurrency = 1
    outputs = ("main", "tools")

    async def run(self, ctx: Context) -> Result:
        made: list[list[Any]] = []
        for tool in [one for node in ctx.tools for one in await node.functions()]:
            found = await tool.call({"n": 5}, str(len(made)))
            if isinstance(found, Wait):
                return replace(found, data={"waits": found.data})
            made.append([tool.node, tool.name, tool.effect, *(item.json for item in found)])
        return {"made": made}

    async def resume(self, ctx: Context, data: Mapping[str, Any], payload: Any) -> Result:
        found = await ctx.tools[0].resume({"n": 5}, "0", data["waits"], payload)
        assert not isinstance(found, Wait)
        return {"made": objects(found)}


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    return [Counter, Nap, NapTogether, Question, Chief]


KERNEL = Kernel([a8n_manual, sys.modules[__name__]])


def drawn(kind: str, params: Any = None, **settings: Any) -> dict[str, Any]:
    """A chief with one tool."""
    nodes = [
        {"id": "start", "name": "start", "type": "manual.trigger"},
        {"id": "chief", "name": "chief", "type": "calling.chief"},
        {"id": "tool", "name": "tool", "type": kind, "params": params or {}, "settings": settings},
    ]
    wires = [{"from": "start", "to": "chief"}, {"from": "chief", "output": "tools", "to": "tool"}]
    return {"name": "Calls", "nodes": nodes, "connections": wires}


async def test_a_node_may_give_several_functions() -> None:
    execution = await run_workflow(drawn("calling.counter"), kernel=KERNEL)
    [up, down] = objects(outputs_of(execution, "chief"))[0]["made"]
    assert (up[:3], up[3]["n"]) == (["tool", "up", "pure"], 6)
    assert (down[:3], down[3]["n"]) == (["tool", "down", "unsafe"], 4)
    assert up[3]["key"] != down[3]["key"]


async def test_a_node_that_is_switched_off_gives_none() -> None:
    execution = await run_workflow(drawn("calling.counter", disabled=True), kernel=KERNEL)
    assert objects(outputs_of(execution, "chief")) == [{"made": []}]


async def test_a_node_that_cannot_tell_its_functions_is_named() -> None:
    execution = await run_workflow(drawn("calling.counter", {"broken": True}), kernel=KERNEL)
    assert execution.error is not None
    assert execution.error["message"] == "tool: no idea"


@pytest.mark.parametrize("kind", ["calling.nap", "calling.nap_together"])
async def test_a_tool_may_wait_for_a_time(kind: str) -> None:
    execution = await run_workflow(drawn(kind), kernel=KERNEL)
    [wait] = [record.wait for record in execution.steps.values() if record.wait is not None]
    assert (execution.status, wait.until) == ("waiting", LATER)
    execution = await resume_workflow(execution, {"chief": None})
    [made] = objects(outputs_of(execution, "chief"))[0]["made"]
    assert made == {"slept": 5 if kind == "calling.nap" else 1, "again": 5, "payload": None}


async def test_a_tool_cannot_wait_for_somebody() -> None:
    execution = await run_workflow(drawn("calling.question"), kernel=KERNEL)
    assert execution.error is not None
    assert execution.error["message"] == "tool waits for somebody, which a tool cannot"
