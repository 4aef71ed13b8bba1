"""Run workflow: what it hands to the runner, and what it makes of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from a8n import Item, NodeError
from a8n.testing import Services, objects, run
from a8n_flow import RunWorkflow

ITEMS = [{"n": n} for n in range(5)]


class Runner:
    """Answers with each item's number doubled, and keeps what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[dict[str, Any]], bool, str]] = []
        self.at_once = self.most = 0

    async def run(self, workflow_id: str, items: Sequence[Item], *, wait: bool, parent: Any) -> list[Item]:
        self.calls.append((workflow_id, objects(items), wait, parent.key))
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if any(item.json["n"] < 0 for item in items):
            raise NodeError("the child failed")
        return [Item({"n": item.json["n"] * 2}, None, 99) for item in items] if wait else []


async def ran(params: dict[str, Any], items: Sequence[Any] = ITEMS) -> tuple[list[Item], Runner]:
    runner = Runner()
    outputs = await run(RunWorkflow, {"workflow": "w1", **params}, items, services=Services(workflows=runner))
    return outputs["main"], runner


async def test_all_items_go_into_one_run() -> None:
    items, runner = await ran({})
    assert objects(items) == [{"n": n * 2} for n in range(5)]
    assert [item.source for item in items] == [None] * 5
    assert [call[:3] for call in runner.calls] == [("w1", ITEMS, True)]


async def test_each_item_gets_a_run_of_its_own_with_its_own_key() -> None:
    items, runner = await ran({"send": "each"})
    assert objects(items) == [{"n": n * 2} for n in range(5)]
    assert [item.source for item in items] == list(range(5))
    assert len({key for *_, key in runner.calls}) == 5
    assert runner.most == 1


async def test_runs_side_by_side_keep_the_order() -> None:
    items, runner = await ran({"send": "each", "parallel": 3})
    assert objects(items) == [{"n": n * 2} for n in range(5)]
    assert runner.most == 3


@pytest.mark.parametrize("send", ["all", "each"])
async def test_without_waiting_the_items_pass_on(send: str) -> None:
    items, runner = await ran({"send": send, "wait": False})
    assert objects(items) == ITEMS
    assert not any(wait for _, _, wait, _ in runner.calls)


@pytest.mark.parametrize("send", ["all", "each"])
async def test_a_child_that_fails_fails_the_step(send: str) -> None:
    with pytest.raises(NodeError, match="the child failed"):
        await ran({"send": send}, [{"n": -1}])
