"""Waits as rows: when each ends, and that each ends once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import ColumnElement, and_, exists, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.items import JSON
from a8n.runtime.database import Database
from a8n.runtime.schema import executions, waits

_w = waits.c
_e = executions.c

DECISION = "decision"
"""The kind of wait for a person who says what to do about a step whose effect is unknown."""


class Waiting(NamedTuple):
    """A wait of a claimed execution."""

    node: str
    path: str
    kind: str
    over: bool
    payload: JSON
    """What ended it; None for a timer, and while it is not over."""


def digest(token: str) -> str:
    """What is kept of a resume token: its SHA-256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def reply_digest(project_id: str, key: str) -> str:
    """What is kept of the key that a reply is recognised by; one project's replies end no other's waits."""
    return digest(f"{project_id}\0{key}")


async def resume(database: Database, token_hash: str, payload: JSON) -> str | None:
    """End a wait by its token's SHA-256; gives the execution's id to the one caller that did it, None to others.

    The wait counts as due now, so whoever looks for due executions finds it if the caller's wake-up is lost.
    """
    return await _end(database, _w.token_hash == token_hash, payload)


async def reply(connection: AsyncConnection, database: Database, key_hash: str, payload: JSON) -> str | None:
    """End the wait for a reply, in a transaction of the caller's; of several with one key the latest.

    Gives the execution's id, or None.
    """
    latest = select(_w.execution_id, _w.node, _w.path).where(_w.key_hash == key_hash, _w.resumed_at.is_(None))
    latest = latest.order_by(_w.execution_id.desc()).limit(1)
    return await _end_in(connection, database, tuple_(_w.execution_id, _w.node, _w.path).in_(latest), payload)


async def decide(database: Database, execution_id: str, node: str, path: str, payload: JSON) -> bool:
    """End the wait for a person's decision about a step. False when nothing waits for one there."""
    place = and_(_w.execution_id == execution_id, _w.node == node, _w.path == path, _w.kind == DECISION)
    return await _end(database, place, payload) is not None


async def _end(database: Database, which: ColumnElement[bool], payload: JSON) -> str | None:
    async with database.begin() as connection:
        return await _end_in(connection, database, which, payload)


async def _end_in(
    connection: AsyncConnection, database: Database, which: ColumnElement[bool], payload: JSON
) -> str | None:
    at = database.clock()
    statement = (
        update(waits)
        .where(which, _w.resumed_at.is_(None))
        .values(resumed_at=at, until=at, payload=orjson.dumps(payload))
        .returning(_w.execution_id)
    )
    execution_id: str | None = (await connection.execute(statement)).scalar()
    return execution_id


async def take(connection: AsyncConnection, database: Database, executions: Sequence[str]) -> dict[str, list[Waiting]]:
    """End the waits of claimed executions whose time has come, so that no resume can end them as well.

    Gives all waits of each execution.
    """
    if not executions:
        return {}
    at = database.clock()
    due = _w.execution_id.in_(executions) & _w.resumed_at.is_(None) & (_w.until <= at)
    await connection.execute(update(waits).where(due).values(resumed_at=at))
    found: dict[str, list[Waiting]] = {}
    query = select(_w.execution_id, _w.node, _w.path, _w.kind, _w.resumed_at, _w.payload)
    for row in await connection.execute(query.where(_w.execution_id.in_(executions))):
        payload = orjson.loads(row.payload) if row.payload else None
        waiting = Waiting(row.node, row.path, row.kind, row.resumed_at is not None, payload)
        found.setdefault(row.execution_id, []).append(waiting)
    return found


async def child_ended(connection: AsyncConnection, database: Database, parent: str, node: str, path: str) -> None:
    """End the wait of a parent's step, in the transaction that ends a child, if that was the last one to end."""
    place = and_(_w.execution_id == parent, _w.node == node, _w.path == path, _w.resumed_at.is_(None))
    if database.dialect == "postgresql":  # of two that end at one moment, the later must see that the other has
        await connection.execute(select(_w.node).where(place).with_for_update())
    open_one = exists().where(_e.parent_id == parent, _e.parent_node == node, _e.parent_path == path)
    open_one = open_one.where(_e.finished_at.is_(None))
    await connection.execute(update(waits).where(place, ~open_one).values(until=database.clock()))
