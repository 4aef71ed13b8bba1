"""Rows of data tables: small tables inside of a8n, for one project each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.errors import NodeError
from a8n.items import JSON
from a8n.journal import now
from a8n.runtime.database import Database
from a8n.runtime.ids import new_id
from a8n.runtime.schema import data_rows, data_tables
from a8n.runtime.table_columns import TableColumn, columns_of, fitting, packed_row

MAX_ROWS = 100_000
"""Rows of one table; more belong into a database."""
PAGE = 500
"""Rows of one statement."""

_t = data_tables.c
_r = data_rows.c
Comparison = tuple[str, str, JSON]
"""A column, how it compares, and what with."""


class TableRows:
    """The rows of a project's tables; an `a8n.services.Tables`. All that writes is one transaction."""

    def __init__(self, db: Database, project_id: str):
        self._db = db
        self._project_id = project_id

    async def rows(
        self, table: str, where: Sequence[Comparison] = (), *, order: str = "", descending: bool = False,
        limit: int = 1000, offset: int = 0,
    ) -> list[dict[str, JSON]]:  # fmt: skip
        """See `a8n.services.Tables`."""
        async with self._db.read() as connection:
            found, columns = await self._table(connection, table)
            sort = _sorting(columns, order, descending)
            query = select(data_rows).where(_r.table_id == found.id, *_conditions(columns, where))
            query = query.order_by(*sort).limit(limit).offset(offset)
            return [shown(columns, row) for row in await connection.execute(query)]

    async def count(self, table: str, where: Sequence[Comparison] = ()) -> int:
        """See `a8n.services.Tables`."""
        async with self._db.read() as connection:
            found, columns = await self._table(connection, table)
            query = select(func.count()).where(_r.table_id == found.id, *_conditions(columns, where))
            return int((await connection.execute(query)).scalar_one())

    async def add(
        self, table: str, rows: Sequence[Mapping[str, JSON]], keys: Sequence[str] = ()
    ) -> list[dict[str, JSON]]:
        """See `a8n.services.Tables`."""
        async with self._db.begin() as connection:
            found, columns = await self._table(connection, table, writing=True)
            packed = [packed_row(columns, row) for row in rows]
            ids = [_id(key) for key in keys] or [new_id() for _ in rows]
            await self._insert(connection, found.id, list(zip(ids, packed, strict=True)))
            return await self._by_id(connection, found.id, columns, ids)

    async def change(
        self, table: str, where: Sequence[Comparison], values: Mapping[str, JSON]
    ) -> list[dict[str, JSON]]:
        """See `a8n.services.Tables`."""
        async with self._db.begin() as connection:
            found, columns = await self._table(connection, table, writing=True)
            packed = packed_row(columns, values, whole=False)
            query = select(data_rows).where(_r.table_id == found.id, *_conditions(columns, where)).order_by(_r.place)
            rows = (await connection.execute(query)).all()
            for row in rows:
                await self._update(connection, row, packed)
            return await self._by_id(connection, found.id, columns, [row.id for row in rows])

    async def put(
        self, table: str, rows: Sequence[Mapping[str, JSON]], match: Sequence[str], keys: Sequence[str] = ()
    ) -> list[dict[str, JSON]]:
        """See `a8n.services.Tables`."""
        async with self._db.begin() as connection:
            found, columns = await self._table(connection, table, writing=True)
            names = list(keys) or [new_id() for _ in rows]
            ids: list[str] = []
            for row, key in zip(rows, names, strict=True):
                ids.append(await self._put(connection, found.id, columns, row, match, _id(key)))
            return await self._by_id(connection, found.id, columns, ids)

    async def remove(self, table: str, where: Sequence[Comparison]) -> int:
        """See `a8n.services.Tables`."""
        async with self._db.begin() as connection:
            found, columns = await self._table(connection, table, writing=True)
            gone = await connection.execute(
                delete(data_rows).where(_r.table_id == found.id, *_conditions(columns, where))
            )
            return gone.rowcount

    # --- one table -------------------------------------------------------------------------------------------

    async def _table(
        self, connection: AsyncConnection, table: str, *, writing: bool = False
    ) -> tuple[Row[Any], list[TableColumn]]:
        """A table by its name or id. While it is written to, others who write wait: so rows that are put by the same
        keys at once are one row, and no table outgrows its limit."""
        query = select(data_tables).where(_t.project_id == self._project_id, or_(_t.name == table, _t.id == table))
        row = (await connection.execute(query.with_for_update() if writing else query)).first()
        if row is None:
            hint = "make it on the page Tables"
            raise NodeError(f"the project has no table {table[:100]!r}", field="table", hint=hint, retryable=False)
        return row, columns_of(row.columns)

    async def _insert(
        self, connection: AsyncConnection, table_id: str, rows: Sequence[tuple[str, dict[str, JSON]]]
    ) -> None:
        from sqlalchemy.dialects import postgresql, sqlite

        dialect: Any = postgresql if self._db.dialect == "postgresql" else sqlite
        query = select(func.count(), func.max(_r.place)).where(_r.table_id == table_id)
        count, last = (await connection.execute(query)).one()
        if count + len(rows) > MAX_ROWS:
            text = f"the table has {count:,} rows; {MAX_ROWS:,} are the most"
            raise NodeError(text, field="table", hint="keep more in a database", retryable=False)
        at = now()
        for page in _pages(rows):
            values = [
                {"table_id": table_id, "id": id_, "place": (last or 0) + 1 + index, "data": data, "created_at": at,
                 "updated_at": at}
                for index, (id_, data) in page
            ]  # fmt: skip
            await connection.execute(dialect.insert(data_rows).values(values).on_conflict_do_nothing())

    async def _update(self, connection: AsyncConnection, row: Row[Any], packed: Mapping[str, JSON]) -> None:
        values = {"data": {**row.data, **packed}, "updated_at": now()}
        place = and_(_r.table_id == row.table_id, _r.id == row.id)
        await connection.execute(update(data_rows).where(place).values(**values))

    async def _put(
        self, connection: AsyncConnection, table_id: str, columns: Sequence[TableColumn], row: Mapping[str, JSON],
        match: Sequence[str], id_: str,
    ) -> str:  # fmt: skip
        for name in match:
            if name not in row:
                raise NodeError(f"an item has no field {name!r}, by which its row is found", field="match",
                                retryable=False)  # fmt: skip
        same = _conditions(columns, [(name, "eq", row[name]) for name in match])
        query = select(data_rows).where(_r.table_id == table_id, *same).order_by(_r.place).limit(1)
        there = (await connection.execute(query)).first()
        if there is None:
            await self._insert(connection, table_id, [(id_, packed_row(columns, row))])
            return id_
        await self._update(connection, there, packed_row(columns, row, whole=False))
        return str(there.id)

    async def _by_id(
        self, connection: AsyncConnection, table_id: str, columns: Sequence[TableColumn], ids: Sequence[str]
    ) -> list[dict[str, JSON]]:
        found: dict[str, dict[str, JSON]] = {}
        for page in _pages(list(dict.fromkeys(ids))):
            query = select(data_rows).where(_r.table_id == table_id, _r.id.in_([one for _, one in page]))
            found.update({row.id: shown(columns, row) for row in await connection.execute(query)})
        return [found[id_] for id_ in ids if id_ in found]


