"""The rounds that a working process makes: schedules, polls and listeners that are due."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from typing import TYPE_CHECKING

from a8n.runtime.clockwork import Clockwork
from a8n.runtime.errors import StoreError
from a8n.runtime.listeners import Listeners
from a8n.runtime.polls import Polls
from a8n.runtime.standing import StandingTriggers
from a8n.runtime.subscriptions import Subscriptions

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.rounds")


class Rounds:
    """Looks for triggers that are due, and wakes up for the next tick of a schedule."""

    def __init__(self, instance: Instance):
        self.standing = StandingTriggers(instance)
        self.subscriptions = Subscriptions(instance, self.standing)
        self.clockwork = Clockwork(instance, self.standing)
        self.polls = Polls(instance, self.standing)
        self.listeners = Listeners(instance, self.standing)
        self._every = min(instance.settings.reap, instance.settings.lease / 3)
        self._stopping = asyncio.Event()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, with a first look at once."""
        self._task = asyncio.ensure_future(self._loop())

    def changed(self) -> None:
        """A workflow went live or changed: look soon."""
        self._changed.set()

    async def stop(self, grace: float) -> None:
        """End; polls may finish, connections are given to others."""
        self._stopping.set()
        self._changed.set()
        if self._task is None:
            return
        _, late = await asyncio.wait([self._task], timeout=5)
        for task in late:
            task.cancel()
        await self.polls.stop(grace)
        await self.listeners.stop(grace)

    async def _loop(self) -> None:
        while not self._stopping.is_set():
            pause = self._every * random.uniform(0.75, 1.25)  # noqa: S311  # spreads, hides nothing
            self._changed.clear()
            for look in (self.clockwork.look, self.polls.look, self.listeners.look):
                try:
                    left = await look()
                    if left is not None:
                        pause = min(pause, max(left, 0.001))
                except StoreError as error:
                    log.warning("triggers cannot be looked after: %s", error)
                except Exception:
                    log.exception("triggers cannot be looked after")
            if not self._stopping.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), pause)
