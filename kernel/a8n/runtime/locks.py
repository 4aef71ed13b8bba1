"""One at a time, for the few decisions that must not be taken twice at the same moment."""

from __future__ import annotations

import hashlib

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def serialize(connection: AsyncConnection, name: str) -> None:
    """Wait until no other transaction holds the lock of this name; it is held until the transaction ends.

    PostgreSQL's advisory locks; in SQLite a write transaction is alone anyway (`Database.begin` is IMMEDIATE).
    """
    if connection.dialect.name != "postgresql":
        return
    number = int.from_bytes(hashlib.sha256(b"a8n lock\0" + name.encode()).digest()[:8], "big", signed=True)
    await connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
