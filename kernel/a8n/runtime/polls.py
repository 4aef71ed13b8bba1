"""Polling triggers: one process at a time looks, and the cursor is stored with the execution that it starts."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import or_, select

from a8n.errors import A8nError, InvalidError
from a8n.items import JSON, Item
from a8n.runtime.errors import StoreError
from a8n.runtime.executions import insert
from a8n.runtime.schema import schedules
from a8n.runtime.standing import Loaded, StandingTriggers
from a8n.step import tamed
from a8n.trigger import PollTrigger

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.polls")

BATCH = 20
LONGEST = 300.0
"""Seconds that a poll may take; then it has failed."""
BACK_OFF = 3600.0
"""Most seconds between polls that fail."""
SECOND = 1_000_000
ABSENT = 60.0

_s = schedules.c


class Polls:
    """Polls that are due. `look` is called by every process that works."""

    def __init__(self, instance: Instance, standing: StandingTriggers):
        self._instance = instance
        self._standing = standing
        self._db = instance.db
        self._running: set[asyncio.Task[None]] = set()

    async def look(self) -> None:
        """Begin the polls that are due and that no other process has begun."""
        clock = self._db.clock()
        free = or_(_s.lease_until.is_(None), _s.lease_until < clock)
        due = select(_s.workflow_id, _s.node).where(_s.kind == "poll", _s.next_at <= clock, free).limit(BATCH)
        async with self._db.begin() as connection:
            for place in (await connection.execute(due)).all():
                mine = _s.workflow_id == place.workflow_id, _s.node == place.node, free, _s.next_at <= clock
                lease = self._db.clock(LONGEST + self._instance.settings.lease)
                take = schedules.update().where(*mine).values(owner=self._instance.id, lease_until=lease)
                row = (await connection.execute(take.returning(schedules))).first()
                if row is not None:
                    task = asyncio.ensure_future(self._guarded(row))
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)

    async def stop(self, grace: float) -> None:
        """Let polls end, and give up those that do not: another process looks later."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    async def _guarded(self, row: Any) -> None:
        try:
            await self._poll(row)
        except asyncio.CancelledError:
            await self._give_back(row)
            raise
        except StoreError as error:
            log.warning("the poll %s of workflow %s is tried again later: %s", row.node, row.workflow_id, error)
        except BaseException as error:
            known = tamed(error)
            log.error("the poll %s of workflow %s failed: %r", row.node, row.workflow_id, known)
            await self._failed(row, known)

    async def _poll(self, row: Any) -> None:
        loaded = await self._standing.load(row.workflow_id, row.node)
        if loaded is None:
            return
        trigger = await self._standing.bound(loaded)
        assert isinstance(trigger, PollTrigger)
        state = orjson.loads(row.state) if row.state else {}
        cursor = orjson.loads(row.cursor) if row.cursor else None
        async with asyncio.timeout(LONGEST):
            items, cursor = await trigger.poll(self._standing.context(loaded, state), cursor)
        await self._store(row, loaded, trigger, items, cursor, state)

    async def _store(
        self, row: Any, loaded: Loaded, trigger: PollTrigger, items: Sequence[Item], cursor: JSON, state: JSON
    ) -> None:
        try:
            values = {"cursor": orjson.dumps(cursor), "state": orjson.dumps(state) if state else None}
        except TypeError as error:
            raise A8nError(f"{loaded.plan.nodes[0].type.key} gave a cursor that is not JSON: {error}") from None
        page = await self._standing.page(loaded, items, "poll") if items else None
        pause = max(1.0, trigger.every())
        async with self._db.begin() as connection:
            mine = _s.workflow_id == row.workflow_id, _s.node == row.node, _s.owner == self._instance.id
            changed = await connection.execute(
                schedules.update().where(*mine, _s.lease_until == row.lease_until).values(
                    **values, next_at=self._db.clock(pause), owner=None, lease_until=None, failures=0, error="",
                    fired_at=self._db.clock(),
                )
            )  # fmt: skip
            if changed.rowcount != 1:  # taken over, or withdrawn: whoever has it polls from the old cursor
                return
            woken, rest = await self._standing.answered(connection, loaded, trigger, items)
            if woken:
                page = await self._standing.page(loaded, rest, "poll") if rest else None
            if page is not None:
                await insert(connection, page)
                woken.append(page.execution_id)
        self._instance.runner.queue.wake(woken)

    async def _failed(self, row: Any, error: Exception) -> None:
        missing = isinstance(error, InvalidError)
        pause = ABSENT if missing else min(BACK_OFF, 30.0 * 2 ** min(row.failures, 10))
        pause *= random.uniform(0.8, 1.2)  # noqa: S311  # spreads, hides nothing
        await self._standing.failed(
            row.workflow_id, row.node, error, self._db.clock(pause), owner=None, lease_until=None
        )

    async def _give_back(self, row: Any) -> None:
        mine = _s.workflow_id == row.workflow_id, _s.node == row.node, _s.owner == self._instance.id
        async with self._db.begin() as connection:
            await connection.execute(schedules.update().where(*mine).values(owner=None, lease_until=None))
