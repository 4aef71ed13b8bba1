"""Subscriptions at services: what triggers do on `activate` and undo on `deactivate`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from a8n.errors import A8nError, InvalidError, Problem
from a8n.items import JSON
from a8n.runtime.schema import schedules
from a8n.runtime.standing import Loaded, StandingTriggers
from a8n.step import tamed

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.subscriptions")

LONGEST = 60.0
"""Seconds that a service may take to subscribe us, or to forget us."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A trigger of the version that was live until now, and what it keeps."""

    loaded: Loaded
    state: dict[str, JSON]


class Subscriptions:
    """Calls `activate` and `deactivate` of the triggers of a workflow."""

    def __init__(self, instance: Instance, standing: StandingTriggers):
        self._instance = instance
        self._standing = standing

    async def held(self, workflow_id: str) -> list[Subscribed]:
        """What a workflow has subscribed to: look before it is changed. What cannot be loaded is left out."""
        found = []
        for row in await self._standing.rows(workflow_id):
            if row.kind == "webhook":
                try:
                    loaded = await self._standing.load(workflow_id, row.node)
                except InvalidError as error:
                    log.warning("the trigger %s of workflow %s cannot unsubscribe: %s", row.node, workflow_id, error)
                    continue
                if loaded is not None:
                    found.append(Subscribed(loaded, orjson.loads(row.state) if row.state else {}))
        return found

    async def activate(self, workflow_id: str) -> None:
        """Subscribe all triggers of the published version. Raises InvalidError that names the one that could not.

        One that is subscribed already is asked again, with its state: after a crash nobody knows better.
        """
        for row in await self._standing.rows(workflow_id):
            if row.kind != "webhook":
                continue
            state = orjson.loads(row.state) if row.state else {}
            try:
                loaded = await self._standing.load(workflow_id, row.node)
                if loaded is None:
                    continue
                trigger = await self._standing.bound(loaded)
                async with asyncio.timeout(LONGEST):
                    await trigger.activate(self._standing.context(loaded, state))
            except BaseException as error:
                known = tamed(error) if not isinstance(error, asyncio.CancelledError) else error
                text = f"it could not subscribe at its service: {_text(known)}"
                raise InvalidError([Problem(f"nodes.{row.node}", text, "activation_failed")]) from error
            async with self._instance.db.begin() as connection:
                place = schedules.c.workflow_id == workflow_id, schedules.c.node == row.node
                await connection.execute(schedules.update().where(*place).values(state=orjson.dumps(state)))

    async def deactivate(self, subscribed: Sequence[Subscribed]) -> list[str]:
        """Undo subscriptions; gives a sentence for each that could not be undone: somebody has to look there."""
        problems = []
        for one in subscribed:
            try:
                trigger = await self._standing.bound(one.loaded)
                async with asyncio.timeout(LONGEST):
                    await trigger.deactivate(self._standing.context(one.loaded, one.state))
            except asyncio.CancelledError:
                raise
            except BaseException as error:
                text = f"{one.loaded.plan.nodes[0].name} could not unsubscribe at its service: {_text(tamed(error))}"
                log.warning("workflow %s: %s", one.loaded.workflow_id, text)
                problems.append(text)
        return problems


def _text(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {LONGEST:g} s"
    return str(error) if isinstance(error, A8nError) else f"{type(error).__name__}: {error}"
