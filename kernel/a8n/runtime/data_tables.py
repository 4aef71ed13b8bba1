"""Data tables: what a project has, and their columns."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from a8n.errors import InvalidError, Problem
from a8n.journal import now
from a8n.runtime.access import Actor, Permission, require, visible
from a8n.runtime.database import Database
from a8n.runtime.ids import new_id
from a8n.runtime.refusals import ConflictError, NotFoundError
from a8n.runtime.schema import data_rows, data_tables
from a8n.runtime.table_columns import TableColumn, columns_of, stored_columns

MAX_TABLES = 200
"""Tables of one project."""

_t = data_tables.c


class DataTables:
    """The repository of data tables; `TableRows` has what is in them."""

    def __init__(self, db: Database):
        self._db = db

    async def list_for(self, actor: Actor, project_id: str | None = None) -> Sequence[Row[Any]]:
        """Tables of the projects that somebody belongs to, each with the number of its `rows`."""
        rows = select(func.count()).where(data_rows.c.table_id == _t.id).scalar_subquery().label("rows")
        query = select(data_tables, rows).where(visible(actor, _t.project_id)).order_by(_t.name)
        if project_id is not None:
            query = query.where(_t.project_id == project_id)
        async with self._db.read() as connection:
            return (await connection.execute(query)).all()

    async def get_for(self, actor: Actor, table_id: str, permission: Permission) -> Row[Any]:
        """A table. Raises NotFoundError or ForbiddenError."""
        async with self._db.read() as connection:
            row = (await connection.execute(select(data_tables).where(_t.id == table_id))).first()
            if row is None:
                raise NotFoundError("table")
            await require(connection, actor, row.project_id, permission, "table")
            return row

    async def create(self, actor: Actor, project_id: str, name: str, columns: Sequence[tuple[str, Any]]) -> Row[Any]:
        """A table with columns of these names and kinds. Raises InvalidError, and ConflictError for a taken name."""
        made = [TableColumn(_column_id(), *column) for column in columns]
        values = {"id": new_id(), "project_id": project_id, "name": name, "columns": stored_columns(made),
                  "created_at": now(), "updated_at": now()}  # fmt: skip
        async with self._db.begin() as connection:
            await require(connection, actor, project_id, Permission.TABLE_EDIT)
            count = select(func.count()).where(_t.project_id == project_id)
            if (await connection.execute(count)).scalar_one() >= MAX_TABLES:
                raise ConflictError(f"a project has {MAX_TABLES} tables at most")
            try:
                await connection.execute(insert(data_tables).values(**values))
            except IntegrityError:
                raise _taken(name) from None
            return (await connection.execute(select(data_tables).where(_t.id == values["id"]))).one()

    async def alter(
        self, row: Row[Any], name: str | None, columns: Sequence[tuple[str | None, str, Any]] | None
    ) -> Row[Any]:
        """Rename a table, and give it these columns: those with an id are known ones, which keep their values and
        their kind; known ones that are left out go, with their values.

        Raises InvalidError and ConflictError.
        """
        async with self._db.begin() as connection:
            query = select(data_tables).where(_t.id == row.id).with_for_update()
            found = (await connection.execute(query)).first()
            if found is None:
                raise NotFoundError("table")
            values: dict[str, Any] = {"updated_at": now()}
            if name is not None:
                values["name"] = name
            if columns is not None:
                values["columns"] = stored_columns(_altered(columns_of(found.columns), columns))
            try:
                await connection.execute(update(data_tables).where(_t.id == row.id).values(**values))
            except IntegrityError:
                raise _taken(name or "") from None
            return (await connection.execute(select(data_tables).where(_t.id == row.id))).one()

    async def delete(self, row: Row[Any]) -> None:
        """Delete a table with its rows."""
        async with self._db.begin() as connection:
            await connection.execute(delete(data_rows).where(data_rows.c.table_id == row.id))
            await connection.execute(delete(data_tables).where(_t.id == row.id))


def _altered(known: Sequence[TableColumn], wanted: Sequence[tuple[str | None, str, Any]]) -> list[TableColumn]:
    by_id = {column.id: column for column in known}
    made = []
    for index, (id_, name, kind) in enumerate(wanted):
        if id_ is None:
            made.append(TableColumn(_column_id(), name, kind))
        elif id_ not in by_id:
            raise InvalidError([Problem(f"columns.{index}.id", "the table has no such column", "unknown")])
        elif kind != by_id[id_].kind:
            text = f"a column keeps its kind, {by_id[id_].kind}: make another one"
            raise InvalidError([Problem(f"columns.{index}.kind", text, "kind")])
        else:
            made.append(TableColumn(id_, name, kind))
    return made


def _column_id() -> str:
    """Never the same twice: what a column that is gone has left in the rows must not come back in another."""
    return f"c{secrets.token_hex(5)}"


def _taken(name: str) -> ConflictError:
    return ConflictError(f"the project has a table {name!r} already", path="name")
