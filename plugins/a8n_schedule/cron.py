"""Cron lines, read by cronsim."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import field_validator

from a8n import Parameters, hint
from a8n_schedule.clock import always, once
from a8n_schedule.texts import Zone

if TYPE_CHECKING:
    from cronsim import CronSim

LONGEST = 200
"""Characters of a line."""
EARLY = datetime(2000, 1, 1)
"""From here on every day of the week has fallen on every date within the 50 years that cronsim looks ahead."""
MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class Cron(Parameters):
    """At the times of a cron line."""

    kind: Literal["cron"]
    """Which kind of rule this is."""
    line: Annotated[str, hint(mono=True, placeholder="0 9 * * MON-FRI")]
    """Minute, hour, day of the month, month, day of the week; with six fields the second stands before them. Each is
    `*`, a number, a name (`MON`, `JAN`), a range (`1-5`), a step (`*/15`), or a list of these. `L` is the last day of
    the month, `LW` its last working day, `5L` its last Friday, `MON#2` its second Monday. Where neither day field
    begins with `*`, one of them is enough. `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly` are understood.

    Where the minute or the hour begins with `*`, the line goes with the clock: an hour that comes twice in autumn
    counts twice, one that is left out in spring not at all. Other lines fire once in both nights."""
    timezone: Zone | None = None
    """IANA time zone of the line; empty takes the workflow's."""

    @field_validator("line")
    @classmethod
    def _fires(cls, line: str) -> str:
        from cronsim import CronSimError

        if len(line) > LONGEST:
            raise ValueError(f"a cron line has at most {LONGEST} characters")
        try:
            first = next(_search(line, EARLY), None)
        except CronSimError as error:
            what = str(error)
            raise ValueError(f"this is no cron line: {what[:1].lower()}{what[1:]}") from None
        except AssertionError:  # a step over L, a last or an nth weekday
            raise ValueError("this is no cron line: a step needs a range of numbers") from None
        if first is None:
            raise ValueError("this cron line never fires: no such day ever comes")
        return line

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first time after `moment`, both in UTC."""
        fields = _fields(self.line)
        runs = fields[-5].startswith("*") or fields[-4].startswith("*")
        return (always if runs else once)(self._walls, moment, zone)

    def _walls(self, start: datetime) -> Iterator[datetime]:
        return _search(self.line, start)


def _fields(line: str) -> list[str]:
    return MACROS.get(line.strip().lower(), line).split()


def _search(line: str, start: datetime) -> CronSim:
    """The times on the wall after `start`; it ends when none comes within 50 years. Raises CronSimError.

    cronsim is given no time zone, so that all rules mean the same in the nights when the clock is changed.
    """
    from cronsim import CronSim

    return CronSim(" ".join(_fields(line)), start)
