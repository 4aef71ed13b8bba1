"""The shape of a workflow: what a trigger reaches, and its natural loops.

Dominators by Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001); natural loops and
reducibility as in Aho, Lam, Sethi and Ullman, "Compilers", section 9.6.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from a8n.errors import A8nError


class IrreducibleError(A8nError):
    """A cycle can be entered at two places, so it is no loop. `edge` is a (source, target) pair to cut."""

    def __init__(self, source: str, target: str):
        super().__init__(
            f"the connection {source} -> {target} closes a cycle that can be entered in the middle; "
            "a loop must lead back to the one node through which it is entered"
        )
        self.edge = (source, target)


class Kind(Enum):
    """How a connection relates to the loops around its ends."""

    FORWARD = auto()
    """Both ends have the same loops around them."""
    ENTER = auto()
    """Leads to a loop's header from outside."""
    BACK = auto()
    """Leads to a loop's header from inside: starts the next iteration."""
    EXIT = auto()
    """Leaves one or more loops (and may enter another): delivers when the outermost one left has ended."""


@dataclass(frozen=True, slots=True)
class Link:
    """One connection, by node names."""

    source: str
    port: str
    target: str
    input: str = "main"


@dataclass(frozen=True, slots=True)
class Edge:
    """One connection of a `Graph`, by node indices."""

    id: int
    source: int
    port: str
    target: int
    input: str
    kind: Kind
    depth: int
    """Of the loops around the source, how many are around the target too; for BACK those outside the header's."""
    enters: bool
    """The target is the header of a loop that the source is outside of."""


class Graph:
    """What one trigger reaches, as immutable tables by node index; index 0 is the trigger."""

    __slots__ = ("edges", "entries", "exits", "incoming", "index", "names", "nest", "outgoing", "straight", "units")

    def __init__(self, start: str, links: Iterable[Link]):
        """Raises IrreducibleError."""
        links = list(links)
        self.names = _reverse_postorder(start, links)
        self.index = {name: i for i, name in enumerate(self.names)}
        reached = [link for link in links if link.source in self.index]
        loops = self._loops(reached)
        self.nest = self._nesting(loops)
        self.edges = tuple(self._edge(i, link) for i, link in enumerate(reached))
        count = len(self.names)
        self.outgoing = _buckets(count, self.edges, lambda edge: edge.source)
        self.incoming = _buckets(count, self.edges, lambda edge: edge.target)
        self.entries = tuple(sum(edge.kind is not Kind.BACK for edge in edges) for edges in self.incoming)
        """How many connections must settle before a node (of a loop: in its first iteration) is decided."""
        self.straight = tuple(self._straight(node) for node in range(count))
        """Per node, where it is so: its only connection leads, within the same loops, to a node that has no other."""
        self.exits: dict[int, list[Edge]] = defaultdict(list)
        """Connections that leave a loop for good, by its header."""
        for edge in self.edges:
            if edge.kind is Kind.EXIT:
                self.exits[self.nest[edge.source][edge.depth]].append(edge)
        self.units: dict[int, int] = defaultdict(int)
        """Nodes and inner loops directly inside a loop, its header included, by header."""
        for node in range(count):
            if self.nest[node]:
                self.units[self.nest[node][-1]] += 1
                if self.nest[node][-1] == node and len(self.nest[node]) > 1:
                    self.units[self.nest[node][-2]] += 1

    def _straight(self, node: int) -> Edge | None:
        edges = self.outgoing[node]
        if len(edges) == 1 and edges[0].kind is Kind.FORWARD and not self.nest[node]:
            return edges[0] if self.entries[edges[0].target] == 1 else None
        return None

    def _edge(self, number: int, link: Link) -> Edge:
        source, target = self.index[link.source], self.index[link.target]
        outer, inner = self.nest[source], self.nest[target]
        if target in outer:
            depth = outer.index(target)
            return Edge(number, source, link.port, target, link.input, Kind.BACK, depth, False)
        shared = sum(1 for a, b in zip(outer, inner, strict=False) if a == b)
        enters = len(inner) > shared
        if len(outer) > shared:
            kind = Kind.EXIT
        else:
            kind = Kind.ENTER if enters else Kind.FORWARD
        return Edge(number, source, link.port, target, link.input, kind, shared, enters)

    def _loops(self, links: Sequence[Link]) -> dict[int, set[int]]:
        """Natural loops by header: the nodes inside, header included. Loops of one header are one loop."""
        before: list[list[int]] = [[] for _ in self.names]
        for link in links:
            before[self.index[link.target]].append(self.index[link.source])
        dominator = _dominators(before)
        loops: dict[int, set[int]] = defaultdict(set)
        for link in links:
            source, target = self.index[link.source], self.index[link.target]
            if target > source:
                continue
            if not _dominates(dominator, target, source):
                raise IrreducibleError(link.source, link.target)
            body = loops[target]
            body.add(target)
            pending = [source]
            while pending:
                node = pending.pop()
                if node not in body:
                    body.add(node)
                    pending += before[node]
        return loops

    def _nesting(self, loops: dict[int, set[int]]) -> tuple[tuple[int, ...], ...]:
        """For each node the headers of the loops around it, outermost first."""
        by_size = sorted(loops, key=lambda header: -len(loops[header]))
        return tuple(tuple(h for h in by_size if node in loops[h]) for node in range(len(self.names)))

    def ancestors(self, name: str) -> set[str]:
        """The node and everything from which it can be reached."""
        return self._closure(name, self.incoming, lambda edge: edge.source)

    def descendants(self, name: str) -> set[str]:
        """The node and everything that it can reach."""
        return self._closure(name, self.outgoing, lambda edge: edge.target)

    def _closure(self, name: str, table: Sequence[Sequence[Edge]], end: Callable[[Edge], int]) -> set[str]:
        found: set[int] = set()
        pending = [self.index[name]]
        while pending:
            node = pending.pop()
            if node not in found:
                found.add(node)
                pending += [end(edge) for edge in table[node]]
        return {self.names[node] for node in found}


