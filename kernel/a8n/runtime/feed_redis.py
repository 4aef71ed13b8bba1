"""Live events across processes: kept in Redis streams, and told to those who watch."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

import orjson
from redis.exceptions import RedisError

from a8n.events import Event
from a8n.items import JSON
from a8n.runtime.bus import Bus
from a8n.runtime.feed import KEPT_EVENTS, Feed, Numbered
from a8n.runtime.signals import Signals

log = logging.getLogger("a8n.feed")

KEPT = 900
"""Seconds that an execution's events stay in Redis after the last one."""
WATCH = 30.0
"""Seconds that a process believes that somebody elsewhere watches; he says so anew every third of it."""


class RedisFeed(Feed):
    """The feed of a process that shares Redis with others. Without Redis, its own watchers see its own events."""

    def __init__(self, bus: Bus, signals: Signals):
        super().__init__()
        self._bus = bus
        self._signals = signals
        self._elsewhere: dict[str, float] = {}
        self._saying: dict[str, asyncio.Task[None]] = {}

    def publish(self, event: Event) -> None:
        """See Feed."""
        numbered = self.put(event.execution_id, event)
        body = _dump(numbered)
        key = self._bus.key("events", event.execution_id)
        self._bus.send("XADD", key, "MAXLEN", "~", KEPT_EVENTS, f"{numbered.number}-1", "e", body)
        if event.kind.startswith("execution."):
            self._bus.send("EXPIRE", key, KEPT)
        self._bus.publish(self._channel(event.execution_id), body)
        self._hand_on(numbered)

    def watched(self, topic: str) -> bool:
        """See Feed; also when somebody in another process watches."""
        return super().watched(topic) or self._elsewhere.get(topic, 0) > time.monotonic()

    def watched_elsewhere(self, topic: str) -> None:
        """Somebody in another process watches an execution or a workflow, for the time being."""
        moment = time.monotonic()
        self._elsewhere = {known: until for known, until in self._elsewhere.items() if until > moment}
        self._elsewhere[topic] = moment + WATCH

    async def kept(self, topic: str) -> Sequence[Numbered]:
        """See Feed: those in Redis, or where it is away our own."""
        try:
            [entries] = await self._bus.run([("XRANGE", self._bus.key("events", topic), "-", "+")])
            found = [_load(fields[b"e"]) for _, fields in entries]
        except (RedisError, OSError, TypeError) as error:  # TypeError: the answer was an error
            log.warning("the events of %s are not to be had from Redis: %s", topic, error)
            found = []
        return found or await super().kept(topic)

    def _send(self, topic: str, numbered: Numbered) -> None:
        if not self._bus.connected:  # else it comes back to us as to all others
            self._deliver(topic, numbered)
        self._bus.publish(self._channel(topic), _dump(numbered))

    async def _watching(self, topic: str) -> None:
        if topic not in self._saying:
            self._saying[topic] = asyncio.ensure_future(self._say(topic))
            await self._bus.hear(self._channel(topic), lambda raw: self._heard(topic, raw))

    async def _unwatched(self, topic: str) -> None:
        saying = self._saying.pop(topic, None)
        if saying is not None:
            saying.cancel()
        await self._bus.forget(self._channel(topic))

    async def _say(self, topic: str) -> None:
        while True:
            self._signals.tell("watch", topic=topic)
            await asyncio.sleep(WATCH / 3)

    def _heard(self, topic: str, raw: bytes) -> None:
        self._deliver(topic, _load(raw))

    def _channel(self, topic: str) -> str:
        return self._bus.key("feed", topic)


def _dump(numbered: Numbered) -> bytes:
    event = numbered.event
    fields: list[JSON] = [
        numbered.number, event.kind, event.execution_id, event.workflow_id, event.at, event.node, event.path,
        event.status, event.data,
    ]  # fmt: skip
    return orjson.dumps(fields, default=str)


def _load(raw: bytes) -> Numbered:
    number, kind, execution_id, workflow_id, at, node, path, status, data = orjson.loads(raw)
    return Numbered(number, Event(kind, execution_id, workflow_id, at, node, tuple(path), status, data))
