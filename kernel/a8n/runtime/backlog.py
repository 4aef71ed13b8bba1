"""What waits in the database to be run: fetched as this process gets room, in turns of the projects."""

from __future__ import annotations

import asyncio
import logging

from a8n.runtime.executions import Executions
from a8n.runtime.queue import Queue

log = logging.getLogger("a8n.backlog")

AHEAD = 64
"""Most executions that are fetched before there is room for them: few, because they run in the order they came."""


class Backlog:
    """Fetches due executions when one that ran has ended, while more are known to wait.

    With `always` each end is a reason to look, because a place under a limit over all processes may be free.
    """

    def __init__(self, executions: Executions, queue: Queue, *, always: bool):
        self._executions = executions
        self._queue = queue
        self._always = always
        self._more = False
        self._task: asyncio.Task[None] | None = None

    @property
    def is_needed(self) -> bool:
        """Whether what comes now has to wait in the database: there is no room, or others wait there already."""
        return self._more or self._queue.broker.room <= 0

    def added(self) -> None:
        """Something was stored that nobody was woken for."""
        self._more = True
        if self._queue.broker.room > 0:
            self.ended()

    def ended(self) -> None:
        """An execution that ran here is over."""
        if (self._more or self._always) and self._task is None and self._queue.broker.depth == 0:
            self._task = asyncio.ensure_future(self._fetch())

    async def close(self) -> None:
        """Wait for what is under way."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _fetch(self) -> None:
        try:
            due = await self._executions.due(AHEAD)
            self._more = len(due) >= AHEAD
            self._queue.take(due)
        except Exception as error:  # the reaper looks anyway
            log.warning("the queue could not be looked at: %s", error)
        finally:
            self._task = None
