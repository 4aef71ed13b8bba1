"""Taking turns: SQLite has one writer at a time, and waiting in line is fairer and quicker than polling for it."""

from __future__ import annotations

import asyncio
from collections import deque


class Turn:
    """A lock of the event loop, first come, first served, that can also be tried without awaiting."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    def try_take(self) -> bool:
        """Take it if nobody has it and nobody waits for it."""
        if self._taken or self._waiting:
            return False
        self._taken = True
        return True

    async def take(self) -> None:
        """Wait for one's turn."""
        if self.try_take():
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # it was handed over in the same moment
                self.give()
            raise

    def give(self) -> None:
        """Hand it to the next in line, if there is one."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._taken = False
