"""The table of nights in docs/schedules.md is true, and its example can be saved."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from a8n.params import Binder
from a8n_schedule import Schedule

PAGE = (Path(__file__).parents[3] / "docs" / "schedules.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\{.*\})` \| (\S+) \| (\S+) \| (.*) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("rule", "zone", "start", "expected"), ROWS, ids=[f"{zone} {rule}" for rule, zone, *_ in ROWS])
def test_the_nights_of_the_table(rule: str, zone: str, start: str, expected: str) -> None:
    trigger = Schedule.model_validate({"rules": [json.loads(rule)]})
    moment = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(seconds=1)
    found = []
    for _ in expected.split(", "):
        following = trigger.next_after(moment, zone)
        assert following is not None
        moment = following
        found.append(moment.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes"))
    assert ", ".join(found) == expected


def test_the_example_can_be_saved() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert Binder(Schedule, json.loads(example[1])).problems == []


def test_the_item_is_as_it_is_shown() -> None:
    shown = re.search(r"## The item\n\n```json\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    trigger = Schedule.model_validate({"rules": [{"kind": "interval", "every": 1, "unit": "minutes"}]})
    at = datetime(2026, 7, 5, 7, 30, tzinfo=UTC)
    assert trigger.fire(at, "Europe/Berlin")[0].json == json.loads(shown[1])
