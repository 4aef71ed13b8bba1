"""Finds what is due and nobody does: queued without a wake-up, expired leases, timers. Renews our own leases."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random

from a8n.runtime import faults
from a8n.runtime.executions import Executions
from a8n.runtime.runner import Runner
from a8n.runtime.settings import Settings

log = logging.getLogger("a8n.reaper")

BATCH = 100
PATIENCE = 5.0
"""Seconds that a look may take when the process stops: the database may be away."""


class Reaper:
    """A background task of every process that works."""

    def __init__(self, runner: Runner, executions: Executions, settings: Settings):
        self._runner = runner
        self._metrics = runner.observation.metrics
        self._executions = executions
        self._every = settings.reap
        self._lease = settings.lease
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._resting = False
        self._renewed = 0.0

    def start(self) -> None:
        """Begin, with a first look at once: that is the recovery after a crash."""
        self._task = asyncio.ensure_future(self._loop())

    def rest(self) -> None:
        """Look for nothing more. What still runs keeps its lease until `stop`, or others would run it as well."""
        self._resting = True

    async def stop(self) -> None:
        """End, after the look that may be going on: a query that is cancelled leaves its connection half open."""
        self._stopping.set()
        if self._task is not None:
            _, late = await asyncio.wait([self._task], timeout=PATIENCE)
            for task in late:
                task.cancel()

    @faults.around("reap")
    async def look(self) -> int:
        """Wake up everything that is due now; gives how many."""
        queue = self._runner.queue
        room = min(BATCH, queue.broker.room)
        if room <= 0:
            return 0
        due = await self._executions.due(room, self._every if queue.shared else 0)
        queue.take(due)
        return len(due)

    async def renew(self) -> None:
        """Extend the leases of what this process runs, once in a third of the lease."""
        now = asyncio.get_running_loop().time()
        if now - self._renewed < self._lease / 3:
            return
        self._renewed = now
        runs = {run.id: run.journal.epoch for run in self._runner.in_flight}
        if runs:
            lost = await self._executions.renew(runs)
            lost = [one for one in lost if self._runner.live(one) is not None]  # the others have ended meanwhile
            for execution_id in lost:
                log.warning("lost the lease of execution %s", execution_id)
            self._metrics.lost_leases.values[()] += len(lost)

    async def heed(self) -> None:
        """Stop what this process runs and somebody, through another process, wants stopped."""
        running = [run.id for run in self._runner.in_flight]
        if running:
            for execution_id in await self._executions.cancel_requests(running):
                await self._runner.steering.cancel(execution_id)

    async def let_go(self) -> None:
        """Give free places under concurrency limits to whom nobody gave them."""
        await self._runner.slots.look()

    async def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.renew()
                await self.heed()
                await self._runner.release_stranded()
                if not self._resting:
                    self._metrics.looked(await self.look())
                await self.let_go()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self._metrics.looked(None)
                log.warning("the reaper could not look: %s", error)
            pause = self._every * random.uniform(0.75, 1.25)  # noqa: S311  # spreads, hides nothing
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
