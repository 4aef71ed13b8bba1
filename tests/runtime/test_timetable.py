"""When a schedule fires, computed: what is late, what was missed, and what a rule may not answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from a8n import NodeError, ScheduleTrigger
from a8n.runtime.timetable import LATE, MOST, SECOND, Due, Timetable, micros_of, moment_of
from a8n.trigger import Misfire

HOUR = 3600 * SECOND
NOON = micros_of(datetime(2026, 5, 1, 12, tzinfo=UTC))


class Each(ScheduleTrigger):
    """Fires each so many seconds of the epoch, until an end."""

    key = "timetable.each"

    seconds: float = 60
    misfire: Misfire = "last"
    end: int = NOON + 24 * HOUR

    def next_after(self, moment: datetime, timezone: str) -> datetime | None:
        period = round(self.seconds * SECOND)
        at = (micros_of(moment) // period + 1) * period
        return moment_of(at) if at <= self.end else None

    @property
    def catch_up(self) -> Misfire:
        return self.misfire


def table(**params: Any) -> Timetable:
    return Timetable(Each(**params), "UTC")


def test_what_is_late_fires_whatever_the_policy() -> None:
    for misfire in ("none", "last", "all"):
        due = table(seconds=20, misfire=misfire).due(NOON, NOON + 45 * SECOND)
        assert due == Due([NOON, NOON + 20 * SECOND, NOON + 40 * SECOND], NOON + 60 * SECOND)


@pytest.mark.parametrize(
    ("misfire", "times"), [("none", []), ("last", [NOON]), ("all", [NOON - 2 * HOUR, NOON - HOUR, NOON])]
)
def test_what_was_missed_follows_the_policy(misfire: str, times: list[int]) -> None:
    due = table(seconds=3600, misfire=misfire).due(NOON - 2 * HOUR, NOON + 5 * 60 * SECOND)
    assert due == Due(times, NOON + HOUR)


def test_the_last_one_is_the_last_one_however_many_were_missed() -> None:
    due = table(seconds=120).due(NOON - 4000 * HOUR, NOON + 110 * SECOND)
    assert due == Due([NOON], NOON + 120 * SECOND)


def test_one_that_is_late_stands_for_those_that_were_missed() -> None:
    due = table(seconds=50).due(NOON - HOUR, NOON + SECOND)
    assert due.times == [NOON - 50 * SECOND, NOON]


def test_what_is_made_up_for_is_bounded_and_the_rest_is_told() -> None:
    clock = NOON + 10 * HOUR
    due = table(seconds=1, misfire="all").due(NOON, clock)
    assert due.times == [NOON + index * SECOND for index in range(MOST)]
    assert due.following == clock + SECOND
    assert due.note == "more than 1,000 times were missed: those from 2026-05-01T12:16:40+00:00 on are left out"
    exactly = table(seconds=1, misfire="all").due(NOON, NOON + (MOST - 1) * SECOND)
    assert (len(exactly.times), exactly.note) == (MOST, "")


def test_a_rule_quicker_than_we_are_does_not_hold_us_up() -> None:
    due = table(seconds=0.001).due(NOON, NOON + LATE)
    assert len(due.times) == MOST
    assert due.following == NOON + LATE + 1000


def test_the_end_of_a_rule_ends_it() -> None:
    assert table(seconds=60, end=NOON).due(NOON, NOON) == Due([NOON], None)
    assert table(seconds=60, end=NOON).due(NOON, NOON + HOUR) == Due([NOON], None)
    assert table(seconds=60, end=NOON + 60 * SECOND).upcoming(NOON, 5) == [NOON + 60 * SECOND]


@pytest.mark.parametrize(
    "answer", [moment_of(NOON), moment_of(NOON - 1), datetime(2027, 1, 1), "tomorrow"],
    ids=["the same", "before", "without a zone", "no time"],
)  # fmt: skip
def test_an_answer_that_would_never_end_is_an_error(answer: Any) -> None:
    class Wrong(ScheduleTrigger):
        key = "timetable.wrong"

        def next_after(self, moment: datetime, timezone: str) -> Any:
            return answer

    with pytest.raises(NodeError, match="next_after gave"):
        Timetable(Wrong(), "UTC").after(NOON)


def test_times_are_exact_to_the_microsecond() -> None:
    for at in (NOON + 1, NOON + 999_999, 4_102_444_800_123_457):
        assert micros_of(moment_of(at)) == at
    assert micros_of(moment_of(NOON) + timedelta(microseconds=7)) == NOON + 7
