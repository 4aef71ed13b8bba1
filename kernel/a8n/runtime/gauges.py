"""What metrics ask the database and the parts of a process, when somebody looks at them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from a8n.runtime.database import Database
from a8n.runtime.errors import StoreError
from a8n.runtime.schema import executions
from a8n.runtime.tallies import Labels

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

FRESH = 5.0
"""Seconds for which an answer of the database is given again."""
SAMPLE = 10_000
"""Queued executions of which the oldest is looked for: with more, the one found is old enough."""
OPEN = ("queued", "running", "waiting")

_e = executions.c


class Backlog(NamedTuple):
    """What the database has that is not over."""

    reachable: bool
    open: Mapping[str, int]
    """How many executions, by status."""
    oldest: float
    """Seconds for which the oldest of the queued ones has waited; 0 without any."""
    stuck: int
    """Running executions whose lease has ended."""


async def backlog(database: Database) -> Backlog:
    """Ask the database, by the index of what is not over. Raises StoreError."""
    unfinished = _e.finished_at.is_(None)
    at = database.clock()
    counts = select(_e.status, func.count()).where(unfinished, _e.status.in_(OPEN)).group_by(_e.status)
    queued = select(_e.created_at).where(unfinished, _e.status == "queued", _e.held.is_(False)).limit(SAMPLE).subquery()
    oldest = select(at - func.min(queued.c.created_at))
    expired = select(func.count()).where(unfinished, _e.status == "running", _e.lease_until < at)
    async with database.read() as connection:
        open_ones = dict.fromkeys(OPEN, 0) | {row[0]: row[1] for row in await connection.execute(counts)}
        waited = (await connection.execute(oldest)).scalar() if open_ones["queued"] else None
        stuck = (await connection.execute(expired)).scalar_one()
    return Backlog(True, open_ones, max(float(waited or 0) / 1e6, 0.0), stuck)


class Gauges:
    """The values of an instance that are looked up; `refresh` before they are read."""

    def __init__(self, instance: Instance):
        self._instance = instance
        self._backlog = Backlog(False, {}, 0.0, 0)
        self._asked = -FRESH
        self._lock = asyncio.Lock()
        self._register()

    async def refresh(self) -> None:
        """Ask the database, unless it was asked a moment ago. One that is away makes `a8n_store_up` 0."""
        async with self._lock:
            if time.monotonic() - self._asked < FRESH:
                return
            try:
                self._backlog = await backlog(self._instance.db)
            except StoreError:
                self._backlog = Backlog(False, {}, 0.0, 0)
            self._asked = time.monotonic()

    def _register(self) -> None:
        instance, add = self._instance, self._instance.metrics.gauge
        add("a8n_store_up", "Whether the database answered.", lambda: _one(self._backlog.reachable))
        add(
            "a8n_executions_open", "Executions of all processes that are not over, from the database.",
            lambda: {(status,): count for status, count in self._backlog.open.items()}, ("status",),
        )  # fmt: skip
        add(
            "a8n_queue_oldest_seconds", "For how long the oldest execution in the queue has waited.",
            lambda: _one(self._backlog.oldest),
        )  # fmt: skip
        add(
            "a8n_leases_expired", "Executions that nobody runs although their process said so: it died, or hangs.",
            lambda: _one(self._backlog.stuck),
        )  # fmt: skip
        add("a8n_in_flight", "Executions that this process holds.", lambda: _one(len(instance.runner.in_flight)))
        add(
            "a8n_queue_messages", "Wake-ups that this process has and did not begin.",
            lambda: _one(instance.broker.depth),
        )  # fmt: skip
        add(
            "a8n_writer_waiting_pages", "Pages that wait for the next transaction.",
            lambda: _one(instance.writer.depth),
        )  # fmt: skip
        add("a8n_pool_connections", "Connections to the database, beside the writer's.", self._pool, ("state",))
        if instance.bus is not None:
            bus = instance.bus
            add("a8n_redis_up", "Whether this process is connected with Redis.", lambda: _one(bus.connected))

    def _pool(self) -> Mapping[Labels, float]:
        pool = self._instance.db.engine.pool
        counts = {state: getattr(pool, state, None) for state in ("checkedin", "checkedout")}
        names = {"checkedin": "idle", "checkedout": "used"}
        return {(names[state],): float(count()) for state, count in counts.items() if count is not None}


def _one(value: float) -> Mapping[Labels, float]:
    return {(): float(value)}
