"""Filters for dates. All give zone-aware dates, which leave an expression as ISO 8601 text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from a8n.expressions import moments
from a8n.expressions.errors import RefusedError
from a8n.expressions.filters.entry import Group
from a8n.expressions.limits import Work

GROUP: Final = Group("Dates and times")
_FORMAT: Final = re.compile(r"(?:[^%]|%[-]?[aAbBcdfGHIjmMpSuUVwWxXyYzZ%])*")
_SECONDS: Final = {
    "milliseconds": 0.001,
    "seconds": 1,
    "minutes": 60,
    "hours": 3_600,
    "days": 86_400,
    "weeks": 604_800,
}
_CALENDAR: Final = 10
"""What arithmetic by the calendar costs, in units of work."""
_UNITS: Final = ("year", "month", "week", "day", "hour", "minute", "second")


@GROUP.also("parse_date")
def to_datetime(
    work: Work, value: Any, format: str | None = None, zone: str | None = None, day_first: bool = False
) -> datetime:
    """A date from text in almost any form, or from a timestamp. Without a zone in the text it is in `zone`,
    or else
    in the workflow's. `format` (as for `date_format`) says exactly how to read it.

    >>> "31/01/2026 14:30" | to_datetime(zone="Europe/Berlin", day_first=true)
    "2026-01-31T14:30:00+01:00"
    """
    home = moments.zone(zone) if zone else work.zone
    if format is None:
        return moments.moment(value, work, home=home, day_first=day_first)
    work.charge(_CALENDAR)
    found = datetime.strptime(str(value)[:200], _checked(format))
    return found if found.tzinfo else found.replace(tzinfo=home)


@GROUP.also("strftime")
def date_format(value: datetime, format: str = "iso") -> str:
    """As text, by the codes of strftime, or `"iso"`.

    >>> "2026-01-31T14:30:00Z" | date_format("%d.%m.%Y, %H:%M")
    "31.01.2026, 14:30"
    """
    if format == "iso":
        return value.isoformat()
    return value.strftime(_checked(format))


@GROUP.add
def isoformat(value: datetime) -> str:
    """As text in ISO 8601.

    >>> "2026-01-31 14:30Z" | isoformat
    "2026-01-31T14:30:00+00:00"
    """
    return value.isoformat()


@GROUP.also("tz")
def in_zone(value: datetime, zone: str) -> datetime:
    """The same moment in another time zone.

    >>> "2026-07-01T12:00:00Z" | in_zone("America/New_York")
    "2026-07-01T08:00:00-04:00"
    """
    return value.astimezone(moments.zone(zone))


@GROUP.add
def add(
    work: Work,
    value: datetime,
    years: int = 0,
    months: int = 0,
    weeks: float = 0,
    days: float = 0,
    hours: float = 0,
    minutes: float = 0,
    seconds: float = 0,
) -> datetime:
    """Later by that much. Days and longer keep the time of day where clocks change; hours and shorter are
    exact.

    >>> "2026-01-31T12:00:00Z" | add(months=1, hours=2)
    "2026-02-28T14:00:00+00:00"
    """
    return _moved(work, value, (years, months, weeks, days), timedelta(hours=hours, minutes=minutes, seconds=seconds))


@GROUP.add
def subtract(
    work: Work,
    value: datetime,
    years: int = 0,
    months: int = 0,
    weeks: float = 0,
    days: float = 0,
    hours: float = 0,
    minutes: float = 0,
    seconds: float = 0,
) -> datetime:
    """Earlier by that much; see `add`.

    >>> "2026-03-01T12:00:00Z" | subtract(days=1)
    "2026-02-28T12:00:00+00:00"
    """
    exact = timedelta(hours=-hours, minutes=-minutes, seconds=-seconds)
    return _moved(work, value, (-years, -months, -weeks, -days), exact)


@GROUP.add
def diff(work: Work, value: datetime, other: datetime, unit: str = "seconds") -> float:
    """How much later than `other`, in milliseconds, seconds, minutes, hours, days, weeks, or whole months
    or years.

    >>> "2026-01-31" | diff("2026-01-01", "days")
    30
    """
    from dateutil.relativedelta import relativedelta

    work.charge(_CALENDAR)
    name = f"{unit.removesuffix('s')}s"
    if name in ("months", "years"):
        span = relativedelta(value, other)
        return span.years if name == "years" else span.years * 12 + span.months
    if name not in _SECONDS:
        raise RefusedError(f"There is no unit {unit[:20]!r}", f"Units are {', '.join(_SECONDS)}, months, years.")
    amount = round((value - other).total_seconds() / _SECONDS[name], 6)
    return int(amount) if amount.is_integer() else amount


@GROUP.add
def start_of(value: datetime, unit: str = "day") -> datetime:
    """The first moment of its year, month, week (from Monday), day, hour, minute or second.

    >>> "2026-01-31T14:30:00Z" | start_of("month")
    "2026-01-01T00:00:00+00:00"
    """
    name = _unit(unit)
    if name == "week":
        value = value - timedelta(days=value.weekday())
        name = "day"
    later = _UNITS.index(name)
    fields: dict[str, Any] = {"microsecond": 0}
    for field in _UNITS[later + 1 :]:
        if field != "week":
            fields[field] = 1 if field in ("month", "day") else 0
    return value.replace(**fields)


@GROUP.add
def end_of(work: Work, value: datetime, unit: str = "day") -> datetime:
    """The last microsecond of its year, month, week, day, hour, minute or second.

    >>> "2026-02-10T14:30:00Z" | end_of("month")
    "2026-02-28T23:59:59.999999+00:00"
    """
    name = _unit(unit)
    start = start_of(value, name)
    following = add(work, start, **{f"{name}s": 1})
    return following - timedelta(microseconds=1)


@GROUP.add
def timestamp(value: datetime) -> float:
    """Seconds since 1970, UTC.

    >>> "2026-01-01T00:00:00Z" | timestamp
    1767225600
    """
    seconds = value.timestamp()
    return int(seconds) if seconds.is_integer() else seconds


@GROUP.add
def from_timestamp(work: Work, value: float, zone: str | None = None) -> datetime:
    """The date of a timestamp in seconds (or, from 10**11 on, milliseconds), in `zone` or the workflow's.

    >>> 1767225600 | from_timestamp("UTC")
    "2026-01-01T00:00:00+00:00"
    """
    return moments.from_timestamp(value, moments.zone(zone) if zone else work.zone)


@GROUP.add
def weekday(value: datetime) -> int:
    """The day of the week, 1 for Monday to 7 for Sunday.

    >>> "2026-01-31" | weekday
    6
    """
    return value.isoweekday()


def _moved(work: Work, value: datetime, calendar: tuple[float, ...], exact: timedelta) -> datetime:
    from dateutil.relativedelta import relativedelta

    work.charge(_CALENDAR)
    years, months, weeks, days = calendar
    moved = value + relativedelta(years=int(years), months=int(months)) + timedelta(weeks=weeks, days=days)
    # Through UTC, which also mends a time of day that the zone skips.
    return (moved.astimezone(UTC) + exact).astimezone(value.tzinfo)


def _unit(unit: str) -> str:
    name = unit.removesuffix("s")
    if name not in _UNITS:
        raise RefusedError(f"There is no unit {unit[:20]!r}", f"Units are {', '.join(_UNITS)}.")
    return name


def _checked(format: str) -> str:
    """`format`, unless it has codes that are unknown or, like a width, could make a giant of a small text."""
    if len(format) > 200 or not _FORMAT.fullmatch(format):
        raise RefusedError("The date format has a code that is not known", "Use codes like %Y-%m-%d %H:%M:%S.")
    return format