def shown(columns: Sequence[TableColumn], row: Row[Any]) -> dict[str, JSON]:
    """A row as nodes and the API see it."""
    values = {column.name: row.data.get(column.id) for column in columns}
    return {"id": row.id, **values, "created_at": _moment(row.created_at), "updated_at": _moment(row.updated_at)}


def _conditions(columns: Sequence[TableColumn], where: Sequence[Comparison]) -> Iterator[ColumnElement[bool]]:
    known = {column.name: column for column in columns}
    for name, operator, value in where:
        if name == "id" and operator in ("eq", "in"):
            yield _r.id.in_([str(one) for one in value] if operator == "in" else [str(value)])
        elif name not in known:
            raise NodeError(f"the table has no column {name[:100]!r}; it has {', '.join(known) or 'none'}",
                            field="where", retryable=False)  # fmt: skip
        else:
            yield _compared(known[name], operator, value)


def _compared(column: TableColumn, operator: str, value: JSON) -> ColumnElement[bool]:
    left = column.value
    if operator == "empty":
        return or_(left.is_(None), left == "") if column.kind == "text" else left.is_(None)
    if operator == "not_empty":
        return and_(left.is_not(None), left != "") if column.kind == "text" else left.is_not(None)
    if operator in ("contains", "starts_with"):
        if column.kind != "text":
            raise NodeError(f"{column.name!r} holds no text to look into", field="where", retryable=False)
        text = str(value).lower()
        lowered = func.lower(left)
        if operator == "starts_with":
            return func.substr(lowered, 1, len(text)) == text
        return lowered.contains(text, autoescape=True)
    if column.kind == "json":
        raise NodeError(f"{column.name!r} holds JSON, which is only empty or not", field="where", retryable=False)
    if operator == "in":
        if not isinstance(value, list):
            raise NodeError("what a value is one of is a list", field="where", retryable=False)
        return left.in_([fitting(column, one) for one in value])
    right = fitting(column, value)
    if right is None:
        return left.is_(None) if operator == "eq" else left.is_not(None) if operator == "ne" else false()
    if operator == "ne":
        return or_(left.is_(None), left != right)
    return _ORDERED[operator](left, right)


_ORDERED: Mapping[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "eq": lambda left, right: left == right,
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}


def _sorting(columns: Sequence[TableColumn], order: str, descending: bool) -> list[ColumnElement[Any]]:
    known: dict[str, Any] = {column.name: column.value for column in columns}
    known |= {"created_at": _r.created_at, "updated_at": _r.updated_at, "": _r.place}
    if order not in known:
        raise NodeError(f"the table has no column {order[:100]!r} to sort by", field="order", retryable=False)
    first = known[order].desc() if descending else known[order].asc()
    return [first] if not order else [first.nulls_last(), _r.place.asc()]


def _pages(rows: Sequence[Any]) -> Iterator[list[tuple[int, Any]]]:
    numbered = list(enumerate(rows))
    for start in range(0, len(numbered), PAGE):
        yield numbered[start : start + PAGE]


def _id(key: str) -> str:
    """The id of a row that is the same whenever it is added by the same key."""
    return hashlib.sha256(key.encode()).hexdigest()[:36]


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
