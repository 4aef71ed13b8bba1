"""Schedules without a leader: any number of processes may try, and each tick starts one execution.

A tick is a row whose key is the workflow, the node and the time by the rule; whoever inserts it starts the
execution in the same transaction. Time is the database's.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.errors import InvalidError
from a8n.journal import now
from a8n.plan import Plan
from a8n.runtime.errors import StoreError
from a8n.runtime.executions import insert
from a8n.runtime.schema import schedules, ticks
from a8n.runtime.standing import Loaded, StandingTriggers, moment_of
from a8n.runtime.writer import Page
from a8n.step import tamed
from a8n.trigger import ScheduleTrigger

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.clockwork")

BATCH = 100
LATE = 60_000_000
"""Microseconds: a tick that is later than this was missed, and the trigger says what becomes of it."""
MOST = 1_000
"""Missed ticks that are made up for."""
PAUSE = 60_000_000
"""Microseconds until a schedule that failed is tried again."""
SECOND = 1_000_000

_s = schedules.c


class Clockwork:
    """Fires the schedules that are due. `look` is called by every process that works."""

    def __init__(self, instance: Instance, standing: StandingTriggers):
        self._instance = instance
        self._standing = standing
        self._db = instance.db
        self._absent: dict[tuple[str, str], int] = {}

    async def look(self) -> float | None:
        """Fire what is due; gives the seconds until the next tick, None where there is none."""
        clock = self._db.clock()
        due = select(schedules, clock.label("clock")).where(_s.kind == "schedule", _s.next_at <= clock)
        async with self._db.read() as connection:
            rows = (await connection.execute(due.order_by(_s.next_at).limit(BATCH))).all()
        for row in rows:
            if self._absent.get((row.workflow_id, row.node), 0) < now():
                await self._guarded(row)
        coming = select(func.min(_s.next_at) - self._db.clock()).where(_s.kind == "schedule")
        async with self._db.read() as connection:
            left: int | None = (await connection.execute(coming)).scalar()
        return max(left, 0) / SECOND if left is not None else None

    async def _guarded(self, row: Any) -> None:
        """One schedule's failure stops no other."""
        try:
            await self._fire(row)
        except StoreError:
            raise
        except InvalidError as error:  # perhaps for want of a plugin that another process has
            self._absent[row.workflow_id, row.node] = now() + PAUSE
            log.error("the schedule %s of workflow %s is left to others: %s", row.node, row.workflow_id, error)
        except BaseException as error:
            known = tamed(error)
            log.error("the schedule %s of workflow %s failed: %s", row.node, row.workflow_id, known)
            await self._standing.failed(row.workflow_id, row.node, known, row.clock + PAUSE)

    async def _fire(self, row: Any) -> None:
        loaded = await self._standing.load(row.workflow_id, row.node)
        if loaded is None:
            return
        times, following, too_many = self._times(loaded, row.next_at, row.clock)
        trigger = loaded.plan.nodes[0].binder.constant
        assert isinstance(trigger, ScheduleTrigger)
        zone = loaded.workflow.settings.timezone
        pages = [(at, await self._standing.page(loaded, trigger.fire(moment_of(at), zone), "schedule")) for at in times]
        started = []
        async with self._db.begin() as connection:
            mine = _s.workflow_id == row.workflow_id, _s.node == row.node, _s.next_at == row.next_at
            error = f"more than {MOST:,} ticks were missed; the rest of them is not made up for" if too_many else ""
            values = {"next_at": following, "failures": 0, "error": error, "fired_at": row.clock}
            changed = await connection.execute(schedules.update().where(*mine).values(**values))
            if changed.rowcount == 1:  # else another process was quicker, or the workflow was published anew
                started = [page.execution_id for at, page in pages if await self._tick(connection, row, at, page)]
        self._instance.runner.queue.wake(started)

    def _times(self, loaded: Loaded, first: int, clock: int) -> tuple[list[int], int | None, bool]:
        """The ticks to start now, the one after them, and whether more were missed than are made up for."""
        trigger = loaded.plan.nodes[0].binder.constant
        assert isinstance(trigger, ScheduleTrigger)
        missed: list[int] = []
        current: list[int] = []
        at: int | None = first
        too_many = False
        while at is not None and at <= clock:
            (missed if at < clock - LATE else current).append(at)
            if len(missed) >= MOST and at < clock - LATE:
                at, too_many = clock - LATE, True
            at = self._standing.next_after(loaded.plan, moment_of(at))
        if trigger.catch_up == "none" or (trigger.catch_up == "last" and current):
            missed, too_many = [], False
        elif trigger.catch_up == "last":
            missed, too_many = missed[-1:], False
        return [*missed, *current], at, too_many

    async def _tick(self, connection: AsyncConnection, row: Any, at: int, page: Page) -> bool:
        insert_into = insert_postgres if self._db.dialect == "postgresql" else insert_sqlite
        values = {"workflow_id": row.workflow_id, "node": row.node, "at": at, "execution_id": page.execution_id}
        statement = insert_into(ticks).values(**values, created_at=now()).on_conflict_do_nothing()
        if (await connection.execute(statement)).rowcount != 1:
            return False
        await insert(connection, page)
        return True

    def upcoming(self, plan: Plan, count: int) -> list[int]:
        """The next times of a schedule from now on, in microseconds."""
        found: list[int] = []
        at: int | None = now()
        while at is not None and len(found) < count:
            at = self._standing.next_after(plan, moment_of(at))
            if at is not None:
                found.append(at)
        return found
