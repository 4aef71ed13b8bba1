"""Rows of spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from a8n import JSON, BatchNode, Choice, Context, Example, Field, HttpClient, Item, Node, NodeError, hint, options
from a8n_google.api import call
from a8n_google.cells import area, cell, headings, letter, same, spreadsheet_path, values_path
from a8n_google.credentials import Account, GoogleCredential

Spreadsheet = Annotated[str, hint(placeholder="id or https://docs.google.com/spreadsheets/d/…")]
Input = Literal["RAW", "USER_ENTERED"]
FOUND: dict[str, JSON] = {"account": {"$credential": "1"}, "spreadsheet": "1AbCdEfGhIjKlMnOp", "sheet": "Orders"}
SHEETS = "mimeType='application/vnd.google-apps.spreadsheet' and trashed=false"


async def spreadsheet_choices(account: GoogleCredential, search: str, http: HttpClient) -> list[Choice]:
    """Spreadsheets by name, the latest first."""
    words = search.replace("\\", "\\\\").replace("'", "\\'")
    query = f"{SHEETS} and name contains '{words}'" if words else SHEETS
    params = [("q", query), ("pageSize", "50"), ("fields", "files(id,name)"), ("orderBy", "modifiedTime desc"),
              ("supportsAllDrives", "true"), ("includeItemsFromAllDrives", "true")]  # fmt: skip
    found = await call(http, account, "GET", "www", "/drive/v3/files", params=params, where="account")
    return [Choice(value=one["id"], label=one["name"]) for one in found.get("files", ())]


async def sheet_choices(account: GoogleCredential, spreadsheet: str, http: HttpClient) -> list[Choice]:
    """The sheets of a spreadsheet."""
    params = [("fields", "sheets.properties.title")]
    path = spreadsheet_path(spreadsheet)
    found = await call(http, account, "GET", "sheets", path, params=params, where="spreadsheet")
    titles = [str(one["properties"]["title"]) for one in found.get("sheets", ())]
    return [Choice(value=title, label=title) for title in titles]


class SheetChoices:
    """Live choices of nodes that work on a sheet."""

    @staticmethod
    @options("spreadsheet")
    async def spreadsheets(account: GoogleCredential, search: str, http: HttpClient) -> list[Choice]:
        """Spreadsheets."""
        return await spreadsheet_choices(account, search, http)

    @staticmethod
    @options("sheet")
    async def sheets(account: GoogleCredential, spreadsheet: str, http: HttpClient) -> list[Choice]:
        """Sheets."""
        return await sheet_choices(account, spreadsheet, http)


class ReadRows(SheetChoices, Node):
    """Read rows of a sheet: one item for each, named by the header row. Numbers stay numbers."""

    key = "google.sheets_read"
    title = "Read rows of a sheet"
    group = "app"
    subtitle = "{sheet}"
    effect = "idempotent"
    examples = (Example("All orders", FOUND, needs=("google.account",)),)

    account: Account = Field(description="Account that reads.")
    spreadsheet: Spreadsheet = Field(min_length=1, description="Spreadsheet: its id or its address.")
    sheet: str = Field(min_length=1, max_length=200, description="Name of the sheet.")
    cells: Annotated[str, hint(placeholder="A1:F or C3:H200")] = Field(
        "", pattern=r"^([A-Za-z]{1,3}\d*(:[A-Za-z]{1,3}\d*)?)?$", description="Part of the sheet; empty for all of it."
    )
    header: bool = Field(True, description="The first row names the columns; without it they are A, B, C ….")
    dates: Literal["text", "number"] = Field(
        "text", description="Dates as they are shown, or as days since 1899-12-30."
    )
    row_numbers: bool = Field(False, description="Add the number of the row in the sheet as `row_number`.")
    most: int = Field(10_000, ge=1, le=1_000_000, description="Rows at most; more are an error.")

    async def run(self, ctx: Context) -> Any:
        """Read them."""
        path = values_path(self.spreadsheet, area(self.sheet, self.cells))
        shown = "FORMATTED_STRING" if self.dates == "text" else "SERIAL_NUMBER"
        params = [("valueRenderOption", "UNFORMATTED_VALUE"), ("dateTimeRenderOption", shown)]
        found = await call(ctx.http, self.account, "GET", "sheets", path, params=params, where="sheet")
        rows = found.get("values") or []
        start = re.search(r"!([A-Z]+)(\d*)", str(found.get("range", "")))
        number = int(start.group(2) or 1) if start else 1
        width = max(map(len, rows), default=0)
        first = _index(start.group(1)) if start else 0
        head = [*rows.pop(0)] if self.header and rows else []
        names = headings([*head, *[""] * (width - len(head))], first)
        if len(rows) > self.most:
            text = f"there are {len(rows):,} rows"
            raise NodeError(text, field="most", hint="name fewer cells, or raise the field", retryable=False)
        items: list[dict[str, JSON]] = []
        for at, row in enumerate(rows, number + bool(self.header)):
            if any(value != "" for value in row):
                filled = [*row, *[""] * (width - len(row))]  # Google leaves out empty cells at the end
                extra = {"row_number": at} if self.row_numbers else {}
                items.append({**dict(zip(names, filled, strict=True)), **extra})
        return items


class _Writes(SheetChoices, BatchNode):
    """What nodes that write rows share."""

    async def _rows(self, ctx: Context, account: Account, spreadsheet: str, sheet: str, cells: str) -> list[Any]:
        params = [("valueRenderOption", "UNFORMATTED_VALUE")]
        path = values_path(spreadsheet, area(sheet, cells))
        found = await call(ctx.http, account, "GET", "sheets", path, params=params, where="sheet")
        return list(found.get("values") or [])


def _columns(row: Sequence[JSON]) -> list[str]:
    """The header row of a sheet that is written to: every name once. Raises NodeError."""
    names = [str(one).strip() for one in row]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise NodeError(f"two columns of the sheet are called {twice[0]!r}", field="sheet", retryable=False)
    return names


def _unknown(columns: Sequence[str], items: Sequence[Item]) -> list[str]:
    known = set(columns)
    return list(dict.fromkeys(name for item in items for name in item.json if name not in known))


def _line(columns: Sequence[str], item: Item) -> list[JSON]:
    """Cells of an item; None where it says nothing, which leaves what is there."""
    return [cell(item.json[name], name) if name and name in item.json else None for name in columns]


def _index(name: str) -> int:
    total = 0
    for mark in name:
        total = total * 26 + ord(mark) - 64
    return total - 1


class AppendRows(_Writes):
    """Append items to a sheet as rows, all in one request. Fields go to the columns of their names in the header row.

    Text stays text: what looks like a formula is not run, unless values are taken as if somebody typed them.
    """

    key = "google.sheets_append"
    title = "Append rows to a sheet"
    group = "app"
    subtitle = "{sheet}"
    examples = (Example("Note an order", FOUND, items=({"id": "A-17", "total": 48},), needs=("google.account",)),)

    account: Account = Field(description="Account that writes.")
    spreadsheet: Spreadsheet = Field(min_length=1, description="Spreadsheet: its id or its address.")
    sheet: str = Field(min_length=1, max_length=200, description="Name of the sheet.")
    missing: Literal["error", "add", "ignore"] = Field(
        "error", description="Fields that no column is named after: an error, a new column, or left out."
    )
    values: Input = Field(
        "RAW", description="RAW stores values as they are; USER_ENTERED runs formulas and reads dates: never for data "
        "of strangers.",
    )  # fmt: skip

    async def run(self, ctx: Context, items: Sequence[Item]) -> Any:
        """Append them; the items go on as they are."""
        if not items:
            return []
        rows = await self._rows(ctx, self.account, self.spreadsheet, self.sheet, "1:1")
        columns = _columns(rows[0] if rows else [])
        unknown = _unknown(columns, items)
        if unknown and self.missing == "error":
            told = "add the column, or choose what becomes of such fields"
            raise NodeError(f"the sheet has no column {unknown[0]!r}", field="missing", hint=told, retryable=False)
        added = unknown if self.missing == "add" else []
        lines = [_line([*columns, *added], item) for item in items]
        if added:
            place = area(self.sheet, f"{letter(len(columns))}1")
            await call(
                ctx.http, self.account, "PUT", "sheets", values_path(self.spreadsheet, place), where="sheet",
                params=[("valueInputOption", "RAW")], json={"values": [added]},
            )  # fmt: skip
        path = values_path(self.spreadsheet, area(self.sheet, "A1")) + ":append"
        params = [("valueInputOption", self.values), ("insertDataOption", "INSERT_ROWS")]
        body = {"majorDimension": "ROWS", "values": lines}
        await call(ctx.http, self.account, "POST", "sheets", path, params=params, json=body, where="sheet")
        return list(items)


class UpdateRows(_Writes):
    """Update the rows of a sheet that have the items' keys, all in one request. Other cells of a row stay."""

    key = "google.sheets_update"
    title = "Update rows of a sheet"
    group = "app"
    subtitle = "{sheet} by {column}"
    effect = "idempotent"
    examples = (
        Example("Mark as paid", {**FOUND, "column": "id"}, items=({"id": "A-17", "paid": True},),
                needs=("google.account",)),
    )  # fmt: skip

    account: Account = Field(description="Account that writes.")
    spreadsheet: Spreadsheet = Field(min_length=1, description="Spreadsheet: its id or its address.")
    sheet: str = Field(min_length=1, max_length=200, description="Name of the sheet.")
    column: str = Field(min_length=1, description="Column, and field of the items, that a row is found by.")
    not_found: Literal["error", "skip"] = Field("error", description="Items whose key no row has.")
    values: Input = Field(
        "RAW", description="RAW stores values as they are; USER_ENTERED runs formulas and reads dates: never for data "
        "of strangers.",
    )  # fmt: skip

    async def run(self, ctx: Context, items: Sequence[Item]) -> Any:
        """Update them; the items that have a row go on."""
        rows = await self._rows(ctx, self.account, self.spreadsheet, self.sheet, "")
        columns = _columns(rows[0] if rows else [])
        if self.column not in columns:
            raise NodeError(f"the sheet has no column {self.column!r}", field="column", retryable=False)
        if unknown := _unknown(columns, items):
            raise NodeError(f"the sheet has no column {unknown[0]!r}", field="sheet", retryable=False)
        at = columns.index(self.column)
        places: dict[str, list[int]] = {}
        for number, row in enumerate(rows[1:], 2):
            if at < len(row) and row[at] != "":
                places.setdefault(same(row[at]), []).append(number)
        data, done = [], []
        for item in items:
            if (number_of := self._place(item, places)) is not None:
                data.append({"range": area(self.sheet, f"A{number_of}"), "values": [_line(columns, item)]})
                done.append(item)
        if data:
            path = f"{spreadsheet_path(self.spreadsheet)}/values:batchUpdate"
            body = {"valueInputOption": self.values, "data": data}
            await call(ctx.http, self.account, "POST", "sheets", path, json=body, where="sheet")
        return done

    def _place(self, item: Item, places: dict[str, list[int]]) -> int | None:
        key = item.json.get(self.column)
        found = places.get(same(key), []) if key not in (None, "") else []
        if len(found) > 1:
            text = f"rows {found[0]} and {found[1]} both have {str(key)[:80]!r}"
            raise NodeError(text, field="column", retryable=False)
        if not found and self.not_found == "error":
            raise NodeError(f"no row has {str(key)[:80]!r} in {self.column!r}", field="not_found", retryable=False)
        return found[0] if found else None
