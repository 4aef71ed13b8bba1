"""Where an item came from: back through the steps of an execution, by the lineage that each item carries."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from a8n.items import Source
from a8n.past import Origin
from a8n.runtime.refusals import NotFoundError
from a8n.runtime.scenes import Scene
from a8n.scheduler import Key

ANCESTORS = 200
"""How many are told, the nearest first."""


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
class Lineage:
    """The ancestors of an item."""

    ancestors: list[Ancestor]
    whole: bool
    """Whether these are all, as far as steps have said what their items were made from."""


def of_output(scene: Scene, step: Key, port: str, number: int) -> Lineage:
    """The lineage of an item that a step gave. Raises NotFoundError."""
    record = scene.past.steps.get(step)
    items = record.outputs.get(port, ()) if record is not None else ()
    if number >= len(items):
        raise NotFoundError("item")
    return _lineage(scene, [(step, index) for index in _indices(items[number].source)])


def of_input(scene: Scene, step: Key, port: str, number: int) -> Lineage:
    """The lineage of an item that a step took; the first ancestor is the item itself, where it was made."""
    first = 0
    for name, items in scene.past.inputs(step)[0].items():
        if name == port and number < len(items):
            return _lineage(scene, [(step, first + number)])
        first += len(items)
    raise NotFoundError("item")


def _lineage(scene: Scene, inputs: list[tuple[Key, int]]) -> Lineage:
    ancestors: list[Ancestor] = []
    pending: deque[tuple[Key, int, int, int | None]] = deque((step, index, 1, None) for step, index in inputs)
    seen: set[tuple[Key, str, int]] = set()
    while pending:
        step, index, distance, child = pending.popleft()
        origin = scene.past.origin(step, index)
        if origin is None or (origin.step, origin.port, origin.number) in seen:
            continue
        if len(ancestors) == ANCESTORS:
            return Lineage(ancestors, False)
        seen.add((origin.step, origin.port, origin.number))
        ancestors.append(Ancestor(origin.step, origin.port, origin.number, distance, child))
        pending += _further(origin, distance + 1, len(ancestors) - 1)
    return Lineage(ancestors, True)


def _further(origin: Origin, distance: int, child: int) -> Iterator[tuple[Key, int, int, int | None]]:
    if origin.step[0] == 0:  # what a trigger gives was made from nothing here
        return
    for index in _indices(origin.item.source):
        yield origin.step, index, distance, child


def _indices(source: Source) -> tuple[int, ...]:
    if source is None:
        return ()
    return source if isinstance(source, tuple) else (source,)
