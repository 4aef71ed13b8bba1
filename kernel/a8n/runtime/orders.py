"""What to run: orders, and which part of a workflow and of an earlier journal they cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import orjson

from a8n.errors import A8nError, InvalidError, Problem
from a8n.graph import Graph
from a8n.items import JSON, Item
from a8n.journal import StepRecord, WaitRecord, now
from a8n.plan import TOOLS
from a8n.workflow import Workflow


class Outcome(NamedTuple):
    """How an execution ended, or that it waits."""

    status: str
    error: Mapping[str, JSON] | None
    items: Sequence[Item]
    """What the step that finished last gave, all ports joined."""
    passing: bool = False
    """With status `waiting`: it waits for its own next attempt or its children, and not for the outside."""

    @property
    def settled(self) -> bool:
        """Whether there is something to answer: it has ended, or waits for the outside or for a time."""
        return self.status not in ("queued", "running") and not self.passing


class Order(NamedTuple):
    """What to run: everything an execution needs, and what its row in the database says."""

    workflow_id: str
    project_id: str
    workflow_name: str
    document: Workflow
    version: int
    """0 for a draft: the document is then kept with the execution."""
    trigger: str
    items: Sequence[Item]
    mode: str
    records: Sequence[StepRecord] = ()
    """Steps to take over from an earlier execution."""
    pins: Mapping[str, Mapping[str, Sequence[JSON]]] | None = None
    only: frozenset[str] | None = None
    retry_of: str | None = None
    parent_id: str | None = None
    depth: int = 0
    priority: int = 1


def first_item(order: Order) -> Item:
    """The first item that the trigger gave, also where it was recorded by an earlier execution."""
    record = next((record for record in order.records if record.node == order.trigger), None)
    ports = record.outputs.values() if record is not None else (order.items,)
    return next((item for items in ports for item in items), Item({}))


def upstream(document: Workflow, trigger: str, to: str) -> frozenset[str]:
    """The nodes that lead from a trigger to a node, both included, and those that it calls.

    Raises InvalidError when none does.
    """
    if document.node(to) is None:
        raise InvalidError([Problem("", f"the workflow has no node {to!r}", "unknown_node")])
    graph = Graph(trigger, document.links())
    if to not in graph.index:
        raise InvalidError([Problem(f"nodes.{to}", "no connection leads to it from the trigger", "unreachable")])
    called = (edge.target for edge in graph.outgoing[graph.index[to]] if edge.port == TOOLS)
    return frozenset([*graph.ancestors(to), *(graph.names[target] for target in called)])


def downstream(document: Workflow, trigger: str, start: str) -> frozenset[str]:
    """The nodes that a node leads to, itself included: what a replay from it runs anew."""
    graph = Graph(trigger, document.links())
    return frozenset(graph.descendants(start)) if start in graph.index else frozenset()


def options_of(order: Order) -> bytes | None:
    """What is kept with the execution beside its version, as JSON."""
    options: dict[str, JSON] = {}
    if order.version == 0:
        options["document"] = order.document.dump()
    if order.only is not None:
        options["only"] = sorted(order.only)
    if order.pins:
        options["pins"] = order.pins
    return orjson.dumps(options) if options else None


Payloads = dict[tuple[str, tuple[int, ...]], JSON]
"""What ended the waits of an execution, by node and path."""


def known(records: Sequence[StepRecord], document: Workflow, payloads: Payloads) -> tuple[list[StepRecord], int]:
    """The records to go on from, and how many steps at its end wait for a person.

    A step that began an unsafe effect and was not recorded is treated as the workflow's author chose: it runs
    again (from where a postponed attempt left off; `payloads` then says so), it fails the execution, or it waits
    for a person. Raises UnknownEffectError.
    """
    kept, asked = [], []
    for record in records:
        node = document.node(record.node)
        if record.status != "started" or node is None:
            kept.append(record)
        elif node.settings.unknown == "fail":
            raise UnknownEffectError(node.name)
        elif node.settings.unknown == "ask":
            data = {} if record.wait is None else {"postponed": record.wait.data}
            wait = WaitRecord(None, False, "", data, "decision")
            payloads.pop((record.node, record.path), None)  # what ended an earlier wait of the step is no decision
            asked.append(replace(record, status="waiting", finished_at=now(), wait=wait, outputs={}))
        elif record.wait is not None:
            kept.append(replace(record, status="waiting"))
            payloads[record.node, record.path] = None
    return [*kept, *asked], len(asked)


class UnknownEffectError(A8nError):
    """A step with an outside effect was started before a crash, and nobody knows whether it took place."""

    def __init__(self, name: str):
        super().__init__(
            f"the step {name!r} was started and its process died before it was recorded: it may or may not have "
            "taken effect; its workflow says that it then fails"
        )
