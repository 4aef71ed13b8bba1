"""The rows that this process holds by a lease: polls it makes, connections it listens on.

A lease is renewed each third of it. Where that fails, the work is stopped before the lease ends, so that no two
processes do it at once; where a process dies, another claims its rows when their leases have ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, or_, select, tuple_, update

from a8n.runtime.absences import Absences
from a8n.runtime.errors import StoreError
from a8n.runtime.schema import schedules
from a8n.runtime.standing import Place, StandingTriggers, at

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.holdings")

SURE = 0.8
"""Part of a lease after which we stop what we could not renew."""

_s = schedules.c
_place = tuple_(_s.workflow_id, _s.node)
Work = Callable[[Any], Coroutine[Any, Any, None]]


class Holdings:
    """Claims rows, runs the work of each in a task, and lets go of them in time."""

    def __init__(self, instance: Instance, standing: StandingTriggers, absences: Absences):
        self._standing = standing
        self._absences = absences
        self._db = instance.db
        self._id = instance.id
        self._lease = instance.settings.lease
        self._work: dict[str, Work] = {}
        self._tasks: dict[Place, asyncio.Task[None]] = {}
        self._kinds: dict[Place, str] = {}
        self._changing = asyncio.Lock()
        """Between a claim in the database and its task."""
        self._sure_until = 0.0
        self._watchdog: asyncio.TimerHandle | None = None

    def does(self, kind: str, work: Work) -> None:
        """What to do with the rows of a kind, given each as it was when it was claimed."""
        self._work[kind] = work

    def held(self, kind: str) -> list[Place]:
        """What this process works on."""
        return [place for place in self._tasks if self._kinds[place] == kind]

    @property
    def sure(self) -> bool:
        """Whether nobody else can have claimed what we hold."""
        return asyncio.get_running_loop().time() < self._sure_until

    def mine(self, place: Place) -> ColumnElement[bool]:
        """The condition that a row is still held by this process: what every write of its work is fenced by."""
        return and_(at(place), _s.owner == self._id)

    def due(self, kind: str) -> ColumnElement[bool]:
        """The condition that a row could be claimed by this process."""
        clock = self._db.clock()
        free = or_(_s.owner.is_(None), _s.lease_until <= clock)
        ours = _s.type.in_(self._standing.types(kind)), self._absences.others(), _place.not_in(list(self._tasks))
        return and_(_s.kind == kind, *ours, _s.next_at <= clock, free)

    async def claim(self, kind: str, limit: int, *conditions: ColumnElement[bool]) -> int:
        """Claim up to `limit` rows that are due, and begin their work; gives how many."""
        async with self._changing:
            which = select(_s.workflow_id, _s.node).where(self.due(kind), *conditions)
            which = which.order_by(_s.next_at).limit(limit)
            if self._db.dialect == "postgresql":
                which = which.with_for_update(skip_locked=True)
            lease = {"owner": self._id, "lease_until": self._db.clock(self._lease), "wanted_by": None}
            begun = asyncio.get_running_loop().time()
            async with self._db.begin() as connection:
                places = [(row[0], row[1]) for row in await connection.execute(which)]
                if not places:
                    return 0
                taken = update(schedules).where(_place.in_(places)).values(**lease).returning(schedules)
                rows = (await connection.execute(taken)).all()
            if not self._tasks or not self.sure:
                self._be_sure(begun)
            for row in rows:
                self._begin(row)
            return len(rows)

    async def renew(self) -> None:
        """Extend our leases, stop what we have lost, begin what was handed to us, and hand over what others want."""
        async with self._changing:
            before = dict(self._tasks)
            begun = asyncio.get_running_loop().time()
            owned = {(row.workflow_id, row.node): row for row in await self._renewed()}
            self._be_sure(begun)
            for place, task in before.items():
                if place not in owned:
                    task.cancel()
            for place, row in owned.items():
                if place not in before and place not in self._tasks and row.kind in self._work:
                    self._begin(row)
            for place, row in owned.items():
                if row.wanted_by not in (None, self._id) and place in self._tasks:
                    await self._hand_over(place, row.wanted_by)

    async def release(self, place: Place, **values: Any) -> None:
        """Let go of a row whose work is over, and note why."""
        await self._standing.change(self.mine(place), owner=None, lease_until=None, **values)

    async def stop_work(self, places: list[Place]) -> None:
        """Stop the work of some rows, without letting go of them."""
        tasks = [self._tasks[place] for place in places if place in self._tasks]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def stop(self, grace: float) -> None:
        """Close connections, and let others have them at once; polls get `grace` seconds to end."""
        await self.stop_work(self.held("listen"))
        await self._let_go("listen")
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=grace)
        await self.stop_work(list(self._tasks))
        await self._let_go("poll")
        if self._watchdog is not None:
            self._watchdog.cancel()

    def _begin(self, row: Any) -> None:
        place = (row.workflow_id, row.node)
        task = self._tasks[place] = asyncio.ensure_future(self._work[row.kind](row))
        self._kinds[place] = row.kind
        task.add_done_callback(lambda done: self._ended(place, done))

    def _ended(self, place: Place, task: asyncio.Task[None]) -> None:
        if self._tasks.get(place) is task:
            del self._tasks[place], self._kinds[place]
        if not task.cancelled() and task.exception() is not None:
            log.error("the work on %s of workflow %s broke", place[1], place[0], exc_info=task.exception())

    async def _renewed(self) -> list[Any]:
        own = select(_s.workflow_id, _s.node).where(_s.owner == self._id).order_by(_s.workflow_id, _s.node)
        if self._db.dialect == "postgresql":
            own = own.with_for_update()  # in one order, as a publication does
        async with self._db.begin() as connection:
            places = [(row[0], row[1]) for row in await connection.execute(own)]
            if not places:
                return []
            longer = update(schedules).where(_place.in_(places)).values(lease_until=self._db.clock(self._lease))
            return list((await connection.execute(longer.returning(schedules))).all())

    def _be_sure(self, begun: float) -> None:
        """Our leases last at least from before the statement that set them."""
        self._sure_until = begun + self._lease * SURE
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._watchdog = asyncio.get_running_loop().call_at(self._sure_until, self._give_up)

    def _give_up(self) -> None:
        if self._tasks:
            log.warning("the leases of %d triggers could not be renewed: their work stops here", len(self._tasks))
        for task in self._tasks.values():
            task.cancel()

    async def _hand_over(self, place: Place, other: str) -> None:
        await self.stop_work([place])
        lease = self._db.clock(self._lease)
        await self._standing.change(self.mine(place), owner=other, wanted_by=None, lease_until=lease)

    async def _let_go(self, kind: str) -> None:
        with contextlib.suppress(StoreError):
            async with self._db.begin() as connection:
                own = update(schedules).where(_s.kind == kind, _s.owner == self._id)
                await connection.execute(own.values(owner=None, lease_until=None, next_at=self._db.clock()))
