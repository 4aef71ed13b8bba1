"""Functions that are called by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from a8n.expressions import limits
from a8n.expressions.errors import RefusedError
from a8n.expressions.filters.entry import Group

GROUP: Final = Group("Functions", "function")


@GROUP.add
def range_(start: int, stop: int | None = None, step: int = 1) -> range:
    """Whole numbers from `start` (or 0) up to but without `stop`; 10,000 at most.

    >>> range(2, 5)
    [2, 3, 4]
    """
    numbers = range(start) if stop is None else range(start, stop, step)
    if abs((numbers.stop - numbers.start) // numbers.step) >= limits.RANGE + 1:
        raise RefusedError(f"A range may have {limits.RANGE:,} numbers at most")
    return numbers


@GROUP.add
def duration(weeks: float = 0, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> timedelta:
    """A span of time, to add to dates and to compare differences of dates with. Leaves as seconds.

    >>> duration(hours=1, minutes=30)
    5400.0
    """
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
