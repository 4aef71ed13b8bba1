"""Date and time: zones, months, and the nights in which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from a8n import NodeError
from a8n.testing import objects, run_sync
from a8n_data import DateAndTime


def result(action: dict[str, Any], zone: str = "Europe/Berlin", form: str = "iso") -> Any:
    params = {"action": action, "zone": zone, "format": form, "destination": "r"}
    return objects(run_sync(DateAndTime, params)["main"])[0]["r"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-31", "2026-01-31T00:00:00+01:00"),
        ("2026-07-01T12:00Z", "2026-07-01T14:00:00+02:00"),
        ("20260131T120000", "2026-01-31T12:00:00+01:00"),
        (0, "1970-01-01T01:00:00+01:00"),
        (1_767_225_600_000, "2026-01-01T01:00:00+01:00"),
        (-1, "1970-01-01T00:59:59+01:00"),
        ("Jan 31, 2026 2:30 pm", "2026-01-31T14:30:00+01:00"),
        ("Sat, 31 Jan 2026 12:00:00 GMT", "2026-01-31T13:00:00+01:00"),
        ("2026-03-29T02:30", "2026-03-29T03:30:00+02:00"),
        ("2026-10-25T02:30", "2026-10-25T02:30:00+02:00"),
    ],
)
def test_reading(value: Any, expected: str) -> None:
    assert result({"do": "format", "value": value}) == expected


def test_day_first_and_exact_forms() -> None:
    assert result({"do": "format", "value": "01/02/2026"}, form="date") == "2026-01-02"
    assert result({"do": "format", "value": "01/02/2026", "day_first": True}, form="date") == "2026-02-01"
    assert result({"do": "format", "value": "26|01|31", "read_as": "%y|%m|%d"}, form="date") == "2026-01-31"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "2026-13-01",
        "2026-02-30",
        "May",
        "12:30",
        "2026",
        None,
        True,
        [],
        {},
        1e300,
        "9" * 300,
        "1 Jan 2026 XYZ",
        "é",
        "-",
        "0000-00-00",
    ],
)
def test_what_is_no_date_is_named(value: Any) -> None:
    with pytest.raises(NodeError, match="not a date") as caught:
        result({"do": "format", "value": value})
    assert caught.value.field == "action.value"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("iso", "2026-01-31T14:05:09.500000+01:00"), ("date", "2026-01-31"), ("time", "14:05:09.500000"),
        ("unix", 1769864709.5), ("unix_ms", 1769864709500), ("rfc2822", "Sat, 31 Jan 2026 14:05:09 +0100"),
        ("%d.%m.%y %H Uhr %M %%", "31.01.26 14 Uhr 05 %"), ("", ""),
    ],
)  # fmt: skip
def test_writing(form: str, expected: Any) -> None:
    assert result({"do": "format", "value": "2026-01-31T14:05:09.5"}, form=form) == expected


@pytest.mark.parametrize("form", ["%1000000d", "%", "%Q", "%^Y%", "%x"])
def test_forms_that_are_refused(form: str) -> None:
    with pytest.raises(NodeError, match="no date format") as caught:
        result({"do": "format", "value": "2026-01-31"}, form=form)
    assert caught.value.field == "format"


@pytest.mark.parametrize(
    ("value", "amount", "unit", "expected"),
    [
        ("2026-01-31T12:00", 1, "months", "2026-02-28T12:00:00+01:00"),
        ("2024-02-29T12:00", 1, "years", "2025-02-28T12:00:00+01:00"),
        ("2026-03-31", -1, "months", "2026-02-28T00:00:00+01:00"),
        ("2026-03-28T12:00", 1, "days", "2026-03-29T12:00:00+02:00"),
        ("2026-03-28T12:00", 24, "hours", "2026-03-29T13:00:00+02:00"),
        ("2026-10-24T12:00", 1, "days", "2026-10-25T12:00:00+01:00"),
        ("2026-10-24T12:00", 24, "hours", "2026-10-25T11:00:00+01:00"),
        ("2026-03-28T02:30", 1, "days", "2026-03-29T03:30:00+02:00"),
        ("2026-10-25T02:30", 1, "hours", "2026-10-25T02:30:00+01:00"),
        ("2026-01-01T12:00", 1.5, "days", "2026-01-03T00:00:00+01:00"),
        ("2026-01-01T12:00", -90, "minutes", "2026-01-01T10:30:00+01:00"),
        ("2026-01-01", 2, "weeks", "2026-01-15T00:00:00+01:00"),
    ],
)
def test_adding(value: str, amount: float, unit: str, expected: str) -> None:
    assert result({"do": "add", "value": value, "amount": amount, "unit": unit}) == expected


@pytest.mark.parametrize(("amount", "unit"), [(1e12, "years"), (-1e12, "hours"), (10_000, "years"), (1e11, "weeks")])
def test_dates_beyond_the_calendar(amount: float, unit: str) -> None:
    with pytest.raises(NodeError, match="years 1 to 9999"):
        result({"do": "add", "value": "2026-01-01", "amount": amount, "unit": unit})


def test_half_a_month_is_no_amount() -> None:
    with pytest.raises(NodeError, match="whole numbers"):
        result({"do": "add", "value": "2026-01-01", "amount": 0.5, "unit": "months"})


@pytest.mark.parametrize(
    ("start", "end", "unit", "expected"),
    [
        ("2026-03-28", "2026-03-30", "days", 2), ("2026-03-28", "2026-03-30", "hours", 47),
        ("2026-01-31", "2026-02-28", "months", 1), ("2026-01-31", "2026-02-27", "months", 0),
        ("2025-12-31", "2027-01-30", "years", 1),
        ("2026-01-15", "2026-01-01", "weeks", -2), ("2026-01-01T00:00", "2026-01-01T12:00", "days", 0.5),
        ("2026-01-01T00:00Z", "2026-01-01T00:00+01:00", "minutes", -60), (0, 1500, "seconds", 1500),
    ],
)  # fmt: skip
def test_differences(start: Any, end: Any, unit: str, expected: float) -> None:
    assert result({"do": "difference", "start": start, "end": end, "unit": unit}) == expected


@pytest.mark.parametrize(
    ("to", "period", "expected"),
    [
        ("start", "year", "2026-01-01T00:00:00+01:00"), ("start", "quarter", "2026-04-01T00:00:00+02:00"),
        ("start", "month", "2026-05-01T00:00:00+02:00"), ("start", "week", "2026-05-11T00:00:00+02:00"),
        ("start", "day", "2026-05-14T00:00:00+02:00"), ("start", "hour", "2026-05-14T16:00:00+02:00"),
        ("start", "minute", "2026-05-14T16:45:00+02:00"), ("start", "second", "2026-05-14T16:45:30+02:00"),
        ("end", "quarter", "2026-06-30T23:59:59.999999+02:00"), ("end", "day", "2026-05-14T23:59:59.999999+02:00"),
        ("end", "year", "2026-12-31T23:59:59.999999+01:00"), ("nearest", "hour", "2026-05-14T17:00:00+02:00"),
        ("nearest", "month", "2026-05-01T00:00:00+02:00"), ("nearest", "day", "2026-05-15T00:00:00+02:00"),
    ],
)  # fmt: skip
def test_rounding(to: str, period: str, expected: str) -> None:
    assert result({"do": "round", "value": "2026-05-14T16:45:30.25", "to": to, "period": period}) == expected


def test_the_end_of_a_day_of_23_hours() -> None:
    assert result({"do": "round", "value": "2026-03-29T12:00", "to": "end"}) == "2026-03-29T23:59:59.999999+02:00"


def test_the_workflows_zone_is_the_default() -> None:
    assert result({"do": "format", "value": "2026-01-01"}, zone="") == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "Europe/Berlin\0", " "])
def test_zones_that_are_none(zone: str) -> None:
    with pytest.raises(NodeError, match="no time zone") as caught:
        result({"do": "now"}, zone=zone)
    assert caught.value.field == "zone"


def test_now_is_between_before_and_after() -> None:
    before = datetime.now(UTC)
    assert before <= datetime.fromisoformat(result({"do": "now"})) <= datetime.now(UTC)
