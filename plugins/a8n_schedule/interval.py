"""Intervals: every so often, whatever the clock shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from a8n import Field, Parameters
from a8n_schedule.texts import EPOCH, Moment, Zone, begin_of


class Interval(Parameters):
    """Every few seconds, minutes, hours, days or weeks."""

    kind: Literal["interval"]
    """Which kind of rule this is."""
    every: int = Field(default=1, ge=1, le=100_000)
    """How many of the unit lie between two times."""
    unit: Literal["seconds", "minutes", "hours", "days", "weeks"] = "hours"
    """The unit. A day is 24 hours and a week 168, also when the clock is put forward or back; for the same time of
    day all year take a daily or weekly rule."""
    anchor: Moment | None = None
    """One of the times, such as `2026-05-01T09:00`: the others are counted from there, forwards and backwards. Empty
    counts from Monday, 5 January 1970, 00:00 UTC, so that every 15 minutes means at :00, :15, :30 and :45."""
    timezone: Zone | None = None
    """IANA time zone of the anchor and of the item's local time; empty takes the workflow's."""

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first time after `moment`, both in UTC."""
        anchor = begin_of(self.anchor, zone) if self.anchor is not None else EPOCH
        period = timedelta(**{self.unit: self.every})
        return anchor + ((moment - anchor) // period + 1) * period
