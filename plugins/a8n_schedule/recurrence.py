"""Recurrence rules in the form of calendars (RFC 5545), on python-dateutil."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, datetime, timedelta
from math import prod
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationInfo, field_validator

from a8n import Parameters, hint
from a8n_schedule.clock import once
from a8n_schedule.texts import Zone

if TYPE_CHECKING:
    from dateutil.rrule import rrule

LONGEST = 500
"""Characters of a rule."""
PER_DAY = 1440
"""Times that a rule may have on one day."""
OLDEST, NEWEST = datetime(1970, 1, 1), datetime(2200, 1, 1)
"""Bounds of a start: they also bound how far a rule is counted through."""
STEPS = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}
_PART = re.compile(r"([A-Z]+)=([A-Z0-9,+-]+)")
_COUNT = 10_000
FEW = 40_000
"""Steps of 110 years of days, in which every day of the week falls on every date."""
CALENDAR = 400
"""Years after which the calendar repeats."""


class Recurrence(Parameters):
    """By a recurrence rule as calendars write it (RFC 5545)."""

    kind: Literal["rrule"]
    """Which kind of rule this is."""
    start: str = "1970-01-05T09:00"
    """Date and time from which the rule counts (`DTSTART`), on the clock of the time zone. The rule takes from it
    what it does not say itself: the time of day, and the day of the week, month or year."""
    rule: Annotated[str, hint(mono=True, placeholder="FREQ=MONTHLY;BYDAY=-1FR")]
    """The rule, such as `FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH`, with or without `RRULE:` before it. `FREQ` is `DAILY`,
    `WEEKLY`, `MONTHLY` or `YEARLY`; `UNTIL` is on the clock of the time zone and `COUNT` at most 10,000."""
    timezone: Zone | None = None
    """IANA time zone; empty takes the workflow's."""

    @field_validator("start")
    @classmethod
    def _begins(cls, start: str) -> str:
        try:
            found = datetime.fromisoformat(start)
        except ValueError:
            raise ValueError(f"{start[:64]!r} is no date and time such as 2026-05-01T09:00") from None
        if found.tzinfo is not None or not OLDEST <= found < NEWEST:
            raise ValueError("a rule starts between 1970 and 2200, on the clock of its time zone (without an offset)")
        return start

    @field_validator("rule")
    @classmethod
    def _recurs(cls, rule: str, info: ValidationInfo) -> str:
        parts = _parts(rule)
        start = datetime.fromisoformat(info.data.get("start", "1970-01-05T09:00")).replace(microsecond=0)
        if _per_day(parts) > PER_DAY:
            raise ValueError(f"this rule has more than {PER_DAY:,} times on one day; take a cron line or an interval")
        try:
            endless = {name: value for name, value in parts.items() if name not in ("COUNT", "UNTIL")}
            first = next(iter(_made(endless, _late(endless, start))), None)
            if first is not None:
                first = next(iter(_made(parts, start)), None)
        except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
            raise ValueError(f"this is no recurrence rule: {error}") from None
        if first is None:
            raise ValueError("this rule never fires: no such day ever comes, or it ends before")
        return rule

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first time after `moment`, both in UTC."""
        return once(self._walls, moment, zone)

    def _walls(self, start: datetime) -> Iterator[datetime]:
        parts = _parts(self.rule)
        begin = datetime.fromisoformat(self.start).replace(microsecond=0)
        step = STEPS.get(parts["FREQ"], timedelta()) * int(parts.get("INTERVAL", "1"))
        if step and "COUNT" not in parts and start - begin > 2 * step:  # from the start, all days would be counted
            begin += ((start - begin) // step - 1) * step
        return _made(parts, begin).xafter(start)


def _parts(rule: str) -> dict[str, str]:
    """The parts of a rule by name. Raises ValueError."""
    text = rule.strip().upper().removeprefix("RRULE:")
    if len(text) > LONGEST:
        raise ValueError(f"a recurrence rule has at most {LONGEST} characters")
    parts: dict[str, str] = {}
    for part in text.rstrip(";").split(";"):
        match = _PART.fullmatch(part)
        if match is None or match[1] in parts:
            raise ValueError(f"this is no recurrence rule: {part[:64]!r} is no part of one, or stands there twice")
        parts[match[1]] = match[2]
    if parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise ValueError("a recurrence rule has FREQ=DAILY, WEEKLY, MONTHLY or YEARLY; for less take an interval")
    for name, most in (("INTERVAL", 1000), ("COUNT", _COUNT)):
        if name in parts and not (parts[name].isdigit() and 1 <= int(parts[name]) <= most):
            raise ValueError(f"{name} of a recurrence rule is a number from 1 to {most:,}")
    return parts


def _made(parts: Mapping[str, str], start: datetime) -> rrule:
    """The rule, counted from a naive date and time. Raises what dateutil does."""
    from dateutil.rrule import rrule, rrulestr

    text = ";".join(f"{name}={value.removesuffix('Z')}" for name, value in parts.items())
    made = rrulestr(text, dtstart=start)
    assert isinstance(made, rrule)
    return made


def _per_day(parts: Mapping[str, str]) -> int:
    """How many times a day of the rule has at most."""
    return prod(parts.get(name, "").count(",") + 1 for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))


def _late(parts: Mapping[str, str], start: datetime) -> datetime:
    """A start from which the rule goes on as from the real one, but soon reaches the last year that a date can have.

    dateutil looks for a day that never comes until then, which from today on would take it seconds.
    """
    interval = int(parts.get("INTERVAL", "1"))
    step = STEPS.get(parts["FREQ"])
    if step is not None:
        return start + max((datetime.max - start) // (step * interval) - FEW, 0) * step * interval
    cycle = CALENDAR * interval
    return start.replace(year=start.year + max((MAXYEAR - CALENDAR - start.year) // cycle, 0) * cycle)
