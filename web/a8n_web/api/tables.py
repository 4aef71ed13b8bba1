"""Data tables: small tables inside of a8n, which workflows and people read and write."""

from __future__ import annotations

import csv
import io
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from quart import Response

from a8n.errors import NodeError, Problem
from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n.runtime.table_columns import columns_of
from a8n.runtime.table_rows import MAX_ROWS, TableRows
from a8n_web.api.users import Body
from a8n_web.calls import Call, rfc3339
from a8n_web.loaders import collection, data_table
from a8n_web.problems import invalid
from a8n_web.routes import Routes

routes = Routes("Tables")

Kind = Literal["text", "number", "boolean", "time", "json"]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$", examples=["customers"])]


class NewColumn(Body):
    """A column: what it is called and what it holds."""

    name: Annotated[str, Field(max_length=63, examples=["email"])]
    kind: Kind = "text"


class ChangedColumn(NewColumn):
    """A column; with an `id` one that the table has, which keeps its kind."""

    id: str | None = None


class NewTable(Body):
    """A table to make."""

    name: Name
    columns: list[NewColumn] = Field(default_factory=lambda: [], max_length=50)
    project: Annotated[str, Field(max_length=36)] | None = None


class ChangedTable(Body):
    """Parts of a table to replace. Columns that are left out go, with all that they hold."""

    name: Name | None = None
    columns: Annotated[list[ChangedColumn], Field(max_length=50)] | None = None


class Column(BaseModel):
    """A column of a table."""

    id: str
    name: str
    kind: Kind


class DataTable(BaseModel):
    """A table."""

    id: str
    project: str
    name: str
    columns: list[Column]
    rows: int | None
    """How many rows it has; null where that was not counted."""
    created_at: str
    updated_at: str


class DataTables(BaseModel):
    """Tables."""

    data: list[DataTable]
    next_cursor: str | None = None


class TableQuery(Body):
    """A project, or all that one sees."""

    project: Annotated[str, Field(max_length=36)] | None = None


class Comparing(Body):
    """A comparison of a column's values with a value."""

    column: Annotated[str, Field(max_length=63)]
    op: Literal["eq", "ne", "gt", "gte", "lt", "lte", "contains", "starts_with", "in", "empty", "not_empty"] = "eq"
    value: Any = None


class RowsQuery(Body):
    """Which rows, in which order."""

    where: list[Comparing] = Field(default_factory=lambda: [], max_length=20)
    order: Annotated[str, Field(max_length=63)] = ""
    descending: bool = False
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    offset: Annotated[int, Field(ge=0, le=MAX_ROWS)] = 0


class Rows(BaseModel):
    """Rows, each an object of its columns by name with `id`, `created_at` and `updated_at`."""

    data: list[dict[str, Any]]
    total: int
    """How many rows meet the comparisons."""


class NewRows(Body):
    """Rows to add; columns that are left out are null."""

    rows: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)]


class ChangedRow(Body):
    """Columns of a row to replace."""

    values: dict[str, Any]


class RowIds(Body):
    """Rows by their ids."""

    ids: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=1000)]


class Deleted(BaseModel):
    """What is gone."""

    deleted: int


def _described(row: Any, rows: int | None = None) -> dict[str, Any]:
    return {
        "id": row.id, "project": row.project_id, "name": row.name,
        "columns": [column._asdict() for column in columns_of(row.columns)], "rows": rows,
        "created_at": rfc3339(row.created_at), "updated_at": rfc3339(row.updated_at),
    }  # fmt: skip


def _rows(call: Call) -> TableRows:
    return TableRows(call.web.instance.db, call.object.project_id)


@routes.get("/api/tables", Permission.TABLE_READ, collection, query=TableQuery, answer=DataTables)
async def list_tables(call: Call) -> dict[str, Any]:
    """Data tables of one's projects."""
    rows = await call.web.tables.list_for(call.actor, call.query.project)
    return {"data": [_described(row, row.rows) for row in rows], "next_cursor": None}


