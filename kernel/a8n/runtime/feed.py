"""Live events of executions, for whoever watches: in-process here; Redis carries the same in the distributed mode."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from a8n.events import Event

KEPT_EVENTS = 500
"""Per execution, for watchers that come late or reconnect."""
KEPT_TOPICS = 200


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event with its place in the execution's stream: the `id` of server-sent events."""

    number: int
    event: Event


class Feed:
    """Hands events of executions to their watchers, and keeps the latest so that a reconnect misses nothing."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, deque[Numbered]] = OrderedDict()
        self._watchers: dict[str, set[asyncio.Queue[Numbered]]] = {}
        self._count: dict[str, int] = {}

    def publish(self, event: Event) -> None:
        """Give an event to everybody who watches its execution or its workflow. Does not block."""
        self._put(event.execution_id, event)
        if event.workflow_id in self._watchers:
            self._put(event.workflow_id, event)

    def watched(self, topic: str) -> bool:
        """True when somebody watches this execution or workflow."""
        return topic in self._watchers

    async def watch(self, topic: str, after: int = 0) -> AsyncIterator[Numbered]:
        """Events of an execution (or, by its id, of a workflow) after number `after`, kept ones first.

        That of an execution ends with `execution.finished`. A watcher who does not keep up loses the oldest.
        """
        queue: asyncio.Queue[Numbered] = asyncio.Queue(maxsize=KEPT_EVENTS * 4)
        watchers = self._watchers.setdefault(topic, set())
        for numbered in self._kept.get(topic, ()):
            if numbered.number > after:
                queue.put_nowait(numbered)
        watchers.add(queue)
        try:
            while True:
                numbered = await queue.get()
                yield numbered
                if numbered.event.kind == "execution.finished" and numbered.event.execution_id == topic:
                    return
        finally:
            watchers.discard(queue)
            if not watchers:
                self._watchers.pop(topic, None)

    def _put(self, topic: str, event: Event) -> None:
        number = self._count.get(topic, 0) + 1
        self._count[topic] = number
        numbered = Numbered(number, event)
        kept = self._kept.setdefault(topic, deque(maxlen=KEPT_EVENTS))
        kept.append(numbered)
        self._kept.move_to_end(topic)
        while len(self._kept) > KEPT_TOPICS:
            old, _ = self._kept.popitem(last=False)
            self._count.pop(old, None)
        for queue in self._watchers.get(topic, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(numbered)
