"""Moments: reading and writing them, moving them, and the space between two.

Days and larger units are counted on the wall clock of the zone, hours and smaller ones by the time that passes. So a
day after noon is noon, also in the night in which clocks change, and 24 hours after may be 11:00 or 13:00. A wall
clock time that a zone skips is moved on by what was skipped (02:30 becomes 03:30); of one that happens twice the
first is meant (PEP 495, fold=0).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import format_datetime
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from a8n import JSON, NodeError
from a8n_data.paths import kind

Unit: TypeAlias = Literal["years", "months", "weeks", "days", "hours", "minutes", "seconds"]
Period: TypeAlias = Literal["year", "quarter", "month", "week", "day", "hour", "minute", "second"]

SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
PRESETS = ("iso", "date", "time", "unix", "unix_ms", "rfc2822")

_FORMAT = re.compile(r"(?:[^%]|%[-]?[aAbBdfHIjmMpSuUVwWyYGzZ%])*")
_LONGEST = 200
_MILLISECONDS_FROM = 10**11


def zone_named(name: str, field: str) -> tzinfo:
    """The IANA zone. Raises NodeError for a name that is none."""
    try:
        return UTC if name.upper() in ("UTC", "Z") else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise NodeError(
            f"there is no time zone {name[:60]!r}", hint="Use a name like Europe/Berlin.", field=field, retryable=False
        ) from None


def read(value: JSON, zone: tzinfo, field: str, *, pattern: str = "", day_first: bool = False) -> datetime:
    """A moment in `zone`, from text or a Unix timestamp (seconds, or milliseconds from 10**11 on).

    Text that names no zone is in `zone`. Without `pattern` (strptime codes) it is read as ISO 8601, then as people
    write dates in English. Raises NodeError for what is no date.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
            return datetime.fromtimestamp(seconds, UTC).astimezone(zone)
        if isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST:
            found = _parsed(value.strip(), pattern, day_first)
            return settled(found.replace(tzinfo=zone)) if found.tzinfo is None else found.astimezone(zone)
    except (ValueError, OverflowError, OSError, ArithmeticError):
        pass
    text = f"{value[:60]!r}" if isinstance(value, str) else kind(value)
    shape = f" of the form {pattern}" if pattern else ""
    raise NodeError(
        f"{text} is not a date{shape}",
        hint="Write dates like 2026-01-31 or 2026-01-31T12:00+01:00.",
        field=field,
        retryable=False,
    )


def _parsed(text: str, pattern: str, day_first: bool) -> datetime:
    if pattern:
        return datetime.strptime(text, checked(pattern, "action.read_as"))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _guessed(text, day_first)


def _guessed(text: str, day_first: bool) -> datetime:
    """A date as people write it. Parts that are missing must not come from today's date: that would not be pure."""
    from dateutil import parser

    def read_with(default: datetime) -> datetime:
        return parser.parse(text, dayfirst=day_first, default=default, tzinfos=_zone_in_text)

    found, other = read_with(datetime(2000, 1, 1)), read_with(datetime(2004, 2, 2))
    if (found.year, found.month, found.day) != (other.year, other.month, other.day):
        raise ValueError("a part of the date is missing")
    return found


def _zone_in_text(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is None or name.upper() in ("UTC", "GMT", "Z"):
        return UTC if name else None
    raise ValueError(name)


def checked(pattern: str, field: str) -> str:
    """A format of strftime codes that cannot make giant text. Raises NodeError for others."""
    if len(pattern) > _LONGEST or _FORMAT.fullmatch(pattern) is None:
        raise NodeError(
            f"{pattern[:60]!r} is no date format",
            hint="Use codes such as %Y-%m-%d %H:%M, or iso, date, time, unix, unix_ms, rfc2822.",
            field=field,
            retryable=False,
        )
    return pattern


def written(moment: datetime, form: str) -> str | int | float:
    """A moment as text: a preset's name or strftime codes; `unix` and `unix_ms` give numbers."""
    if form == "iso":
        return moment.isoformat()
    if form == "date":
        return moment.date().isoformat()
    if form == "time":
        return moment.time().isoformat()
    if form == "unix":
        seconds = moment.timestamp()
        return int(seconds) if seconds.is_integer() else seconds
    if form == "unix_ms":
        return round(moment.timestamp() * 1000)
    if form == "rfc2822":
        return format_datetime(moment)
    return moment.strftime(checked(form, "format"))


def settled(moment: datetime) -> datetime:
    """A wall clock time that exists: one that its zone skips is moved on by what was skipped."""
    zone = moment.tzinfo
    return moment.astimezone(UTC).astimezone(zone)


def shifted(moment: datetime, amount: float, unit: Unit, field: str) -> datetime:
    """A moment moved by an amount; negative goes back. The last day of a month stays inside the month."""
    try:
        if unit in ("hours", "minutes", "seconds"):
            return (moment.astimezone(UTC) + timedelta(seconds=amount * SECONDS[unit])).astimezone(moment.tzinfo)
        if unit in ("weeks", "days"):
            return settled(moment.replace(fold=0) + timedelta(seconds=amount * SECONDS[unit]))
        if amount != int(amount):
            raise NodeError(f"{unit} are moved by whole numbers", field=field, retryable=False)
        from dateutil.relativedelta import relativedelta

        months = int(amount) * (12 if unit == "years" else 1)
        return settled(moment.replace(fold=0) + relativedelta(months=months))
    except (OverflowError, ValueError):
        raise NodeError("the date is outside of the years 1 to 9999", field=field, retryable=False) from None


def between(start: datetime, end: datetime, unit: Unit) -> int | float:
    """How much later `end` is. Whole years and months; parts of the smaller units count. `end` is in start's zone."""
    if unit in ("years", "months"):
        from dateutil.relativedelta import relativedelta

        span = relativedelta(end.replace(tzinfo=None), start.replace(tzinfo=None))
        return span.years if unit == "years" else span.years * 12 + span.months
    if unit in ("weeks", "days"):
        passed = end.replace(tzinfo=None) - start.replace(tzinfo=None)
    else:
        passed = end.astimezone(UTC) - start.astimezone(UTC)
    found = passed.total_seconds() / SECONDS[unit]
    return int(found) if found.is_integer() else found


def start_of(moment: datetime, period: Period) -> datetime:
    """The first moment of the period that `moment` is in; weeks begin on Monday (ISO 8601)."""
    if period in ("hour", "minute", "second"):
        size = {"hour": moment.replace(minute=0, second=0, microsecond=0),
                "minute": moment.replace(second=0, microsecond=0)}  # fmt: skip
        return size.get(period, moment.replace(microsecond=0))
    day = date(moment.year, moment.month, moment.day)
    if period == "week":
        day -= timedelta(days=day.weekday())
    elif period == "month":
        day = day.replace(day=1)
    elif period == "quarter":
        day = day.replace(month=day.month - (day.month - 1) % 3, day=1)
    elif period == "year":
        day = day.replace(month=1, day=1)
    return settled(datetime(day.year, day.month, day.day, tzinfo=moment.tzinfo))


def next_start(moment: datetime, period: Period, field: str) -> datetime:
    """The first moment of the period after the one that `moment` is in."""
    start = start_of(moment, period)
    if period == "quarter":
        return start_of(shifted(start, 3, "months", field), period)
    units: dict[str, Unit] = {
        "year": "years", "month": "months", "week": "weeks", "day": "days",
        "hour": "hours", "minute": "minutes", "second": "seconds",
    }  # fmt: skip
    return start_of(shifted(start, 1, units[period], field), period)
