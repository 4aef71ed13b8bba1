"""Steering executions from outside: stopping them, and ending what they wait for."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import orjson

from a8n.items import JSON
from a8n.runtime import waits
from a8n.runtime.executions import ENDED
from a8n.runtime.orders import Outcome
from a8n.runtime.runs import age
from a8n.runtime.signals import Signals

if TYPE_CHECKING:
    from a8n.runtime.runner import Runner


class Steering:
    """What people, triggers and services do to executions that run or wait."""

    def __init__(self, runner: Runner, signals: Signals):
        self._runner = runner
        self._signals = signals

    async def cancel(self, execution_id: str) -> bool:
        """Stop an execution, wherever it runs, with the children it waits for. False when it had ended already."""
        if await self.cancel_here(execution_id):
            return True
        if not await self._runner.executions.cancel(execution_id):
            return False
        self._signals.tell("cancel", execution=execution_id)
        row = await self._runner.executions.get(execution_id)
        if row is not None and row.status in ENDED:
            self._runner.observation.metrics.ended(row.status, row.mode, row.workflow_id, age(row.created_at))
            self._runner.told_end(row.id, row.workflow_id, row.status)
            outcome = Outcome(row.status, None, ())
            self._runner.answers.ended(execution_id, outcome, (orjson.loads(row.options or b"{}")).get("caller"))
            if row.parent_id is not None and row.parent_node is not None:
                self._runner.queue.wake([row.parent_id])
        await self.cancel_children(execution_id)
        return True

    async def cancel_here(self, execution_id: str) -> bool:
        """Stop an execution that this process runs. False when it does not."""
        run = self._runner.live(execution_id)
        if run is None or run.task is None:
            return False
        run.execution.cancel()
        run.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([run.task])
        return run.execution.status == "canceled"

    async def cancel_children(self, execution_id: str) -> None:
        """Stop what an execution has started and waits for, or waited for."""
        for child in await self._runner.executions.open_children(execution_id):
            await self.cancel(child)

    async def resume(self, token: str, payload: JSON) -> bool:
        """Go on with a waiting step. False when the token is unknown or was used."""
        return self._woken(await self._runner.executions.resume(waits.digest(token), payload))

    async def reply(self, project_id: str, key: str, payload: JSON) -> bool:
        """Go on with the step that waits for a reply to this key. False when none does."""
        return self._woken(await self._runner.executions.reply(waits.reply_digest(project_id, key), payload))

    async def decide(self, execution_id: str, node: str, path: str, payload: JSON) -> bool:
        """Go on with a step whose effect is unknown, as a person has decided. False when it does not wait for that."""
        decided = await self._runner.executions.decide(execution_id, node, path, payload)
        return self._woken(execution_id if decided else None)

    def _woken(self, execution_id: str | None) -> bool:
        if execution_id is not None:
            self._runner.queue.wake([execution_id], 0)
        return execution_id is not None
