"""Reading dates: ISO 8601 first, then what people write; without a zone, the workflow's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from a8n.expressions.access import Missing, kind
from a8n.expressions.errors import MissingError, RefusedError, WrongTypeError
from a8n.expressions.limits import Work

_LONGEST: Final = 64
_GUESS: Final = 100
"""What reading a date of unknown form costs, in units of work: it takes that much longer than other filters."""
_MILLISECONDS_FROM: Final = 10**11
"""Timestamps from here on are taken as milliseconds; as seconds this is the year 5138."""


def moment(value: Any, work: Work, *, home: tzinfo | None = None, day_first: bool = False) -> datetime:
    """`value` as a zone-aware datetime: a date, a text that is one, or a Unix timestamp (seconds or
    milliseconds).

    What has no zone of its own is in `home`, or else in the workflow's zone. Raises RefusedError for what
    is no date.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=home or work.zone)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=home or work.zone)
    if isinstance(value, str):
        found = _read(value, work, day_first)
        return found if found.tzinfo else found.replace(tzinfo=home or work.zone)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return from_timestamp(value, home or work.zone)
    if isinstance(value, Missing):
        raise MissingError(value)
    raise WrongTypeError("a date", kind(value))


def from_timestamp(seconds: float, zone: tzinfo) -> datetime:
    """The moment `seconds` (or, from 10**11, milliseconds) after 1970, UTC."""
    if abs(seconds) >= _MILLISECONDS_FROM:
        seconds = seconds / 1000
    try:
        return datetime.fromtimestamp(seconds, zone)
    except (OverflowError, ValueError, OSError) as error:
        raise RefusedError("The timestamp is out of range") from error


def zone(name: str) -> tzinfo:
    """The time zone with an IANA name such as `Europe/Berlin`, or `UTC`; raises RefusedError if there is
    none."""
    if name in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name[:_LONGEST])
    except (KeyError, ValueError, OSError) as error:
        raise RefusedError(f"There is no time zone {name[:_LONGEST]!r}", "Use a name like 'Europe/Berlin'.") from error


def _read(text: str, work: Work, day_first: bool) -> datetime:
    if len(text) > _LONGEST:
        raise RefusedError("This text is too long to be a date")
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return _guess(text, work, day_first)


def _guess(text: str, work: Work, day_first: bool) -> datetime:
    from dateutil import parser

    work.charge(_GUESS)
    midnight = work.now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    try:
        return parser.parse(text, dayfirst=day_first, default=midnight, tzinfos=_zone_of_text)
    except (ValueError, OverflowError, TypeError, ArithmeticError) as error:
        raise RefusedError(f"{text!r} is not a date", "Write dates like 2026-01-31 or 2026-01-31T12:00Z.") from error


def _zone_of_text(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is None:
        return None
    if name.upper() in ("UTC", "GMT", "Z"):
        return UTC
    raise ValueError(name)
