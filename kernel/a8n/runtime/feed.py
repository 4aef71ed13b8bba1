"""Live events of executions, for whoever watches: kept and handed on in this process."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from a8n.events import Event

KEPT_EVENTS = 500
"""Per execution, for watchers that come late or reconnect."""
KEPT_TOPICS = 200
EXECUTIONS = "executions"
"""The topic of the beginnings and ends of all executions."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event with its place in the execution's stream: the `id` of server-sent events.

    Numbers are times, made to grow: so they go on growing in the next process, and after a restart.
    """

    number: int
    event: Event


class Feed:
    """Hands events of executions to their watchers, and keeps the latest so that a reconnect misses nothing."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, deque[Numbered]] = OrderedDict()
        self._watchers: dict[str, set[asyncio.Queue[Numbered]]] = {}

    def publish(self, event: Event) -> None:
        """Give an event to everybody who watches its execution or its workflow. Does not block."""
        self._hand_on(self.put(event.execution_id, event))

    def announce(self, event: Event) -> None:
        """Give an event to those who watch its workflow, or all executions; it is not kept. Does not block."""
        self._hand_on(Numbered(event.at, event))

    def watched(self, topic: str) -> bool:
        """True when somebody watches this execution or workflow, or all executions."""
        return topic in self._watchers

    def watched_elsewhere(self, topic: str) -> None:
        """Somebody in another process watches an execution or a workflow, for the time being."""

    async def kept(self, topic: str) -> Sequence[Numbered]:
        """The latest events of an execution, in order."""
        return list(self._kept.get(topic, ()))

    async def watch(self, topic: str, after: int = 0) -> AsyncIterator[Numbered]:
        """Events of an execution (by its id, or of a workflow, or of EXECUTIONS) after number `after`, kept ones first.

        That of an execution ends with `execution.finished`. A watcher who does not keep up loses the oldest.
        """
        queue: asyncio.Queue[Numbered] = asyncio.Queue(maxsize=KEPT_EVENTS * 4)
        watchers = self._watchers.setdefault(topic, set())
        watchers.add(queue)
        try:
            await self._watching(topic)
            for numbered in await self.kept(topic):
                if numbered.number > after:
                    after = numbered.number
                    yield numbered
                    if _last(numbered, topic):
                        return
            while True:
                numbered = await queue.get()
                if topic == numbered.event.execution_id:
                    if numbered.number <= after:
                        continue
                    after = numbered.number
                yield numbered
                if _last(numbered, topic):
                    return
        finally:
            watchers.discard(queue)
            if not watchers:
                self._watchers.pop(topic, None)
                await self._unwatched(topic)

    def put(self, topic: str, event: Event) -> Numbered:
        """Number an event, keep it, and hand it on."""
        kept = self._kept.setdefault(topic, deque(maxlen=KEPT_EVENTS))
        numbered = Numbered(max(event.at, kept[-1].number + 1 if kept else 0), event)
        kept.append(numbered)
        self._kept.move_to_end(topic)
        while len(self._kept) > KEPT_TOPICS:
            self._kept.popitem(last=False)
        self._deliver(topic, numbered)
        return numbered

    def _hand_on(self, numbered: Numbered) -> None:
        event = numbered.event
        if self.watched(event.workflow_id):
            self._send(event.workflow_id, numbered)
        if event.kind.startswith("execution.") and self.watched(EXECUTIONS):
            self._send(EXECUTIONS, numbered)

    def _send(self, topic: str, numbered: Numbered) -> None:
        self._deliver(topic, numbered)

    def _deliver(self, topic: str, numbered: Numbered) -> None:
        for queue in self._watchers.get(topic, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(numbered)

    async def _watching(self, topic: str) -> None:
        """Somebody begins to watch."""

    async def _unwatched(self, topic: str) -> None:
        """Nobody watches any more."""


def _last(numbered: Numbered, topic: str) -> bool:
    return numbered.event.kind == "execution.finished" and numbered.event.execution_id == topic
