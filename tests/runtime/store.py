"""A process's store for the tests of ring 1, and short ways to fill it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import orjson

from a8n.items import Item
from a8n.journal import StepRecord, now
from a8n.runtime.blobs import BlobStore
from a8n.runtime.database import Database
from a8n.runtime.executions import Claimed, Executions
from a8n.runtime.ids import new_id
from a8n.runtime.journal import ExecutionJournal, Journals
from a8n.runtime.records import path_of
from a8n.runtime.schema import executions as execution_rows
from a8n.runtime.schema import waits as wait_rows
from a8n.runtime.settings import Settings
from a8n.runtime.writer import Page, Result, Writer, open_writer


def step(node: str, *objects: dict[str, Any], path: tuple[int, ...] = (), **fields: Any) -> StepRecord:
    at = now()
    items = [Item(value, None, index) for index, value in enumerate(objects)]
    record = StepRecord(node, path, 1, "succeeded", at, at, {"main": items} if items else {})
    return replace(record, **fields)


@dataclass
class Store:
    """A process's store: what a test needs of ring 1."""

    database: Database
    writer: Writer
    blobs: BlobStore
    journals: Journals
    executions: Executions

    def begin(self, **fields: Any) -> ExecutionJournal:
        return self.journals.begin(**new(**fields))

    def enqueue(self, **fields: Any) -> ExecutionJournal:
        return self.journals.enqueue(**new(**fields))

    async def queued(self, **fields: Any) -> str:
        journal = self.enqueue(**fields)
        journal.record(step("start", {"n": 1}))
        await journal.commit()
        return journal.id

    async def claim(self, execution_id: str) -> Claimed | None:
        claimed = await self.executions.claim(execution_id)
        return claimed[0] if claimed else None

    async def payloads(self, execution_id: str) -> dict[tuple[str, tuple[int, ...]], Any]:
        """What ended waits that are over."""
        query = wait_rows.select().where(wait_rows.c.execution_id == execution_id, wait_rows.c.resumed_at.is_not(None))
        async with self.database.read() as connection:
            rows = (await connection.execute(query)).all()
        return {(r.node, path_of(r.path)): orjson.loads(r.payload) if r.payload else None for r in rows}

    async def status(self, execution_id: str) -> str:
        row = await self.executions.get(execution_id)
        assert row is not None
        return str(row.status)

    async def rewind(self, execution_id: str) -> None:
        """Let a lease have ended."""
        async with self.database.begin() as connection:
            await connection.execute(
                execution_rows.update().where(execution_rows.c.id == execution_id).values(lease_until=1)
            )


def new(**fields: Any) -> dict[str, Any]:
    return {
        "id": new_id(), "workflow_id": "w1", "project_id": "p1", "version": 1, "trigger": "start", "mode": "test",
        "created_at": now(), **fields,
    }  # fmt: skip


@asynccontextmanager
async def opened(database: Database, settings: Settings) -> AsyncIterator[Store]:
    """The store of a process over a database."""
    writer = await open_writer(database)
    blobs = BlobStore(settings.blob_dir)
    journals = Journals(writer, blobs, database, settings)
    yield Store(database, writer, blobs, journals, Executions(database, settings.lease))
    await writer.close()


def watch(writer: Writer) -> list[Page]:
    """Every page that the writer is given from now on."""
    pages: list[Page] = []
    submit = writer.submit

    def noted(page: Page) -> asyncio.Future[Result]:
        pages.append(page)
        return submit(page)

    writer.submit = noted  # type: ignore[method-assign]  # a spy
    return pages
