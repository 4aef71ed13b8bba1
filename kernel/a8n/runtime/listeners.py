"""Listening triggers: of all processes one holds each connection, and another takes it over when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import func, or_, select

from a8n.errors import InvalidError
from a8n.items import Item
from a8n.runtime.errors import StoreError
from a8n.runtime.executions import insert
from a8n.runtime.schema import schedules
from a8n.runtime.standing import Loaded, StandingTriggers
from a8n.runtime.writer import Page
from a8n.step import tamed
from a8n.trigger import ListenTrigger

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.listeners")

BATCH = 10
"""Connections that a process takes in one look, so that others get some as well."""
PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
"""Seconds before a connection is opened again, after so many failures in a row."""
ABSENT = 60.0

_s = schedules.c
Place = tuple[str, str]


class LostError(Exception):
    """Another process owns the trigger now, or nobody: what it gave may not start anything."""


class Listeners:
    """The connections that this process holds. `look` is called by every process that works."""

    def __init__(self, instance: Instance, standing: StandingTriggers):
        self._instance = instance
        self._standing = standing
        self._db = instance.db
        self._lease = instance.settings.lease
        self._held: dict[Place, asyncio.Task[None]] = {}
        self._sure_until = 0.0
        """By our own clock: until then nobody else can have taken over what we hold."""
        self._absent: dict[Place, float] = {}

    async def look(self) -> None:
        """Renew what we hold, drop what we lost, and take what nobody holds."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            owned = await self._renew()
        except StoreError:
            if begun > self._sure_until:
                self._drop(set(self._held))
            raise
        self._sure_until = begun + self._lease * 0.8
        self._drop(set(self._held) - set(owned))
        for place, row in (await self._take(len(owned))).items():
            owned[place] = row
        for place, row in owned.items():
            if place not in self._held:
                self._held[place] = asyncio.ensure_future(self._listen(row))

    async def stop(self, grace: float) -> None:
        """Close all connections, and let others have them at once."""
        tasks = list(self._held.values())
        self._drop(set(self._held))
        if tasks:
            await asyncio.wait(tasks, timeout=max(grace, 1.0))
        with contextlib.suppress(StoreError):
            async with self._db.begin() as connection:
                mine = _s.kind == "listen", _s.owner == self._instance.id
                await connection.execute(schedules.update().where(*mine).values(owner=None, lease_until=None))

    async def _renew(self) -> dict[Place, Any]:
        statement = (
            schedules.update()
            .where(_s.kind == "listen", _s.owner == self._instance.id)
            .values(lease_until=self._db.clock(self._lease))
            .returning(schedules)
        )
        async with self._db.begin() as connection:
            return {(row.workflow_id, row.node): row for row in await connection.execute(statement)}

    async def _take(self, held: int) -> dict[Place, Any]:
        """A share of what nobody holds: no more than makes us hold what each process would, if they all did."""
        clock = self._db.clock()
        free = or_(_s.owner.is_(None), _s.lease_until < clock)
        count = select(func.count()).where(_s.kind == "listen")
        owners = select(func.count(_s.owner.distinct())).where(_s.kind == "listen", _s.lease_until >= clock)
        wanted = select(_s.workflow_id, _s.node).where(_s.kind == "listen", free)
        moment = asyncio.get_running_loop().time()
        taken: dict[Place, Any] = {}
        async with self._db.begin() as connection:
            rows = (await connection.execute(wanted)).all()
            if not rows:
                return {}
            processes = max(1, (await connection.execute(owners)).scalar_one() + (held == 0))
            share = -(-(await connection.execute(count)).scalar_one() // processes)
            room = max(1 if held == 0 else 0, min(BATCH, share - held))
            for row in random.sample(rows, len(rows)):
                place = (row.workflow_id, row.node)
                if len(taken) >= room or self._absent.get(place, 0) > moment:
                    continue
                mine = _s.workflow_id == row.workflow_id, _s.node == row.node, free
                take = schedules.update().where(*mine).values(
                    owner=self._instance.id, lease_until=self._db.clock(self._lease)
                )  # fmt: skip
                found = (await connection.execute(take.returning(schedules))).first()
                if found is not None:
                    taken[place] = found
        return taken

    def _drop(self, places: set[Place]) -> None:
        for place in places:
            task = self._held.pop(place)
            task.cancel()

    async def _listen(self, row: Any) -> None:
        """Hold one connection, and open it anew when it is lost, until we are cancelled."""
        place, attempt = (row.workflow_id, row.node), 0
        while True:
            before = asyncio.get_running_loop().time()
            try:
                if not await self._connected(row):
                    return
                error: BaseException | None = None
            except (asyncio.CancelledError, LostError):
                return
            except StoreError as store_error:
                error = store_error
            except InvalidError as invalid:  # perhaps for want of a plugin that another process has
                await self._leave(place, invalid)
                return
            except BaseException as raised:
                error = tamed(raised)
                with contextlib.suppress(StoreError):
                    await self._standing.failed(*place, error, None)
            attempt = 0 if asyncio.get_running_loop().time() - before > PAUSES[-1] else attempt + 1
            pause = PAUSES[min(attempt, len(PAUSES)) - 1] if attempt else PAUSES[0]
            log.warning("the connection of %s in workflow %s ended: %s", row.node, row.workflow_id, error or "closed")
            try:
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  # spreads, hides nothing
            except asyncio.CancelledError:
                return

    async def _connected(self, row: Any) -> bool:
        """Hand on what one connection brings, until it ends. False where the workflow is gone."""
        loaded = await self._standing.load(row.workflow_id, row.node)
        if loaded is None:
            return False
        trigger = await self._standing.bound(loaded)
        assert isinstance(trigger, ListenTrigger)
        state = orjson.loads(row.state) if row.state else {}
        received = aiter(trigger.listen(self._standing.context(loaded, state)))
        try:
            async for items in received:
                if items:
                    await self._start(row, loaded, trigger, items)
        finally:
            close = getattr(received, "aclose", None)
            if close is not None:
                await close()
        return True

    async def _start(self, row: Any, loaded: Loaded, trigger: ListenTrigger, items: Sequence[Item]) -> None:
        """Store the execution of a batch, before the next one is asked for."""
        page: Page | None = await self._standing.page(loaded, items, "listen")
        mine = _s.workflow_id == row.workflow_id, _s.node == row.node, _s.owner == self._instance.id
        values = {"fired_at": self._db.clock(), "failures": 0, "error": ""}
        async with self._db.begin() as connection:
            if (await connection.execute(schedules.update().where(*mine).values(**values))).rowcount != 1:
                raise LostError
            woken, rest = await self._standing.answered(connection, loaded, trigger, items)
            if woken:
                page = await self._standing.page(loaded, rest, "listen") if rest else None
            if page is not None:
                await insert(connection, page)
                woken.append(page.execution_id)
        self._instance.runner.queue.wake(woken)

    async def _leave(self, place: Place, error: InvalidError) -> None:
        log.error("the trigger %s of workflow %s is left to others: %s", place[1], place[0], error)
        self._absent[place] = asyncio.get_running_loop().time() + ABSENT
        self._held.pop(place, None)
        with contextlib.suppress(StoreError):
            await self._standing.failed(*place, error, None, owner=None, lease_until=None)
