"""4. A workflow runs.

A workflow is a document: nodes, each with an id, a name, a type and its parameters, and connections between them. It
begins at a trigger. What a node gives is recorded as a step, and decides what runs next. Expressions see the item at
hand as `json`, and may look back at any earlier node, by name, for the item that this one came from.
"""

from __future__ import annotations

import pytest

from a8n import Kernel
from a8n.testing import InvalidError, objects, outputs_of, run_workflow

KERNEL = Kernel.discover()  # all plugins that are installed; none of them is special

GREET = {
    "name": "Greet",
    "nodes": [
        {"id": "start", "name": "Start", "type": "manual.trigger"},
        {"id": "label", "name": "Label", "type": "data.set",
         "params": {"fields": [{"name": "label", "value": {"$t": "No. {{ json.n }}"}}]}},
        {"id": "sort", "name": "Sort", "type": "data.sort",
         "params": {"keys": [{"field": "n", "order": "desc"}]}},
        {"id": "greet", "name": "Greet", "type": "data.set",
         "params": {"mode": "only", "fields": [
             {"name": "text", "value": {"$t": "Hello {{ json.name }}"}},
             {"name": "was", "value": {"$": 'node("Label").item.json.label'}},
         ]}},
    ],
    "connections": [
        {"from": "start", "to": "label"},
        {"from": "label", "to": "sort"},
        {"from": "sort", "to": "greet"},
    ],
}  # fmt: skip
PEOPLE = [{"n": 1, "name": "Ana"}, {"n": 2, "name": "Ben"}]


async def test_it_ends_with_what_its_last_node_gave() -> None:
    execution = await run_workflow(GREET, PEOPLE, KERNEL)
    assert execution.status == "succeeded"
    texts = [item["text"] for item in objects(outputs_of(execution, "greet"))]
    assert texts == ["Hello Ben", "Hello Ana"]


async def test_every_step_is_recorded() -> None:
    execution = await run_workflow(GREET, PEOPLE, KERNEL)
    assert [record.node for record in execution.steps.values()] == ["start", "label", "sort", "greet"]
    assert objects(outputs_of(execution, "label"))[0] == {"n": 1, "name": "Ana", "label": "No. 1"}


async def test_an_expression_follows_an_item_back_although_others_were_sorted_before_it() -> None:
    execution = await run_workflow(GREET, PEOPLE, KERNEL)
    assert [item["was"] for item in objects(outputs_of(execution, "greet"))] == ["No. 2", "No. 1"]


async def test_what_cannot_run_is_refused_with_its_place() -> None:
    wrong = {**GREET, "connections": [{"from": "start", "to": "lable"}]}
    with pytest.raises(InvalidError, match=r"connections\.0\.to: there is no node with the id 'lable'"):
        await run_workflow(wrong, PEOPLE, KERNEL)
