"""What happens to a workflow, and how executions begin and end, as server-sent events for pages that stay open.

Nothing is replayed: a page that connects, again or for the first time, is told how things are and asks for the rest.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol

import orjson
from quart import Response

from a8n.errors import A8nError
from a8n.events import Event, EventKind
from a8n.items import JSON
from a8n.journal import now
from a8n.runtime.access import Actor, Permission
from a8n.runtime.feed import EXECUTIONS, Numbered
from a8n_web.streams import PING, as_stream, frame

if TYPE_CHECKING:
    from a8n_web.calls import Call, Web

CHECK = 30.0
"""Seconds between two looks whether whoever watches still may, and whether something was missed."""
FIRST_CHECK = 1.0
BURST = 50
"""Executions of which a page is told in a second; of those above it learns how many there were."""
TAB = "X-A8N-Tab"
"""Header by which a tab of a browser knows its own saves again."""
MAX_TAB = 64
WATCHED = frozenset({"execution.started", "execution.waiting", "execution.finished"})


class Topic(Protocol):
    """What somebody watches."""

    name: str
    """In the feed."""

    async def look(self) -> bytes:
        """Frames to send at the beginning, and when what they tell has changed. Raises A8nError for who may not."""
        ...

    async def admits(self, event: Event) -> bool:
        """Whether an event is for whoever watches."""
        ...


class OfWorkflow:
    """One workflow: its saves, its switching on and off, captured requests, and its executions."""

    def __init__(self, web: Web, actor: Actor, workflow_id: str):
        self.name = workflow_id
        self._web = web
        self._actor = actor
        self._told: bytes = b""

    async def look(self) -> bytes:
        """How the workflow is, where that was not told yet."""
        actor = await _still(self._web, self._actor)
        row = await self._web.workflows.get_for(actor, self.name, Permission.WORKFLOW_READ)
        state = {"workflow_id": row.id, "revision": row.revision, "active": row.active, "version": row.published}
        told = b"event: workflow.current\ndata: " + orjson.dumps(state) + b"\n\n"
        if told == self._told:
            return b""
        self._told = told
        return told

    async def admits(self, event: Event) -> bool:
        """Everything but steps."""
        return event.kind in WATCHED or not event.kind.startswith(("execution.", "step."))


class OfExecutions:
    """The executions of all projects that somebody sees."""

    name = EXECUTIONS

    def __init__(self, web: Web, actor: Actor):
        self._web = web
        self._actor = actor
        self._visible: dict[str, bool] = {}
        """Workflows whose executions came by, and whether they may be seen."""

    async def look(self) -> bytes:
        """Nothing to tell, but rights may have changed."""
        self._actor = await _still(self._web, self._actor)
        self._visible.clear()
        return b""

    async def admits(self, event: Event) -> bool:
        """Those of workflows that one sees."""
        if event.kind not in WATCHED:
            return False
        known = self._visible.get(event.workflow_id)
        if known is None:
            known = self._visible[event.workflow_id] = await self._sees(event.workflow_id)
        return known

    async def _sees(self, workflow_id: str) -> bool:
        try:
            await self._web.workflows.get_for(self._actor, workflow_id, Permission.EXECUTION_READ)
        except A8nError:
            return False
        return True


def follow(web: Web, topic: Topic) -> Response:
    """The response that tells of a topic for as long as somebody listens, and may."""
    return as_stream(_frames(web, topic))


async def _frames(web: Web, topic: Topic) -> AsyncIterator[bytes]:
    yield b"retry: 2000\n\n"
    watching = aiter(web.instance.feed.watch(topic.name))
    upcoming: asyncio.Future[Numbered] = asyncio.ensure_future(anext(watching))
    told = _Bounded()
    try:
        await asyncio.sleep(0)  # from here on nothing is missed in this process
        web.instance.runner.outline(topic.name)
        yield await topic.look() or b": watching\n\n"
        check, ping = time.monotonic() + FIRST_CHECK, time.monotonic() + PING
        while True:
            until = min(check, ping, told.due)
            done, _ = await asyncio.wait([upcoming], timeout=max(until - time.monotonic(), 0))
            sent = b""
            if done:
                numbered = upcoming.result()
                upcoming = asyncio.ensure_future(anext(watching))
                if await topic.admits(numbered.event) and told.admits(numbered.event):
                    sent = frame(Numbered(0, numbered.event))
            moment = time.monotonic()
            if moment >= check:
                sent += await topic.look()
                check = moment + CHECK
            if moment >= told.due:
                sent += told.missed()
            if not sent and moment >= ping:
                sent = b": ping\n\n"
            if sent:
                ping = moment + PING
                yield sent
    except A8nError:  # whoever watches may not any more, or it is gone: asking again tells which
        return
    finally:
        upcoming.cancel()
        await asyncio.gather(upcoming, return_exceptions=True)
        await watching.aclose()  # type: ignore[attr-defined]  # an async generator


class _Bounded:
    """Lets some executions in a second by, and counts the others."""

    def __init__(self) -> None:
        self._began = 0.0
        self._count = 0
        self._missed = 0

    @property
    def due(self) -> float:
        """When to tell of those that were not let by."""
        return self._began + 1 if self._missed else float("inf")

    def admits(self, event: Event) -> bool:
        """Whether to tell of an event by itself."""
        if event.kind not in WATCHED:
            return True
        moment = time.monotonic()
        if moment >= self._began + 1 and not self._missed:
            self._began, self._count = moment, 0
        self._count += 1
        if self._count <= BURST:
            return True
        self._missed += 1
        return False

    def missed(self) -> bytes:
        """How many there were beyond those told."""
        told = b"event: executions.missed\ndata: " + orjson.dumps({"count": self._missed}) + b"\n\n"
        self._began, self._count, self._missed = time.monotonic(), 0, 0
        return told


async def _still(web: Web, actor: Actor) -> Actor:
    found = await web.accounts.still(actor)
    if found is None:
        raise A8nError("the session has ended")
    return found


async def tell(call: Call, kind: EventKind, workflow_id: str, **facts: JSON) -> None:
    """Tell whoever has a workflow open what was done to it, by whom, and from which tab."""
    feed = call.web.instance.feed
    if not feed.watched(workflow_id):
        return
    tab = call.request.headers.get(TAB, "")
    user = await call.web.accounts.get(call.actor.user_id)
    data: dict[str, JSON] = {
        **facts, "by": {"id": user.id, "name": user.name or user.email}, "client": tab[:MAX_TAB] or None,
    }  # fmt: skip
    feed.announce(Event(kind, "", workflow_id, now(), data=data))
