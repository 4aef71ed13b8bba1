"""When a schedule fires: tables of times, written by hand from the calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from a8n_schedule import Schedule


def schedule(*rules: dict[str, Any], **params: Any) -> Schedule:
    return Schedule.model_validate({"rules": list(rules), **params})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(trigger: Schedule, start: str, count: int, zone: str = "UTC") -> list[str]:
    """The next times after a start in UTC, as they show on a clock in the zone."""
    moment = utc(start)
    found: list[str] = []
    for _ in range(count):
        following = trigger.next_after(moment, zone)
        if following is None:
            return [*found, "never"]
        assert following > moment
        assert following.utcoffset() == UTC.utcoffset(None)
        moment = following
        found.append(trigger.fire(moment, zone)[0].json["local"].replace("T", " "))
    return found


# --- the calendar ------------------------------------------------------------------------------------------------

MONTHLY: dict[str, Any] = {"kind": "monthly", "at": ["08:00"]}
TABLE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "every 15 minutes": (
        {"kind": "interval", "every": 15, "unit": "minutes"},
        ["2026-01-28 12:15", "2026-01-28 12:30"],
    ),
    "every 7 hours from an anchor to come": (
        {"kind": "interval", "every": 7, "anchor": "2026-02-01T00:00"},
        ["2026-01-28 19:00", "2026-01-29 02:00"],
    ),
    "every 2 weeks begins on a Monday": (
        {"kind": "interval", "every": 2, "unit": "weeks"},
        ["2026-02-02 00:00", "2026-02-16 00:00"],
    ),
    "daily, twice": ({"kind": "daily", "at": ["17:30", "09:00"]}, ["2026-01-28 17:30", "2026-01-29 09:00"]),
    "every third day": (
        {"kind": "daily", "every": 3, "anchor": "2026-02-01"},
        ["2026-01-29 09:00", "2026-02-01 09:00"],
    ),
    "weekly": (
        {"kind": "weekly", "days": ["friday", "wednesday"]},
        ["2026-01-30 09:00", "2026-02-04 09:00"],
    ),
    "every second week": (
        {"kind": "weekly", "every": 2, "anchor": "2026-02-04", "days": ["tuesday", "sunday"]},
        ["2026-02-03 09:00", "2026-02-08 09:00", "2026-02-17 09:00"],
    ),
    "the first of the month": (MONTHLY, ["2026-02-01 08:00", "2026-03-01 08:00"]),
    "the last day": ({**MONTHLY, "days": [-1]}, ["2026-01-31 08:00", "2026-02-28 08:00"]),
    "the 31st, which not all have": ({**MONTHLY, "days": [31]}, ["2026-01-31 08:00", "2026-03-31 08:00"]),
    "the last workday and the 28th": (
        {**MONTHLY, "days": [28], "weekdays": [{"nth": "last", "day": "workday"}]},
        ["2026-01-30 08:00", "2026-02-27 08:00", "2026-02-28 08:00"],
    ),
    "the second Tuesday": (
        {**MONTHLY, "weekdays": [{"nth": "second", "day": "tuesday"}]},
        ["2026-02-10 08:00", "2026-03-10 08:00"],
    ),
    "the fifth Friday": (
        {**MONTHLY, "weekdays": [{"nth": "fifth", "day": "friday"}]},
        ["2026-01-30 08:00", "2026-05-29 08:00"],
    ),
    "the first day of a weekend": (
        {**MONTHLY, "weekdays": [{"nth": "first", "day": "weekend_day"}]},
        ["2026-02-01 08:00", "2026-03-01 08:00", "2026-04-04 08:00"],
    ),
    "each quarter": ({**MONTHLY, "every": 3}, ["2026-04-01 08:00", "2026-07-01 08:00"]),
    "leap days": (
        {"kind": "yearly", "months": ["february"], "days": [29]},
        ["2028-02-29 09:00", "2032-02-29 09:00"],
    ),
    "Thanksgiving": (
        {"kind": "yearly", "months": ["november"], "weekdays": [{"nth": "fourth", "day": "thursday"}]},
        ["2026-11-26 09:00", "2027-11-25 09:00"],
    ),
    "cron on workdays": (
        {"kind": "cron", "line": "0 9 * * MON-FRI"},
        ["2026-01-29 09:00", "2026-01-30 09:00", "2026-02-02 09:00"],
    ),
    "cron with six fields": (
        {"kind": "cron", "line": "*/20 0 12 * * *"},
        ["2026-01-28 12:00:20", "2026-01-28 12:00:40", "2026-01-29 12:00"],
    ),
    "cron by the last Friday and the second Monday": (
        {"kind": "cron", "line": "0 6 * * 5L,MON#2"},
        ["2026-01-30 06:00", "2026-02-09 06:00", "2026-02-27 06:00"],
    ),
    "cron on the last day": ({"kind": "cron", "line": "0 0 L * *"}, ["2026-01-31 00:00", "2026-02-28 00:00"]),
    "cron on the last workday": ({"kind": "cron", "line": "0 0 LW * *"}, ["2026-01-30 00:00", "2026-02-27 00:00"]),
    "cron with names, ranges and steps": (
        {"kind": "cron", "line": "0 8-18/5 1 jan,JUL *"},
        ["2026-07-01 08:00", "2026-07-01 13:00", "2026-07-01 18:00", "2027-01-01 08:00"],
    ),
    "cron by either of two days": ({"kind": "cron", "line": "0 0 1 * MON"}, ["2026-02-01 00:00", "2026-02-02 00:00"]),
    "a name for a cron line": ({"kind": "cron", "line": "@monthly"}, ["2026-02-01 00:00", "2026-03-01 00:00"]),
    "a recurrence rule": (
        {"kind": "rrule", "rule": "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU", "start": "2026-02-03T07:00"},
        ["2026-02-03 07:00", "2026-02-08 07:00", "2026-02-17 07:00"],
    ),
    "a recurrence rule that began long ago": (
        {"kind": "rrule", "rule": "FREQ=DAILY;INTERVAL=10", "start": "1970-01-01T00:00"},
        ["2026-02-06 00:00", "2026-02-16 00:00"],
    ),
    "a recurrence rule that is counted": (
        {"kind": "rrule", "rule": "FREQ=DAILY;COUNT=3", "start": "2026-01-27T18:00"},
        ["2026-01-28 18:00", "2026-01-29 18:00", "never"],
    ),
    "a recurrence rule with an end": (
        {"kind": "rrule", "rule": "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260301T000000Z"},
        ["2026-01-30 09:00", "2026-02-27 09:00", "never"],
    ),
}


@pytest.mark.parametrize(("rule", "expected"), TABLE.values(), ids=TABLE)
def test_the_calendar(rule: dict[str, Any], expected: list[str]) -> None:
    found = times(schedule(rule), "2026-01-28T12:00:00", len(expected))
    assert found == [
        text if text == "never" else f"{text if len(text) > 16 else text + ':00'}+00:00" for text in expected
    ]


# --- the nights when the clock is changed ------------------------------------------------------------------------

SPRING = {  # zone: before the change, the night's 02:15 in full, what `*/30` cron and 30-minute intervals give
    "Europe/Berlin": (
        "2026-03-28T23:00:00",
        "2026-03-29 03:00:00+02:00",
        ["2026-03-29 01:30:00+01:00", "2026-03-29 03:00:00+02:00"],
    ),
    "America/New_York": (
        "2026-03-08T05:00:00",
        "2026-03-08 03:00:00-04:00",
        ["2026-03-08 01:30:00-05:00", "2026-03-08 03:00:00-04:00"],
    ),
    "Australia/Lord_Howe": (
        "2026-10-03T13:30:00",
        "2026-10-04 02:30:00+11:00",
        ["2026-10-04 01:30:00+10:30", "2026-10-04 02:30:00+11:00"],
    ),
}
AUTUMN = {  # the same for a time that comes twice, which is 01:45 everywhere but in Berlin
    "Europe/Berlin": (
        "2026-10-24T22:00:00",
        "02:45",
        "2026-10-25 02:45:00+02:00",
        ["02:30:00+02:00", "02:00:00+01:00", "02:30:00+01:00", "03:00:00+01:00"],
    ),
    "America/New_York": (
        "2026-11-01T04:00:00",
        "01:45",
        "2026-11-01 01:45:00-04:00",
        ["01:30:00-04:00", "01:00:00-05:00", "01:30:00-05:00", "02:00:00-05:00"],
    ),
    "Australia/Lord_Howe": (
        "2026-04-04T13:00:00",
        "01:45",
        "2026-04-05 01:45:00+11:00",
        ["01:30:00+11:00", "01:30:00+10:30", "02:00:00+10:30"],
    ),
}
BY_THE_HOUR: dict[str, dict[str, Any]] = {
    "daily": {"kind": "daily", "at": ["{}"]},
    "weekly": {"kind": "weekly", "days": ["sunday"], "at": ["{}"]},
    "monthly": {"kind": "monthly", "days": [1, 4, 5, 8, 25, 29], "at": ["{}"]},
    "cron": {"kind": "cron", "line": "{m} {h} * * *"},
    "cron with seconds": {"kind": "cron", "line": "0 {m} {h} * * *"},
    "rrule": {"kind": "rrule", "rule": "FREQ=DAILY;BYHOUR={h};BYMINUTE={m};BYSECOND=0"},
}


def at(rule: dict[str, Any], time: str) -> dict[str, Any]:
    """The rule for this time of day."""
    hour, minute = time.split(":")

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(one) for one in value]
        return value.format(time, h=int(hour), m=int(minute)) if isinstance(value, str) else value

    return {name: filled(value) for name, value in rule.items()}


@pytest.mark.parametrize("zone", SPRING)
@pytest.mark.parametrize("rule", BY_THE_HOUR.values(), ids=BY_THE_HOUR)
def test_a_time_left_out_in_spring_fires_once_just_after(rule: dict[str, Any], zone: str) -> None:
    start, expected, _ = SPRING[zone]
    found = times(schedule(at(rule, "02:15")), start, 2, zone)
    assert found[0] == expected
    assert found[1][:10] > expected[:10]


@pytest.mark.parametrize("zone", AUTUMN)
@pytest.mark.parametrize("rule", BY_THE_HOUR.values(), ids=BY_THE_HOUR)
def test_a_time_that_comes_twice_in_autumn_fires_once_at_the_first(rule: dict[str, Any], zone: str) -> None:
    start, time, expected, _ = AUTUMN[zone]
    found = times(schedule(at(rule, time)), start, 2, zone)
    assert found[0] == expected
    assert found[1][:10] > expected[:10]


@pytest.mark.parametrize("zone", SPRING)
def test_a_cron_line_that_goes_with_the_clock_leaves_out_what_spring_does(zone: str) -> None:
    start, _, expected = SPRING[zone]
    found = times(schedule({"kind": "cron", "line": "*/30 * * * *"}), start, 6, zone)
    place = found.index(expected[0])
    assert found[place : place + 2] == expected


@pytest.mark.parametrize("zone", AUTUMN)
def test_a_cron_line_that_goes_with_the_clock_repeats_what_autumn_does(zone: str) -> None:
    start, _, _, expected = AUTUMN[zone]
    found = [text[11:] for text in times(schedule({"kind": "cron", "line": "*/30 * * * *"}), start, 12, zone)]
    place = found.index(expected[0])
    assert found[place : place + len(expected)] == expected


@pytest.mark.parametrize("start", ["2026-03-28T20:00:00", "2026-10-24T20:00:00"], ids=["spring", "autumn"])
def test_intervals_know_no_such_nights(start: str) -> None:
    trigger, moment = schedule({"kind": "interval", "every": 1, "unit": "hours"}), utc(start)
    for _ in range(10):
        following = trigger.next_after(moment, "Europe/Berlin")
        assert following is not None
        assert (following - moment).total_seconds() == 3600
        moment = following


def test_several_times_in_the_gap_fire_once() -> None:
    trigger = schedule({"kind": "daily", "at": ["02:00", "02:30", "03:00"]})
    found = times(trigger, "2026-03-28T23:00:00", 2, "Europe/Berlin")
    assert found == ["2026-03-29 03:00:00+02:00", "2026-03-30 02:00:00+02:00"]


def test_a_day_that_a_zone_left_out() -> None:
    """Samoa had no 30 December 2011: it went over the date line."""
    found = times(schedule({"kind": "daily", "at": ["12:00"]}), "2011-12-29T12:00:00", 3, "Pacific/Apia")
    assert found == ["2011-12-29 12:00:00-10:00", "2011-12-31 00:00:00+14:00", "2011-12-31 12:00:00+14:00"]
