"""Days of the calendar: which of a month are meant."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, date
from typing import Annotated, Literal

from a8n import Field, Parameters

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Month = Literal[
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
]  # fmt: skip
WEEKDAYS: tuple[str, ...] = Weekday.__args__  # type: ignore[attr-defined]  # typing knows no name for them
MONTHS: tuple[str, ...] = Month.__args__  # type: ignore[attr-defined]  # as above
_NTH = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}

DayOfMonth = Annotated[int, Field(ge=-31, le=31)]


class NthWeekday(Parameters):
    """The nth weekday of a month."""

    nth: Literal["first", "second", "third", "fourth", "fifth", "last"] = "first"
    """Which of them. A month without a fifth is left out."""
    day: Literal[
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "workday", "weekend_day"
    ] = "monday"  # fmt: skip
    """The day of the week; a workday is one from Monday to Friday, a weekend day is Saturday or Sunday."""

    def of(self, year: int, month: int) -> int | None:
        """The day of this month, if it has one."""
        if self.day == "workday":
            meant = range(5)
        elif self.day == "weekend_day":
            meant = range(5, 7)
        else:
            meant = range(WEEKDAYS.index(self.day), WEEKDAYS.index(self.day) + 1)
        first, length = monthrange(year, month)
        found = [day for day in range(1, length + 1) if (first + day - 1) % 7 in meant]
        nth = _NTH[self.nth]
        return found[nth] if nth < len(found) else None


def of_month(year: int, month: int, days: Iterable[int], weekdays: Iterable[NthWeekday]) -> list[date]:
    """The days meant of one month, in order. Negative days count from its end: -1 is the last."""
    length = monthrange(year, month)[1]
    numbers = {day if day > 0 else length + 1 + day for day in days}
    numbers |= {day for nth in weekdays if (day := nth.of(year, month)) is not None}
    return [date(year, month, day) for day in sorted(numbers) if 1 <= day <= length]


def months_from(first: date, every: int, anchor: date) -> Iterator[tuple[int, int]]:
    """Year and month of every nth month, counted from the anchor's, beginning with that of `first` or later."""
    number = first.year * 12 + first.month - 1
    number += (anchor.year * 12 + anchor.month - 1 - number) % every
    while number // 12 <= MAXYEAR:
        yield number // 12, number % 12 + 1
        number += every
