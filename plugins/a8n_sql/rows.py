"""Writing items into tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from a8n import JSON, BatchNode, Context, Example, Field, Item, NodeError, Parameters, hint
from a8n_sql.database import SqlDatabase, connected
from a8n_sql.values import literal

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table, UpdateBase
    from sqlalchemy.ext.asyncio import AsyncConnection

PAGE = 1000
"""Rows that go to the server at a time, within one transaction."""
NAME: Any = Field(min_length=1, max_length=200, description="Table, with its schema if it is another: shop.orders.")
COLUMNS: Any = Field([], description="Fields of the items to write, each into the column of its name. Empty: all.")
KEYS: Any = Field(min_length=1, description="Columns that tell which row is meant.")
Columns = Annotated[list[str], hint(placeholder="email")]


class Written(Parameters):
    """What a step changed."""

    rows: int
    """Rows that were written or deleted."""


class Writer(BatchNode):
    """What nodes that write share: all items in one transaction, so that all are written or none."""

    group: ClassVar[str] = "database"
    subtitle: ClassVar[str] = "{table}"

    database: SqlDatabase = Field(description="Database to write to.")
    table: str = NAME
    seconds: Annotated[float, hint(advanced=True)] = Field(
        60.0, gt=0, le=3600, description="Time limit of each statement in seconds."
    )

    async def run(self, ctx: Context, items: Sequence[Item]) -> Written:
        """Write the items. Raises NodeError that names the item and the column."""
        rows = [_object(item, index) for index, item in enumerate(items)]
        if not rows:
            return Written(rows=0)
        async with connected(self.database, ctx.reach, self.seconds) as connection:
            table = await _reflected(connection, self.table)
            return Written(rows=await self.write(connection, table, rows))

    async def write(self, connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, JSON]]) -> int:
        """Write rows into the table, and count them."""
        raise NotImplementedError


def _example(title: str, **params: JSON) -> tuple[Example]:
    given: dict[str, JSON] = {"database": {"$credential": "1"}, "table": "customers", **params}
    return (Example(title, given, items=({"email": "ada@example.org", "name": "Ada"},), needs=("sql.database",)),)


class Insert(Writer):
    """Insert each item as a row: fields go into the columns of their names. All are inserted, or none."""

    key = "sql.insert"
    title = "Insert rows"
    examples = _example("Keep customers")

    columns: Columns = COLUMNS

    async def write(self, connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, JSON]]) -> int:
        """One statement for items of the same fields."""
        from sqlalchemy import insert

        for start, page, names in _pages(rows, self.columns):
            statement = insert(table).values({name: _bound(table, name, start) for name in names})
            await connection.execute(statement, _given(table, page, names, start))
        return len(rows)


class Upsert(Writer):
    """Insert each item as a row, or update the row that has the same keys. All are written, or none.

    The table needs a primary key or a unique index of the key columns.
    """

    key = "sql.upsert"
    title = "Insert or update rows"
    effect = "idempotent"
    examples = _example("Keep customers up to date", keys=["email"])

    keys: Columns = KEYS
    columns: Columns = COLUMNS

    async def write(self, connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, JSON]]) -> int:
        """One statement for items of the same fields."""
        from sqlalchemy.dialects.postgresql import insert

        for start, page, names in _pages(rows, self.columns, self.keys):
            made = insert(table).values({name: _bound(table, name, start) for name in names})
            targets = [table.c[name] for name in self.keys]
            others = {name: made.excluded[name] for name in names if name not in self.keys}
            clause = made.on_conflict_do_update(index_elements=targets, set_=others) if others else (
                made.on_conflict_do_nothing(index_elements=targets)
            )  # fmt: skip
            await connection.execute(clause, _given(table, page, names, start))
        return len(rows)


class Update(Writer):
    """Update, for each item, the rows that have its keys. All are updated, or none."""

    key = "sql.update"
    title = "Update rows"
    effect = "idempotent"
    examples = _example("Correct names", keys=["email"], columns=["name"])

    keys: Columns = KEYS
    columns: Columns = COLUMNS

    async def write(self, connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, JSON]]) -> int:
        """One statement for items of the same fields."""
        from sqlalchemy import update

        touched = 0
        for start, page, names in _pages(rows, self.columns, self.keys):
            others = {name: _bound(table, name, start) for name in names if name not in self.keys}
            if not others:
                raise NodeError(f"item {start + 1} has keys and nothing to write", field="columns", retryable=False)
            statement = update(table).where(*_same(table, self.keys, start)).values(others)
            touched += await _touched(connection, statement, _given(table, page, names, start))
        return touched


class Delete(Writer):
    """Delete, for each item, the rows that have its keys. All are deleted, or none."""

    key = "sql.delete"
    title = "Delete rows"
    effect = "idempotent"
    examples = _example("Forget customers", keys=["email"])

    keys: Columns = KEYS

    async def write(self, connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, JSON]]) -> int:
        """By the keys of each item."""
        from sqlalchemy import delete

        touched = 0
        for start, page, names in _pages(rows, self.keys, self.keys):
            statement = delete(table).where(*_same(table, self.keys, start))
            touched += await _touched(connection, statement, _given(table, page, names, start))
        return touched


def _object(item: Item, index: int) -> Mapping[str, JSON]:
    if not isinstance(item.json, dict) or not item.json:
        raise NodeError(f"item {index + 1} has no fields to write", retryable=False)
    return item.json


async def _reflected(connection: AsyncConnection, name: str) -> Table:
    """The table with its columns, as the database has it. Raises NodeError for an unknown one."""
    from sqlalchemy import MetaData, Table
    from sqlalchemy.exc import NoSuchTableError

    schema, _, short = name.rpartition(".")

    def reflect(sync: Any) -> Table:
        return Table(short, MetaData(), autoload_with=sync, schema=schema or None, resolve_fks=False)

    try:
        return await connection.run_sync(reflect)
    except NoSuchTableError:
        raise NodeError(f"the database has no table {name!r}", field="table", retryable=False) from None


def _pages(
    rows: Sequence[Mapping[str, JSON]], columns: Sequence[str], keys: Sequence[str] = ()
) -> list[tuple[int, list[Mapping[str, JSON]], Sequence[str]]]:
    """Rows in order, in pages that have the same fields: (number of the first row, rows, names).

    The names are the keys and `columns`, or all fields where no columns are named. Raises NodeError for a row that
    lacks one.
    """
    pages: list[tuple[int, list[Mapping[str, JSON]], Sequence[str]]] = []
    for index, row in enumerate(rows):
        names = list(dict.fromkeys((*keys, *(columns or sorted(row)))))
        for name in names:
            if name not in row:
                field = "keys" if name in keys else None
                raise NodeError(f"item {index + 1} has no field {name!r}", field=field, retryable=False)
        if pages and pages[-1][2] == names and len(pages[-1][1]) < PAGE:
            pages[-1][1].append(row)
        else:
            pages.append((index, [row], names))
    return pages


async def _touched(connection: AsyncConnection, statement: UpdateBase, rows: Sequence[dict[str, str | None]]) -> int:
    """How many rows a statement touched; it runs once for each item, since only then the server tells."""
    return sum([(await connection.execute(statement, row)).rowcount for row in rows])


def _same(table: Table, keys: Sequence[str], index: int) -> list[ColumnElement[bool]]:
    return [_column(table, key, index) == _bound(table, key, index) for key in keys]


def _column(table: Table, name: str, index: int) -> Any:
    if name not in table.c:
        known = ", ".join(column.name for column in table.c)
        text = f"the table {table.name!r} has no column {name!r}, which item {index + 1} wants to write"
        raise NodeError(text, hint=f"it has {known}"[:500], retryable=False)
    return table.c[name]


def _bound(table: Table, name: str, index: int) -> ColumnElement[Any]:
    """A value of JSON in a statement: text that the database itself reads as the column's type."""
    from sqlalchemy import Text, bindparam, cast

    return cast(bindparam(f"v_{name}", type_=Text()), _column(table, name, index).type)


def _given(
    table: Table, page: Sequence[Mapping[str, JSON]], names: Sequence[str], start: int
) -> list[dict[str, str | None]]:
    """The values of rows, as the server reads them. Raises NodeError that names the item and the column."""
    given: list[dict[str, str | None]] = []
    for index, row in enumerate(page, start):
        values: dict[str, str | None] = {}
        for name in names:
            try:
                values[f"v_{name}"] = literal(row[name], table.c[name].type)
            except ValueError as error:
                text = f"item {index + 1} does not fit the column {name!r}: {error}"
                raise NodeError(text, retryable=False) from None
        given.append(values)
    return given
