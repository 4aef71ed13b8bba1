"""From items to a file: Write file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from a8n import JSON, BatchNode, Context, Example, Field, FileName, FileRef, Item, Parameters, Result, hint
from a8n_data import csv, rows, xlsx
from a8n_data.decoding import Encoding, encoded
from a8n_data.ordering import as_text
from a8n_data.paths import MISSING, get

Objects = Sequence[dict[str, JSON]]


class ToCsv(Parameters):
    """A CSV file with a row for each item."""

    of: Literal["csv"]
    """Which kind of file this is."""
    columns: list[str] = Field(default_factory=lambda: [], max_length=rows.MOST_COLUMNS)
    """Fields to write, in this order; empty writes all, in the order in which they first appear."""
    delimiter: Literal["comma", "semicolon", "tab", "pipe"] = "comma"
    """What stands between two cells."""
    encoding: Encoding = "utf-8"
    """How the file is encoded."""
    mark: bool = False
    """Begin with a byte order mark, by which Excel recognises UTF-8."""
    header: bool = True
    """Begin with a row of names."""
    safe: bool = True
    """Put an apostrophe before text that a spreadsheet would run as a formula (`=…`, `@…`), as visitors may have
    written it. Turn it off where a program reads the file and needs the text as it is."""

    def write(self, objects: Objects) -> tuple[bytes, str, str]:
        """The bytes, the usual ending of the name, and the MIME type."""
        names = self.columns or rows.columns_of(objects)
        text = csv.text_of(names, objects, self.delimiter, self.header, self.safe)
        marked = f"\ufeff{text}" if self.mark and self.encoding == "utf-8" else text
        return encoded(marked, self.encoding, "format.encoding"), ".csv", "text/csv"


class ToXlsx(Parameters):
    """An Excel workbook with a row for each item. Text is never a formula in it."""

    of: Literal["xlsx"]
    """Which kind of file this is."""
    columns: list[str] = Field(default_factory=lambda: [], max_length=rows.MOST_COLUMNS)
    """Fields to write, in this order; empty writes all, in the order in which they first appear."""
    sheet: str = Field(default="Sheet", min_length=1, max_length=100)
    """Name of the sheet."""
    header: bool = True
    """Begin with a row of names."""

    def write(self, objects: Objects) -> tuple[bytes, str, str]:
        """The bytes, the usual ending of the name, and the MIME type."""
        data = xlsx.book_of(self.columns or rows.columns_of(objects), objects, self.sheet, self.header)
        return data, ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ToJson(Parameters):
    """A JSON file with a list of the items."""

    of: Literal["json"]
    """Which kind of file this is."""
    lines: bool = False
    """Write one item on each line (JSON Lines), instead of a list."""
    indent: int = Field(default=0, ge=0, le=8)
    """Spaces for each level; 0 writes everything on one line."""

    def write(self, objects: Objects) -> tuple[bytes, str, str]:
        """The bytes, the usual ending of the name, and the MIME type."""
        if self.lines:
            text = "".join(f"{_json(entry)}\n" for entry in objects)
            return encoded(text, "utf-8", "format"), ".jsonl", "application/jsonl"
        text = _json(list(objects), self.indent or None)
        return encoded(text, "utf-8", "format"), ".json", "application/json"


class ToText(Parameters):
    """A text file of one field of the items."""

    of: Literal["text"]
    """Which kind of file this is."""
    field: str = Field(default="text", min_length=1, max_length=500)
    """Name of the field; dots reach inside. Lists and objects are written as JSON."""
    separator: str = Field(default="\n", max_length=100)
    """What stands between the texts of two items."""
    encoding: Encoding = "utf-8"
    """How the file is encoded."""

    def write(self, objects: Objects) -> tuple[bytes, str, str]:
        """The bytes, the usual ending of the name, and the MIME type."""
        values = (get(entry, self.field) for entry in objects)
        text = self.separator.join(as_text(None if value is MISSING else value) for value in values)
        return encoded(text, self.encoding, "format.encoding"), ".txt", "text/plain"


class WriteFile(BatchNode):
    """Write items to a file: as CSV, as an Excel workbook, as JSON or as text.

    Gives one item with the file, or one for each item. In tables, lists and objects are written as JSON.
    """

    key = "data.to_file"
    icon = "file-output"
    title = "Write file"
    effect = "idempotent"
    group = "files"
    subtitle = "{format.of}"
    examples = (
        Example(
            "A table of all items",
            {"format": {"of": "csv"}, "name": "orders"},
            ({"id": 1, "total": 9.5}, {"id": 2, "note": "late"}),
            {"main": [{"name": "orders.csv", "size": 32, "items": 2}]},
        ),
        Example(
            "A workbook",
            {"format": {"of": "xlsx", "sheet": "Orders"}, "name": "orders"},
            ({"id": 1, "total": 9.5},),
        ),
    )

    format: Annotated[ToCsv | ToXlsx | ToJson | ToText, Field(discriminator="of")] = Field(
        default_factory=lambda: ToCsv(of="csv")
    )
    """What kind of file to write."""
    name: Annotated[str, hint(placeholder="report.csv")] = Field(default="data", min_length=1, max_length=200)
    """File name. Without an ending it gets the usual one."""
    destination: FileName = Field(default="file", min_length=1, max_length=200)
    """Name of the file on the item."""
    one_for: Literal["all", "each"] = "all"
    """One file with all items, or a file for each item, which then keeps its fields."""

    async def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Make the files."""
        if self.one_for == "all":
            made = await self._file([item.json for item in items], ctx)
            json: dict[str, Any] = {"name": made.name, "size": made.size, "items": len(items)}
            return Item(json, {self.destination: made}, tuple(range(len(items))))
        return [
            Item(item.json, {**(item.files or {}), self.destination: await self._file([item.json], ctx)}, i)
            for i, item in enumerate(items)
        ]

    async def _file(self, objects: Objects, ctx: Context) -> FileRef:
        data, ending, mime = await asyncio.to_thread(self.format.write, objects)
        name = self.name if "." in self.name.strip(".") else f"{self.name}{ending}"
        return await ctx.files.save(data, name, mime)


def _json(value: JSON, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=None if indent else (",", ":"))
