"""Live events of an execution as server-sent events (WHATWG HTML, 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

import orjson
from quart import Response

from a8n.events import Event
from a8n.items import JSON
from a8n.runtime.executions import ENDED
from a8n.runtime.feed import Numbered

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

PING = 15.0
"""Seconds of silence after which a comment shows that the connection is alive."""
LOOK = 2.0
"""Seconds between two looks in the database, for executions that another process runs."""


def stream(instance: Instance, execution_id: str, after: int = 0) -> Response:
    """The response that follows an execution until it has ended."""
    return as_stream(_frames(instance, execution_id, after))


def as_stream(frames: AsyncIterator[bytes]) -> Response:
    """A response of server-sent events, without an end of our own."""
    response = Response(frames, content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.timeout = None  # Quart would end a response after a minute
    return response


def frame(numbered: Numbered) -> bytes:
    """One event as a frame."""
    return _frame(numbered.event, numbered.number)


async def _frames(instance: Instance, execution_id: str, after: int) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    instance.runner.observe(execution_id)
    history = _History(instance, execution_id, after, await instance.feed.kept(execution_id))
    watching = aiter(instance.feed.watch(execution_id, after))
    upcoming: asyncio.Future[Numbered] = asyncio.ensure_future(anext(watching))
    silent = 0.0
    try:
        for told in await history.missed():
            yield told
        while True:
            done, _ = await asyncio.wait([upcoming], timeout=LOOK if silent else 0.05)
            if done:
                numbered = upcoming.result()
                if numbered.event.kind == "execution.finished":
                    for told in await history.missed():
                        yield told
                    yield frame(numbered)
                    return
                if history.news(numbered):
                    yield frame(numbered)
                upcoming, silent = asyncio.ensure_future(anext(watching)), 0.0
                continue
            ended = await _ended(instance, execution_id)
            if ended is not None:
                for told in await history.missed():
                    yield told
                yield ended
                return
            silent += LOOK
            if silent >= PING:
                yield b": ping\n\n"
                silent = LOOK / 2
    finally:
        upcoming.cancel()
        await asyncio.gather(upcoming, return_exceptions=True)
        await watching.aclose()  # type: ignore[attr-defined]  # an async generator


class _History:
    """What the feed no longer knows, from the recorded steps: who watches late, or again, misses nothing."""

    def __init__(self, instance: Instance, execution_id: str, after: int, kept: Sequence[Numbered]):
        self._instance = instance
        self._id = execution_id
        self._after = after
        self._whole = bool(kept) and (kept[0].event.kind == "execution.started" or kept[0].number <= after)
        self._told: dict[tuple[str, tuple[int, ...]], int] = {}
        """When each step that was told of had ended."""

    async def missed(self) -> list[bytes]:
        """Frames of recorded steps that were not told yet."""
        if self._whole:
            return []
        row = await self._instance.executions.get(self._id)
        frames = []
        for record in await self._instance.journals.load(self._id) if row is not None else ():
            place, at = (record.node, record.path), record.finished_at
            if at <= self._after or self._told.get(place, 0) >= at or record.status == "started":
                continue
            self._told[place] = at
            counts = {port: len(items) for port, items in record.outputs.items() if items}
            data: dict[str, JSON] = {"items": counts, "ms": (at - record.started_at) / 1000}
            if record.error is not None:
                data = {"error": dict(record.error)}
            assert row is not None
            event = Event("step.finished", self._id, row.workflow_id, at, record.node, record.path, record.status, data)
            frames.append(_frame(event, at))
        return frames

    def news(self, numbered: Numbered) -> bool:
        """Whether an event tells more than the records did."""
        event = numbered.event
        if not event.kind.startswith("step."):
            return True
        place = (event.node, event.path)
        if self._told.get(place, -1) >= event.at:
            return False
        if event.kind == "step.finished":
            self._told[place] = event.at
        return True


async def _ended(instance: Instance, execution_id: str) -> bytes | None:
    """The last frame of an execution whose end the feed does not know of."""
    if instance.runner.live(execution_id) is not None:
        return None
    row = await instance.executions.get(execution_id)
    if row is None:
        return b": gone\n\n"
    if row.status not in ENDED:
        return None
    event = Event("execution.finished", row.id, row.workflow_id, row.finished_at or row.created_at, status=row.status)
    return _frame(event, 0)


def _frame(event: Event, number: int) -> bytes:
    from a8n_web.calls import rfc3339

    data = {
        "execution_id": event.execution_id or None, "workflow_id": event.workflow_id, "at": rfc3339(event.at),
        "node": event.node or None, "path": list(event.path), "status": event.status or None, **event.data,
    }  # fmt: skip
    number_line = f"id: {number}\n".encode() if number else b""
    return number_line + f"event: {event.kind}\n".encode() + b"data: " + orjson.dumps(data, default=str) + b"\n\n"
