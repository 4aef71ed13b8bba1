"""From what a clock on the wall shows to moments, also in the nights when it is put forward or back.

Rules of the calendar are searched in wall time, which is a plain (naive) datetime without any such nights. What a
time on the wall means as a moment is decided here, in one of two ways: `once` for rules that name hours, `always` for
rules that go with the clock as it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

Walls = Callable[[datetime], Iterable[datetime]]
"""The times on the wall after a given one, in order: what a rule knows."""
SECOND = timedelta(seconds=1)


def once(walls: Walls, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment after `moment` (UTC) when each time on the wall counts once.

    One that comes twice counts when it comes first; one that is left out counts at the end of the gap.
    """
    for wall in walls(_wall(moment.astimezone(zone))):
        at = _moment(wall, zone)
        if at > moment:
            return at
    return None


def always(walls: Walls, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment after `moment` (UTC) when the clock shows one of the times.

    One that comes twice counts twice; one that is left out does not count.
    """
    here = moment.astimezone(zone)
    starts = [_wall(here)]
    back = here.utcoffset() or timedelta()
    back -= here.replace(fold=1).utcoffset() or timedelta()
    if here.fold == 0 and back > timedelta():  # the clock is about to be put back, and will show earlier times again
        starts.append(_wall(here) - back)
    found = [at for start in starts if (at := _shown(walls(start), moment, zone)) is not None]
    return min(found, default=None)


def _shown(walls: Iterable[datetime], moment: datetime, zone: ZoneInfo) -> datetime | None:
    for wall in walls:
        for at in _moments(wall, zone):
            if at > moment:
                return at
    return None


def _moments(wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """All moments when the clock shows this: none, one or two."""
    last = None
    for fold in (0, 1):
        at = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if at != last and _wall(at.astimezone(zone)) == wall:
            yield at
        last = at


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment when the clock shows this, or has passed it."""
    for at in _moments(wall, zone):
        return at
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)  # by the offset after the gap: a moment before it
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    offset = after.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // (2 * SECOND) * SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def _wall(local: datetime) -> datetime:
    return local.replace(tzinfo=None, fold=0)
