"""The past of an execution: its recorded steps, what they hand on, and where an item came from."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from a8n.graph import Edge, Graph
from a8n.items import Item
from a8n.journal import StepRecord
from a8n.scheduler import Key, Path, sources
from a8n.workflow import NodeSettings

Inputs = dict[str, Sequence[Item]]

MAX_ORIGINS = 100_000
"""How many items a search for an ancestor looks at before it gives up."""


class Place(Protocol):
    """A node, as far as data flows through it."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...
    @property
    def outputs(self) -> tuple[str, ...]: ...
    @property
    def settings(self) -> NodeSettings: ...
    @property
    def is_batch(self) -> bool: ...


class Layout(Protocol):
    """How data flows from node to node: a plan, or the sketch of a draft that cannot run yet."""

    @property
    def graph(self) -> Graph: ...
    @property
    def nodes(self) -> Sequence[Place]: ...
    @property
    def by_name(self) -> Mapping[str, int]: ...
    @property
    def inputs(self) -> Sequence[Sequence[tuple[str, Sequence[Edge]]]]: ...
    @property
    def direct(self) -> Sequence[bool]: ...
    @property
    def single(self) -> Sequence[Edge | None]: ...


class Origin(NamedTuple):
    """The output item that an input item is."""

    step: Key
    port: str
    number: int
    """Of the item among those of the port."""
    item: Item


class Past:
    """Everything here follows from the layout and the recorded steps."""

    __slots__ = ("_paths", "_plan", "_segments", "steps")

    def __init__(self, plan: Layout):
        self.steps: dict[Key, StepRecord] = {}
        self._plan = plan
        self._paths: dict[int, list[Path]] = defaultdict(list)
        """Where the nodes inside of loops have run."""
        self._segments: dict[Key, list[tuple[int, Key, str]]] = {}
        """Where the input of a step came from: position of the first item, source step, and its port."""

    def keep(self, key: Key, record: StepRecord) -> None:
        """Take a finished step in."""
        self.steps[key] = record
        if key[1]:
            self._paths[key[0]].append(key[1])

    # --- what steps take -------------------------------------------------------------------------------------

    def inputs(self, key: Key) -> tuple[Inputs, Sequence[Item]]:
        """The items of each input port of a step, joined in the order of its connections, and the first port's."""
        single = self._plan.single[key[0]]
        if single is not None:
            items = self.steps[single.source, key[1]].outputs[single.port]
            return {single.input: items}, items
        node = self._plan.nodes[key[0]]
        inputs: Inputs = {}
        direct = self._plan.direct[key[0]]
        for port, edges in self._plan.inputs[key[0]]:
            if direct:
                lists = self._gathered(key[1], edges)
            else:
                lists = [items for edge in edges for _, items in self._delivered(key, edge)]
            inputs[port] = lists[0] if len(lists) == 1 else [item for items in lists for item in items]
        first = inputs.get(node.inputs[0], ()) if node.inputs else ()
        if node.settings.once:
            first = first[:1]
            inputs[node.inputs[0]] = first
        return inputs, first

    def _gathered(self, path: Path, edges: Sequence[Edge]) -> list[Sequence[Item]]:
        """What connections within one iteration deliver: `_delivered` for the common case."""
        lists = []
        for edge in edges:
            record = self.steps.get((edge.source, path))
            items = record.outputs.get(edge.port) if record is not None else None
            if items:
                lists.append(items)
        return lists

    def _delivered(self, key: Key, edge: Edge) -> Iterable[tuple[Key, Sequence[Item]]]:
        source, prefix, exact = sources(self._plan.graph, key, edge)
        if exact:
            paths: Iterable[Path] = (prefix,)
        else:
            depth = len(prefix)
            paths = sorted(path for path in self._paths[source] if path[:depth] == prefix)
        for path in paths:
            record = self.steps.get((source, path))
            if record is not None:
                items = record.outputs.get(edge.port)
                if items:
                    yield (source, path), items

    def deliveries(self, key: Key) -> Iterable[tuple[Edge, Key, Sequence[Item]]]:
        """What comes in over each connection, and from which step, in the order in which it is joined."""
        for _, edges in self._plan.inputs[key[0]]:
            for edge in edges:
                for source, items in self._delivered(key, edge):
                    yield edge, source, items

    # --- what expressions see --------------------------------------------------------------------------------

    def nearest(self, node: int, step: Key) -> Key | None:
        """The run of a node that belongs to a step: the same iteration of shared loops, else the last of them."""
        if (node, ()) in self.steps:
            return node, ()
        shared = 0
        for a, b in zip(self._plan.graph.nest[node], self._plan.graph.nest[step[0]], strict=False):
            if a != b:
                break
            shared += 1
        prefix = step[1][:shared]
        paths = [p for p in self._paths[node] if p[:shared] == prefix and (node, p) in self.steps]
        return (node, max(paths)) if paths else None

    def outputs(self, key: Key) -> Sequence[Item]:
        """All items of a step, port by port."""
        outputs: Mapping[str, Sequence[Item]] = self.steps[key].outputs
        if len(outputs) == 1:
            return next(iter(outputs.values()))
        return [item for port in self._plan.nodes[key[0]].outputs for item in outputs.get(port, ())]

    def ancestor(self, node: int, step: Key, index: int) -> Item | None:
        """The item of `node` that an item of a step's input was made from, by lineage; the first of several."""
        pending = [(step, index)]
        seen: set[tuple[Key, int]] = set()
        while pending and len(seen) < MAX_ORIGINS:
            place = pending.pop()
            if place in seen:
                continue
            seen.add(place)
            found = self.origin(*place)
            if found is None:
                continue
            source, item = found.step, found.item
            if source[0] == node:
                return item
            if isinstance(item.source, tuple):
                pending += [(source, i) for i in reversed(item.source)]
            elif item.source is not None:
                pending.append((source, item.source))
        return None

    def origin(self, step: Key, index: int) -> Origin | None:
        """The output item of an earlier step that a step's input item is. The index counts through all inputs."""
        segments = self._segments.get(step)
        if segments is None:
            segments = self._segments[step] = self._segmented(step)
        place = bisect_right(segments, index, key=lambda segment: segment[0]) - 1
        if place < 0:
            return None
        first, source, port = segments[place]
        items = self.steps[source].outputs[port]
        place = index - first
        return Origin(source, port, place, items[place]) if place < len(items) else None

    def taken(self, step: Key) -> Iterator[tuple[Key, str, Sequence[Item]]]:
        """All items that the indices of a step's lineage count through, in this order: iteration, port, items."""
        for key in self._iterations(step):
            for port, items in self.inputs(key)[0].items():
                yield key, port, items

    def _segmented(self, step: Key) -> list[tuple[int, Key, str]]:
        segments: list[tuple[int, Key, str]] = []
        total = 0
        for key in self._iterations(step):
            for edge, source, items in self.deliveries(key):
                segments.append((total, source, edge.port))
                total += len(items)
        return segments

    def _iterations(self, step: Key) -> Sequence[Key]:
        """The steps whose inputs a step's lineage counts through: for the head of a loop all iterations so far."""
        node, path = step
        nest = self._plan.graph.nest[node]
        if not nest or nest[-1] != node or not self._plan.nodes[node].is_batch:
            return (step,)
        return [(node, (*path[:-1], i)) for i in range(path[-1] + 1)]
