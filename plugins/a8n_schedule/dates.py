"""Rules of the calendar: days of the week, the month and the year, at times of the day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationInfo, field_validator

from a8n import Field, Parameters
from a8n_schedule.clock import once
from a8n_schedule.days import MONTHS, WEEKDAYS, DayOfMonth, Month, NthWeekday, Weekday, months_from, of_month
from a8n_schedule.texts import MONDAY, Times, Zone, times_of

DaysFrom = Callable[[date], Iterator[date]]
"""The days that a rule means from a given one on, in order."""
LEAP = date(2000, 1, 1)
"""Where the search for a rule's first day begins: a leap year with all of its 400 years before it."""


class Daily(Parameters):
    """Every day, or every few days, at times of the day."""

    kind: Literal["daily"]
    """Which kind of rule this is."""
    at: Times = Field(default=["09:00"])
    """Times of day: `09:00` or `17:30:15`."""
    every: int = Field(default=1, ge=1, le=3660)
    """Every how many days."""
    anchor: date = MONDAY
    """One of the days, from which the others are counted, forwards and backwards."""
    timezone: Zone | None = None
    """IANA time zone; empty takes the workflow's."""

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first time after `moment`, both in UTC."""
        return _after(self._days, self.at, moment, zone)

    def _days(self, first: date) -> Iterator[date]:
        day = first + timedelta((self.anchor - first).days % self.every)
        while True:
            yield day
            day += timedelta(self.every)


class Weekly(Parameters):
    """On days of the week, at times of the day."""

    kind: Literal["weekly"]
    """Which kind of rule this is."""
    days: list[Weekday] = Field(default=["monday"], min_length=1, max_length=7)
    """The days of the week."""
    at: Times = Field(default=["09:00"])
    """Times of day: `09:00` or `17:30:15`."""
    every: int = Field(default=1, ge=1, le=520)
    """Every how many weeks. A week begins on Monday."""
    anchor: date = MONDAY
    """A day in one of the weeks, from which the others are counted, forwards and backwards."""
    timezone: Zone | None = None
    """IANA time zone; empty takes the workflow's."""

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first time after `moment`, both in UTC."""
        return _after(self._days, self.at, moment, zone)

    def _days(self, first: date) -> Iterator[date]:
        meant = sorted({WEEKDAYS.index(day) for day in self.days})
        begin, week = _monday(first), timedelta(weeks=1)
        begin += (_monday(self.anchor) - begin) // week % self.every * week
        while True:
            yield from (day for weekday in meant if (day := begin + timedelta(weekday)) >= first)
            begin += self.every * week


class Monthly(Parameters):
    """On days of the month, at times of the day."""

    kind: Literal["monthly"]
    """Which kind of rule this is."""
    days: list[DayOfMonth] = Field(default=[], max_length=62)
    """Days of the month from 1 to 31, or from its end: -1 is the last one, -2 the one before. Months without such a
    day are left out. Empty, and without weekdays: the first."""
    weekdays: list[NthWeekday] = Field(default=[], max_length=20)
    """Days such as the second Tuesday or the last workday, beside those above."""
    at: Times = Field(default=["09:00"])
    """Times of day: `09:00` or `17:30:15`."""
    every: int = Field(default=1, ge=1, le=120)
    """Every how many months: 3 is each quarter."""
    anchor: date = Field(default=MONDAY, validate_default=True)
    """A day in one of the months, from which the others are counted, forwards and backwards."""
    timezone: Zone | None = None
    """IANA time zone; empty takes the workflow's."""

    @field_validator("days")
    @classmethod
    def _exist(cls, days: list[int]) -> list[int]:
        return _real(days)

    @field_validator("anchor")
    @classmethod
    def _fires(cls, anchor: date, info: ValidationInfo) -> date:
        days, weekdays, every = (info.data.get(name) for name in ("days", "weekdays", "every"))
        if every and (days or weekdays):
            months = months_from(LEAP, every, anchor)
            if not any(of_month(year, month, days or (), weekdays or ()) for year, month in months):
                raise ValueError("no month that is counted from here has such a day: this rule never fires")
        return anchor

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first time after `moment`, both in UTC."""
        return _after(self._days, self.at, moment, zone)

    def _days(self, first: date) -> Iterator[date]:
        for year, month in months_from(first, self.every, self.anchor):
            yield from (day for day in _of_month(year, month, self.days, self.weekdays) if day >= first)


class Yearly(Parameters):
    """On days of the year, at times of the day."""

    kind: Literal["yearly"]
    """Which kind of rule this is."""
    months: list[Month] = Field(default=["january"], min_length=1, max_length=12)
    """The months."""
    weekdays: list[NthWeekday] = Field(default=[], max_length=20)
    """Days of these months such as the second Tuesday or the last workday, beside those below."""
    days: list[DayOfMonth] = Field(default=[], max_length=62, validate_default=True)
    """Days of these months from 1 to 31, or from their end: -1 is the last one. 29 February comes in leap years only.
    Empty, and without weekdays: the first."""
    at: Times = Field(default=["09:00"])
    """Times of day: `09:00` or `17:30:15`."""
    timezone: Zone | None = None
    """IANA time zone; empty takes the workflow's."""

    @field_validator("days")
    @classmethod
    def _exist(cls, days: list[int], info: ValidationInfo) -> list[int]:
        months = info.data.get("months", MONTHS)
        for day in _real(days):
            if not any(of_month(LEAP.year, MONTHS.index(month) + 1, [day], ()) for month in months):
                raise ValueError(f"there is no day {day} in {' or '.join(map(str.capitalize, months))}")
        return days

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first time after `moment`, both in UTC."""
        return _after(self._days, self.at, moment, zone)

    def _days(self, first: date) -> Iterator[date]:
        numbers = {MONTHS.index(month) + 1 for month in self.months}
        for year, month in months_from(first, 1, MONDAY):
            if month in numbers:
                yield from (day for day in _of_month(year, month, self.days, self.weekdays) if day >= first)


def _after(days: DaysFrom, at: Sequence[str], moment: datetime, zone: ZoneInfo) -> datetime | None:
    times = times_of(at)

    def walls(start: datetime) -> Iterator[datetime]:
        for day in days(start.date()):
            yield from (wall for time in times if (wall := datetime.combine(day, time)) > start)

    return once(walls, moment, zone)


def _monday(day: date) -> date:
    return day - timedelta(day.weekday())


def _of_month(year: int, month: int, days: Sequence[int], weekdays: Sequence[NthWeekday]) -> list[date]:
    return of_month(year, month, days if days or weekdays else (1,), weekdays)


def _real(days: list[int]) -> list[int]:
    if 0 in days:
        raise ValueError("there is no day 0; days count from 1, or from -1 at the end of the month")
    return days
