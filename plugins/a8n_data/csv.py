"""CSV (RFC 4180 and its many dialects)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from a8n import JSON, NodeError
from a8n_data.ordering import as_text

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

_LONGEST_CELL = 16 * 2**20
_SAMPLE = 64 * 1024
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![0-9 ().,/-]*$)")
"""How a cell begins that a spreadsheet would run as a formula; signed numbers and phone numbers are none."""


def cells(text: str, delimiter: str, field: str) -> Iterator[list[str]]:
    """The rows of CSV text. `delimiter` is a name of `DELIMITERS`, or `auto`. Raises NodeError with the line."""
    sign = _delimiter(text) if delimiter == "auto" else DELIMITERS[delimiter]
    if csv.field_size_limit() < _LONGEST_CELL:
        csv.field_size_limit(_LONGEST_CELL)  # of the process: its default of 128 KiB is less than a mail can have
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    try:
        yield from reader
    except csv.Error as error:
        raise NodeError(
            f"the CSV cannot be read: {error} in line {reader.line_num}", field=field, retryable=False
        ) from None


def _delimiter(text: str) -> str:
    """The delimiter that divides the first rows most evenly; the comma where nothing tells."""
    sample = text[:_SAMPLE]
    best, best_score = ",", (0.0, 0)
    for sign in DELIMITERS.values():
        try:
            rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=sign) if row][:50]
        except csv.Error:
            continue
        widths = [len(row) for row in (rows[:-1] if len(sample) < len(text) and len(rows) > 1 else rows)]
        if not widths or widths[0] < 2:
            continue
        score = (widths.count(widths[0]) / len(widths), widths[0])
        if score > best_score:
            best, best_score = sign, score
    return best


def text_of(names: Sequence[str], objects: Sequence[dict[str, JSON]], delimiter: str, header: bool, safe: bool) -> str:
    """CSV text, lines ended by CR LF. With `safe`, cells that would be formulas get an apostrophe before them."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=DELIMITERS[delimiter])
    guard = _guarded if safe else as_text
    if header:
        writer.writerow([guard(name) for name in names])
    for entry in objects:
        writer.writerow([guard(entry.get(name)) for name in names])
    return buffer.getvalue()


def _guarded(value: JSON) -> str:
    text = as_text(value)
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text
