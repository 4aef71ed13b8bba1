"""The live feed: late watchers miss nothing, reconnects go on where they were, slow ones harm nobody."""

from __future__ import annotations

import asyncio

from a8n.events import Event, EventKind
from a8n.runtime.feed import KEPT_TOPICS, Feed


def event(kind: EventKind = "step.finished", execution: str = "e1", node: str = "") -> Event:
    return Event(kind, execution, "w1", 1, node)


async def test_a_late_watcher_gets_what_was_kept_and_what_comes() -> None:
    feed = Feed()
    feed.publish(event("execution.started"))
    feed.publish(event(node="a"))
    watching = feed.watch("e1")
    first, second = await anext(watching), await anext(watching)
    assert (first.event.kind, second.event.node) == ("execution.started", "a")
    feed.publish(event("execution.finished"))
    assert [n.event.kind async for n in watching] == ["execution.finished"]


async def test_a_reconnect_goes_on_after_the_last_number_it_saw() -> None:
    feed = Feed()
    for node in "abc":
        feed.publish(event(node=node))
    feed.publish(event("execution.finished"))
    assert [n.event.node async for n in feed.watch("e1", after=2)] == ["c", ""]


async def test_a_workflow_can_be_watched() -> None:
    feed = Feed()
    assert not feed.watched("w1")
    task = asyncio.ensure_future(anext(feed.watch("w1")))
    await asyncio.sleep(0)
    assert feed.watched("w1")
    feed.publish(event(execution="e7"))
    assert (await task).event.execution_id == "e7"


async def test_old_executions_are_forgotten() -> None:
    feed = Feed()
    for i in range(KEPT_TOPICS + 50):
        feed.publish(event(execution=f"e{i}"))
    task = asyncio.ensure_future(anext(feed.watch("e0")))
    await asyncio.sleep(0.01)
    assert not task.done()
    task.cancel()
