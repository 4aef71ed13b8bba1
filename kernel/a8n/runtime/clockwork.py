"""Schedules without a leader: any number of processes may try, and each tick starts one execution.

A tick is a row whose key is the workflow, the node and the time by the rule; whoever inserts it starts the
execution in the same transaction. Time is the database's.
"""

from __future__ import annotations

import asyncio
import logging
import random
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.errors import InvalidError
from a8n.items import Item
from a8n.journal import now
from a8n.runtime.absences import Absences
from a8n.runtime.errors import StoreError
from a8n.runtime.executions import insert
from a8n.runtime.findings import page
from a8n.runtime.plugin_calls import computed
from a8n.runtime.schema import schedules, ticks
from a8n.runtime.standing import Loaded, StandingTriggers, at, timetable
from a8n.runtime.timetable import SECOND, Due, Timetable

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.clockwork")

BATCH = 100
AHEAD = 0.025
"""Seconds before its time that a tick is made ready, so that only its commit is left to do."""
RETRY = 0.1
"""Seconds until a look at what was due and another process was about to fire."""
PAUSE, LONGEST_PAUSE = 30.0, 3600.0
"""Seconds until a schedule that failed is tried again: twice as long after each failure, up to the second."""

_s = schedules.c


class Clockwork:
    """Fires the schedules that are due. `look` is called by every process that works."""

    def __init__(self, instance: Instance, standing: StandingTriggers, absences: Absences):
        self._instance = instance
        self._standing = standing
        self._absences = absences
        self._db = instance.db

    async def look(self) -> float | None:
        """Fire what is due; gives the seconds until the next tick, None where there is none."""
        clock = self._db.clock()
        free = or_(_s.lease_until.is_(None), _s.lease_until <= clock)  # else it has failed, and pauses
        soon = self._db.clock(AHEAD)
        due = select(schedules, clock.label("clock")).where(*self._ours(), _s.next_at <= soon, free)
        async with self._db.read() as connection:
            rows = list((await connection.execute(due.order_by(_s.next_at).limit(BATCH))).all())
        received = monotonic()
        random.shuffle(rows)  # so that several processes do not try one after the other together
        fired = [await self._guarded(row, received) for row in rows]
        soonest = func.min(case((_s.lease_until > _s.next_at, _s.lease_until), else_=_s.next_at))
        begun = monotonic()
        async with self._db.read() as connection:
            left: int | None = (await connection.execute(select(soonest - clock).where(*self._ours()))).scalar()
        if left is None:
            return None
        if left <= 0 and rows and not any(fired):  # another process is at it
            return RETRY
        return max(left / SECOND - AHEAD - (monotonic() - begun), 0)

    def _ours(self) -> list[ColumnElement[bool]]:
        types = self._standing.types("schedule")
        return [_s.kind == "schedule", _s.type.in_(types), _s.next_at.is_not(None), self._absences.others()]

    async def _guarded(self, row: Any, received: float) -> bool:
        """Whether it fired. One schedule's failure stops no other, and its time is not lost."""
        place = (row.workflow_id, row.node)
        fence = at(place), _s.next_at == row.next_at, _s.failures == row.failures
        try:
            return await self._fire(row, received)
        except StoreError:
            raise
        except InvalidError as error:  # perhaps for want of a plugin that another process has
            self._absences.add(place)
            log.error("the schedule %s of workflow %s is left to others: %s", row.node, row.workflow_id, error)
            await self._standing.change(*fence, error=self._standing.said(error))
        except Exception as error:
            log.error("the schedule %s of workflow %s failed: %s", row.node, row.workflow_id, error)
            pause = min(PAUSE * 2 ** min(row.failures, 10), LONGEST_PAUSE)
            values = {"failures": row.failures + 1, "error": self._standing.said(error)}
            await self._standing.change(*fence, **values, lease_until=self._db.clock(pause))
        return False

    async def _fire(self, row: Any, received: float) -> bool:
        clock = max(row.clock, row.next_at)
        loaded = await self._standing.load(row.workflow_id, row.node)
        if loaded is None:
            return False
        table = timetable(loaded.plan)
        due, items = await computed(lambda: _decided(table, row.next_at, clock))
        mine = select(_s.node).where(at((row.workflow_id, row.node)), _s.next_at == row.next_at)
        if self._db.dialect == "postgresql":
            mine = mine.with_for_update(skip_locked=True)
        await asyncio.sleep((clock - row.clock) / SECOND - (monotonic() - received))
        async with self._db.begin() as connection:
            if (await connection.execute(mine)).first() is None:  # another was quicker, or it was published anew
                return False
            started = await self._tick(connection, loaded, due, items)
            values: dict[str, Any] = {"fired_at": clock} if started else {}
            values |= {"next_at": due.following, "lease_until": None, "failures": 0, "error": due.note}
            await connection.execute(schedules.update().where(at((row.workflow_id, row.node))).values(**values))
        self._instance.runner.queue.wake(started)
        return True

    async def _tick(
        self, connection: AsyncConnection, loaded: Loaded, due: Due, items: dict[int, list[Item]]
    ) -> list[str]:
        """Start the executions of the times that have none; gives their ids. The row of the schedule is locked."""
        place = {"workflow_id": loaded.workflow_id, "node": loaded.node}
        fired = select(ticks.c.at).filter_by(**place).where(ticks.c.at.in_(due.times))
        known = set((await connection.execute(fired)).scalars())
        started = []
        for time in due.times:
            if time in known:  # the clock has gone back, or the workflow was off and on again
                continue
            execution = await page(self._instance, loaded, items[time], "schedule")
            tick = {**place, "at": time, "execution_id": execution.execution_id, "created_at": now()}
            await connection.execute(ticks.insert().values(**tick))
            await insert(connection, execution)
            started.append(execution.execution_id)
        return started


def _decided(table: Timetable, first: int, clock: int) -> tuple[Due, dict[int, list[Item]]]:
    due = table.due(first, clock)
    return due, {time: table.fire(time) for time in due.times}
