"""How late the event loop is: what everybody in this process waits for when a step computes for too long."""

from __future__ import annotations

import asyncio

from a8n.runtime.tallies import Distribution

EVERY = 0.5
"""Seconds between two looks."""


class Lag:
    """Looks twice a second whether it is called when it asked to be."""

    def __init__(self, late: Distribution):
        self._late = late
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(EVERY, self._look, loop, loop.time() + EVERY)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self, loop: asyncio.AbstractEventLoop, wanted: float) -> None:
        self._late.observe(max(loop.time() - wanted, 0.0))
        self._timer = loop.call_later(EVERY, self._look, loop, loop.time() + EVERY)
