"""Excel workbooks (.xlsx), read as a stream and with a bound on what they unpack to."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from a8n import JSON, NodeError
from a8n_data.ordering import as_text

LARGEST = 256 * 2**20
"""Bytes that the parts of a workbook may unpack to. Python's reader stops at the size that each part claims."""
RATIO = 200
FREE = 16 * 2**20
MOST_CELLS = 5_000_000
_LONGEST_CELL = 32_767
_LONGEST_TITLE = 31


def cells(data: bytes, sheet: str, field: str) -> Iterator[list[JSON]]:
    """The rows of a sheet by its name, or of the first one. Formulas give their last result, dates ISO 8601 text.

    Raises NodeError for what is no workbook, a sheet that is not there, and a workbook that is too large.
    """
    import openpyxl

    _check_size(data, field)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # whatever a broken archive or broken XML inside it makes the reader raise
        raise _unfit(f"this is no workbook that can be read: {error}", field) from None
    try:
        if sheet and sheet not in book.sheetnames:
            known = ", ".join(book.sheetnames[:20])
            raise NodeError(f"there is no sheet {sheet!r}; there are {known}", field="format.sheet", retryable=False)
        page: Any = book[sheet] if sheet else next(iter(book.worksheets), None)
        if page is None:
            raise _unfit("the workbook has no sheet with cells", field)
        yield from _values(page, field)
    finally:
        book.close()


def _values(page: Any, field: str) -> Iterator[list[JSON]]:
    page.reset_dimensions()  # what the file says of its size is a claim, and often wrong
    left = MOST_CELLS
    rows = page.iter_rows(values_only=True)
    while True:
        try:
            row = next(rows, None)
        except Exception as error:
            raise _unfit(f"the sheet cannot be read: {error}", field) from None
        if row is None:
            return
        left -= len(row)
        if left < 0:
            raise _unfit(f"the sheet has more than {MOST_CELLS:,} cells", field)
        yield [_plain(value) for value in row]


def _plain(value: Any) -> JSON:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value if isinstance(value, str | int | float) or value is None else str(value)


def _check_size(data: bytes, field: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _unfit(f"this is no .xlsx workbook: {error}", field) from None
    size = sum(member.file_size for member in members)
    if len(members) > 10_000 or size > min(LARGEST, max(FREE, len(data) * RATIO)):
        raise _unfit(f"the workbook unpacks to too much ({size:,} bytes)", field)


def book_of(names: Sequence[str], objects: Sequence[dict[str, JSON]], title: str, header: bool) -> bytes:
    """A workbook with one sheet. Text is written as text and can never become a formula."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    page: Any = book.create_sheet(_title(title))

    def cell(value: JSON) -> Any:
        if isinstance(value, bool | int | float) and _fits(value):
            return value
        if value is None:
            return None
        made = WriteOnlyCell(page, _text(value))
        made.data_type = "s"
        return made

    if header:
        page.append([cell(name) for name in names])
    for entry in objects:
        page.append([cell(entry.get(name)) for name in names])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _fits(value: float) -> bool:
    """Whether a spreadsheet, which computes with floats, shows the number as it is."""
    return isinstance(value, float) or abs(value) < 10**15


def _text(value: JSON) -> str:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return str(ILLEGAL_CHARACTERS_RE.sub("", as_text(value)))[:_LONGEST_CELL]


def _title(title: str) -> str:
    kept = "".join("_" if letter in "[]:*?/\\" else letter for letter in title).strip("' ")
    return kept[:_LONGEST_TITLE] or "Sheet"


def _unfit(message: str, field: str) -> NodeError:
    return NodeError(message, field=field, retryable=False)
