"""Concurrency limits of workflows: who may go, who waits in line, in any number of processes.

An execution of a limited workflow has a *slot*, which is the workflow, or the workflow and the value of its key. It
is stored *held*; whoever ends one of the slot lets the oldest held ones go, as far as there is room. Every decision
is one transaction under a lock of the slot, so the number of active ones (neither held nor over) can only be
exceeded by lowering a limit.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.errors import A8nError
from a8n.items import JSON
from a8n.journal import now
from a8n.runtime.database import Database
from a8n.runtime.errors import RepeatedError
from a8n.runtime.executions import claim_key, insert, stop
from a8n.runtime.locks import serialize
from a8n.runtime.schema import executions
from a8n.runtime.writer import Page
from a8n.workflow import Concurrency

log = logging.getLogger("a8n.slots")

BATCH = 100
"""Held executions that one look at a slot lets go; slots that one look for room takes up."""

_e = executions.c


class BusyError(A8nError):
    """The workflow runs as often as its limit allows, and its author chose to skip what comes on top (HTTP 429)."""

    def __init__(self, execution_id: str, limit: int):
        super().__init__(f"the workflow is running {limit} times already, its limit; this run was skipped")
        self.execution_id = execution_id


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of an execution that asked for its slot, and of others by that."""

    go: Sequence[str]
    """Ids that may run now: wake them up."""
    stop: Sequence[str]
    """Ids that were asked to stop, and still run."""
    skipped: bool


def slot_of(workflow_id: str, concurrency: Concurrency, key: JSON) -> str:
    """The slot of an execution: at most 100 characters."""
    if concurrency.key is None:
        return workflow_id
    return f"{workflow_id}:{hashlib.sha256(orjson.dumps(key, option=orjson.OPT_SORT_KEYS)).hexdigest()[:40]}"


