"""Polling triggers: one process at a time looks, and the cursor is stored with the execution that it starts."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import func, select

from a8n.errors import A8nError, InvalidError
from a8n.items import JSON, Item
from a8n.runtime.absences import Absences
from a8n.runtime.errors import StoreError
from a8n.runtime.findings import found, store
from a8n.runtime.holdings import Holdings
from a8n.runtime.plugin_calls import awaited
from a8n.runtime.schema import schedules
from a8n.runtime.standing import Loaded, StandingTriggers
from a8n.runtime.timetable import SECOND
from a8n.trigger import PollTrigger

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.polls")

AT_ONCE = 50
"""Polls that a process makes at the same time."""
LONGEST = 300.0
"""Seconds that a poll may take; then it has failed."""
BACK_OFF = 3600.0
"""Most seconds between polls that fail."""
SOON = 5.0
"""Seconds until a poll is tried again that the store was in the way of."""
MAX_CURSOR = 2**20
"""Bytes."""

_s = schedules.c


class Polls:
    """Polls that are due. `look` is called by every process that works."""

    def __init__(self, instance: Instance, standing: StandingTriggers, holdings: Holdings, absences: Absences):
        self._instance = instance
        self._standing = standing
        self._holdings = holdings
        self._absences = absences
        self._db = instance.db
        holdings.does("poll", self._guarded)

    async def look(self) -> float | None:
        """Begin the polls that are due and that no other process makes; gives the seconds until the next."""
        room = AT_ONCE - len(self._holdings.held("poll"))
        if room > 0:
            await self._holdings.claim("poll", room)
        idle = _s.kind == "poll", _s.owner.is_(None), _s.type.in_(self._standing.types("poll"))
        coming = select(func.min(_s.next_at) - self._db.clock()).where(*idle, self._absences.others())
        async with self._db.read() as connection:
            left: int | None = (await connection.execute(coming)).scalar()
        return left / SECOND if left is not None and left > 0 else None

    async def _guarded(self, row: Any) -> None:
        place = (row.workflow_id, row.node)
        try:
            await self._poll(row)
        except StoreError as error:
            log.warning("the poll %s of workflow %s is made again: %s", row.node, row.workflow_id, error)
            await self._holdings.release(place, next_at=self._db.clock(SOON))
        except InvalidError as error:  # perhaps for want of a plugin that another process has
            log.error("the poll %s of workflow %s is left to others: %s", row.node, row.workflow_id, error)
            self._absences.add(place)
            await self._holdings.release(place, error=self._standing.said(error))
        except Exception as error:
            said = self._standing.said(error)
            log.error("the poll %s of workflow %s failed: %s", row.node, row.workflow_id, said)
            pause = min(BACK_OFF, 30.0 * 2 ** min(row.failures, 10))
            pause *= random.uniform(0.75, 1)  # noqa: S311  # spreads, hides nothing
            again = self._db.clock(pause)
            await self._holdings.release(place, failures=row.failures + 1, error=said, next_at=again)

    async def _poll(self, row: Any) -> None:
        loaded = await self._standing.load(row.workflow_id, row.node)
        if loaded is None:
            return
        trigger = await self._standing.bound(loaded)
        assert isinstance(trigger, PollTrigger)
        state = orjson.loads(row.state) if row.state else {}
        cursor = orjson.loads(row.cursor) if row.cursor else None
        given = await awaited(trigger.poll(self._standing.context(loaded, state, trigger), cursor), LONGEST)
        if not isinstance(given, tuple) or len(given) != 2:
            raise A8nError(f"{loaded.type} gave something else than items and a cursor")
        await self._store(row, loaded, trigger, *given, state)

    async def _store(
        self, row: Any, loaded: Loaded, trigger: PollTrigger, items: Sequence[Item], cursor: JSON, state: JSON
    ) -> None:
        values = {"cursor": packed(loaded, "cursor", cursor), "state": packed(loaded, "state", state)}
        findings = await found(self._instance, loaded, trigger, items, "poll")
        again, clock = self._db.clock(interval(trigger)), self._db.clock()
        rest = {"next_at": again, "fired_at": clock, "owner": None, "lease_until": None, "failures": 0, "error": ""}
        change = schedules.update().where(self._holdings.mine((row.workflow_id, row.node))).values(**values, **rest)
        async with self._db.begin() as connection:
            if (await connection.execute(change)).rowcount != 1:
                return  # taken over, or withdrawn: whoever has it polls from the old cursor
            woken = await store(self._instance, connection, findings)
        self._instance.runner.queue.wake(woken)


def packed(loaded: Loaded, name: str, value: JSON) -> bytes:
    """What a trigger wants kept, as JSON. Raises A8nError for what is none, or is too much."""
    try:
        data = json.dumps(value, allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise A8nError(f"{loaded.type} gave a {name} that is not JSON: {error}") from None
    if len(data) > MAX_CURSOR:
        raise A8nError(f"{loaded.type} gave a {name} of {len(data):,} bytes; {MAX_CURSOR:,} are the most")
    return data


def interval(trigger: PollTrigger) -> float:
    """Seconds until the next poll: at least one, at most a year. Raises A8nError where it is no number."""
    seconds = trigger.every()
    if not isinstance(seconds, int | float) or seconds != seconds:
        raise A8nError(f"{type(trigger).key} polls every {seconds!r}, which is no number of seconds")
    return float(min(max(seconds, 1.0), 365 * 86_400.0))
