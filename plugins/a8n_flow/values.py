"""How two JSON values compare: the semantics of every condition.

Values compare by type, with three courtesies to data that came as text: text that reads as a number equals that
number, `"true"` and `"false"` equal the booleans, and texts that are both numbers, or both ISO 8601 dates, are
ordered as such. Null has no order: every order with it is false.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from a8n import JSON

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+(\.[0-9]*)?|(\.[0-9]+))([eE][+-]?[0-9]{1,4})?\s*")
_DATE = re.compile(r"\s*[0-9]{4}-?[0-9W]")
_LONGEST_NUMBER = 400
_LONGEST_DATE = 64
_MILLISECONDS_FROM = 10**11
"""Timestamps from here on are milliseconds; as seconds this is the year 5138."""


class IncomparableError(Exception):
    """Two values have no order, or one cannot be used with the operator. `side` is the operand at fault."""

    def __init__(self, message: str, side: str = "left"):
        super().__init__(message)
        self.side = side


def number(text: str) -> int | float | None:
    """The number that a text is, or None. Surrounding blanks are allowed; NaN and infinity are no numbers."""
    if len(text) > _LONGEST_NUMBER:
        return None
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    if match.group(1) is None and match.group(2) is None and match.group(3) is None:
        return int(text)
    found = float(text)
    return found if math.isfinite(found) else None


def equal(left: JSON, right: JSON) -> bool:
    """Whether two values are the same JSON, with the courtesies to text that this module names."""
    if type(left) is type(right):
        return bool(left == right)
    if isinstance(left, str):
        return _text_equals(left, right)
    if isinstance(right, str):
        return _text_equals(right, left)
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    return bool(left == right)


def _text_equals(text: str, other: JSON) -> bool:
    if isinstance(other, bool):
        return text.strip().lower() == ("true" if other else "false")
    if isinstance(other, int | float):
        found = number(text)
        return found is not None and found == other
    return False


def order(left: JSON, right: JSON, zone: str) -> int | None:
    """-1, 0 or 1 as `left` is below, at or above `right`; None where one is null.

    Numbers by value, texts that are both dates by time, other texts by code point. Raises IncomparableError for
    booleans, lists and objects, and for a number with a text that is none.
    """
    if left is None or right is None:
        return None
    if _is_number(left) and _is_number(right):
        return _sign(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return _order_texts(left, right, zone)
    if _is_number(left) and isinstance(right, str):
        return _sign(left, _needed(right, left, "right"))
    if isinstance(left, str) and _is_number(right):
        return _sign(_needed(left, right, "left"), right)
    side = "left" if not isinstance(left, str) and not _is_number(left) else "right"
    raise IncomparableError(f"{shown(left)} and {shown(right)} have no order", side)


def _order_texts(left: str, right: str, zone: str) -> int:
    a, b = number(left), number(right)
    if a is not None and b is not None:
        return _sign(a, b)
    if _DATE.match(left) and _DATE.match(right):
        try:
            return _sign(moment(left, zone), moment(right, zone))
        except IncomparableError:
            pass
    return _sign(left, right)


def _needed(text: str, beside: JSON, side: str) -> int | float:
    found = number(text)
    if found is None:
        raise IncomparableError(f"{shown(text)} is not a number, so it has no order with {shown(beside)}", side)
    return found


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _sign(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


def moment(value: JSON, zone: str, side: str = "left") -> datetime:
    """A date as a zone-aware datetime: ISO 8601 text (in `zone` where it names none) or a Unix timestamp.

    Timestamps are seconds, or milliseconds from 10**11 on. Raises IncomparableError for anything else.
    """
    try:
        if isinstance(value, str) and len(value) <= _LONGEST_DATE:
            found = datetime.fromisoformat(value.strip())
            return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
        if _is_number(value):
            seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
            return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise IncomparableError(f"{shown(value)} is not a date; write dates like 2026-01-31 or 2026-01-31T12:00Z", side)


def as_text(value: JSON, side: str) -> str:
    """Text, or a number or boolean as text. Raises IncomparableError for lists and objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise IncomparableError(f"{shown(value)} is not text", side)


def shown(value: JSON) -> str:
    """A value as it reads in an error message, cut at 60 characters."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 60 else text[:59] + "…"
