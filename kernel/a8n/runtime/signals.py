"""News that every process should hear at once: a workflow was published, a run is to be stopped, somebody watches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import orjson

from a8n.items import JSON
from a8n.runtime.bus import Bus

log = logging.getLogger("a8n.signals")

Handler = Callable[[dict[str, JSON]], Coroutine[Any, Any, None] | None]


class Signals:
    """Tells the other processes, and hears from them. Without Redis nobody is told, and all look now and then."""

    def __init__(self, address: str, bus: Bus | None = None):
        self._address = address
        self._bus = bus
        self._handlers: dict[str, Handler] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to hear."""
        if self._bus is not None:
            await self._bus.hear(self._bus.key("signals"), self._heard)

    def on(self, kind: str, handler: Handler) -> None:
        """What to do when another process tells this; it is given what was told with it."""
        self._handlers[kind] = handler

    def tell(self, kind: str, **facts: JSON) -> None:
        """Tell all other processes."""
        if self._bus is not None:
            self._bus.publish(self._bus.key("signals"), orjson.dumps({**facts, "kind": kind, "from": self._address}))

    def _heard(self, raw: bytes) -> None:
        message = orjson.loads(raw)
        handler = self._handlers.get(message.get("kind"))
        if handler is None or message.get("from") == self._address:
            return
        doing = handler(message)
        if doing is not None:
            task = asyncio.ensure_future(doing)
            self._tasks.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.warning("a signal could not be followed: %s", task.exception())