class Slots:
    """The slots of all workflows. `wake` is given the ids that may run, `cancel` those that must stop."""

    def __init__(
        self,
        database: Database,
        wake: Callable[[Iterable[str]], None],
        cancel: Callable[[str], Awaitable[bool]],
    ):
        self._database = database
        self._wake = wake
        self._cancel = cancel
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(self, page: Page, concurrency: Concurrency) -> Entry:
        """Store a new execution (`ExecutionJournal.sealed`, with a slot and held) and decide about it.

        Raises RepeatedError where its idempotency key belongs to an earlier one; nothing is stored then.
        """
        slot = page.slot
        async with self._database.begin() as connection:
            await serialize(connection, f"slot {slot}")
            if page.key is not None:
                first = await claim_key(connection, page)
                if first != page.execution_id:
                    raise RepeatedError(first)
            await insert(connection, page)
            entry = await self._enter(connection, page.execution_id, slot, concurrency)
        self._act(entry)
        return entry

    async def adopt(self, execution_id: str, epoch: int, slot: str, concurrency: Concurrency) -> bool:
        """Put a claimed execution that came without a slot in line; nothing of it may have run.

        False where it shares its parent's turn, and goes on.
        """
        parent = select(_e.parent_id).where(_e.id == execution_id, _e.parent_node.is_not(None))
        async with self._database.read() as connection:
            parent_id = (await connection.execute(parent)).scalar()
        if parent_id is not None and await self.taken_by(parent_id, slot):
            return False
        mine = update(executions).where(_e.id == execution_id, _e.epoch == epoch, _e.status == "running")
        async with self._database.begin() as connection:
            await serialize(connection, f"slot {slot}")
            place = {"held": True, "slot": slot, "slot_limit": concurrency.limit}
            changed = await connection.execute(mine.values(**place, status="queued", lease_until=None, claims=0))
            if changed.rowcount != 1:
                return True
            entry = await self._enter(connection, execution_id, slot, concurrency)
        self._act(entry)
        return True

    async def taken_by(self, execution_id: str, slot: str) -> bool:
        """Whether an execution, or one that waits for it, has a turn in this slot.

        Its children must not wait for one as well: they would wait for their own parent, for ever.
        """
        ancestor: str | None = execution_id
        async with self._database.read() as connection:
            while ancestor is not None:
                row = (await connection.execute(select(_e.slot, _e.parent_id).where(_e.id == ancestor))).first()
                if row is None or row.slot == slot:
                    return row is not None
                ancestor = row.parent_id
        return False

    async def promote(self, slot: str) -> Sequence[str]:
        """Let the oldest held executions of a slot go, as far as there is room; gives their ids."""
        async with self._database.begin() as connection:
            await serialize(connection, f"slot {slot}")
            go = await _let_go(connection, slot)
        if go:
            self._wake(go)
        return go

    def freed(self, slots: Iterable[str]) -> None:
        """Executions of these slots have ended: let others go, in the background."""
        for slot in set(slots):
            task = asyncio.ensure_future(self._promoted(slot))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def look(self) -> int:
        """Let go what nobody let go, because its process died or lost the database; gives how many."""
        return sum([len(await self.promote(slot)) for slot in await self.with_room()])

    async def with_room(self) -> list[str]:
        """Slots that have held executions and room for one."""
        others = executions.alias()
        active = (
            select(func.count())
            .where(others.c.slot == _e.slot, others.c.finished_at.is_(None), others.c.held.is_(False))
            .scalar_subquery()
        )
        query = (
            select(_e.slot)
            .where(_e.slot.is_not(None), _e.held, _e.finished_at.is_(None))
            .group_by(_e.slot)
            .having(active < func.max(_e.slot_limit))
            .limit(BATCH)
        )
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def close(self) -> None:
        """Wait for what is under way."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _enter(self, connection: AsyncConnection, execution_id: str, slot: str, limits: Concurrency) -> Entry:
        stopped: Sequence[str] = ()
        if limits.on_conflict != "queue":
            others = (await connection.execute(_open(slot).where(_e.id != execution_id))).all()
            if limits.on_conflict == "skip" and len(others) >= limits.limit:
                await _skip(connection, execution_id, limits.limit)
                return Entry((), (), True)
            if limits.on_conflict == "cancel_oldest":
                live = [row.id for row in others if not row.cancel_requested]
                surplus = live[: max(0, len(live) + 1 - limits.limit)]
                ended = [row.id for row in await stop(connection, self._database, surplus)]
                stopped = [execution for execution in surplus if execution not in ended]
        return Entry(await _let_go(connection, slot), stopped, False)

    def _act(self, entry: Entry) -> None:
        if entry.go:
            self._wake(entry.go)
        for execution_id in entry.stop:
            task = asyncio.ensure_future(self._stopped(execution_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _stopped(self, execution_id: str) -> None:
        try:
            await self._cancel(execution_id)
        except Exception as error:  # it was asked to stop in the database: its process heeds that
            log.warning("the execution %s will stop later: %s", execution_id, error)

    async def _promoted(self, slot: str) -> None:
        try:
            await self.promote(slot)
        except Exception as error:  # the next look finds the slot
            log.warning("the slot %s is looked at later: %s", slot, error)


def _open(slot: str) -> Select[Any]:
    return (
        select(_e.id, _e.held, _e.slot_limit, _e.cancel_requested)
        .where(_e.slot == slot, _e.finished_at.is_(None))
        .order_by(_e.id)
    )


async def _let_go(connection: AsyncConnection, slot: str) -> list[str]:
    """First come, first served: where the first in line has to wait, so do all behind it."""
    count = select(func.count()).where(_e.slot == slot, _e.finished_at.is_(None), _e.held.is_(False))
    active = (await connection.execute(count)).scalar_one()
    go: list[str] = []
    for row in (await connection.execute(_open(slot).where(_e.held).limit(BATCH))).all():
        if active + len(go) >= row.slot_limit:
            break
        go.append(row.id)
    if go:
        await connection.execute(update(executions).where(_e.id.in_(go)).values(held=False))
    return go


async def _skip(connection: AsyncConnection, execution_id: str, limit: int) -> None:
    error = {"kind": "BusyError", "message": str(BusyError(execution_id, limit))}
    values = {"status": "canceled", "held": False, "finished_at": now(), "error": orjson.dumps(error)}
    await connection.execute(update(executions).where(_e.id == execution_id).values(values))