def _buckets(count: int, edges: Iterable[Edge], node: Callable[[Edge], int]) -> tuple[tuple[Edge, ...], ...]:
    found: list[list[Edge]] = [[] for _ in range(count)]
    for edge in edges:
        found[node(edge)].append(edge)
    return tuple(map(tuple, found))


def _reverse_postorder(start: str, links: Sequence[Link]) -> tuple[str, ...]:
    """Nodes reachable from `start`, such that only cycle-closing links lead backwards."""
    after: dict[str, list[str]] = defaultdict(list)
    for link in links:
        after[link.source].append(link.target)
    order: list[str] = []
    seen = {start}
    stack = [(start, iter(after[start]))]
    while stack:
        node, targets = stack[-1]
        for target in targets:
            if target not in seen:
                seen.add(target)
                stack.append((target, iter(after[target])))
                break
        else:
            stack.pop()
            order.append(node)
    return tuple(reversed(order))


def _dominators(before: Sequence[Sequence[int]]) -> list[int]:
    """Immediate dominators of nodes in reverse postorder; node 0 is the root."""
    unknown = -1
    dominator = [unknown] * len(before)
    dominator[0] = 0
    changed = True
    while changed:
        changed = False
        for node in range(1, len(before)):
            new = unknown
            for previous in before[node]:
                if dominator[previous] == unknown:
                    continue
                new = previous if new == unknown else _meet(dominator, previous, new)
            if dominator[node] != new:
                dominator[node] = new
                changed = True
    return dominator


def _meet(dominator: Sequence[int], a: int, b: int) -> int:
    while a != b:
        while a > b:
            a = dominator[a]
        while b > a:
            b = dominator[b]
    return a


def _dominates(dominator: Sequence[int], above: int, node: int) -> bool:
    while node > above:
        node = dominator[node]
    return node == above
