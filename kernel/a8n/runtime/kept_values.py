"""Values that workflows keep by key, and that outlive executions."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.items import JSON
from a8n.journal import now
from a8n.runtime.database import Database
from a8n.runtime.schema import kept_values
from a8n.stored import checked_key, encoded

MAX_KEYS = 10_000
"""Keys that are listed at once."""

_k = kept_values.c


class KeptValues:
    """The values of one workflow, or with the empty id those that a project's workflows share; an `a8n` `Store`."""

    def __init__(self, db: Database, project_id: str, workflow_id: str):
        self._db = db
        self._project_id = project_id
        self._workflow_id = workflow_id

    async def get(self, key: str, default: JSON = None) -> JSON:
        """See `a8n.services.Store`."""
        async with self._db.read() as connection:
            found = (await connection.execute(select(_k.value).where(self._living(key)))).scalar()
        return default if found is None else json.loads(found)

    async def put(self, key: str, value: JSON, *, lifetime: float | None = None) -> None:
        """See `a8n.services.Store`."""
        data = encoded(value)
        async with self._db.begin() as connection:
            await self._written(connection, key, data, lifetime)

    async def change(
        self, key: str, function: Callable[[JSON], JSON], *, lifetime: float | None = None, default: JSON = None
    ) -> JSON:
        """See `a8n.services.Store`."""
        async with self._db.begin() as connection:
            # A row to lock: two that change a new value at once must not both begin with none.
            await connection.execute(self._insert(key, b"", expires_at=0).on_conflict_do_nothing())
            query = select(_k.value, _k.expires_at).where(self._at(key)).with_for_update()
            row = (await connection.execute(query)).one()
            gone = row.expires_at is not None and row.expires_at <= now()
            value = function(default if gone else json.loads(row.value))
            await self._written(connection, key, encoded(value), lifetime)
        return value

    async def delete(self, key: str) -> bool:
        """See `a8n.services.Store`."""
        async with self._db.begin() as connection:
            found = await connection.execute(delete(kept_values).where(self._living(key)))
        return found.rowcount > 0

    async def keys(self, prefix: str = "", limit: int = 100) -> Sequence[str]:
        """See `a8n.services.Store`."""
        begins = func.substr(_k.key, 1, len(prefix)) == prefix
        query = select(_k.key).where(*self._mine(), begins, _lives()).order_by(_k.key).limit(min(limit, MAX_KEYS))
        async with self._db.read() as connection:
            return (await connection.execute(query)).scalars().all()

    async def _written(self, connection: AsyncConnection, key: str, data: bytes, lifetime: float | None) -> None:
        at = now()
        expires = None if lifetime is None else at + round(lifetime * 1_000_000)
        values = {"value": data, "expires_at": expires, "updated_at": at}
        changed = await connection.execute(update(kept_values).where(self._at(key)).values(**values))
        if not changed.rowcount:
            statement = self._insert(key, data, expires_at=expires)
            key_columns = [_k.project_id, _k.workflow_id, _k.key]
            await connection.execute(statement.on_conflict_do_update(index_elements=key_columns, set_=values))

    def _insert(self, key: str, data: bytes, *, expires_at: int | None) -> Any:
        from sqlalchemy.dialects import postgresql, sqlite

        dialect: Any = postgresql if self._db.dialect == "postgresql" else sqlite
        return dialect.insert(kept_values).values(
            project_id=self._project_id, workflow_id=self._workflow_id, key=checked_key(key), value=data,
            expires_at=expires_at, updated_at=now(),
        )  # fmt: skip

    def _mine(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return _k.project_id == self._project_id, _k.workflow_id == self._workflow_id

    def _at(self, key: str) -> ColumnElement[bool]:
        return and_(*self._mine(), _k.key == checked_key(key))

    def _living(self, key: str) -> ColumnElement[bool]:
        return and_(self._at(key), _lives())


def _lives() -> ColumnElement[bool]:
    return or_(_k.expires_at.is_(None), _k.expires_at > now())
