"""Retention: what is over is deleted when its time has come, in small batches, by one process at a time.

What is not over is never touched, nor is what an execution that still waits was given by its children. Files follow
when nothing refers to them any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Sequence
from time import monotonic
from typing import NamedTuple

import orjson
from sqlalchemy import ColumnElement, Table, delete, exists, or_, select

from a8n.errors import A8nError
from a8n.journal import now
from a8n.runtime.blobs import BlobStore
from a8n.runtime.database import Database
from a8n.runtime.executions import ENDED, Executions, delete_rows
from a8n.runtime.locks import alone
from a8n.runtime.schema import executions, idempotency, kept_values, sessions, ticks, workflow_versions, workflows
from a8n.runtime.settings import Settings
from a8n.workflow import KeepExecutions, Workflow

log = logging.getLogger("a8n.retention")

BATCH = 200
"""Executions in one transaction: on SQLite nobody else writes meanwhile."""
PAUSE = 0.05
"""Seconds between two transactions."""
FILES_EVERY = 6 * 3600.0
"""Seconds between two walks through the blob store."""
TRACES = 30.0
"""Days that ticks and idempotency keys stay where executions are kept for ever: nobody looks at them."""
DAY = 86_400_000_000
"""In microseconds."""

_e = executions.c
_parents = executions.alias()


class Swept(NamedTuple):
    """What a sweep deleted."""

    executions: int
    files: int


class Retention:
    """A background task of every process that works."""

    def __init__(self, database: Database, executions: Executions, blobs: BlobStore, settings: Settings):
        self._database = database
        self._executions = executions
        self._blobs = blobs
        self._every = settings.sweep
        self._days = settings.keep_days
        self._count = settings.keep_executions
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._walked: float | None = None

    def start(self) -> None:
        """Begin; the first sweep comes within one interval."""
        self._task = asyncio.ensure_future(self._loop())

    async def stop(self) -> None:
        """End after the batch that may be going on."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=self._database.timeout)
            self._task.cancel()

    async def sweep(self, at: int | None = None) -> Swept | None:
        """Delete all whose time has come by `at` (microseconds, now); None where another process is doing it."""
        at = at if at is not None else now()
        async with alone(self._database, "retention") as mine:
            if not mine:
                return None
            deleted = 0
            async for workflow_id in self._workflows():
                keep = await self._keep(workflow_id)
                deleted += await self._sweep_workflow(workflow_id, keep, at)
            await self._sweep_traces(at)
            return Swept(deleted, await self._sweep_files())

    # --- executions ------------------------------------------------------------------------------------------

    async def _workflows(self) -> AsyncIterator[str]:
        """Every workflow that has executions, also deleted ones; one look at the index each."""
        last = ""
        while not self._stopping.is_set():
            query = select(_e.workflow_id).where(_e.workflow_id > last).order_by(_e.workflow_id).limit(1)
            async with self._database.read() as connection:
                found = (await connection.execute(query)).scalar()
            if found is None:
                return
            last = found
            yield last

    async def _keep(self, workflow_id: str) -> KeepExecutions:
        """What the published version says, or the draft where there is none."""
        published = workflow_versions.c
        query = (
            select(workflows.c.draft, published.document)
            .join_from(
                workflows,
                workflow_versions,
                (published.workflow_id == workflows.c.id) & (published.version == workflows.c.published),
                isouter=True,
            )
            .where(workflows.c.id == workflow_id)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return KeepExecutions()
        try:
            return Workflow.parse(orjson.loads(row.document or row.draft)).settings.keep
        except A8nError:  # of another version of a8n: better too much kept than too little
            return KeepExecutions(days=36_500, executions=10**9)

    async def _sweep_workflow(self, workflow_id: str, keep: KeepExecutions, at: int) -> int:
        days = keep.days if keep.days is not None else self._days or None
        failed = keep.failed_days if keep.failed_days is not None else days
        count = keep.executions if keep.executions is not None else self._count or None
        mine = _e.workflow_id == workflow_id
        deleted = 0
        for statuses, limit in ((("succeeded", "canceled"), days), (("failed", "crashed"), failed)):
            if limit is not None:
                before = at - round(limit * DAY)
                old = (_e.status.in_(statuses), _e.id < first_id(before), _e.finished_at < before)
                deleted += await self._delete(mine, *old)
        if count is not None:
            surplus = select(_e.id).where(mine, _e.status.in_(ENDED)).order_by(_e.id.desc()).offset(count).limit(1)
            async with self._database.read() as connection:
                last = (await connection.execute(surplus)).scalar()
            if last is not None:
                deleted += await self._delete(mine, _e.status.in_(ENDED), _e.id <= last)
        return deleted

    async def _delete(self, *which: ColumnElement[bool]) -> int:
        awaited = exists().where(_parents.c.id == _e.parent_id, _parents.c.finished_at.is_(None))
        deleted, last = 0, ""
        while not self._stopping.is_set():
            free = or_(_e.parent_id.is_(None), ~awaited)
            query = select(_e.id).where(*which, _e.id > last, free).order_by(_e.id).limit(BATCH)
            async with self._database.read() as connection:
                ids: Sequence[str] = (await connection.execute(query)).scalars().all()
            if not ids:
                break
            async with self._database.begin() as connection:
                deleted += await delete_rows(connection, ids, keys=False)
            last = ids[-1]
            await asyncio.sleep(PAUSE)
        return deleted

    # --- traces and files ------------------------------------------------------------------------------------

    async def _sweep_traces(self, at: int) -> None:
        """Idempotency keys, ticks, the refresh tokens of sessions that are over, and kept values whose time is."""
        before = at - round((max(self._days, 1.0) if self._days else TRACES) * DAY)
        for table in (idempotency, ticks):
            await self._sweep_table(table, before)
        async with self._database.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires_at < at))
            await connection.execute(delete(kept_values).where(kept_values.c.expires_at < at))

    async def _sweep_table(self, table: Table, before: int) -> None:
        created = table.c.created_at
        while not self._stopping.is_set():
            query = select(created).where(created < before).order_by(created).offset(BATCH).limit(1)
            async with self._database.begin() as connection:
                until = (await connection.execute(query)).scalar()
                await connection.execute(
                    delete(table).where(created <= until if until is not None else created < before)
                )
            if until is None:
                return
            await asyncio.sleep(PAUSE)

    async def _sweep_files(self) -> int:
        """Not at each sweep, because it walks through all files."""
        if self._stopping.is_set() or (self._walked is not None and monotonic() - self._walked < FILES_EVERY):
            return 0
        self._walked = monotonic()
        return await self._blobs.sweep(self._executions.referenced)

    async def _loop(self) -> None:
        while True:
            pause = self._every * random.uniform(0.5, 1.0)  # noqa: S311  # spreads, hides nothing
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            if self._stopping.is_set():
                return
            try:
                swept = await self.sweep()
                if swept is not None and any(swept):
                    log.info("deleted %d executions and %d files whose time had come", *swept)
            except Exception as error:  # tried again at the next look
                log.warning("retention could not sweep: %s", error)


def first_id(at: int) -> str:
    """The least id that could have been made at a time: a UUIDv7 begins with its milliseconds (RFC 9562, 5.7)."""
    digits = f"{max(at, 0) // 1000:012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"
