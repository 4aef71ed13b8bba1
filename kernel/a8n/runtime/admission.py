"""Admission control: new work is refused while this process or the queue has more than it can carry.

A timer looks at the load ten times a second and leaves a reason, or none; asking whether a run may start is one
look at that. What was accepted before is never dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import func, literal, select

from a8n.errors import A8nError
from a8n.runtime.database import Database
from a8n.runtime.memory import memory_limit, resident
from a8n.runtime.schema import executions
from a8n.runtime.settings import Settings

log = logging.getLogger("a8n.admission")

EVERY = 0.1
"""Seconds between two looks at this process."""
COUNT_EVERY = 5.0
"""Seconds between two looks at the queue in the database."""
SOON, LATER = 2, 15
"""Seconds in `Retry-After`: for what this process works off, and for what all of them have to."""


class OverloadedError(A8nError):
    """Nothing new is accepted now (HTTP 503). `retry_after` in seconds."""

    def __init__(self, reason: str, retry_after: int = SOON):
        super().__init__(f"{reason}; try again in {retry_after} s")
        self.retry_after = retry_after


class Load(NamedTuple):
    """What this process holds in memory."""

    executions: int
    """Running, or accepted and about to."""
    pages: int
    """Not written to the database yet."""


class Admission:
    """Whether a new run may start. `load` tells what the process holds."""

    def __init__(self, settings: Settings, database: Database, load: Callable[[], Load]):
        self._database = database
        self._load = load
        self._most = settings.max_backlog
        self._longest = settings.max_queue
        self._memory = memory_limit(settings.max_memory)
        self._closed: tuple[str, int] | None = None
        self._queue_is_full = False
        self._timer: asyncio.TimerHandle | None = None
        self._counting: asyncio.Task[None] | None = None

    def check(self) -> None:
        """Return when a new run may start. Raises OverloadedError."""
        if self._closed is not None:
            raise OverloadedError(*self._closed)

    def start(self) -> None:
        """Begin to look."""
        self._tick()
        if self._longest:
            self._counting = asyncio.ensure_future(self._count())

    async def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._counting is not None:
            self._counting.cancel()
            await asyncio.wait([self._counting])

    def look(self) -> None:
        """Weigh the load anew."""
        found = self._reason()
        if (found is None) != (self._closed is None):
            log.warning("new runs are %s", f"refused: {found[0]}" if found is not None else "accepted again")
        self._closed = found

    async def look_at_the_queue(self) -> None:
        """Count what waits in the database, as far as it matters."""
        waiting = select(literal(1)).where(executions.c.status == "queued", executions.c.finished_at.is_(None))
        bounded = select(func.count()).select_from(waiting.limit(self._longest).subquery())
        async with self._database.read() as connection:
            self._queue_is_full = (await connection.execute(bounded)).scalar_one() >= self._longest

    def _reason(self) -> tuple[str, int] | None:
        load = self._load()
        if load.executions >= self._most:
            return f"this process has {load.executions} executions to work off", SOON
        if load.pages >= self._most:
            return "the database takes records more slowly than they are made", SOON
        if self._queue_is_full:
            return f"{self._longest} executions wait to be run", LATER
        # Memory that was freed does not always go back to the system: who has nothing in hand may take something.
        if self._memory and load != (0, 0) and resident() > self._memory:
            return "this process has no memory to spare", SOON
        return None

    def _tick(self) -> None:
        self.look()
        self._timer = asyncio.get_running_loop().call_later(EVERY, self._tick)

    async def _count(self) -> None:
        while True:
            try:
                await self.look_at_the_queue()
            except A8nError as error:  # a database that is away refuses runs by itself
                log.debug("the queue was not counted: %s", error)
            await asyncio.sleep(COUNT_EVERY)
