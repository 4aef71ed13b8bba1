"""Cells of a sheet: their names, and how values become cells and cells objects."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from urllib.parse import quote

from a8n import JSON, NodeError

MAX_CELL = 50_000
"""Characters of a cell, which Google sets."""
ID = re.compile(r"[A-Za-z0-9_-]{10,200}")
IN_URL = re.compile(r"^https://docs\.google\.com/(?:a/[^/]+/)?spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]{10,200})")


def spreadsheet_path(text: str) -> str:
    """The path of a spreadsheet, which is given by its id or its address. Raises NodeError."""
    text = text.strip()
    found = IN_URL.match(text)
    if not found and not ID.fullmatch(text):
        raise NodeError("this is no spreadsheet: give its id or its address", field="spreadsheet", retryable=False)
    return f"/v4/spreadsheets/{found.group(1) if found else text}"


def area(sheet: str, cells: str = "") -> str:
    """A range in A1 notation. The sheet is quoted, so that none is taken for a cell."""
    quoted = "'" + sheet.replace("'", "''") + "'"
    return f"{quoted}!{cells}" if cells else quoted


def values_path(spreadsheet: str, a1: str) -> str:
    """The path of a range's values."""
    return f"{spreadsheet_path(spreadsheet)}/values/{quote(a1, safe='')}"


def letter(index: int) -> str:
    """The name of a column by its index from 0: A, Z, AA."""
    name, index = "", index + 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def headings(row: Sequence[JSON], first: int = 0) -> list[str]:
    """Names of the columns, each once: empty ones by their letter, a second `id` as `id_2`."""
    names: list[str] = []
    for index, cell in enumerate(row):
        name = base = str(cell).strip() or letter(first + index)
        number = 1
        while name in names:
            number += 1
            name = f"{base}_{number}"
        names.append(name)
    return names


def cell(value: JSON, name: str) -> JSON:
    """A value as Google takes it for a cell; objects and lists as JSON. Raises NodeError."""
    if value is None:
        return ""
    if isinstance(value, float) and not math.isfinite(value):
        raise NodeError(f"column {name!r}: {value} is no number that a cell can hold", retryable=False)
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and len(value) > MAX_CELL:
        raise NodeError(f"column {name!r} has {len(value):,} characters; {MAX_CELL:,} are the most", retryable=False)
    return value


def same(value: JSON) -> str:
    """What cells are compared by: 5, 5.0 and "5" are the same key."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
