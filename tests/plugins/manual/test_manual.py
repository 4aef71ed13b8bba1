"""The manual trigger."""

from __future__ import annotations

import pytest

import a8n_flow
import a8n_manual
from a8n import Kernel
from a8n.testing import InvalidError, objects, run_workflow
from a8n_manual import ManualTrigger

KERNEL = Kernel(plugins=[a8n_manual, a8n_flow])


def document(params: dict[str, object]) -> dict[str, object]:
    nodes = [
        {"id": "start", "name": "Start", "type": "manual.trigger", "params": params},
        {"id": "end", "name": "End", "type": "flow.noop"},
    ]
    return {"name": "By hand", "nodes": nodes, "connections": [{"from": "start", "to": "end"}]}


def test_it_starts_with_one_empty_item() -> None:
    assert objects(ManualTrigger().sample()) == [{}]


def test_it_starts_with_the_items_of_its_form() -> None:
    assert objects(ManualTrigger(items=[{"a": 1}, {"b": 2}]).sample()) == [{"a": 1}, {"b": 2}]


async def test_the_items_it_is_given_go_through_the_workflow() -> None:
    execution = await run_workflow(document({}), [{"n": 1}, {"n": 2}], KERNEL)
    assert objects(execution.result["main"]) == [{"n": 1}, {"n": 2}]


async def test_items_must_be_objects() -> None:
    with pytest.raises(InvalidError, match="items"):
        await run_workflow(document({"items": [1]}), kernel=KERNEL)
