"""From a file to items: Read file."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from a8n import JSON, Context, Example, Field, FileName, Node, NodeError, Parameters, Result, hint
from a8n_data import csv, json_text, rows, xlsx
from a8n_data.attached import attached
from a8n_data.decoding import Encoding, decoded
from a8n_data.ordering import as_number
from a8n_data.paths import MISSING, get, put

Rows = Annotated[int, hint(advanced=True)]
"""A number of rows."""


class FromCsv(Parameters):
    """Rows of a CSV file."""

    of: Literal["csv"]
    """Which kind of file this is."""
    delimiter: Literal["auto", "comma", "semicolon", "tab", "pipe"] = "auto"
    """What stands between two cells; `auto` finds out from the first rows."""
    encoding: Encoding | Literal["auto"] = "auto"
    """How the file is encoded; `auto` goes by its first bytes, then tries UTF-8, then takes Windows-1252."""
    header: bool = True
    """The first row names the columns. Otherwise they are `column_1`, `column_2` and so on."""
    numbers: bool = False
    """Make numbers of cells that read as one, such as `7` or `1.5`, but not of `007`."""
    skip: Rows = Field(default=0, ge=0, le=1_000_000)
    """Rows to pass over at the top."""

    def read(self, data: bytes, most: int) -> list[dict[str, JSON]]:
        """An object for each row."""
        lines = csv.cells(decoded(data, self.encoding, "format.encoding"), self.delimiter, "file")
        found = rows.objects(lines, header=self.header, skip=self.skip, most=most, blank="", field="most")
        if not self.numbers:
            return list(found)
        return [{name: _number(cell) for name, cell in row.items()} for row in found]


class FromXlsx(Parameters):
    """Rows of a sheet of an Excel workbook (.xlsx)."""

    of: Literal["xlsx"]
    """Which kind of file this is."""
    sheet: str = Field(default="", max_length=100)
    """Name of the sheet; empty for the first one."""
    header: bool = True
    """The first row names the columns. Otherwise they are `column_1`, `column_2` and so on."""
    skip: Rows = Field(default=0, ge=0, le=1_000_000)
    """Rows to pass over at the top."""

    def read(self, data: bytes, most: int) -> list[dict[str, JSON]]:
        """An object for each row. Dates are ISO 8601 text, formulas their last result."""
        cells = xlsx.cells(data, self.sheet, "file")
        return list(rows.objects(cells, header=self.header, skip=self.skip, most=most, blank=None, field="most"))


class FromJson(Parameters):
    """The data in a JSON file."""

    of: Literal["json"]
    """Which kind of file this is."""
    lines: bool = False
    """The file has one JSON value on each line (JSON Lines)."""
    path: str = Field(default="", max_length=500)
    """Where in the data the list is, as a dotted name; empty for the data itself."""

    def read(self, data: bytes, most: int) -> list[dict[str, JSON]]:
        """An object for each entry of a list, or one for all; what is no object stands under `value`."""
        text = decoded(data, "auto", "file")
        if self.lines:
            lines = [line for line in text.splitlines() if line.strip()]
            _check_count(len(lines), most)
            entries = [json_text.parse(line, "file") for line in lines]
        else:
            value = self._part(json_text.parse(text, "file"))
            entries = value if isinstance(value, list) else [value]
            _check_count(len(entries), most)
        return [entry if isinstance(entry, dict) else {"value": entry} for entry in entries]

    def _part(self, value: JSON) -> JSON:
        if not self.path:
            return value
        found = get(value, self.path) if isinstance(value, dict) else MISSING
        if found is MISSING:
            raise NodeError(f"there is no {self.path!r} in the file", field="format.path", retryable=False)
        return found


class FromText(Parameters):
    """The text of a file."""

    of: Literal["text"]
    """Which kind of file this is."""
    encoding: Encoding | Literal["auto"] = "auto"
    """How the file is encoded; `auto` goes by its first bytes, then tries UTF-8, then takes Windows-1252."""
    destination: str = Field(default="text", min_length=1, max_length=500)
    """Name of the field for the text; dots reach inside."""
    lines: bool = False
    """Make an item of each line."""

    def read(self, data: bytes, most: int) -> list[dict[str, JSON]]:
        """The text, whole or by lines."""
        text = decoded(data, self.encoding, "format.encoding")
        texts = text.splitlines() if self.lines else [text]
        _check_count(len(texts), most)
        made: list[dict[str, JSON]] = []
        for part in texts:
            entry: dict[str, JSON] = {}
            put(entry, self.destination, part)
            made.append(entry)
        return made


class ReadFile(Node):
    """Read a file of an item: the rows of CSV and Excel files, the data in JSON files, or plain text.

    Gives an item for each row or entry. Cells of CSV are text unless numbers are asked for; Excel's keep their type.
    Empty rows are passed over, columns without a name are numbered, and repeated names get `_2`.
    """

    key = "data.from_file"
    icon = "file-input"
    title = "Read file"
    effect = "pure"
    group = "files"
    subtitle = "{format.of}"
    examples = (
        Example(
            "The rows of a CSV file",
            {"file": "orders", "format": {"of": "csv", "numbers": True}},
            needs=("files",),
        ),
        Example("One sheet of a workbook", {"format": {"of": "xlsx", "sheet": "2026"}}, needs=("files",)),
    )

    file: FileName = Field(default="file", min_length=1, max_length=200)
    """Name of the file on the item."""
    format: Annotated[FromCsv | FromXlsx | FromJson | FromText, Field(discriminator="of")] = Field(
        default_factory=lambda: FromCsv(of="csv")
    )
    """What kind of file it is."""
    include: Literal["none", "fields"] = "none"
    """Give each new item the fields of the one that the file was on. What is in the file wins over them."""
    most: Annotated[int, hint(advanced=True)] = Field(default=100_000, ge=1, le=1_000_000)
    """How many items a file may give; more is an error."""

    async def run(self, ctx: Context) -> Result:
        """Make the items. Parsing is work for a thread of its own."""
        data = await ctx.files.read(attached(ctx.item, self.file, "file"))
        found = await asyncio.to_thread(self.format.read, data, self.most)
        return [{**ctx.item.json, **entry} for entry in found] if self.include == "fields" else found


def _number(cell: JSON) -> JSON:
    if not isinstance(cell, str) or not cell:
        return cell
    digits = cell.strip().lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        return cell
    found = as_number(cell)
    return cell if found is None else found


def _check_count(count: int, most: int) -> None:
    if count > most:
        raise NodeError(f"the file gives {count:,} items, more than {most:,}", field="most", retryable=False)
