"""A workflow version made ready to run: parameters compiled, loops found, classes looked up. Cached by callers."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from a8n.catalogue import NodeType
from a8n.concurrency import key_problems
from a8n.errors import InvalidError, Problem
from a8n.graph import Graph, Kind, Link
from a8n.items import JSON
from a8n.kernel import Kernel
from a8n.node import BatchNode, Effect, Node, Step
from a8n.params import Binder
from a8n.trigger import Trigger
from a8n.workflow import NodeSpec, Workflow

ERROR = "error"
"""The extra output of a node whose settings say that errors leave by it."""

TOOLS = "tools"
"""The output whose nodes are not followed, but called by the node that has it."""


class PlannedNode:
    """One node of a plan."""

    __slots__ = (
        "binder", "cls", "effect", "id", "inputs", "instant", "is_async", "is_batch", "is_trigger", "name",
        "output_model", "outputs", "settings", "spec", "type",
    )  # fmt: skip

    def __init__(self, spec: NodeSpec, node_type: NodeType):
        self.spec = spec
        self.type = node_type
        self.cls: type[Step] = node_type.cls
        self.id = spec.id
        self.name = spec.name
        self.settings = spec.settings
        params = upgraded(node_type, spec)
        self.binder: Binder[Step] = Binder(self.cls, params)
        self.is_trigger = issubclass(self.cls, Trigger)
        self.is_batch = issubclass(self.cls, BatchNode)
        self.effect = self._effect(params)
        self.inputs: tuple[str, ...] = getattr(self.cls, "inputs", ())
        ports = tuple(self.cls.ports(params)) if not self.binder.problems else self.cls.outputs
        self.outputs = (*ports, ERROR) if spec.settings.on_error == "output" else ports
        self.output_model = node_type.output_model
        run = getattr(self.cls, "run", None)
        self.is_async = inspect.iscoroutinefunction(run) or inspect.isasyncgenfunction(run)
        self.instant = spec.settings.disabled or (
            self.effect == "pure"
            and not self.is_async
            and not self.binder.credentials
            and spec.settings.retry.attempts == 1
        )

    def _effect(self, params: dict[str, JSON]) -> Effect:
        if self.settings.disabled or not issubclass(self.cls, Node | BatchNode):
            return "pure"
        return self.cls.effect_of(params) if not self.binder.problems else self.cls.effect

    def problems(self) -> list[Problem]:
        """What keeps this node from running, with paths from the document's root."""
        problems = list(self.binder.problems)
        if self.is_trigger:  # it is set up and authenticates outside of any execution: there is no item yet
            text = "a trigger takes no expressions: what is saved is what is enforced"
            problems += [Problem(where, text, "expression") for where, _ in self.binder.expressions]
        return [Problem(f"nodes.{self.id}.params.{p.path}".rstrip("."), p.message, p.code) for p in problems]


def upgraded(node_type: NodeType, spec: NodeSpec) -> dict[str, JSON]:
    """The saved parameters in the form of the installed version."""
    params = dict(spec.params)
    if spec.version < node_type.version:
        return node_type.cls.upgrade(params, spec.version)
    return params


class Plan:
    """What one trigger of one workflow version does. Immutable; shared by all its executions."""

    __slots__ = ("by_name", "direct", "graph", "heads", "inputs", "nodes", "single", "trigger", "workflow")

    def __init__(self, kernel: Kernel, workflow: Workflow, trigger: str, *, only: Iterable[str] | None = None):
        """Plan for the trigger with this node id; with `only`, leave out the nodes that are not named.

        Raises InvalidError when something that the trigger reaches cannot run.
        """
        links = workflow.links()
        if only is not None:
            kept = {trigger, *only}
            links = [link for link in links if link.source in kept and link.target in kept]
        self.workflow = workflow
        self.trigger = trigger
        self.graph = Graph(trigger, links)
        specs = {node.id: node for node in workflow.nodes}
        if trigger not in specs:
            raise InvalidError([Problem("nodes", f"there is no node {trigger!r}", "unknown_node")])
        self.nodes: tuple[PlannedNode, ...] = tuple(_planned(kernel, [specs[name] for name in self.graph.names]))
        self.by_name = {node.name: i for i, node in enumerate(self.nodes)}
        problems = [p for node in self.nodes for p in node.problems()]
        problems += port_problems([link for link in links if link.source in self.graph.index], self.nodes)
        problems += _trigger_problems(self.nodes)
        problems += _tool_problems(links, self.nodes)
        problems += key_problems(workflow)
        if problems:
            raise InvalidError(problems)
        self.inputs = tuple(_by_input(self.graph, i, node) for i, node in enumerate(self.nodes))
        """Per node its connections in the order in which their items are joined, by input port."""
        self.heads = frozenset(
            i for i, node in enumerate(self.nodes) if getattr(node.cls, "loop", False) and not node.settings.disabled
        )
        """Nodes that decide when a loop ends: they run again after each iteration they began."""
        self.direct = tuple(all(edge.kind is Kind.FORWARD for edge in edges) for edges in self.graph.incoming)
        """Per node whether all that comes in comes from the same iteration, which is quicker to gather."""
        self.single = tuple(
            edges[0] if direct and len(edges) == 1 and len(node.inputs) == 1 and not node.settings.once else None
            for edges, direct, node in zip(self.graph.incoming, self.direct, self.nodes, strict=True)
        )
        """Per node its only connection, which hands its items over as they are; None where it is not that simple."""


