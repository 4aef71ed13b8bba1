"""Texts in parameters: time zones, dates, times of day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

from a8n import Field, hint

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?")
MONDAY = date(1970, 1, 5)
"""What repetitions are counted from unless a rule says otherwise."""
EPOCH = datetime(1970, 1, 5, tzinfo=UTC)
"""The same for intervals: its first moment in UTC."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name[:64]!r} is no time zone such as Europe/Berlin") from None
    return name


def _moment(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:64]!r} is no date such as 2026-05-01 or 2026-05-01T09:00") from None
    return text


def _times(texts: list[str]) -> list[str]:
    for text in texts:
        if not _TIME.fullmatch(text):
            raise ValueError(f"{text[:64]!r} is no time of day such as 09:00 or 17:30:15")
    return texts


Zone = Annotated[str, AfterValidator(_known_zone)]
"""An IANA time zone."""
Moment = Annotated[str, AfterValidator(_moment)]
"""A date, or a date and time, in ISO 8601."""
Times = Annotated[
    list[Annotated[str, hint(placeholder="09:00")]], Field(min_length=1, max_length=100), AfterValidator(_times)
]
"""Times of day."""


def times_of(texts: Sequence[str]) -> list[time]:
    """In order, each once."""
    return sorted({time.fromisoformat(text) for text in texts})


def begin_of(text: str, zone: ZoneInfo) -> datetime:
    """The moment that a text names, in UTC; a date alone is its beginning."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)


def end_of(text: str, zone: ZoneInfo) -> datetime:
    """The last moment that a text includes, in UTC; a date alone is its last second."""
    if len(text) > 10:
        return begin_of(text, zone)
    following = datetime.fromisoformat(text) + timedelta(days=1)
    return following.replace(tzinfo=zone).astimezone(UTC) - timedelta(seconds=1)
