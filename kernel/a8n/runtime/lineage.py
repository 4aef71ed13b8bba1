"""Where an item came from, and what was made from it: by the lineage that each item carries."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from a8n.items import Source
from a8n.past import Origin
from a8n.runtime.refusals import NotFoundError
from a8n.runtime.scenes import Scene
from a8n.scheduler import Key

ANCESTORS = 200
"""How many are told, the nearest first."""
ACROSS = 200
"""How many items are told on the other side of the same step."""


@dataclass(frozen=True, slots=True)
class Ancestor:
    """An output item that another item was made from."""

    step: Key
    port: str
    number: int
    """Of the item among those of the port."""
    distance: int
    """1 for what the item itself was made from."""
    child: int | None
    """Which of the ancestors was made from it; None for the item itself. Of several, the first."""


@dataclass(frozen=True, slots=True)
class Spot:
    """An item at a port of a step."""

    port: str
    number: int


@dataclass(frozen=True, slots=True)
class Lineage:
    """The ancestors of an item, and its kin on the other side of its step."""

    ancestors: list[Ancestor]
    across: list[Spot]
    """Of an output: the items among the same step's input that it was made from. Of an input: the items among the same
    step's output that were made from it."""
    whole: bool
    """Whether these are all, as far as steps have said what their items were made from."""


def of_output(scene: Scene, step: Key, port: str, number: int) -> Lineage:
    """The lineage of an item that a step gave. Raises NotFoundError."""
    record = scene.past.steps.get(step)
    items = record.outputs.get(port, ()) if record is not None else ()
    if number >= len(items):
        raise NotFoundError("item")
    indices = _indices(items[number].source)
    ancestors, all_of_them = _ancestors(scene, [(step, index) for index in indices])
    taken = _taken(scene, step, frozenset(indices))
    return _lineage(ancestors, all_of_them, taken)


def of_input(scene: Scene, step: Key, port: str, number: int) -> Lineage:
    """The lineage of an item that a step took; the first ancestor is the item itself, where it was made."""
    for index, spot in _spots(scene, step):
        if spot == Spot(port, number):
            ancestors, all_of_them = _ancestors(scene, [(step, index)])
            return _lineage(ancestors, all_of_them, _made(scene, step, index))
    raise NotFoundError("item")


def _lineage(ancestors: list[Ancestor], all_of_them: bool, found: Iterator[Spot]) -> Lineage:
    across = list(islice(found, ACROSS + 1))
    return Lineage(ancestors, across[:ACROSS], all_of_them and len(across) <= ACROSS)


def _spots(scene: Scene, step: Key) -> Iterator[tuple[int, Spot]]:
    """The items that a step took, each with the index by which the step's lineage knows it."""
    first = 0
    for key, port, items in scene.past.taken(step):
        if key == step:  # the head of a loop counts on through the iterations before
            for number in range(len(items)):
                yield first + number, Spot(port, number)
        first += len(items)


def _taken(scene: Scene, step: Key, indices: frozenset[int]) -> Iterator[Spot]:
    return (spot for index, spot in _spots(scene, step) if index in indices) if indices else iter(())


def _made(scene: Scene, step: Key, index: int) -> Iterator[Spot]:
    record = scene.past.steps.get(step)
    if record is None:
        return
    for port, items in record.outputs.items():
        for number, item in enumerate(items):
            if index in _indices(item.source):
                yield Spot(port, number)


def _ancestors(scene: Scene, inputs: list[tuple[Key, int]]) -> tuple[list[Ancestor], bool]:
    """The ancestors, and whether they are all."""
    ancestors: list[Ancestor] = []
    pending: deque[tuple[Key, int, int, int | None]] = deque((step, index, 1, None) for step, index in inputs)
    seen: set[tuple[Key, str, int]] = set()
    while pending:
        step, index, distance, child = pending.popleft()
        origin = scene.past.origin(step, index)
        if origin is None or (origin.step, origin.port, origin.number) in seen:
            continue
        if len(ancestors) == ANCESTORS:
            return ancestors, False
        seen.add((origin.step, origin.port, origin.number))
        ancestors.append(Ancestor(origin.step, origin.port, origin.number, distance, child))
        pending += _further(origin, distance + 1, len(ancestors) - 1)
    return ancestors, True


def _further(origin: Origin, distance: int, child: int) -> Iterator[tuple[Key, int, int, int | None]]:
    if origin.step[0] == 0:  # what a trigger gives was made from nothing here
        return
    for index in _indices(origin.item.source):
        yield origin.step, index, distance, child


def _indices(source: Source) -> tuple[int, ...]:
    if source is None:
        return ()
    return source if isinstance(source, tuple) else (source,)
