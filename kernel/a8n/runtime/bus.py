"""Redis between the processes: wake-ups and news. Nothing that it carries is the truth; losing it costs latency.

What one round of the event loop sends goes out in one pipeline. While Redis is away, what is sent is dropped: the
reaper finds the work, and whoever waits for news looks in the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

log = logging.getLogger("a8n.bus")

Handler = Callable[[bytes], None]
Command = tuple[Any, ...]

PIPELINE = 1_000
"""Most commands in one go."""
TIMEOUT = 5.0
"""Seconds that Redis may take for an answer before it counts as away."""
PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Seconds between attempts to reach it."""


class Bus:
    """One process's lines to Redis: one that sends, one that listens. `namespace` begins every key."""

    def __init__(self, url: str, namespace: str = "a8n"):
        self.url = url
        self.namespace = namespace
        self.connected = False
        self._client: Any = None
        self._outbox: list[Command] = []
        self._flushing: asyncio.Task[None] | None = None
        self._handlers: dict[bytes, Handler] = {}
        self._listener: asyncio.Task[None] | None = None
        self._pubsub: Any = None
        self._returned: list[Callable[[], Awaitable[None]]] = []

    def key(self, *parts: str) -> str:
        """A name in our namespace."""
        return ":".join((self.namespace, *parts))

    async def start(self) -> None:
        """Begin to listen. Redis need not be there: it is tried again and again."""
        self._listener = asyncio.ensure_future(self._listen())

    async def close(self) -> None:
        """Send what is in the outbox, if Redis takes it, and hang up."""
        while self._listener is not None and not self._listener.done():
            self._listener.cancel()  # again and again: a cancel that meets a timeout in the library is lost
            await asyncio.wait([self._listener], timeout=0.2)
        if self._flushing is not None:
            await asyncio.wait([self._flushing], timeout=TIMEOUT)
        if self._client is not None:
            with contextlib.suppress(Exception):
                await self._client.aclose()

    def client(self, **options: Any) -> Any:
        """A client of its own, for what blocks its connection."""
        from redis.asyncio import Redis

        return Redis.from_url(self.url, socket_connect_timeout=TIMEOUT, **{"socket_timeout": TIMEOUT, **options})

    # --- sending ---------------------------------------------------------------------------------------------

    def send(self, *command: Any) -> None:
        """Send a command some time soon, without waiting for it. Dropped where Redis is away."""
        self._outbox.append(command)
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    def publish(self, channel: str, message: bytes) -> None:
        """Tell everybody who listens to a channel."""
        self.send("PUBLISH", channel, message)

    async def _flush(self) -> None:
        while self._outbox:
            commands, self._outbox = self._outbox[:PIPELINE], self._outbox[PIPELINE:]
            try:
                await self.run(commands)
            except Exception as error:
                dropped = len(commands) + len(self._outbox)
                self._outbox.clear()
                log.warning("Redis is away, %d messages were dropped (the work itself is stored): %s", dropped, error)

    async def run(self, commands: Iterable[Command]) -> list[Any]:
        """Send commands together and give the answers; errors of single commands are among them."""
        if self._client is None:
            self._client = self.client()
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        return answers

    # --- listening -------------------------------------------------------------------------------------------

    def returned(self, action: Callable[[], Awaitable[None]]) -> None:
        """Do this whenever Redis is there (again): what was said meanwhile was missed."""
        self._returned.append(action)

    async def hear(self, channel: str, handler: Handler) -> None:
        """Give every message of a channel to a handler, which must be quick and not raise."""
        self._handlers[channel.encode()] = handler
        if self._pubsub is not None:
            with contextlib.suppress(Exception):  # a broken line subscribes anew when it is back
                await self._pubsub.subscribe(channel)

    async def forget(self, channel: str) -> None:
        """Stop listening to a channel."""
        self._handlers.pop(channel.encode(), None)
        if self._pubsub is not None:
            with contextlib.suppress(Exception):
                await self._pubsub.unsubscribe(channel)

    async def _listen(self) -> None:
        attempt = 0
        while True:
            client = self.client(health_check_interval=10)
            pubsub = client.pubsub(ignore_subscribe_messages=True)
            try:
                await pubsub.subscribe(self.key("hello"), *self._handlers)
                self._pubsub, self.connected, attempt = pubsub, True, 0
                for action in self._returned:
                    await action()
                await self._hear_all(pubsub)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                if self.connected or attempt == 0:
                    log.warning("Redis is away; going on without it: %s", error)
            finally:
                self._pubsub, self.connected = None, False
                with contextlib.suppress(Exception):
                    await pubsub.aclose()
                    await client.aclose()
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            attempt += 1

    async def _hear_all(self, pubsub: Any) -> None:
        while True:
            message = await pubsub.get_message(timeout=TIMEOUT)
            if message is None or message["type"] != "message":
                continue
            handler = self._handlers.get(message["channel"])
            if handler is None:
                continue
            try:
                handler(message["data"])
            except Exception:
                log.exception("a message on %s could not be handled", message["channel"])
