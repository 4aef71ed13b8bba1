"""What to run: from a request to start, retry or replay to the runner's order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from a8n.errors import InvalidError, Problem
from a8n.graph import Graph
from a8n.items import JSON, Item, items_of
from a8n.journal import StepRecord, now
from a8n.plan import ERROR, PlannedNode
from a8n.runtime.orders import Order, downstream, upstream
from a8n.runtime.starts import start_node
from a8n.trigger import Trigger
from a8n.workflow import Workflow
from a8n_web.calls import Call

FINISHED = ("succeeded", "pinned")

Pins = Mapping[str, Mapping[str, Sequence[JSON]]]


async def document_of(call: Call, row: Any, version: str) -> tuple[Workflow, int]:
    """The draft (0), the published version, or one by its number."""
    if version == "draft":
        return Workflow.parse(orjson.loads(row.draft)), 0
    if version == "published" and row.published is None:
        raise InvalidError([Problem("version", "the workflow was never published; activate it first", "unpublished")])
    number = row.published if version == "published" else int(version)
    found = await call.web.versions.get(row, number)
    return Workflow.parse(orjson.loads(found.document)), number


def order(
    call: Call, row: Any, document: Workflow, version: int, *,
    trigger: str | None, items: Sequence[Mapping[str, JSON]] | None, start: str | None, end: str | None, pins: Pins,
    earlier: Iterable[StepRecord] = (),
) -> Order:  # fmt: skip
    """An execution by hand: of everything, up to the node `end`, or from the node `start` on.

    `pins` stand in for the outputs of their nodes. With `start`, nodes before it take their outputs from
    `earlier` records where there are any, and run where there are none. Raises InvalidError.
    """
    kernel = call.web.kernel
    begin = start_node(kernel, document, trigger)
    entry = items_of(items) if items is not None else _sample(call, document, begin)
    only: frozenset[str] | None = None
    if end is not None:
        only = upstream(document, begin, end)
    if start is not None:
        through = upstream(document, begin, start) | downstream(document, begin, start)
        only = through if only is None else only & through
    known = {(record.node, record.path): record for record in _before(document, begin, start, earlier)}
    at = now()
    if items is not None or (begin, ()) not in known:
        known[begin, ()] = StepRecord(begin, (), 1, "succeeded", at, at, {_port(call, document, begin): entry})
    for node, ports in pins.items():
        known = {key: record for key, record in known.items() if key[0] != node}
        known[node, ()] = StepRecord(node, (), 1, "pinned", at, at, _pinned(call, document, node, ports))
    records = list(known.values()) if len(known) > 1 or pins else ()
    return Order(
        workflow_id=row.id, project_id=row.project_id, workflow_name=document.name, document=document,
        version=version, trigger=begin, items=entry, mode="manual" if version == 0 else "api", records=records,
        only=only, priority=0,
    )  # fmt: skip


def again(
    call: Call, row: Any, execution: Any, document: Workflow, version: int, records: Sequence[StepRecord],
    start: str | None,
) -> Order:  # fmt: skip
    """An execution that goes on from the recorded steps of an earlier one.

    Without `start` from the steps that failed or never ran; with it from that node on, whose recorded steps and
    those after it are run anew. The records of nodes that the document no longer has are left out.
    """
    kept = [record for record in records if record.status in FINISHED and document.node(record.node) is not None]
    if start is not None:
        if document.node(start) is None:
            raise InvalidError([Problem("from", f"the workflow has no node {start!r}", "unknown_node")])
        if start == execution.trigger:
            raise InvalidError([Problem("from", "the trigger is where it starts; run the workflow instead", "trigger")])
        anew = downstream(document, execution.trigger, start)
        kept = [record for record in kept if record.node not in anew]
    if execution.trigger not in {record.node for record in kept}:
        text = "what the trigger gave is no longer stored, so it cannot start again"
        raise InvalidError([Problem("trigger", text, "gone")])
    return Order(
        workflow_id=row.id, project_id=row.project_id, workflow_name=document.name, document=document,
        version=version, trigger=execution.trigger, items=(), mode=execution.mode, records=kept,
        retry_of=execution.id, priority=0,
    )  # fmt: skip


def with_document_pins(document: Workflow, pins: Pins | None) -> Pins:
    """The pins of a draft, those of the request in place of theirs."""
    return {**document.pins, **(pins or {})}


def _before(document: Workflow, begin: str, start: str | None, earlier: Iterable[StepRecord]) -> Iterable[StepRecord]:
    if start is None:
        return ()
    graph = Graph(begin, document.links())
    before = graph.ancestors(start) - downstream(document, begin, start) if start in graph.index else set()
    return [replace(record) for record in earlier if record.node in before and record.status in FINISHED]


def _sample(call: Call, document: Workflow, begin: str) -> list[Item]:
    spec = document.node(begin)
    assert spec is not None
    planned = PlannedNode(spec, call.web.kernel.catalogue[spec.type])
    trigger = planned.binder.constant
    return trigger.sample() if isinstance(trigger, Trigger) else [Item({})]


def _port(call: Call, document: Workflow, node: str) -> str:
    spec = document.node(node)
    assert spec is not None
    return call.web.kernel.catalogue[spec.type].cls.outputs[0]


def _pinned(call: Call, document: Workflow, node: str, ports: Mapping[str, Sequence[JSON]]) -> dict[str, list[Item]]:
    spec = document.node(node)
    if spec is None:
        raise InvalidError([Problem(f"pins.{node}", "the workflow has no such node", "unknown_node")])
    node_type = call.web.kernel.catalogue.get(spec.type)
    outputs = (*PlannedNode(spec, node_type).outputs, ERROR) if node_type is not None else None
    for port, items in ports.items():
        if outputs is not None and port not in outputs:
            text = f"{spec.name} has no output {port!r}; it has {', '.join(outputs[:-1])}"
            raise InvalidError([Problem(f"pins.{node}.{port}", text, "unknown_port")])
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                raise InvalidError([Problem(f"pins.{node}.{port}.{index}", "an item is an object", "object")])
    return {port: items_of(items) for port, items in ports.items()}
