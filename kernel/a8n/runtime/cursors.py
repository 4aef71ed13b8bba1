"""Pages of lists: an opaque cursor that says after which row to go on, by the values the list is sorted by."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, Select, tuple_

from a8n.errors import InvalidError, Problem

MAX_LIMIT = 250

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list, and the cursor for those that follow; None at the end."""

    rows: Sequence[T]
    next_cursor: str | None


def encode(values: Sequence[str | int]) -> str:
    """A cursor that goes on after the row with these sort values."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> list[Any]:
    """The sort values of a cursor. Raises InvalidError for a text that is no cursor of this list."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        values = None
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds):
        raise InvalidError([Problem("cursor", "this is no cursor of this list; start without one", "cursor")])
    return values


def after(
    query: Select[Any], columns: Sequence[ColumnElement[Any]], cursor: str | None, kinds: Sequence[type], *,
    ascending: bool = False,
) -> Any:  # fmt: skip
    """The query, latest first by these columns, or the other way round, from a cursor on."""
    if cursor is not None:
        row, last = tuple_(*columns), tuple_(*decode(cursor, *kinds))
        query = query.where(row > last if ascending else row < last)
    return query.order_by(*(column.asc() if ascending else column.desc() for column in columns))


def page(rows: Sequence[T], limit: int, values: Callable[[T], Sequence[str | int]]) -> Page[T]:
    """A page of at most `limit` rows out of a query that asked for one more."""
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, encode(values(rows[-1])) if more else None)
