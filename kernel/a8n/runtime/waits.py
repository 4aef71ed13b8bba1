"""Waits as rows: when each ends, and that each ends once."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.items import JSON
from a8n.runtime.database import Database
from a8n.runtime.records import path_of
from a8n.runtime.schema import waits

_w = waits.c


async def resume(database: Database, token_hash: str, payload: JSON) -> str | None:
    """End a wait by its token's SHA-256; gives the execution's id to the one caller that did it, None to others.

    The wait counts as due now, so whoever looks for due executions finds it if the caller's wake-up is lost.
    """
    at = database.clock()
    statement = (
        update(waits)
        .where(_w.token_hash == token_hash, _w.resumed_at.is_(None))
        .values(resumed_at=at, until=at, payload=orjson.dumps(payload))
        .returning(_w.execution_id)
    )
    async with database.begin() as connection:
        execution_id: str | None = (await connection.execute(statement)).scalar()
    return execution_id


async def take(
    connection: AsyncConnection, database: Database, executions: Sequence[str]
) -> dict[str, list[tuple[str, str]]]:
    """End the waits of claimed executions whose time has come, so that no resume can end them as well.

    Gives all waits of each execution: node and path.
    """
    if not executions:
        return {}
    at = database.clock()
    due = _w.execution_id.in_(executions) & _w.resumed_at.is_(None) & (_w.until <= at)
    await connection.execute(update(waits).where(due).values(resumed_at=at))
    found: dict[str, list[tuple[str, str]]] = {}
    query = select(_w.execution_id, _w.node, _w.path).where(_w.execution_id.in_(executions))
    for execution_id, node, path in await connection.execute(query):
        found.setdefault(execution_id, []).append((node, path))
    return found


async def payloads(database: Database, execution_id: str) -> dict[tuple[str, tuple[int, ...]], JSON]:
    """What ended the waits of an execution that are over and not yet followed by a step; None for a timer."""
    query = select(_w.node, _w.path, _w.payload).where(_w.execution_id == execution_id, _w.resumed_at.is_not(None))
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    return {(row.node, path_of(row.path)): orjson.loads(row.payload) if row.payload else None for row in rows}


async def next_due(database: Database) -> int | None:
    """When the next wait ends by time, in microseconds since 1970 UTC; None when nothing waits for a time."""
    query = select(func.min(_w.until)).where(_w.resumed_at.is_(None))
    async with database.read() as connection:
        at: int | None = (await connection.execute(query)).scalar()
    return at
