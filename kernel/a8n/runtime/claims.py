"""Claiming together: the messages of one moment take one transaction in place of one each."""

from __future__ import annotations

import asyncio
import time

from a8n.runtime.executions import CLAIMS, Claimed, Executions

TOGETHER = 64
"""Most executions in one claim: all that they recorded is read with it."""
PROBATION = 60.0
"""Seconds after which an execution on its last chance is not believed to kill its process any more."""


class Claims:
    """Claims executions by id for many callers at once. While one claim is on its way, the next one gathers.

    Of executions that are claimed for the last time before they are given up, one runs at a time: several died
    together, and only one of them may be the cause.
    """

    def __init__(self, executions: Executions):
        self._executions = executions
        self._wanted: dict[str, asyncio.Future[Claimed | None]] = {}
        self._claiming: asyncio.Task[None] | None = None
        self._suspect: str | None = None
        self._probation = 0.0

    async def claim(self, execution_id: str) -> Claimed | None:
        """Take an execution that is due; None where it is not, or somebody else was quicker, here or elsewhere.

        Raises StoreError for every caller of a claim that failed.
        """
        if execution_id in self._wanted:  # of two wake-ups one gets it: both would run it, under one epoch
            return None
        loop = asyncio.get_running_loop()
        found = self._wanted[execution_id] = loop.create_future()
        if self._claiming is None:
            self._claiming = loop.create_task(self._claim())
        return await asyncio.shield(found)

    def over(self, execution_id: str) -> None:
        """A claimed execution does not run here any more."""
        if execution_id == self._suspect:
            self._suspect = None

    @property
    def _suspecting(self) -> bool:
        return self._suspect is not None and time.monotonic() < self._probation

    async def _claim(self) -> None:
        try:
            while self._wanted:
                ids = list(self._wanted)[:TOGETHER]
                group = {execution_id: self._wanted.pop(execution_id) for execution_id in ids}
                await self._settle(group)
        finally:
            self._claiming = None

    async def _settle(self, group: dict[str, asyncio.Future[Claimed | None]]) -> None:
        try:
            found = await self._executions.claim(*group, last_chances=0 if self._suspecting else 1)
        except Exception as error:
            for future in group.values():
                future.set_exception(error)
                future.exception()  # its caller may be gone
            return
        claimed = {one.id: one for one in found}
        for one in found:
            if one.claims == CLAIMS:
                self._suspect, self._probation = one.id, time.monotonic() + PROBATION
        for execution_id, future in group.items():
            future.set_result(claimed.get(execution_id))
