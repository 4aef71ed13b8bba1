"""Subscriptions at services: what triggers do on `activate` and undo on `deactivate`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select

from a8n.errors import InvalidError, Problem
from a8n.items import JSON
from a8n.runtime.errors import StoreError
from a8n.runtime.plugin_calls import awaited
from a8n.runtime.polls import packed
from a8n.runtime.schema import schedules, workflows
from a8n.runtime.standing import Loaded, Place, Standing, StandingTriggers, at

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.subscriptions")

LONGEST = 60.0
"""Seconds that a service may take to subscribe us, or to forget us."""
OVERDUE = 300.0
"""Seconds after which a workflow that went live and was not subscribed is: its process must have died."""
PAUSE, LONGEST_PAUSE = 60.0, 3600.0
"""Seconds until that is tried again: twice as long after each failure, up to the second."""

_s = schedules.c


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A trigger of the version that was live until now, and what it keeps."""

    loaded: Loaded
    state: dict[str, JSON]

    def stays(self, needed: Sequence[Standing]) -> bool:
        """Whether the next version has it, too."""
        return (self.loaded.node, self.loaded.type) in {(one.node, one.type) for one in needed}


class Subscriptions:
    """Calls `activate` and `deactivate` of the triggers of a workflow."""

    def __init__(self, instance: Instance, standing: StandingTriggers):
        self._standing = standing
        self._db = instance.db

    async def held(self, workflow_id: str) -> list[Subscribed]:
        """What a workflow has subscribed to: look before it is changed. What cannot be loaded is left out."""
        found = []
        for row in await self._standing.rows(workflow_id):
            if self._standing.subscribing(row.type):
                try:
                    loaded = await self._standing.load(workflow_id, row.node)
                except InvalidError as error:
                    log.warning("the trigger %s of workflow %s cannot unsubscribe: %s", row.node, workflow_id, error)
                    continue
                if loaded is not None:
                    found.append(Subscribed(loaded, _state(row)))
        return found

    async def activate(self, workflow_id: str) -> None:
        """Subscribe all triggers of the published version. Raises InvalidError that names the one that could not.

        One that is subscribed already is asked again, with its state: after a crash nobody knows better.
        """
        for row in await self._standing.rows(workflow_id):
            if not self._standing.subscribing(row.type):
                continue
            try:
                await self._activate(row)
            except StoreError:
                raise
            except Exception as error:
                text = f"it could not subscribe at its service: {self._standing.said(error)}"
                raise InvalidError([Problem(f"nodes.{row.node}", text, "activation_failed")]) from error

    async def look(self) -> None:
        """Subscribe what a crash between publishing and subscribing has left, whichever process finds it first."""
        late = _s.kind == "webhook", _s.next_at < self._db.clock(-OVERDUE), workflows.c.active
        query = select(schedules).join(workflows, workflows.c.id == _s.workflow_id).where(*late)
        async with self._db.read() as connection:
            rows = (await connection.execute(query.where(_s.type.in_(self._standing.types("webhook"))))).all()
        for row in rows:
            place = (row.workflow_id, row.node)
            ours = await self._standing.change(at(place), _s.next_at == row.next_at, next_at=self._db.clock())
            if ours:
                await self._recover(row, place)

    async def _recover(self, row: Any, place: Place) -> None:
        try:
            await self._activate(row)
        except StoreError:
            raise
        except Exception as error:
            said = self._standing.said(error)
            log.error("the trigger %s of workflow %s could not subscribe: %s", row.node, row.workflow_id, said)
            pause = min(PAUSE * 2 ** min(row.failures, 10), LONGEST_PAUSE) - OVERDUE
            values = {"failures": row.failures + 1, "error": said, "next_at": self._db.clock(pause)}
            await self._standing.change(at(place), **values)

    async def _activate(self, row: Any) -> None:
        place = (row.workflow_id, row.node)
        loaded = await self._standing.load(*place)
        if loaded is None:
            return
        state = _state(row)
        trigger = await self._standing.bound(loaded)
        await awaited(trigger.activate(self._standing.context(loaded, state, trigger)), LONGEST)
        values: dict[str, Any] = {"state": packed(loaded, "state", state)}
        if row.kind == "webhook":  # it is due no more
            values |= {"next_at": None, "failures": 0, "error": ""}
        async with self._db.begin() as connection:
            await connection.execute(schedules.update().where(at(place)).values(**values))

    async def deactivate(self, subscribed: Sequence[Subscribed]) -> list[str]:
        """Undo subscriptions; gives a sentence for each that could not be undone: somebody has to look there."""
        results = await asyncio.gather(*map(self._deactivate, subscribed))
        return [text for text in results if text is not None]

    async def _deactivate(self, one: Subscribed) -> str | None:
        try:
            trigger = await self._standing.bound(one.loaded)
            await awaited(trigger.deactivate(self._standing.context(one.loaded, one.state, trigger)), LONGEST)
        except Exception as error:
            name = one.loaded.plan.nodes[0].name
            text = f"{name} could not unsubscribe at its service: {self._standing.said(error)}"
            log.warning("workflow %s: %s", one.loaded.workflow_id, text)
            return text
        return None


def _state(row: Any) -> dict[str, JSON]:
    state: dict[str, JSON] = orjson.loads(row.state) if row.state else {}
    return state
