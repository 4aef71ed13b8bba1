"""The layout of a draft that may not be able to run yet: enough to say which data flows where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from a8n.catalogue import NodeType
from a8n.graph import Edge, Graph, Kind, Link
from a8n.kernel import Kernel
from a8n.node import BatchNode
from a8n.plan import ERROR, PlannedNode
from a8n.workflow import NodeSettings, NodeSpec, Workflow


class SketchedNode:
    """A node whose parameters may be wrong and whose type may be unknown: then its wires tell its ports."""

    def __init__(self, spec: NodeSpec, node_type: NodeType | None, links: Sequence[Link]):
        self.spec = spec
        self.type = node_type
        self.id = spec.id
        self.name = spec.name
        self.settings: NodeSettings = spec.settings
        self.is_batch = node_type is not None and issubclass(node_type.cls, BatchNode)
        wired = _unique(link.input for link in links if link.target == spec.id) or ("main",)
        self.inputs: tuple[str, ...] = getattr(node_type.cls, "inputs", ()) if node_type is not None else wired
        self._links = links

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Its outputs; made when asked for, since they may depend on its parameters."""
        if self.type is None:
            return _unique(link.port for link in self._links if link.source == self.id) or ("main",)
        try:
            return PlannedNode(self.spec, self.type).outputs
        except Exception:  # `upgrade` and `ports` are a plugin's
            ports = self.type.cls.outputs
            return (*ports, ERROR) if self.settings.on_error == "output" else ports


class Sketch:
    """What a trigger of a draft reaches; implements `a8n.past.Layout`."""

    def __init__(self, kernel: Kernel, workflow: Workflow, start: str):
        """Raises IrreducibleError."""
        links = workflow.links()
        specs = {node.id: node for node in workflow.nodes}
        self.workflow = workflow
        self.graph = Graph(start, links)
        own: dict[str, list[Link]] = {name: [] for name in self.graph.names}
        for link in links:
            for end in {link.source, link.target} & own.keys():
                own[end].append(link)
        self.nodes = tuple(
            SketchedNode(specs[name], kernel.catalogue.get(specs[name].type), own[name]) for name in self.graph.names
        )
        self.by_name = {node.name: i for i, node in enumerate(self.nodes)}
        self.inputs: Sequence[Sequence[tuple[str, Sequence[Edge]]]] = tuple(
            tuple((port, tuple(edge for edge in self.graph.incoming[i] if edge.input == port)) for port in node.inputs)
            for i, node in enumerate(self.nodes)
        )
        self.direct = tuple(all(edge.kind is Kind.FORWARD for edge in edges) for edges in self.graph.incoming)
        self.single: Sequence[Edge | None] = (None,) * len(self.nodes)
        """The quick way needs all steps to be recorded."""


def leading_to(workflow: Workflow, node: str) -> set[str]:
    """The node and everything from which it can be reached."""
    before: dict[str, list[str]] = {}
    for wire in workflow.connections:
        before.setdefault(wire.target, []).append(wire.source)
    found: set[str] = set()
    pending = [node]
    while pending:
        current = pending.pop()
        if current not in found:
            found.add(current)
            pending += before.get(current, ())
    return found


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
