"""What runs next: a pure function of the graph and the recorded steps.

A node is decided when every connection into it that can still deliver has settled. It runs if at least one of
them carries items; otherwise it is skipped and its own connections settle without items (dead-path
elimination). The head of a loop that decides by itself when the loop ends also runs when nothing came back from an
iteration. A step inside loops carries the index of the iteration of each loop around it, outermost first.

`Progress` folds recorded steps in one by one at the cost of their own connections; `ready` is the same from
the start, and what resuming after a crash calls.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeAlias

from a8n.graph import Edge, Graph, Kind

Path: TypeAlias = tuple[int, ...]
"""Iteration indices, outermost loop first; () outside of loops."""

Key: TypeAlias = tuple[int, Path]
"""A step: node index in the graph, and path."""

FORWARD = Kind.FORWARD

Pending: TypeAlias = list[tuple[Key, Collection[str]]]


class Progress:
    """How far an execution is. Give `settle` each finished step once; it gives the steps to start."""

    __slots__ = ("_again", "_carried", "_fed", "_graph", "_heads", "_left", "_open")

    def __init__(self, graph: Graph, heads: Collection[int] = ()):
        """`heads` are the nodes that run again after each iteration they began, whatever came back from it."""
        self._graph = graph
        self._heads = heads
        self._open: dict[Key, int] = {}
        """Connections that have yet to settle, for steps that some but not all connections have reached."""
        self._fed: set[Key] = set()
        self._left: dict[Key, int] = {}
        """Units of a loop's iteration that have yet to settle, by header and path."""
        self._again: set[Key] = set()
        """Iterations, by header and path, from which items came back, or after which the header runs anyway."""
        self._carried: set[tuple[int, Path]] = set()
        """Connections out of loops that will deliver, with the path of the loop they leave."""

    def settle(self, key: Key, carrying: Collection[str]) -> list[Key]:
        """A step has finished with items on the ports `carrying`. Gives the steps that are ready now, in order."""
        straight = self._graph.straight[key[0]]
        if straight is not None and straight.port in carrying:  # most steps: one goes on to one
            return [(straight.target, key[1])]
        ready: list[Key] = []
        pending: Pending = [(key, carrying)]
        while pending:
            step, ports = pending.pop()
            node, path = step
            for edge in self._graph.outgoing[node]:
                if edge.kind is FORWARD:
                    self._arrive((edge.target, path), edge.port in ports, ready, pending)
                else:
                    self._follow(edge, path, edge.port in ports, ready, pending)
            if path:
                if node in self._heads and self._begins(node, ports):
                    self._again.add(step)
                self._unit_settled(self._graph.nest[node][-1], path, ready, pending)
        return ready

    def _begins(self, node: int, ports: Collection[str]) -> bool:
        """Whether a node that heads a loop sends items into it."""
        return self._graph.nest[node][-1] == node and any(
            edge.port in ports and edge.kind in (Kind.FORWARD, Kind.ENTER) for edge in self._graph.outgoing[node]
        )

    def _follow(self, edge: Edge, path: Path, carries: bool, ready: list[Key], pending: Pending) -> None:
        if edge.kind is Kind.ENTER:
            self._arrive((edge.target, (*path, 0)), carries, ready, pending)
        elif carries and edge.kind is Kind.BACK:
            self._again.add((edge.target, path[: edge.depth + 1]))
        elif carries:
            self._carried.add((edge.id, path[: edge.depth]))

    def _arrive(self, target: Key, carries: bool, ready: list[Key], pending: Pending) -> None:
        entries = self._graph.entries[target[0]]
        if entries == 1:  # nothing to wait for, nothing to remember
            if carries:
                ready.append(target)
            else:
                pending.append((target, ()))
            return
        left = self._open.pop(target, 0) or entries
        if carries:
            self._fed.add(target)
        if left > 1:
            self._open[target] = left - 1
        elif target in self._fed:
            self._fed.discard(target)
            ready.append(target)
        else:
            pending.append((target, ()))

    def _unit_settled(self, header: int, path: Path, ready: list[Key], pending: Pending) -> None:
        """A node or inner loop directly inside a loop is through with the iteration `path`."""
        iteration = (header, path)
        left = self._left.pop(iteration, 0) or self._graph.units[header]
        if left > 1:
            self._left[iteration] = left - 1
        elif iteration in self._again:
            self._again.discard(iteration)
            ready.append((header, (*path[:-1], path[-1] + 1)))
        else:
            self._loop_ended(header, path[:-1], ready, pending)

    def _loop_ended(self, header: int, outside: Path, ready: list[Key], pending: Pending) -> None:
        for edge in self._graph.exits.get(header, ()):
            carries = (edge.id, outside) in self._carried
            self._carried.discard((edge.id, outside))
            target = (edge.target, (*outside, 0) if edge.enters else outside)
            self._arrive(target, carries, ready, pending)
        if outside:
            self._unit_settled(self._graph.nest[header][-2], outside, ready, pending)


def ready(graph: Graph, journal: Mapping[Key, Collection[str]], heads: Collection[int] = ()) -> list[Key]:
    """The steps to start, given the finished ones and the ports on which each gave items.

    The trigger is the step `(0, ())`; without it in the journal it is the only one to start. The order in which
    steps were recorded does not matter. `heads` is as for `Progress`.
    """
    progress = Progress(graph, heads)
    pending: list[Key] = [(0, ())]
    found: list[Key] = []
    while pending:
        key = pending.pop(0)
        if key in journal:
            pending += progress.settle(key, journal[key])
        else:
            found.append(key)
    return found


def sources(graph: Graph, step: Key, edge: Edge) -> tuple[int, Path, bool]:
    """Where a connection's items for `step` come from: (node, path, exact).

    With `exact` they come from the one step at that path; otherwise from all steps of the node whose path
    begins with it, in order. A connection that delivers nothing to this iteration gives the path (-1,).
    """
    _, path = step
    source_depth = len(graph.nest[edge.source])
    if edge.kind is Kind.BACK:
        if path[-1] == 0:
            return edge.source, (-1,), True
        before = (*path[:-1], path[-1] - 1)
        return edge.source, before, source_depth == len(before)
    inside = graph.nest[edge.target]
    if inside and inside[-1] == edge.target and path[-1] > 0:
        return edge.source, (-1,), True
    prefix = path[: edge.depth]
    return edge.source, prefix, source_depth == edge.depth
