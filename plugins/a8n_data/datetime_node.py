"""Working with dates and times: Date and time."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, Literal

from a8n import JSON, Context, Example, Field, Item, Node, Parameters, Result, hint
from a8n_data import moments
from a8n_data.moments import Period, Unit
from a8n_data.paths import put

Moment = Annotated[Any, hint(widget="text", placeholder="2026-01-31T12:00")]
"""Text, or a Unix timestamp in seconds or milliseconds."""


class Now(Parameters):
    """The present moment."""

    do: Literal["now"]
    """Which action this is."""

    def work(self, zone: tzinfo) -> JSON | datetime:
        """The present moment in the zone."""
        return datetime.now(UTC).astimezone(zone)


class Format(Parameters):
    """Write a date in another form, or in another zone."""

    do: Literal["format"]
    """Which action this is."""
    value: Moment
    """The date: almost any text, or a Unix timestamp. Without a zone of its own it is in `zone`."""
    read_as: str = Field(default="", max_length=200)
    """How to read it, as strptime codes (`%d/%m/%y`); empty finds out."""
    day_first: bool = False
    """Read 01/02/2026 as the first of February."""

    def work(self, zone: tzinfo) -> JSON | datetime:
        """The date in the zone."""
        return moments.read(self.value, zone, "action.value", pattern=self.read_as, day_first=self.day_first)


class Add(Parameters):
    """Move a date, forward or back."""

    do: Literal["add"]
    """Which action this is."""
    value: Moment
    """The date."""
    amount: float = Field(default=1, ge=-1e12, le=1e12)
    """How much; negative goes back."""
    unit: Unit = "days"
    """Of what. Days and larger units are counted on the wall clock of the zone, hours and smaller ones as they pass."""

    def work(self, zone: tzinfo) -> JSON | datetime:
        """The moved date."""
        start = moments.read(self.value, zone, "action.value")
        return moments.shifted(start, self.amount, self.unit, "action.amount")


class Difference(Parameters):
    """How much time lies between two dates."""

    do: Literal["difference"]
    """Which action this is."""
    start: Moment
    """The earlier date."""
    end: Moment
    """The later date; the result is negative where it is the earlier one."""
    unit: Unit = "days"
    """In what to count: whole years and months, the others with parts."""

    def work(self, zone: tzinfo) -> JSON | datetime:
        """The number of units."""
        start = moments.read(self.start, zone, "action.start")
        return moments.between(start, moments.read(self.end, zone, "action.end"), self.unit)


class Round(Parameters):
    """Move a date to the start or the end of a period."""

    do: Literal["round"]
    """Which action this is."""
    value: Moment
    """The date."""
    to: Literal["start", "end", "nearest"] = "start"
    """The first moment of the period, its last microsecond, or the nearer of this start and the next."""
    period: Period = "day"
    """The period. Weeks begin on Monday."""

    def work(self, zone: tzinfo) -> JSON | datetime:
        """The rounded date."""
        value = moments.read(self.value, zone, "action.value")
        start = moments.start_of(value, self.period)
        if self.to == "start":
            return start
        after = moments.next_start(value, self.period, "action.value")
        if self.to == "end":
            return moments.shifted(after, -1e-6, "seconds", "action.value")
        passed, left = (abs(edge.astimezone(UTC) - value.astimezone(UTC)) for edge in (start, after))
        return start if passed < left else after


class DateAndTime(Node):
    """Work with dates: the present, reading and writing, adding, differences, rounding, time zones.

    Dates are read as ISO 8601, as Unix timestamps, or as people write them in English; a date without a zone is in
    the node's zone. Days, weeks, months and years are counted on the wall clock there: a day after noon is noon, also
    when the clocks change, and a month after 31 January is the last of February. Hours, minutes and seconds are
    counted as they pass. A wall clock time that is skipped when clocks change moves on by what was skipped; one that
    happens twice is the first.
    """

    key = "data.datetime"
    icon = "calendar-clock"
    title = "Date and time"
    effect = "pure"
    group = "data"
    subtitle = "{action.do}"
    examples = (
        Example(
            "A month after the order, as people write it",
            {
                "action": {"do": "add", "value": {"$": "json.ordered"}, "amount": 1, "unit": "months"},
                "zone": "Europe/Berlin",
                "format": "%d.%m.%Y %H:%M",
                "destination": "due",
            },
            ({"ordered": "2026-01-31T09:00:00Z"},),
            {"main": [{"ordered": "2026-01-31T09:00:00Z", "due": "28.02.2026 10:00"}]},
        ),
        Example(
            "How many days until",
            {
                "action": {"do": "difference", "start": "2026-03-28", "end": {"$": "json.day"}, "unit": "days"},
                "destination": "days",
                "zone": "Europe/Berlin",
            },
            ({"day": "2026-03-30"},),
            {"main": [{"day": "2026-03-30", "days": 2}]},
        ),
    )

    action: Annotated[Now | Format | Add | Difference | Round, Field(discriminator="do")] = Field(
        default_factory=lambda: Now(do="now")
    )
    """What to do."""
    zone: Annotated[str, hint(placeholder="Europe/Berlin")] = Field(default="", max_length=64)
    """The time zone to work and to write in, by its IANA name; empty is the workflow's."""
    format: Annotated[str, hint(placeholder="iso")] = Field(default="iso", max_length=200)
    """How to write the result: iso, date, time, unix, unix_ms, rfc2822, or codes such as `%d.%m.%Y`."""
    destination: str = Field(default="date", min_length=1, max_length=500)
    """Name of the field for the result; dots reach inside."""

    def run(self, ctx: Context) -> Result:
        """Add the result to the item."""
        zone = moments.zone_named(self.zone or ctx.execution.timezone, "zone")
        result = self.action.work(zone)
        made = ctx.item.json.copy()
        put(made, self.destination, moments.written(result, self.format) if isinstance(result, datetime) else result)
        return Item(made, ctx.item.files)
