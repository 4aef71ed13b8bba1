"""When a schedule fires, as a pure computation: the next times, and what to do about those that passed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from a8n.errors import NodeError
from a8n.items import Item
from a8n.trigger import ScheduleTrigger

SECOND = 1_000_000
LATE = 60 * SECOND
"""A time that is longer ago than this was missed, and the trigger says what becomes of it."""
MOST = 1_000
"""Times that one look fires, missed ones included."""


class Due(NamedTuple):
    """What a look at a schedule does."""

    times: list[int]
    following: int | None
    """When it is due again; None where the rule names no more times."""
    note: str = ""
    """What was left out."""


class Timetable:
    """The times of one schedule, in microseconds since 1970. Every method may raise what its plugin raises."""

    def __init__(self, trigger: ScheduleTrigger, timezone: str):
        self._trigger = trigger
        self._timezone = timezone

    def after(self, at: int) -> int | None:
        """The first time after a moment. Raises NodeError for an answer that is none, or would never end."""
        found = self._trigger.next_after(moment_of(at), self._timezone)
        if found is None:
            return None
        if not isinstance(found, datetime) or found.tzinfo is None:
            raise NodeError(f"next_after gave {found!r}, which is no time with a time zone")
        moment = micros_of(found)
        if moment <= at:
            raise NodeError(f"next_after gave {found.isoformat()}, which is not after {moment_of(at).isoformat()}")
        return moment

    def upcoming(self, at: int, count: int) -> list[int]:
        """The next times after a moment."""
        found: list[int] = []
        following = self.after(at)
        while following is not None and len(found) < count:
            found.append(following)
            following = self.after(following)
        return found

    def due(self, first: int, clock: int) -> Due:
        """What to fire of the times from `first`, which has come, until now.

        Those of the last minute are merely late, and all fire. Those before were missed: `none` drops them, `all`
        fires them, and `last` fires the last of them unless there is one that is merely late.
        """
        policy, late = self._trigger.catch_up, clock - LATE
        if first >= late or policy == "all":
            return self._walk(first, clock)
        found = self._walk(self.after(late - 1), clock)
        if policy == "last" and not found.times:
            return found._replace(times=[self._last(first, late)])
        return found

    def fire(self, at: int) -> list[Item]:
        """The items that the execution of a time starts with."""
        return self._trigger.fire(moment_of(at), self._timezone)

    def _walk(self, first: int | None, clock: int) -> Due:
        times: list[int] = []
        at = first
        while at is not None and at <= clock and len(times) < MOST:
            times.append(at)
            at = self.after(at)
        if at is None or at > clock:
            return Due(times, at)
        left_out = f"more than {MOST:,} times were missed: those from {moment_of(at).isoformat()} on are left out"
        return Due(times, self.after(clock), left_out)

    def _last(self, first: int, end: int) -> int:
        """The last time before `end`, looking back twice as far each time: a rule only tells what comes next."""
        at, reach = first, SECOND
        while end - reach > first:
            found = self.after(end - reach)
            if found is not None and found < end:
                at = found
                break
            reach *= 2
        while (following := self.after(at)) is not None and following < end:
            at = following
        return at


def moment_of(at: int) -> datetime:
    """Microseconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(at // SECOND, UTC).replace(microsecond=at % SECOND)


def micros_of(moment: datetime) -> int:
    """A time as microseconds since 1970, exactly."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds
