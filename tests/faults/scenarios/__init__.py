"""All scenarios, in the order of the table in docs/durability.md."""

from __future__ import annotations

from tests.faults.scenario import Scenario
from tests.faults.scenarios import (
    cancel,
    database,
    disk,
    drain,
    flood,
    kills,
    moments,
    paused,
    poison,
    redis,
    replies,
    ticks,
    timers,
)

ALL: tuple[Scenario, ...] = (
    kills.ACCEPTED,
    kills.STEPS,
    moments.MOMENTS,
    paused.PAUSED,
    timers.TIMERS,
    ticks.TICKS,
    replies.REPLIES,
    redis.REDIS,
    database.AWAY,
    disk.FULL,
    drain.DRAIN,
    flood.FLOOD,
    poison.POISON,
    cancel.CANCEL,
)
