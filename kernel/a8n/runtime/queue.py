"""The queue: Dramatiq actors, run on the event loop by an in-process broker or by one on Redis.

One message per wake-up, holding an execution id and nothing else, sent after the commit: losing one costs
latency, never work, because the reaper finds what is due in the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy

from a8n.runtime import faults
from a8n.runtime.bus import PAUSES, Bus

log = logging.getLogger("a8n.queue")

QUEUE = "executions"
PRIORITIES = 3
"""0 is interactive, 1 usual, 2 bulk."""
IN_FLIGHT = 256
BATCH = 32
"""Most messages that a worker takes at once, so that idle ones beside it get some."""
BLOCK = 1.0
"""Seconds that a worker waits for a message before it asks again."""

Work = Callable[[str], Awaitable[None]]


class LoopBroker(dramatiq.Broker):
    """A broker without a server: messages are run by the event loop it is attached to, some hundreds at a time.

    Middleware sees the same signals as under a Dramatiq worker. Messages live in this process alone, which is
    enough: what they wake up is in the database.
    """

    def __init__(self, middleware: list[dramatiq.Middleware] | None = None, in_flight: int = IN_FLIGHT):
        super().__init__(middleware=middleware if middleware is not None else [])
        self._waiting: list[deque[dramatiq.Message[Any]]] = [deque() for _ in range(PRIORITIES)]
        """By priority."""
        self._running: set[asyncio.Task[None]] = set()
        self._in_flight = in_flight
        self._stopped = False

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30000) -> dramatiq.Consumer:
        """Not needed: messages are pushed to the loop."""
        raise NotImplementedError("the loop runs the messages itself")

    def declare_queue(self, queue_name: str) -> None:
        """Every queue is the same here."""
        self.queues.setdefault(queue_name, queue_name)

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        """Run a message as soon as the loop has room, or `delay` milliseconds from now. From the loop only."""
        loop = asyncio.get_running_loop()
        self.emit_before("enqueue", message, delay)
        if delay:
            loop.call_later(delay / 1000, self.receive, message)
        else:
            self.receive(message)
        self.emit_after("enqueue", message, delay)
        return message

    def get_declared_queues(self) -> set[str]:
        """Names of the queues."""
        return set(self.queues)

    @property
    def depth(self) -> int:
        """How many messages have not been started."""
        return sum(map(len, self._waiting))

    @property
    def room(self) -> int:
        """How many more messages could run now."""
        return self._in_flight - len(self._running) - self.depth

    async def drain(self, grace: float) -> None:
        """Start nothing more, and give what runs `grace` seconds; then cancel it."""
        self._stopped = True
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    def receive(self, message: dramatiq.Message[Any]) -> None:
        """Run a message in this process as soon as there is room."""
        self._waiting[self.get_actor(message.actor_name).priority].append(message)
        self._fill()

    def _fill(self) -> None:
        while len(self._running) < self._in_flight and not self._stopped:
            waiting = next(filter(None, self._waiting), None)
            if waiting is None:
                return
            task = asyncio.ensure_future(self._process(waiting.popleft()))
            self._running.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._fill()

    async def _process(self, message: dramatiq.Message[Any]) -> None:
        proxy = MessageProxy(message)
        try:
            self.emit_before("process_message", proxy)
            actor = self.get_actor(message.actor_name)
            result = await _coroutine(actor.fn)(*message.args, **message.kwargs)
            self.emit_after("process_message", proxy, result=result)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            proxy.stuff_exception(error)
            self.emit_after("process_message", proxy, exception=error)
            log.exception("message %s failed", message.message_id)


class RedisBroker(LoopBroker):
    """Messages through Redis: a list for each priority, and workers that block on them.

    Dramatiq's own broker polls, which takes up to a second at idle, and keeps what a worker has fetched for a
    redelivery after minutes; here the database redelivers within seconds. `BLMPOP` (Redis 7, Valkey) hands out
    several messages at a time, the most urgent first, within a fraction of a millisecond.
    """

    def __init__(self, bus: Bus, *, works: bool = True, in_flight: int = IN_FLIGHT):
        super().__init__(in_flight=in_flight)
        self.bus = bus
        self._works = works
        self._keys = [bus.key("queue", f"{QUEUE}.{priority}") for priority in range(PRIORITIES)]
        self._taking: asyncio.Task[None] | None = None
        self._room = asyncio.Event()

    def start(self) -> None:
        """Begin to take messages, where this process works."""
        if self._works:
            self._taking = asyncio.ensure_future(self._take())

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        """Send a message to whichever worker is free."""
        self.emit_before("enqueue", message, delay)
        key = self.bus.key("queue", message.queue_name)
        if delay:
            asyncio.get_running_loop().call_later(delay / 1000, self.bus.send, "RPUSH", key, message.encode())
        else:
            self.bus.send("RPUSH", key, message.encode())
        self.emit_after("enqueue", message, delay)
        return message

    async def drain(self, grace: float) -> None:
        """See LoopBroker. Messages that come in the last moment go back."""
        self._stopped = True
        self._room.set()
        if self._taking is not None:
            await asyncio.wait([self._taking], timeout=BLOCK * 3)
            self._taking.cancel()
        await super().drain(grace)

    def _done(self, task: asyncio.Task[None]) -> None:
        super()._done(task)
        self._room.set()

    async def _take(self) -> None:
        client = self.bus.client()
        attempt = 0
        while not self._stopped:
            if self.room <= 0:
                self._room.clear()
                await self._room.wait()
                continue
            try:
                answer = await client.execute_command(
                    "BLMPOP", BLOCK, len(self._keys), *self._keys, "LEFT", "COUNT", min(self.room, BATCH)
                )
                attempt = 0
            except asyncio.CancelledError:
                raise
            except Exception as error:
                if attempt == 0:
                    log.warning("no messages from Redis, the database is asked in their place: %s", error)
                await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
                attempt += 1
                continue
            if answer is not None:
                self._receive(*answer)
        with contextlib.suppress(Exception):
            await client.aclose()

    def _receive(self, key: bytes, bodies: list[bytes]) -> None:
        for body in bodies:
            if self._stopped:
                self.bus.send("LPUSH", key, body)
                continue
            try:
                self.receive(dramatiq.Message.decode(body))
            except Exception as error:  # whatever it is, it names nothing of ours
                log.warning("a message in %s is none of ours: %s", key.decode("utf-8", "replace"), error)


def _coroutine(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """The coroutine function behind an async actor, which Dramatiq wraps for its threads."""
    return getattr(function, "__wrapped__", function)


class Queue:
    """Wakes executions up, by whatever broker the process has."""

    def __init__(self, broker: LoopBroker, work: Work):
        self.broker = broker

        async def run_execution(execution_id: str) -> None:
            await work(execution_id)

        self._actors = [
            dramatiq.actor(
                actor_name=f"run_execution_{priority}",
                queue_name=f"{QUEUE}.{priority}",
                priority=priority,
                broker=broker,
            )(run_execution)
            for priority in range(PRIORITIES)
        ]

    @property
    def shared(self) -> bool:
        """Whether other processes take from it, too."""
        return isinstance(self.broker, RedisBroker)

    def take(self, execution_ids: Iterable[str]) -> None:
        """Let this very process look at some executions: those that nobody was woken up for."""
        for execution_id in execution_ids:
            self.broker.receive(self._actors[1].message(execution_id))

    @faults.around("wake")
    def wake(self, execution_ids: Iterable[str], priority: int = 1) -> None:
        """Send a message for each. Call it after the commit that made them due."""
        actor = self._actors[min(max(priority, 0), PRIORITIES - 1)]
        for execution_id in execution_ids:
            actor.send(execution_id)
