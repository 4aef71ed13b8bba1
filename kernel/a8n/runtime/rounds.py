"""The rounds that a working process makes: schedules, polls and connections that are due."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from a8n.runtime.absences import Absences
from a8n.runtime.clockwork import Clockwork
from a8n.runtime.errors import StoreError
from a8n.runtime.holdings import Holdings
from a8n.runtime.listeners import Listeners
from a8n.runtime.polls import Polls
from a8n.runtime.standing import StandingTriggers
from a8n.runtime.subscriptions import Subscriptions

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.rounds")

PATIENCE = 5.0
"""Seconds that a look may take when the process stops."""
SUBSCRIPTIONS = 30.0
"""Seconds between two looks for subscriptions that a crash kept from being made."""

Look = Callable[[], Awaitable[float | None]]


class Watch:
    """Looks again and again: `look` gives the seconds until it has something to do, or None."""

    def __init__(self, look: Look, every: float):
        self._look = look
        self._every = every
        self._changed = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, with a first look at once."""
        self._task = asyncio.ensure_future(self._loop())

    def wake(self) -> None:
        """Look now."""
        self._changed.set()

    async def stop(self) -> None:
        """End after the look that may be going on."""
        self._stopping = True
        self._changed.set()
        if self._task is not None:
            _, late = await asyncio.wait({self._task}, timeout=PATIENCE)
            for task in late:
                task.cancel()

    async def _loop(self) -> None:
        while not self._stopping:
            self._changed.clear()
            pause = self._every * random.uniform(0.75, 1.25)  # noqa: S311  # spreads, hides nothing
            try:
                left = await self._look()
                if left is not None:
                    pause = min(pause, max(left, 0.001))
            except StoreError as error:
                log.warning("triggers cannot be looked after: %s", error)
            except Exception:
                log.exception("triggers cannot be looked after")
            if not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), pause)


class Rounds:
    """What makes the triggers of live workflows live. Each part looks by itself: none waits for another."""

    def __init__(self, instance: Instance):
        absences = Absences()
        self.standing = StandingTriggers(instance)
        self.subscriptions = Subscriptions(instance, self.standing)
        self.clockwork = Clockwork(instance, self.standing, absences)
        self.holdings = Holdings(instance, self.standing, absences)
        self.polls = Polls(instance, self.standing, self.holdings, absences)
        self.listeners = Listeners(instance, self.standing, self.holdings, absences)
        often, lease = instance.settings.reap, instance.settings.lease
        self._watches = [
            Watch(self.clockwork.look, often),
            Watch(self.polls.look, often),
            Watch(self.listeners.look, often),
            Watch(self.holdings.renew, lease / 4),
            Watch(self.subscriptions.look, SUBSCRIPTIONS),
        ]

    def start(self) -> None:
        """Begin, with a first look at once."""
        for watch in self._watches:
            watch.start()

    def changed(self) -> None:
        """A workflow went live, changed, or was switched off: look now."""
        for watch in self._watches[:4]:
            watch.wake()

    async def stop(self, grace: float) -> None:
        """End; connections are given to others at once, polls may finish."""
        await asyncio.gather(*(watch.stop() for watch in self._watches))
        await self.holdings.stop(grace)
