"""Live events of executions, for whoever watches: in-process here; Redis carries the same in the distributed mode."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from a8n.events import Event

KEPT_EVENTS = 500
"""Per execution, for watchers that come late or reconnect."""
KEPT_EXECUTIONS = 200


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event with its place in the execution's stream: the `id` of server-sent events."""

    number: int
    event: Event


class Feed:
    """Hands events of executions to their watchers, and keeps the latest so that a reconnect misses nothing."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, deque[Numbered]] = OrderedDict()
        self._watchers: dict[str, set[asyncio.Queue[Numbered | None]]] = {}
        self._count: dict[str, int] = {}

    def publish(self, event: Event) -> None:
        """Give an event to everybody who watches its execution. Does not block; a slow watcher loses the oldest."""
        key = event.execution_id
        number = self._count.get(key, 0) + 1
        self._count[key] = number
        numbered = Numbered(number, event)
        kept = self._kept.setdefault(key, deque(maxlen=KEPT_EVENTS))
        kept.append(numbered)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT_EXECUTIONS:
            old, _ = self._kept.popitem(last=False)
            self._count.pop(old, None)
        for queue in self._watchers.get(key, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(numbered)

    async def watch(self, execution_id: str, after: int = 0) -> AsyncIterator[Numbered]:
        """Events of one execution after number `after`, kept ones first; ends with `execution.finished`."""
        queue: asyncio.Queue[Numbered | None] = asyncio.Queue(maxsize=KEPT_EVENTS * 4)
        watchers = self._watchers.setdefault(execution_id, set())
        for numbered in self._kept.get(execution_id, ()):
            if numbered.number > after:
                queue.put_nowait(numbered)
        watchers.add(queue)
        try:
            while (numbered := await queue.get()) is not None:
                yield numbered
                if numbered.event.kind == "execution.finished":
                    return
        finally:
            watchers.discard(queue)
            if not watchers:
                self._watchers.pop(execution_id, None)
