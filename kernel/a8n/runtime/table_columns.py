"""Columns of data tables: what they are called, what they hold, and what a value has to be."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import ColumnElement

from a8n.errors import InvalidError, NodeError, Problem
from a8n.items import JSON
from a8n.runtime.schema import data_rows

Kind = Literal["text", "number", "boolean", "time", "json"]
KINDS: tuple[Kind, ...] = ("text", "number", "boolean", "time", "json")
NAME = re.compile(r"[^\W\d][\w -]{0,62}")
RESERVED = frozenset({"id", "created_at", "updated_at"})
"""What every row has besides its columns."""
MAX_COLUMNS = 50
MAX_ROW = 64 * 2**10
"""Bytes of a row as JSON."""
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


class TableColumn(NamedTuple):
    """A column. Rows hold their values by its id, so that a column is renamed without touching them."""

    id: str
    name: str
    kind: Kind

    @property
    def value(self) -> ColumnElement[Any]:
        """The value of a row, for conditions and order."""
        entry: Any = data_rows.c.data[self.id]
        value: ColumnElement[Any]
        if self.kind == "number":
            value = entry.as_float()
        else:
            value = entry.as_boolean() if self.kind == "boolean" else entry.as_string()
        return value


def columns_of(data: bytes) -> list[TableColumn]:
    """The columns of a table as they are stored."""
    return [TableColumn(**one) for one in orjson.loads(data)]


def stored_columns(columns: Sequence[TableColumn]) -> bytes:
    """The columns as they are stored. Raises InvalidError that names the one at fault."""
    problems = []
    names: set[str] = set()
    if len(columns) > MAX_COLUMNS:
        problems.append(Problem("columns", f"a table has {MAX_COLUMNS} columns at most", "too_many"))
    for index, column in enumerate(columns):
        path = f"columns.{index}.name"
        if not NAME.fullmatch(column.name):
            text = "a column's name begins with a letter and has 63 letters, digits, blanks, _ or - at most"
            problems.append(Problem(path, text, "name"))
        elif column.name.lower() in RESERVED | names:
            problems.append(Problem(path, f"there is a column {column.name!r} already", "taken"))
        names.add(column.name.lower())
    if problems:
        raise InvalidError(problems)
    return orjson.dumps([column._asdict() for column in columns])


def packed_row(columns: Sequence[TableColumn], row: Mapping[str, JSON], *, whole: bool = True) -> dict[str, JSON]:
    """A row's values by the ids of their columns; with `whole` those that are not given are null.

    Raises NodeError for a column that there is not, and a value that is not of its kind.
    """
    known = {column.name: column for column in columns}
    packed: dict[str, JSON] = {column.id: None for column in columns} if whole else {}
    for name, value in row.items():
        if name in RESERVED:
            continue
        if name not in known:
            has = ", ".join(known) or "none"
            raise NodeError(
                f"the table has no column {str(name)[:100]!r}; it has {has}", field="table", retryable=False
            )
        packed[known[name].id] = fitting(known[name], value)
    try:
        size = len(json.dumps(packed, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise NodeError(f"a row is no JSON: {error}", retryable=False) from None
    if size > MAX_ROW:
        raise NodeError(f"a row has {size:,} bytes; {MAX_ROW:,} are the most", retryable=False)
    return packed


def fitting(column: TableColumn, value: JSON) -> JSON:
    """The value as the column keeps it. Raises NodeError."""
    if value is None or column.kind == "json":
        return value
    made = _READERS[column.kind](value)
    if made is None:
        shown = json.dumps(value, ensure_ascii=False, default=str)[:80]
        raise NodeError(f"{shown} does not go into the column {column.name!r}, which holds {WORDS[column.kind]}",
                        retryable=False)  # fmt: skip
    return made


WORDS: Mapping[str, str] = {
    "text": "text", "number": "numbers", "boolean": "true or false", "time": "times such as 2026-05-01T09:00:00Z",
}  # fmt: skip


def _text(value: JSON) -> JSON:
    if isinstance(value, bool | dict | list):
        return None
    return str(value).replace("\0", "")


def _number(value: JSON) -> JSON:
    if isinstance(value, str) and len(value) <= 40 and NUMBER.fullmatch(value.strip()):
        value = float(value) if not value.strip().lstrip("+-").isdigit() else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value if abs(value) < 2**63 else None


def _boolean(value: JSON) -> JSON:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _time(value: JSON) -> JSON:
    """In UTC to the millisecond, so that times stand in order as text."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except OverflowError:
        return None


_READERS = {"text": _text, "number": _number, "boolean": _boolean, "time": _time}
