"""The schedule trigger: rules, and when they fire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationInfo, field_validator

from a8n import Example, Field, Item, ScheduleTrigger
from a8n_schedule.cron import Cron
from a8n_schedule.dates import Daily, Monthly, Weekly, Yearly
from a8n_schedule.days import WEEKDAYS
from a8n_schedule.interval import Interval
from a8n_schedule.recurrence import Recurrence
from a8n_schedule.texts import Moment, begin_of, end_of

Rule = Annotated[
    Interval | Cron | Daily | Weekly | Monthly | Yearly | Recurrence,
    Field(discriminator="kind"),
]
MOMENT = timedelta(microseconds=1)


class Schedule(ScheduleTrigger):
    """Start the workflow at times: every so often, by a cron line, or by rules of the calendar.

    Each time starts one execution, also where several rules name it. The item that the execution begins with tells
    the planned time: `timestamp` in UTC, `local`, `date`, `time`, `weekday` and `timezone` on the clock of the rule,
    and `rule`, the rule's place in the list, counted from 0.
    """

    key = "schedule.trigger"
    icon = "clock"
    title = "Schedule"
    examples = (
        Example("Every 15 minutes", {"rules": [{"kind": "interval", "every": 15, "unit": "minutes"}]}),
        Example(
            "On workdays at nine and at half past five, in Berlin",
            {
                "rules": [
                    {
                        "kind": "weekly",
                        "days": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                        "at": ["09:00", "17:30"],
                        "timezone": "Europe/Berlin",
                    }
                ]
            },
        ),
        Example("By a cron line", {"rules": [{"kind": "cron", "line": "*/5 8-18 * * MON-FRI"}]}),
        Example(
            "On the last workday of each quarter, and on New Year's Eve",
            {
                "rules": [
                    {
                        "kind": "monthly",
                        "every": 3,
                        "anchor": "2026-03-01",
                        "weekdays": [{"nth": "last", "day": "workday"}],
                        "at": ["16:00"],
                    },
                    {"kind": "yearly", "months": ["december"], "days": [31], "at": ["23:59"]},
                ],
                "misfire": "all",
            },
        ),
        Example(
            "Every second Thursday of a project that ends in autumn",
            {
                "rules": [{"kind": "rrule", "start": "2026-05-07T10:00", "rule": "FREQ=WEEKLY;INTERVAL=2"}],
                "from": "2026-05-01",
                "until": "2026-10-31",
            },
        ),
    )

    rules: list[Rule] = Field(min_length=1, max_length=100)
    """When to start: whenever one of these rules names a time."""
    misfire: Literal["none", "last", "all"] = "last"
    """What becomes of times that passed while no server ran: nothing, one execution for the last of them, or one for
    each."""
    begin: Moment | None = Field(default=None, alias="from")
    """Nothing starts before: a date, or a date and time, such as `2026-05-01T09:00`, in the workflow's time zone
    unless it names one. Empty for no bound."""
    until: Moment | None = None
    """Nothing starts after; a date alone is included. Empty for no bound."""

    @field_validator("until")
    @classmethod
    def _later(cls, until: str | None, info: ValidationInfo) -> str | None:
        begin, zone = info.data.get("begin"), ZoneInfo("UTC")
        if until is not None and begin is not None and end_of(until, zone) < begin_of(begin, zone):
            raise ValueError("it ends before it begins: nothing would ever start")
        return until

    def next_after(self, moment: datetime, timezone: str) -> datetime | None:
        """The first time after `moment`, both in UTC: the earliest that any rule names."""
        zone = ZoneInfo(timezone)
        if self.begin is not None:
            moment = max(moment, begin_of(self.begin, zone) - MOMENT)
        found = [at for rule in self.rules if (at := _after(rule, moment, timezone)) is not None]
        first = min(found, default=None)
        if first is None or (self.until is not None and first > end_of(self.until, zone)):
            return None
        return first

    @property
    def catch_up(self) -> Literal["none", "last", "all"]:
        """What a start does about times that passed meanwhile."""
        return self.misfire

    def fire(self, at: datetime, timezone: str) -> list[Item]:
        """One item: the planned time, in UTC and on the clock of the rule that named it."""
        for number, rule in enumerate(self.rules):
            if _after(rule, at - MOMENT, timezone) == at:
                return [_item(at, rule.timezone or timezone, number)]
        return [_item(at, timezone, None)]

    def sample(self) -> list[Item]:
        """The item of this second, in UTC: a person starts it outside of any rule."""
        return [_item(datetime.now(UTC).replace(microsecond=0), self.rules[0].timezone or "UTC", None)]


def _after(rule: Rule, moment: datetime, timezone: str) -> datetime | None:
    try:
        return rule.after(moment, ZoneInfo(rule.timezone or timezone))
    except OverflowError:  # beyond the year 9999
        return None


def _item(at: datetime, timezone: str, rule: int | None) -> Item:
    local = at.astimezone(ZoneInfo(timezone))
    return Item(
        {
            "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "local": local.isoformat(),
            "date": local.date().isoformat(),
            "time": local.time().isoformat(),
            "weekday": WEEKDAYS[local.weekday()],
            "timezone": timezone,
            "rule": rule,
        }
    )
