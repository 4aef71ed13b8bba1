"""Listening triggers: of all processes one holds each connection, and another takes it over when it dies."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import func, or_, select, tuple_

from a8n.errors import A8nError, InvalidError
from a8n.items import JSON, Item
from a8n.journal import now
from a8n.runtime.absences import Absences
from a8n.runtime.errors import StoreError
from a8n.runtime.findings import Findings, found, store
from a8n.runtime.holdings import Holdings
from a8n.runtime.plugin_calls import awaited
from a8n.runtime.polls import packed
from a8n.runtime.schema import schedules, workflows
from a8n.runtime.standing import Loaded, Place, StandingTriggers
from a8n.trigger import ListenTrigger

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.listeners")

BATCH = 10
"""Connections that a process takes in one look, so that others get some as well."""
PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
"""Seconds before a connection is opened again, after so many failures in a row."""
STABLE = 60.0
"""Seconds after which a connection that ends has not failed at once."""
AGAIN = 0.5
"""Seconds until what was received is stored again where the store did not take it."""

_s = schedules.c


class LostError(A8nError):
    """Another process holds the connection now, or nobody: what it brings may not start anything."""


class Listeners:
    """The connections that this process holds. `look` is called by every process that works."""

    def __init__(self, instance: Instance, standing: StandingTriggers, holdings: Holdings, absences: Absences):
        self._instance = instance
        self._standing = standing
        self._holdings = holdings
        self._absences = absences
        self._db = instance.db
        self._lease = instance.settings.lease
        self._versions: dict[Place, int] = {}
        holdings.does("listen", self._listen)

    async def look(self) -> None:
        """Open anew what was published anew, take what nobody holds, and ask for a share of what others hold."""
        await self._refresh()
        held = len(self._holdings.held("listen"))
        total, others = await self._counts()
        share = -(-total // (others + 1))
        if held < share:
            await self._holdings.claim("listen", min(BATCH, share - held))
        # What stays free for a whole lease is taken by whoever can: the processes that should have may lack its plugin.
        long_ago = self._db.clock(-self._lease)
        idle = or_(_s.lease_until.is_(None), _s.lease_until < long_ago)
        await self._holdings.claim("listen", BATCH, _s.next_at < long_ago, idle)
        missing = total // (others + 1) - len(self._holdings.held("listen"))
        if others and missing > 0:
            await self._ask(missing, share)

    async def _refresh(self) -> None:
        held = {place: self._versions[place] for place in self._holdings.held("listen") if place in self._versions}
        if not held:
            return
        query = select(workflows.c.id, workflows.c.published).where(workflows.c.id.in_({place[0] for place in held}))
        async with self._db.read() as connection:
            published = {row.id: row.published for row in await connection.execute(query)}
        stale = [place for place, version in held.items() if published.get(place[0], version) != version]
        if stale:
            await self._holdings.stop_work(stale)
            await self._holdings.renew()

    async def _counts(self) -> tuple[int, int]:
        """How many connections there are that this process could hold, and how many others hold some."""
        ours = _s.kind == "listen", _s.type.in_(self._standing.types("listen"))
        living = _s.owner != self._instance.id, _s.lease_until > self._db.clock()
        async with self._db.read() as connection:
            total = (await connection.execute(select(func.count()).select_from(schedules).where(*ours))).scalar_one()
            others = await connection.execute(select(func.count(_s.owner.distinct())).where(*ours, *living))
            return total, others.scalar_one()

    async def _ask(self, missing: int, share: int) -> None:
        """Ask processes that hold more than their share for some of it; they hand it over when they renew."""
        ours = _s.kind == "listen", _s.type.in_(self._standing.types("listen"))
        query = select(_s.workflow_id, _s.node, _s.owner, _s.wanted_by).where(*ours, _s.owner.is_not(None))
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        if any(row.wanted_by == self._instance.id and row.owner != self._instance.id for row in rows):
            return  # we have asked already
        spare: list[Place] = []
        for owner in {row.owner for row in rows} - {self._instance.id}:
            theirs = [(row.workflow_id, row.node) for row in rows if row.owner == owner and row.wanted_by is None]
            spare += random.sample(theirs, len(theirs))[max(share - 1, 1) :]
        if spare:
            wanted = tuple_(_s.workflow_id, _s.node).in_(spare[:missing]), _s.wanted_by.is_(None)
            async with self._db.begin() as connection:
                await connection.execute(schedules.update().where(*wanted).values(wanted_by=self._instance.id))

    # --- one connection --------------------------------------------------------------------------------------

    async def _listen(self, row: Any) -> None:
        """Hold one connection, and open it anew when it is lost, until we are cancelled."""
        place, failures = (row.workflow_id, row.node), int(row.failures)
        try:
            while True:
                opened = asyncio.get_running_loop().time()
                error = await self._held(row, place)
                if isinstance(error, LostError | InvalidError):
                    return
                stable = asyncio.get_running_loop().time() - opened > STABLE
                failures = 0 if stable or error is None else failures + 1
                if error is not None:
                    said = self._standing.said(error)
                    log.warning("the connection of %s in workflow %s is lost: %s", row.node, row.workflow_id, said)
                    await self._standing.change(self._holdings.mine(place), failures=failures, error=said)
                pause = PAUSES[min(max(failures - 1, 0), len(PAUSES) - 1)]
                await asyncio.sleep(pause * random.uniform(0.75, 1))  # noqa: S311  # spreads, hides nothing
        finally:
            self._versions.pop(place, None)

    async def _held(self, row: Any, place: Place) -> Exception | None:
        """Hand on what one connection brings, until it ends; gives why."""
        try:
            loaded = await self._standing.load(*place)
            if loaded is None:
                return LostError()
            self._versions[place] = loaded.version
            trigger = await self._standing.bound(loaded)
            assert isinstance(trigger, ListenTrigger)
            await awaited(self._received(row, loaded, trigger))
            return None
        except InvalidError as error:  # perhaps for want of a plugin that another process has
            log.error("the trigger %s of workflow %s is left to others: %s", place[1], place[0], error)
            self._absences.add(place)
            await self._holdings.release(place, error=self._standing.said(error), next_at=self._db.clock())
            return error
        except Exception as error:
            return error

    async def _received(self, row: Any, loaded: Loaded, trigger: ListenTrigger) -> None:
        """The whole life of one connection, in one task, as libraries that open scopes expect."""
        place = row.workflow_id, row.node
        async with self._db.read() as connection:  # anew: an earlier connection of ours may have changed it
            kept = (await connection.execute(select(_s.state).where(self._holdings.mine(place)))).scalar()
        state: dict[str, JSON] = orjson.loads(kept) if kept else {}
        known = packed(loaded, "state", state)
        received = aiter(trigger.listen(self._standing.context(loaded, state, trigger)))
        try:
            async for items in received:
                data = packed(loaded, "state", state)
                if items:
                    await self._start(loaded, trigger, items, data)
                    known = data
                elif data != known and await self._standing.change(self._holdings.mine(place), state=data):
                    known = data
        finally:
            close = getattr(received, "aclose", None)
            if close is not None:
                await close()

    async def _start(self, loaded: Loaded, trigger: ListenTrigger, items: Sequence[Item], state: bytes) -> None:
        """Store the execution of a batch, before the next one is asked for; also when we are stopped meanwhile."""
        findings = await found(self._instance, loaded, trigger, items, "listen")
        storing = asyncio.ensure_future(self._store(findings, state))
        try:
            await asyncio.shield(storing)
        except asyncio.CancelledError:
            await asyncio.wait({storing})
            raise

    async def _store(self, findings: Findings, state: bytes) -> None:
        """Store it, as often as it takes while nobody else can hold the connection: the service may not repeat it."""
        loaded, stamp = findings.loaded, now()
        values = {"fired_at": stamp, "failures": 0, "error": "", "state": state}
        mine = self._holdings.mine((loaded.workflow_id, loaded.node))
        stored = select(_s.node).where(mine, _s.fired_at == stamp)
        tries, woken = 0, list[str]()
        while True:
            try:
                async with self._db.begin() as connection:
                    if tries and (await connection.execute(stored)).first() is not None:
                        break  # the commit that seemed to fail did not
                    if (await connection.execute(schedules.update().where(mine).values(**values))).rowcount != 1:
                        raise LostError("another process holds this connection now")
                    woken = await store(self._instance, connection, findings)
                break
            except StoreError:
                if not self._holdings.sure:
                    raise
                tries += 1
                await asyncio.sleep(AGAIN)
        self._instance.runner.queue.wake(woken)
