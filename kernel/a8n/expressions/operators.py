"""What `+ - * / // % **`, comparisons, `~` and slices mean, with a bound on what each can build."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

from a8n.expressions import limits
from a8n.expressions.access import Missing, kind
from a8n.expressions.errors import MissingError, RefusedError
from a8n.expressions.limits import Work, checked_int
from a8n.expressions.moments import moment
from a8n.expressions.result import as_text, refuse_unfinished

BINARY: Final = frozenset({"+", "-", "*", "/", "//", "%", "**"})
UNARY: Final = frozenset({"+", "-"})
_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
_COMPARISON: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
}
_SYMBOL: Final = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}


def binary(work: Work, symbol: str, left: Any, right: Any) -> Any:
    """`left <symbol> right` for numbers, texts, lists, dates and durations."""
    work.charge(1)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return _numbers(symbol, left, right)
    refuse_unfinished(left)
    refuse_unfinished(right)
    if symbol == "-" and (isinstance(left, date) or isinstance(right, date)):
        left, right = _as_moments(work, left, right)
    if isinstance(left, str) or isinstance(right, str):
        return _texts(work, symbol, left, right)
    if symbol == "+" and isinstance(left, list) and isinstance(right, list):
        work.charge(len(left) + len(right))
        return left + right
    if isinstance(left, (date, timedelta)) or isinstance(right, (date, timedelta)):
        return _times(work, symbol, left, right)
    raise _unsuited(symbol, left, right)


def unary(work: Work, symbol: str, value: Any) -> Any:
    """`-value` or `+value` for numbers and durations."""
    work.charge(1)
    refuse_unfinished(value)
    if isinstance(value, (int, float, timedelta)):
        return -value if symbol == "-" else value
    raise RefusedError(f"Cannot put {symbol} before {kind(value)}")


def _numbers(symbol: str, left: Any, right: Any) -> Any:
    try:
        result = _power(left, right) if symbol == "**" else _ARITHMETIC[symbol](left, right)
    except ZeroDivisionError as error:
        raise RefusedError("Division by zero") from error
    except OverflowError as error:
        raise RefusedError("A number here is too large") from error
    return checked_int(result) if isinstance(result, int) else result


def _power(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > 2 * limits.INT_BITS:
        raise OverflowError
    result = left**right
    if isinstance(result, complex):
        raise RefusedError("The root of a negative number is not a number")
    return result


def _texts(work: Work, symbol: str, left: Any, right: Any) -> str:
    if symbol == "+" and isinstance(left, str) and isinstance(right, str):
        return work.text(left + right)
    if symbol == "*":
        text, times = (left, right) if isinstance(left, str) else (right, left)
        if isinstance(times, int) and not isinstance(times, bool):
            work.reserve_text(len(text) * max(times, 0))
            return work.text(text * times)
    hint = "Join texts with ~, as in `a ~ b`." if symbol == "+" else "Make a number of text with `| float` or `| int`."
    raise _unsuited(symbol, left, right, hint)


def _times(work: Work, symbol: str, left: Any, right: Any) -> Any:
    if isinstance(left, date) and not isinstance(left, datetime):
        left = moment(left, work)
    try:
        if symbol in ("+", "-", "*", "/"):
            return _ARITHMETIC[symbol](left, right)
    except (TypeError, OverflowError, ZeroDivisionError, ValueError):
        pass
    raise _unsuited(symbol, left, right, "Dates take durations: `now + duration(days=1)`.")


def _unsuited(symbol: str, left: Any, right: Any, hint: str | None = None) -> RefusedError:
    return RefusedError(f"Cannot use {symbol} between {kind(left)} and {kind(right)}", hint)


def compare(work: Work, left: Any, *rest: Any) -> bool:
    """`compare(a, "lt", b, "lteq", c)` is `a < b <= c`. Dates compare with texts that are dates."""
    for name, right in zip(rest[::2], rest[1::2], strict=True):
        work.charge(1)
        if not _holds(work, name, left, right):
            return False
        left = right
    return True


def _holds(work: Work, name: str, left: Any, right: Any) -> bool:
    if name in _COMPARISON and isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return _COMPARISON[name](left, right)
    refuse_unfinished(left)
    refuse_unfinished(right)
    if name in ("in", "notin"):
        return contains(work, right, left) is (name == "in")
    if isinstance(left, date) != isinstance(right, date) and isinstance(left, (str, date)):
        left, right = _as_moments(work, left, right)
    elif isinstance(left, date):
        left, right = moment(left, work), moment(right, work)
    if name in ("eq", "ne"):
        return equal(work, left, right) is (name == "eq")
    return _ordered(name, left, right)


def _as_moments(work: Work, left: Any, right: Any) -> tuple[Any, Any]:
    if isinstance(left, (str, date)) and isinstance(right, (str, date)):
        return moment(left, work), moment(right, work)
    return left, right


def _ordered(name: str, left: Any, right: Any) -> bool:
    for types in ((int, float), str, datetime, timedelta):
        if isinstance(left, types) and isinstance(right, types):
            return _COMPARISON[name](left, right)
    raise RefusedError(f"Cannot compare {kind(left)} {_SYMBOL[name]} {kind(right)}")


def equal(work: Work, left: Any, right: Any) -> bool:
    """Whether two values are the same JSON; deep, and paid for by what there is to walk."""
    if isinstance(left, (list, dict)) and isinstance(right, (list, dict)):
        work.deep(left)
        work.deep(right)
    return bool(left == right)


def contains(work: Work, container: Any, value: Any) -> bool:
    """`value in container`: part of a text, item of a list, key of an object."""
    if isinstance(container, str):
        if not isinstance(value, str):
            raise RefusedError(f"Cannot look for {kind(value)} in text")
        work.charge((len(container) + len(value)) >> 5)
        return value in container
    if isinstance(container, dict):
        return isinstance(value, str) and value in container
    if isinstance(container, (list, tuple, range)):
        work.deep(value)
        work.deep(container) if isinstance(value, (str, list, dict)) else work.charge(len(container))
        return value in container
    raise RefusedError(f"Cannot look inside {kind(container)}")


def concat(work: Work, *parts: Any) -> str:
    """`a ~ b ~ c`: the parts as text, joined."""
    texts = [as_text(part, work) for part in parts]
    work.reserve_text(sum(map(len, texts)))
    return work.text("".join(texts))


def take(work: Work, value: Any, start: Any, stop: Any, step: Any) -> Any:
    """`value[start:stop:step]` of a text or list."""
    if isinstance(value, Missing):
        raise MissingError(value)
    if not isinstance(value, (str, list, tuple, range)):
        raise RefusedError(f"Cannot take a slice of {kind(value)}")
    if not all(bound is None or isinstance(bound, int) for bound in (start, stop, step)) or step == 0:
        raise RefusedError("The bounds of a slice must be whole numbers, and its step not zero")
    part = value[start:stop:step]
    return work.made(list(part) if isinstance(part, range) else part)


def is_finite(value: Any) -> bool:
    """Whether a constant can be written back into code: not an infinite or giant number."""
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or value.bit_length() <= limits.INT_BITS
