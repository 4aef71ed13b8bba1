"""Claiming together: the messages of one moment take one transaction in place of one each."""

from __future__ import annotations

import asyncio

from a8n.runtime.executions import Claimed, Executions
from a8n.runtime.probation import Probation

TOGETHER = 64
"""Most executions in one claim: all that they recorded is read with it."""


class Claims:
    """Claims executions by id for many callers at once. While one claim is on its way, the next one gathers.

    Executions that died together are kept apart on their last chance, see `Probation`: only one may be the cause.
    """

    def __init__(self, executions: Executions):
        self._executions = executions
        self._wanted: dict[str, asyncio.Future[Claimed | None]] = {}
        self._claiming: asyncio.Task[None] | None = None
        self._probation = Probation()

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
        self._probation.over(execution_id)

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
            found = await self._executions.claim(*group, spare=self._probation.spare)
        except Exception as error:
            for execution_id, future in group.items():
                self._probation.over(execution_id)
                future.set_exception(error)
                future.exception()  # its caller may be gone
            return
        claimed = {one.id: one for one in found}
        for execution_id, future in group.items():
            future.set_result(claimed.get(execution_id))