def _planned(kernel: Kernel, specs: Sequence[NodeSpec]) -> list[PlannedNode]:
    missing = [spec for spec in specs if kernel.catalogue.get(spec.type) is None]
    if missing:
        raise InvalidError(
            Problem(f"nodes.{spec.id}.type", f"no installed plugin has the node type {spec.type!r}", "unknown_type")
            for spec in missing
        )
    return [PlannedNode(spec, cast(NodeType, kernel.catalogue.get(spec.type))) for spec in specs]


def port_problems(links: Iterable[Link], nodes: Iterable[PlannedNode]) -> list[Problem]:
    """Connections that name an output or input their node does not have."""
    by_id = {node.id: node for node in nodes}
    problems = []
    for link in links:
        source, target = by_id.get(link.source), by_id.get(link.target)
        if source is not None and not source.binder.problems and link.port not in source.outputs:
            problems.append(_port(link, "output", link.port, source.name, source.outputs))
        if target is not None and link.input not in target.inputs:
            problems.append(_port(link, "input", link.input, target.name, target.inputs))
    return problems


def _port(link: Link, kind: str, port: str, name: str, known: Sequence[str]) -> Problem:
    has = f"it has {', '.join(known)}" if known else f"it has no {kind}s"
    place = f"connections.{link.source}.{link.port}->{link.target}"
    return Problem(place, f"{name} has no {kind} {port!r}; {has}", "unknown_port")


def _trigger_problems(nodes: Sequence[PlannedNode]) -> list[Problem]:
    return [
        Problem(f"nodes.{node.id}", "a trigger can only stand at the start", "trigger_inside")
        for node in nodes[1:]
        if node.is_trigger
    ]


def _tool_problems(links: Iterable[Link], nodes: Iterable[PlannedNode]) -> list[Problem]:
    """What a tool gives goes to the node that calls it, so nothing can stand behind a tool."""
    links, by_id = list(links), {node.id: node for node in nodes}
    sources = {link.source for link in links}
    problems = []
    for link in links:
        caller, tool = by_id.get(link.source), by_id.get(link.target)
        if caller is None or tool is None or link.port != TOOLS or TOOLS not in caller.outputs:
            continue
        if tool.id in sources and TOOLS not in tool.outputs:
            text = f"{tool.name} is a tool of {caller.name}, which gets what it gives: nothing can follow it"
            problems.append(Problem(f"nodes.{tool.id}", text, "tool"))
        if not tool.inputs:
            problems.append(Problem(f"nodes.{tool.id}", f"{tool.name} takes nothing, so it is no tool", "tool"))
    return problems


def _by_input(graph: Graph, index: int, node: PlannedNode) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    return tuple((port, tuple(e for e in graph.incoming[index] if e.input == port)) for port in node.inputs)


def check(kernel: Kernel, workflow: Workflow) -> list[Problem]:
    """Everything that keeps a structurally sound workflow, or a part of it, from running.

    Missing plugins, parameters that cannot be right or are not there yet, unknown ports. Codes tell which of
    them a draft may be saved with.
    """
    problems: list[Problem] = []
    planned: list[PlannedNode] = []
    for spec in workflow.nodes:
        node_type = kernel.catalogue.get(spec.type)
        if node_type is None:
            text = f"no installed plugin has the node type {spec.type!r}"
            problems.append(Problem(f"nodes.{spec.id}.type", text, "unknown_type"))
            continue
        try:
            node = PlannedNode(spec, node_type)
        except Exception as error:  # an `upgrade` or `ports` of a plugin that fails must not hide the workflow
            problems.append(Problem(f"nodes.{spec.id}", f"{type(error).__name__}: {error}", "plugin_error"))
            continue
        planned.append(node)
        problems += node.problems()
    problems += port_problems(workflow.links(), planned)
    problems += _tool_problems(workflow.links(), planned)
    names = {node.name for node in workflow.nodes}
    for node in planned:
        problems += _unknown_names(node, names)
    return problems + key_problems(workflow)


def _unknown_names(node: PlannedNode, names: set[str]) -> Iterable[Problem]:
    for where, expression in node.binder.expressions:
        for name in sorted(expression.nodes - names):
            place = f"nodes.{node.id}.params.{where}"
            yield Problem(place, f"the workflow has no node named {name!r}", "unknown_node")


def credential_ids(nodes: Iterable[PlannedNode]) -> Mapping[str, list[tuple[PlannedNode, tuple[str, ...]]]]:
    """Which credentials the nodes refer to: id to (node, names of the kinds the field takes)."""
    found: dict[str, list[tuple[PlannedNode, tuple[str, ...]]]] = {}
    for node in nodes:
        for use in node.binder.credentials:
            found.setdefault(use.id, []).append((node, use.kinds))
    return found
