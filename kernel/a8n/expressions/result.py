"""From the values inside an evaluation to what leaves it: JSON, or text."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from a8n.expressions import limits
from a8n.expressions.access import Bound, Method, Missing, kind
from a8n.expressions.errors import MissingError, RefusedError
from a8n.expressions.limits import Work, checked_int

if TYPE_CHECKING:
    from a8n.items import JSON

PLAIN: Final = frozenset({str, bool, type(None)})
"""Types that leave as they are, without a look at the value."""
_SMALL: Final = 2**63


def finish(value: Any) -> JSON:
    """`value` as plain JSON: dates as ISO 8601 text, durations as seconds, tuples and ranges as lists.

    Raises RefusedError for what is not data, for NaN and infinity, and for results that are too large;
    MissingError for something missing.
    """
    if (type(value) is str and value.isascii()) or (type(value) is int and -_SMALL < value < _SMALL):
        return value
    return _Finisher().value(value, 0)


class _Finisher:
    """Rebuilds one result, counting its parts so that shared parts cannot multiply."""

    __slots__ = ("text_left", "values_left")

    def __init__(self) -> None:
        self.values_left = limits.RESULT_VALUES
        self.text_left = limits.RESULT_TEXT

    def value(self, value: Any, depth: int) -> JSON:
        self.values_left -= 1
        if self.values_left < 0 or depth > limits.RESULT_DEPTH:
            raise RefusedError("The result is too large, or nested too deeply")
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, (list, tuple, range)):
            return [self.value(part, depth + 1) for part in value]
        if isinstance(value, dict):
            return {self.key(key): self.value(part, depth + 1) for key, part in value.items()}
        return scalar(value)

    def text(self, value: str) -> str:
        self.text_left -= len(value)
        if self.text_left < 0:
            raise RefusedError("The result has too much text")
        if not value.isascii():
            _refuse_surrogates(value)
        return value

    def key(self, key: Any) -> str:
        if not isinstance(key, str):
            raise RefusedError(f"The key of an object must be text, not {kind(key)}", 'Write it in quotes: "1".')
        return self.text(key)


def scalar(value: Any) -> JSON:
    """A number, date or duration as JSON; refuses everything that is not data."""
    if isinstance(value, int):
        return checked_int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise RefusedError("The result is not a finite number, which JSON cannot hold")
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    refuse_unfinished(value)
    raise RefusedError(f"The result is {kind(value)}, which is not data", "Ask for one of its fields.")


def refuse_unfinished(value: Any) -> None:
    """Raise for a missing value and for a method that nobody called."""
    if isinstance(value, Missing):
        raise MissingError(value)
    if isinstance(value, (Method, Bound)):
        name = value.filter if isinstance(value, Method) else value.function.__name__
        raise RefusedError(f"{name!r} is a method here, and there is no key of that name", "Call it with ().")


def as_text(value: Any, work: Work) -> str:
    """`value` as it reads inside text: null is empty, true and false in small letters, lists and objects as
    JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, dict, range)):
        return to_json(value, work)
    return str(scalar(value))


def to_json(value: Any, work: Work, indent: int | None = None) -> str:
    """`value` as JSON text: compact, or with `indent` spaces per level."""
    work.deep(value)
    separators = (",", ":") if indent is None else None
    return work.text(json.dumps(finish(value), ensure_ascii=False, indent=indent, separators=separators))


def _refuse_surrogates(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise RefusedError("The result has half of a surrogate pair, which is not text") from error
