"""One at a time, for the few decisions that must not be taken twice at the same moment."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.runtime.database import Database


async def serialize(connection: AsyncConnection, name: str) -> None:
    """Wait until no other transaction holds the lock of this name; it is held until the transaction ends.

    PostgreSQL's advisory locks; in SQLite a write transaction is alone anyway (`Database.begin` is IMMEDIATE).
    """
    if connection.dialect.name != "postgresql":
        return
    await connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _number(name)})


@asynccontextmanager
async def alone(database: Database, name: str) -> AsyncIterator[bool]:
    """Whether no other process is inside a block of this name, over as many transactions as it takes.

    The lock is that of a connection of its own, so it ends with the process. An embedded database has one process.
    """
    if database.dialect != "postgresql":
        yield True
        return
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    number = {"number": _number(name)}
    async with engine.connect() as connection:
        mine = (await connection.execute(text("SELECT pg_try_advisory_lock(:number)"), number)).scalar_one()
        try:
            yield mine
        finally:
            if mine:
                await connection.execute(text("SELECT pg_advisory_unlock(:number)"), number)


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(b"a8n lock\0" + name.encode()).digest()[:8], "big", signed=True)
