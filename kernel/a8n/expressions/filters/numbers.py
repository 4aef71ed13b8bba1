"""Filters for numbers, and from other things to numbers."""

from __future__ import annotations

import math
from typing import Any, Final

from a8n.expressions.errors import RefusedError
from a8n.expressions.filters.entry import Group
from a8n.expressions.limits import checked_int

GROUP: Final = Group("Numbers")
_LONGEST: Final = 400


@GROUP.add
def int_(value: Any, default: Any = None) -> Any:
    """A whole number of text or of a number, cutting off decimals; `default` where that is not possible.

    >>> "42" | int
    42
    """
    try:
        return checked_int(value if isinstance(value, int) and not isinstance(value, bool) else _whole(value))
    except (ValueError, OverflowError, TypeError) as error:
        return _otherwise(value, default, error)


@GROUP.add
def float_(value: Any, default: Any = None) -> Any:
    """A number of text; `default` where that is not possible.

    >>> "3.5" | float
    3.5
    """
    try:
        number = float(_digits(value))
        if not math.isfinite(number):
            raise ValueError
        return number
    except (ValueError, OverflowError, TypeError) as error:
        return _otherwise(value, default, error)


@GROUP.add
def round_(value: float, decimals: int = 0) -> Any:
    """Rounded half away from zero to `decimals`; a whole number if `decimals` is 0.

    >>> 2.345 | round(2)
    2.35
    """
    from decimal import ROUND_HALF_UP, Decimal

    if isinstance(value, int) and decimals >= 0:
        return value
    if abs(value) >= 2**53 or not -15 <= decimals <= 15:
        return value
    # Through the shortest text of the number, so that 2.345 is what it says and not 2.34499999.
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return float(rounded) if decimals > 0 else int(rounded)


@GROUP.add
def abs_(value: float) -> float:
    """Without its sign.

    >>> -3 | abs
    3
    """
    return abs(value)


@GROUP.add
def floor(value: float) -> int:
    """The whole number at or below.

    >>> 2.7 | floor
    2
    """
    return math.floor(value)


@GROUP.add
def ceil(value: float) -> int:
    """The whole number at or above.

    >>> 2.1 | ceil
    3
    """
    return math.ceil(value)


@GROUP.add
def format_number(value: float, decimals: int = 0, thousands: str = ",", point: str = ".") -> str:
    """For people: with `decimals`, groups of three digits and signs of your choice.

    >>> 1234567.891 | format_number(2)
    "1,234,567.89"
    >>> 1234.5 | format_number(2, ".", ",")
    "1.234,50"
    """
    text = f"{value:,.{_decimals(decimals)}f}"
    return text.translate({ord(","): thousands, ord("."): point})


@GROUP.add
def percent(value: float, decimals: int = 0) -> str:
    """A share as a percentage.

    >>> 0.256 | percent(1)
    "25.6%"
    """
    return f"{value * 100:.{_decimals(decimals)}f}%"


@GROUP.add
def clamp(value: float, low: float, high: float) -> float:
    """Within the bounds `low` and `high`.

    >>> 120 | clamp(0, 100)
    100
    """
    return min(max(value, low), high)


def _whole(value: Any) -> int:
    text = _digits(value)
    try:
        return int(text)
    except ValueError:
        return int(float(text))


def _digits(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST:
        raise ValueError
    return value


def _otherwise(value: Any, default: Any, error: Exception) -> Any:
    if default is None:
        shown = repr(value)[:40] if isinstance(value, str) else "this"
        raise RefusedError(f"{shown} is not a number", "Give a default, as in `| int(0)`.") from error
    return default


def _decimals(decimals: int) -> int:
    if not 0 <= decimals <= 20:
        raise RefusedError("decimals must be from 0 to 20")
    return decimals
