"""The queue: Dramatiq actors, and the in-process broker that runs them on the event loop.

One message per wake-up, holding an execution id and nothing else, sent after the commit: losing one costs
latency, never work, because the reaper finds what is due in the database.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy

log = logging.getLogger("a8n.queue")

QUEUE = "executions"
IN_FLIGHT = 256

Work = Callable[[str], Awaitable[None]]


class LoopBroker(dramatiq.Broker):
    """A broker without a server: messages are run by the event loop it is attached to, some hundreds at a time.

    Middleware sees the same signals as under a Dramatiq worker. Messages live in this process alone, which is
    enough: what they wake up is in the database.
    """

    def __init__(self, middleware: list[dramatiq.Middleware] | None = None, in_flight: int = IN_FLIGHT):
        super().__init__(middleware=middleware if middleware is not None else [])
        self._waiting: deque[dramatiq.Message[Any]] = deque()
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
            loop.call_later(delay / 1000, self._push, message)
        else:
            self._push(message)
        self.emit_after("enqueue", message, delay)
        return message

    def get_declared_queues(self) -> set[str]:
        """Names of the queues."""
        return set(self.queues)

    @property
    def depth(self) -> int:
        """How many messages have not been started."""
        return len(self._waiting)

    async def drain(self, grace: float) -> None:
        """Start nothing more, and give what runs `grace` seconds; then cancel it."""
        self._stopped = True
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    def _push(self, message: dramatiq.Message[Any]) -> None:
        self._waiting.append(message)
        self._fill()

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self._in_flight and not self._stopped:
            task = asyncio.ensure_future(self._process(self._waiting.popleft()))
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


def _coroutine(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """The coroutine function behind an async actor, which Dramatiq wraps for its threads."""
    return getattr(function, "__wrapped__", function)


class Queue:
    """Wakes executions up, by whatever broker the process has."""

    def __init__(self, broker: dramatiq.Broker, work: Work):
        self.broker = broker

        async def run_execution(execution_id: str) -> None:
            await work(execution_id)

        self._actor = dramatiq.actor(actor_name="run_execution", queue_name=QUEUE, broker=broker)(run_execution)

    def wake(self, execution_ids: Iterable[str]) -> None:
        """Send a message for each. Call it after the commit that made them due."""
        for execution_id in execution_ids:
            self._actor.send(execution_id)
