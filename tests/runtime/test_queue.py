"""The in-process broker: messages run on the loop, a bounded number at a time, under Dramatiq's signals."""

from __future__ import annotations

import asyncio
from typing import Any

import dramatiq

from a8n.runtime.queue import LoopBroker, Queue


class Signals(dramatiq.Middleware):
    """Notes what middleware is told."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def after_enqueue(self, broker: Any, message: Any, delay: Any) -> None:
        self.seen.append("enqueued")

    def before_process_message(self, broker: Any, message: Any) -> None:
        self.seen.append("before")

    def after_process_message(self, broker: Any, message: Any, *, result: Any = None, exception: Any = None) -> None:
        self.seen.append(f"after {type(exception).__name__ if exception else 'ok'}")


async def test_messages_run_on_this_loop_under_the_signals_of_dramatiq() -> None:
    signals = Signals()
    broker = LoopBroker([signals])
    done: list[str] = []

    async def work(execution_id: str) -> None:
        if execution_id == "bad":
            raise ValueError("no")
        done.append(execution_id)

    Queue(broker, work).wake(["a", "bad", "b"])
    await broker.drain(5)
    assert done == ["a", "b"]
    assert signals.seen.count("enqueued") == 3
    assert sorted(s for s in signals.seen if s.startswith("after")) == ["after ValueError", "after ok", "after ok"]


async def test_no_more_than_so_many_run_at_once() -> None:
    broker = LoopBroker(in_flight=3)
    running, most = 0, 0

    async def work(execution_id: str) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1

    queue = Queue(broker, work)
    queue.wake(str(i) for i in range(10))
    await asyncio.sleep(0)
    assert broker.depth == 7
    while broker.depth or running:
        await asyncio.sleep(0.005)
    assert most == 3


async def test_draining_cancels_what_outlasts_the_grace() -> None:
    broker = LoopBroker()
    ended: list[str] = []

    async def work(execution_id: str) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(execution_id)

    Queue(broker, work).wake(["a"])
    await asyncio.sleep(0)
    await broker.drain(0.01)
    assert ended == ["a"]
