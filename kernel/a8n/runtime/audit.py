"""The audit log: who did what, when, from where, on what, with what result. Append-only and hash-chained.

Each row's hash covers the row and its predecessor's hash, so a row that was changed, or taken out of the middle,
shows. Rows cut off at the end do not, unless the last hash was noted elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, insert, select

from a8n.items import JSON
from a8n.journal import now
from a8n.runtime.cursors import Page, after, page
from a8n.runtime.database import Database
from a8n.runtime.locks import serialize
from a8n.runtime.schema import audit

FIRST = "0" * 64
"""What stands for the hash before the first row."""
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found."""

    rows: int
    broken: int | None
    """The id of the first row that does not fit the one before; None when all do."""
    last: str
    """The hash of the last row: note it outside to prove later that none was cut off."""


class Audit:
    """The repository of the log."""

    def __init__(self, db: Database):
        self._db = db

    async def record(
        self,
        action: str,
        object: str = "",
        *,
        user_id: str | None = None,
        address: str = "",
        result: str = "ok",
        details: Mapping[str, JSON] | None = None,
    ) -> None:
        """Append a row. `details` may hold no secrets: they could never be taken out again."""
        values = {
            "at": now(), "user_id": user_id, "address": address[:64], "action": action[:100],
            "object": object[:200], "result": result,
            "details": orjson.dumps(details or {}, option=orjson.OPT_SORT_KEYS).decode(),
        }  # fmt: skip
        async with self._db.begin() as connection:
            await serialize(connection, "audit")
            query = select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)
            before = (await connection.execute(query)).scalar_one_or_none() or FIRST
            await connection.execute(insert(audit).values(**values, hash=chained(before, values)))

    async def list(
        self, *, user_id: str | None = None, action: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Row[Any]]:
        """Rows, latest first."""
        query = after(select(audit).limit(limit + 1), [audit.c.id], cursor, [int])
        if user_id is not None:
            query = query.where(audit.c.user_id == user_id)
        if action is not None:
            query = query.where(audit.c.action == action)
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        return page(rows, limit, lambda row: [row.id])

    async def verify(self) -> Verdict:
        """Follow the chain from its first row."""
        before, rows, seen = FIRST, 0, -1
        while True:
            query = select(audit).where(audit.c.id > seen).order_by(audit.c.id).limit(BATCH)
            async with self._db.read() as connection:
                batch = (await connection.execute(query)).all()
            for row in batch:
                if chained(before, row._asdict()) != row.hash:
                    return Verdict(rows, row.id, before)
                before, rows, seen = row.hash, rows + 1, row.id
            if len(batch) < BATCH:
                return Verdict(rows, None, before)


def chained(before: str, row: Mapping[str, Any]) -> str:
    """The hash of a row that follows one with the hash `before`."""
    fields = [row[name] for name in ("at", "user_id", "address", "action", "object", "result", "details")]
    return hashlib.sha256(before.encode() + orjson.dumps(fields)).hexdigest()
