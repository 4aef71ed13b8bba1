"""Run workflow: which runs it prepares, how it waits for them, and what it makes of their ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from a8n import Child, ChildResult, Item, NodeError
from a8n.journal import StepRecord
from a8n.services import Function
from a8n.testing import Services, objects, run
from a8n_flow import RunWorkflow

ITEMS = [{"n": n} for n in range(5)]


class Workflows:
    """Keeps what it was asked to prepare; what each run gives is its numbers doubled, none is negative."""

    def __init__(self) -> None:
        self.prepared: list[list[dict[str, Any]]] = []

    async def child(self, workflow_id: str, items: Sequence[Item], *, parent: Any) -> Child:
        assert workflow_id == "w1"
        self.prepared.append(objects(items))
        return Child(str(len(self.prepared)))

    async def function(self, workflow_id: str) -> Function:
        raise NotImplementedError

    async def call(self, workflow_id: str, arguments: Mapping[str, Any], *, parent: Any) -> Child:
        raise NotImplementedError

    def result(self, child: Child) -> ChildResult:
        given = self.prepared[int(child.id) - 1]
        if any(value["n"] < 0 for value in given):
            return ChildResult(child.id, "failed", {"message": "no"}, [])
        return ChildResult(child.id, "succeeded", None, [Item({"n": value["n"] * 2}, None, 99) for value in given])


async def ran(params: dict[str, Any], items: Sequence[Any] = ITEMS) -> tuple[list[Item], Workflows, list[int]]:
    """The items in the end, what was prepared, and how many runs it waited for each time."""
    workflows, rounds = Workflows(), []

    def ended(record: StepRecord) -> list[ChildResult]:
        rounds.append(len(record.children))
        return [workflows.result(child) for child in record.children]

    settings = {"workflow": "w1", **params}
    outputs = await run(RunWorkflow, settings, items, services=Services(workflows=workflows), resume=ended)
    return outputs["main"], workflows, rounds


async def test_all_items_go_into_one_run() -> None:
    items, workflows, rounds = await ran({})
    assert objects(items) == [{"n": n * 2} for n in range(5)]
    assert [item.source for item in items] == [None] * 5
    assert (workflows.prepared, rounds) == ([ITEMS], [1])


async def test_each_item_gets_a_run_of_its_own_one_after_the_other() -> None:
    items, workflows, rounds = await ran({"send": "each"})
    assert objects(items) == [{"n": n * 2} for n in range(5)]
    assert [item.source for item in items] == list(range(5))
    assert (workflows.prepared, rounds) == ([[item] for item in ITEMS], [1] * 5)


async def test_runs_side_by_side_keep_the_order() -> None:
    items, _, rounds = await ran({"send": "each", "parallel": 3})
    assert objects(items) == [{"n": n * 2} for n in range(5)]
    assert rounds == [3, 2]


@pytest.mark.parametrize("send", ["all", "each"])
async def test_without_waiting_the_items_pass_on(send: str) -> None:
    items, workflows, rounds = await ran({"send": send, "wait": False})
    assert objects(items) == ITEMS
    assert (len(workflows.prepared), rounds) == (1 if send == "all" else 5, [])


@pytest.mark.parametrize("send", ["all", "each"])
async def test_a_run_that_fails_fails_the_step(send: str) -> None:
    with pytest.raises(NodeError, match="the run 1 failed: no"):
        await ran({"send": send}, [{"n": -1}])