@routes.post(
    "/api/tables", Permission.TABLE_EDIT, collection, body=NewTable, answer=DataTable, status=201, refusals=(409,)
)
async def create_table(call: Call) -> dict[str, Any]:
    """Make a data table."""
    project = await call.project(call.body.project)
    columns = [(column.name, column.kind) for column in call.body.columns]
    made = await call.web.tables.create(call.actor, project, call.body.name, columns)
    await call.audit("table.create", made.id, name=made.name)
    return _described(made, 0)


@routes.get("/api/tables/{id}", Permission.TABLE_READ, data_table, answer=DataTable)
async def read_table(call: Call) -> dict[str, Any]:
    """One data table, without its rows."""
    return _described(call.object, await _rows(call).count(call.object.id))


@routes.patch(
    "/api/tables/{id}", Permission.TABLE_EDIT, data_table, body=ChangedTable, answer=DataTable, refusals=(409,)
)
async def change_table(call: Call) -> dict[str, Any]:
    """Rename a data table, or change its columns."""
    columns = call.body.columns
    wanted = None if columns is None else [(column.id, column.name, column.kind) for column in columns]
    row = await call.web.tables.alter(call.object, call.body.name, wanted)
    await call.audit("table.change", row.id, name=row.name)
    return _described(row)


@routes.delete("/api/tables/{id}", Permission.TABLE_EDIT, data_table, status=204)
async def delete_table(call: Call) -> None:
    """Delete a data table with all its rows."""
    await call.web.tables.delete(call.object)
    await call.audit("table.delete", call.object.id, name=call.object.name)


# --- rows --------------------------------------------------------------------------------------------------------


@routes.post("/api/tables/{id}/rows/search", Permission.TABLE_READ, data_table, body=RowsQuery, answer=Rows)
async def search_rows(call: Call) -> dict[str, Any]:
    """Rows of a table that meet all comparisons."""
    asked, rows = call.body, _rows(call)
    where = [(one.column, one.op, one.value) for one in asked.where]
    try:
        found = await rows.rows(
            call.object.id, where, order=asked.order, descending=asked.descending, limit=asked.limit,
            offset=asked.offset,
        )  # fmt: skip
        return {"data": found, "total": await rows.count(call.object.id, where)}
    except NodeError as error:
        raise invalid([Problem(error.field or "where", error.message, "column")]) from None


@routes.post("/api/tables/{id}/rows", Permission.TABLE_EDIT, data_table, body=NewRows, answer=Rows, status=201)
async def add_rows(call: Call) -> dict[str, Any]:
    """Add rows to a table: all, or none."""
    try:
        made = await _rows(call).add(call.object.id, call.body.rows)
    except NodeError as error:
        raise invalid([Problem("rows", error.message, "value")]) from None
    return {"data": made, "total": len(made)}


@routes.patch("/api/tables/{id}/rows/{row}", Permission.TABLE_EDIT, data_table, body=ChangedRow, answer=Rows)
async def change_row(call: Call) -> dict[str, Any]:
    """Change columns of one row; gives it, or nothing where it is gone."""
    try:
        made = await _rows(call).change(call.object.id, [("id", "eq", call.args["row"])], call.body.values)
    except NodeError as error:
        raise invalid([Problem("values", error.message, "value")]) from None
    return {"data": made, "total": len(made)}


@routes.post("/api/tables/{id}/rows/delete", Permission.TABLE_EDIT, data_table, body=RowIds, answer=Deleted)
async def delete_rows(call: Call) -> dict[str, Any]:
    """Delete rows by their ids."""
    return {"deleted": await _rows(call).remove(call.object.id, [("id", "in", call.body.ids)])}


@routes.get("/api/tables/{id}/rows.csv", Permission.TABLE_READ, data_table, media="text/csv")
async def export_rows(call: Call) -> Response:
    """All rows as CSV (RFC 4180), with a heading. Texts that a spreadsheet would take for a formula begin with `'`."""
    names = ["id", *(column.name for column in columns_of(call.object.columns)), "created_at", "updated_at"]
    rows = await _rows(call).rows(call.object.id, limit=MAX_ROWS)
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(names)
    sheet.writerows([[_cell(row[name]) for name in names] for row in rows])
    response = Response(written.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="rows.csv"'
    return response


def _cell(value: JSON) -> JSON:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
