"""The schedule trigger: several rules, bounds, the item, and what cannot be saved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a8n import Kernel
from a8n.params import Binder
from a8n_schedule import Schedule

from .test_times import schedule, times, utc

NINE = {"kind": "daily", "at": ["09:00"]}


def problems(rule: dict[str, Any] | None = None, **params: Any) -> list[tuple[str, str]]:
    found = Binder(Schedule, {"rules": [rule or NINE], **params}).problems
    return [(problem.path, problem.message) for problem in found]


def test_it_is_a_schedule_trigger() -> None:
    entry = Kernel.discover().catalogue["schedule.trigger"]
    assert (entry.kind, entry.plugin.name) == ("schedule", "schedule")


def test_several_rules_each_in_a_zone_of_its_own() -> None:
    tokyo = {**NINE, "timezone": "Asia/Tokyo"}
    trigger = schedule(NINE, tokyo, {"kind": "daily", "at": ["00:00"], "timezone": "UTC"})
    start, found = utc("2026-06-01T12:00:00"), []
    for _ in range(3):
        following = trigger.next_after(start, "Europe/Berlin")
        assert following is not None
        start = following
        item = trigger.fire(start, "Europe/Berlin")[0].json
        found.append((item["timestamp"], item["timezone"], item["rule"]))
    assert found == [  # nine in Tokyo is midnight in UTC: one execution, of the first rule that names it
        ("2026-06-02T00:00:00Z", "Asia/Tokyo", 1),
        ("2026-06-02T07:00:00Z", "Europe/Berlin", 0),
        ("2026-06-03T00:00:00Z", "Asia/Tokyo", 1),
    ]


def test_the_item_tells_the_planned_time() -> None:
    trigger = schedule({"kind": "cron", "line": "30 9 * * *"}, {"kind": "interval", "every": 1, "unit": "seconds"})
    assert [item.json for item in trigger.fire(utc("2026-07-05T07:30:00"), "Europe/Berlin")] == [
        {
            "timestamp": "2026-07-05T07:30:00Z",
            "local": "2026-07-05T09:30:00+02:00",
            "date": "2026-07-05",
            "time": "09:30:00",
            "weekday": "sunday",
            "timezone": "Europe/Berlin",
            "rule": 0,
        }
    ]


def test_a_start_by_hand_has_an_item_of_the_same_shape() -> None:
    trigger = schedule(NINE)
    planned = trigger.fire(utc("2026-07-05T09:00:00"), "UTC")[0].json
    by_hand = trigger.sample()[0].json
    assert set(by_hand) == set(planned)
    assert by_hand["rule"] is None


def test_bounds_are_included_and_dates_are_whole_days() -> None:
    trigger = schedule(NINE, **{"from": "2026-03-01", "until": "2026-03-02"})
    assert times(trigger, "2026-01-01T00:00:00", 3) == [
        "2026-03-01 09:00:00+00:00",
        "2026-03-02 09:00:00+00:00",
        "never",
    ]
    trigger = schedule(NINE, **{"from": "2026-03-01T09:00", "until": "2026-03-02T10:00+01:00"})
    assert times(trigger, "2026-01-01T00:00:00", 3)[1:] == ["2026-03-02 09:00:00+00:00", "never"]


def test_bounds_are_on_the_clock_of_the_workflow() -> None:
    trigger = schedule({"kind": "interval", "every": 1, "unit": "hours"}, **{"from": "2026-03-01T00:00"})
    assert times(trigger, "2026-01-01T00:00:00", 1, "Asia/Tokyo") == ["2026-03-01 00:00:00+09:00"]


@pytest.mark.parametrize("misfire", ["none", "last", "all"])
def test_what_becomes_of_missed_times_is_a_parameter(misfire: str) -> None:
    assert schedule(NINE, misfire=misfire).catch_up == misfire
    assert schedule(NINE).catch_up == "last"


def test_there_is_an_end_of_time() -> None:
    rules = (
        {"kind": "cron", "line": "0 0 29 2 *"},
        NINE,
        {"kind": "interval"},
        {"kind": "monthly"},
        {"kind": "weekly"},
    )
    for rule in rules:
        assert schedule(rule).next_after(datetime(9999, 12, 31, 23, 30, tzinfo=UTC), "Pacific/Kiritimati") is None


MANY = ",".join(map(str, range(60)))
REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no cron line": ({"kind": "cron", "line": "every day"}, "line", "no cron line"),
    "too few fields": ({"kind": "cron", "line": "* * * *"}, "line", "number of fields"),
    "a minute too many": ({"kind": "cron", "line": "60 * * * *"}, "line", "bad minute"),
    "a long cron line": ({"kind": "cron", "line": "1," * 200 + "1 * * * *"}, "line", "at most 200"),
    "30 February": ({"kind": "cron", "line": "0 0 30 2 *"}, "line", "day-of-month"),
    "an empty interval": ({"kind": "interval", "every": 0}, "every", "greater than"),
    "half a second": ({"kind": "interval", "every": 0.5, "unit": "seconds"}, "every", "integer"),
    "an anchor that is none": ({"kind": "interval", "anchor": "noon"}, "anchor", "no date"),
    "no time of day": ({"kind": "daily", "at": ["9 o'clock"]}, "at", "no time of day"),
    "no time at all": ({"kind": "daily", "at": []}, "at", "at least 1"),
    "no such zone": ({**NINE, "timezone": "Europe/Atlantis"}, "timezone", "no time zone"),
    "a zone that is a path": ({**NINE, "timezone": "../../etc/passwd"}, "timezone", "no time zone"),
    "no days": ({"kind": "weekly", "days": []}, "days", "at least 1"),
    "day 0": ({"kind": "monthly", "days": [0]}, "days", "no day 0"),
    "day 32": ({"kind": "monthly", "days": [32]}, "days.0", "less than"),
    "31 April": ({"kind": "yearly", "months": ["april"], "days": [31]}, "days", "no day 31 in April"),
    "a month without the day": (
        {"kind": "monthly", "days": [30], "every": 12, "anchor": "2026-02-01"},
        "anchor",
        "such a day",
    ),
    "no rule": ({"kind": "rrule", "rule": "DAILY"}, "rule", "no recurrence rule"),
    "a rule by seconds": ({"kind": "rrule", "rule": "FREQ=SECONDLY"}, "rule", "FREQ"),
    "a rule of an unknown part": ({"kind": "rrule", "rule": "FREQ=DAILY;TZID=X"}, "rule", "no recurrence rule"),
    "a rule for no day": ({"kind": "rrule", "rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, "rule", "never fires"),
    "a rule that is over": ({"kind": "rrule", "rule": "FREQ=DAILY;UNTIL=19600101"}, "rule", "never fires"),
    "a rule that counts far": ({"kind": "rrule", "rule": "FREQ=DAILY;COUNT=99999"}, "rule", "COUNT"),
    "a rule of many times": (
        {"kind": "rrule", "rule": f"FREQ=DAILY;BYSECOND={MANY};BYMINUTE={MANY}"},
        "rule",
        "times on one day",
    ),
    "a start with an offset": (
        {"kind": "rrule", "rule": "FREQ=DAILY", "start": "2026-01-01T00:00Z"},
        "start",
        "without an offset",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "field", "message"), REFUSED.values(), ids=REFUSED)
def test_rules_that_cannot_be_saved(rule: dict[str, Any], field: str, message: str) -> None:
    (problem,) = problems(rule)
    assert problem[0] == f"rules.0.{field}"
    assert message in problem[1]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"rules": []}, "rules"),
        ({"from": "soon"}, "from"),
        ({"until": "2026-02-30"}, "until"),
        ({"from": "2026-05-02", "until": "2026-05-01"}, "until"),
        ({"misfire": "some"}, "misfire"),
    ],
    ids=["no rules", "from", "until", "turned round", "misfire"],
)
def test_parameters_that_cannot_be_saved(params: dict[str, Any], field: str) -> None:
    assert [path for path, _ in problems(**params)] == [field]


# --- what holds for every schedule -------------------------------------------------------------------------------

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca",
     "Pacific/Apia", "Asia/Kathmandu"]
)  # fmt: skip
CLOCKS = st.times().map(lambda time: time.replace(microsecond=0).isoformat())
TIMES = st.lists(CLOCKS, min_size=1, max_size=3)
FIELDS = st.sampled_from(["*", "*/7", "0", "1", "2", "1-3", "30", "2,45"])
HOURS = st.sampled_from(["*", "*/2", "0", "1", "2", "3", "1-3", "23"])
RULES = st.one_of(
    st.builds(
        lambda every, unit: {"kind": "interval", "every": every, "unit": unit},
        st.integers(1, 100),
        st.sampled_from(["seconds", "minutes", "hours", "days", "weeks"]),
    ),
    st.builds(lambda s, m, h: {"kind": "cron", "line": f"{s} {m} {h} * * *"}, FIELDS, FIELDS, HOURS),
    st.builds(lambda m, h: {"kind": "cron", "line": f"{m} {h} * * SUN"}, FIELDS, HOURS),
    st.builds(lambda at, every: {"kind": "daily", "at": at, "every": every}, TIMES, st.integers(1, 5)),
    st.builds(
        lambda at, every: {"kind": "weekly", "at": at, "every": every, "days": ["sunday", "saturday"]},
        TIMES,
        st.integers(1, 3),
    ),
    st.builds(
        lambda at, days: {"kind": "monthly", "at": at, "days": days},
        TIMES,
        st.lists(st.integers(1, 31), min_size=1, max_size=4),
    ),
    st.just({"kind": "rrule", "rule": "FREQ=DAILY;BYHOUR=1,2,3"}),
)
CHANGES = [
    utc(text)
    for text in (
        "2026-03-29T01:00:00", "2026-10-25T01:00:00", "2026-03-08T07:00:00", "2026-11-01T06:00:00",
        "2026-04-04T15:00:00", "2026-10-03T15:30:00", "2026-04-05T03:00:00", "2026-09-06T04:00:00",
        "2011-12-30T10:00:00",
    )
]  # fmt: skip
MOMENTS = st.builds(
    lambda change, seconds, micros: change + timedelta(seconds=seconds, microseconds=micros),
    st.sampled_from(CHANGES),
    st.integers(-2 * 86_400, 2 * 86_400) | st.integers(-5400, 5400),
    st.sampled_from([0, 0, 1, 999_999]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(RULES, min_size=1, max_size=2), ZONES, MOMENTS, st.floats(0, 1))
def test_no_time_comes_twice_or_is_passed_over(
    rules: list[dict[str, Any]], zone: str, start: datetime, part: float
) -> None:
    """Whoever asks, from wherever: the times increase, and a later start finds the same ones."""
    trigger, moment = schedule(*rules), start
    for _ in range(4):
        following = trigger.next_after(moment, zone)
        assert following is not None
        assert following > moment
        assert following.microsecond == 0
        between = moment + (following - moment) * part
        if between < following:
            assert trigger.next_after(between, zone) == following
        assert trigger.next_after(following - timedelta(microseconds=1), zone) == following
        assert trigger.fire(following, zone)[0].json["rule"] is not None
        moment = following
