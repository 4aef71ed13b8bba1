"""What to run: orders, and which part of a workflow and of an earlier journal they cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from a8n.errors import A8nError, InvalidError, Problem
from a8n.graph import Graph
from a8n.items import JSON, Item
from a8n.journal import StepRecord
from a8n.workflow import Workflow


class Outcome(NamedTuple):
    """How an execution ended, or that it waits."""

    status: str
    error: Mapping[str, JSON] | None
    items: Sequence[Item]
    """What the step that finished last gave, all ports joined."""


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


def upstream(document: Workflow, trigger: str, to: str) -> frozenset[str]:
    """The nodes that lead from a trigger to a node, both included. Raises InvalidError when none does."""
    if document.node(to) is None:
        raise InvalidError([Problem("", f"the workflow has no node {to!r}", "unknown_node")])
    graph = Graph(trigger, document.links())
    if to not in graph.index:
        raise InvalidError([Problem(f"nodes.{to}", "no connection leads to it from the trigger", "unreachable")])
    return frozenset(graph.ancestors(to))


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


def known(records: Sequence[StepRecord], document: Workflow) -> list[StepRecord]:
    """The records to go on from. A step that began an unsafe effect and was not recorded is treated as the
    workflow's author chose."""
    finished = {(r.node, r.path) for r in records if r.status != "started"}
    kept = []
    for record in records:
        node = document.node(record.node)
        if record.status == "started" and (record.node, record.path) not in finished and node is not None:
            if node.settings.unknown != "retry":
                raise UnknownEffectError(node.name)
            continue
        if record.status != "started":
            kept.append(record)
    return kept


class UnknownEffectError(A8nError):
    """A step with an outside effect was started before a crash, and nobody knows whether it took place."""

    def __init__(self, name: str):
        super().__init__(
            f"the step {name!r} was started and its process died before it was recorded: it may or may not have "
            "taken effect; retry the execution to run it again"
        )
