"""Triggers that stand: those of live workflows that start executions by themselves, as rows.

A row tells when a schedule fires next, where a poll left off, who holds a listener's connection, and what a
subscription at a service is known by. It belongs to a workflow and a node; publishing anew keeps what it knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.credential import Credential
from a8n.errors import A8nError
from a8n.items import JSON, Item
from a8n.journal import now
from a8n.plan import Plan
from a8n.runtime import waits
from a8n.runtime.orders import Order
from a8n.runtime.schema import schedules
from a8n.runtime.writer import Page
from a8n.trigger import ListenTrigger, PollTrigger, ScheduleTrigger, Trigger, TriggerContext, WebhookTrigger
from a8n.workflow import Workflow

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

MAX_ERROR = 2_000
"""Characters of an error that are kept."""

_s = schedules.c


@dataclass(frozen=True, slots=True)
class Standing:
    """A row to be: what a workflow that goes live needs to stand."""

    node: str
    kind: str
    """`schedule`, `poll`, `listen`, or `webhook` for one that subscribes at a service."""
    next_at: int | None
    """When it is first due; microseconds."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The trigger behind a row, as published."""

    workflow_id: str
    project_id: str
    workflow: Workflow
    version: int
    node: str
    plan: Plan

    def order(self, items: Sequence[Item], mode: str) -> Order:
        """An execution that it starts."""
        return Order(
            self.workflow_id, self.project_id, self.workflow.name, self.workflow, self.version, self.node, items, mode
        )  # fmt: skip


def kind_of(cls: type[Any]) -> str | None:
    """The kind of row that a trigger class needs; None where it needs none."""
    if issubclass(cls, ScheduleTrigger):
        return "schedule"
    if issubclass(cls, PollTrigger):
        return "poll"
    if issubclass(cls, ListenTrigger):
        return "listen"
    if issubclass(cls, Trigger) and cls.activate is not Trigger.activate:
        return "webhook"
    return None


def replies(cls: type[Any]) -> bool:
    """Whether the items of a trigger class may be replies that steps wait for."""
    return issubclass(cls, Trigger) and cls.reply_to is not Trigger.reply_to


def moment_of(at: int) -> datetime:
    """Microseconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(at / 1_000_000, UTC)


class StandingTriggers:
    """The rows, and the triggers behind them."""

    def __init__(self, instance: Instance):
        self._instance = instance

    # --- going live ------------------------------------------------------------------------------------------

    def needed(self, workflow_id: str, document: Workflow) -> list[Standing]:
        """What the triggers of a document need. Raises InvalidError where one of them cannot run."""
        instance = self._instance
        found = []
        for spec in document.nodes:
            node_type = instance.kernel.catalogue.get(spec.type)
            kind = kind_of(node_type.cls) if node_type is not None else None
            if kind is None or spec.settings.disabled:
                continue
            plan = instance.runner.plan(workflow_id, 0, document, spec.id)
            due: int | None = now()
            if kind == "schedule":
                due = self.next_after(plan, moment_of(now()))
            found.append(Standing(spec.id, kind, due))
        return found

    @staticmethod
    def next_after(plan: Plan, moment: datetime) -> int | None:
        """When a schedule fires next, in microseconds."""
        trigger = plan.nodes[0].binder.constant
        assert isinstance(trigger, ScheduleTrigger)
        following = trigger.next_after(moment, plan.workflow.settings.timezone)
        return round(following.timestamp() * 1_000_000) if following is not None else None

    async def register(self, connection: AsyncConnection, workflow_id: str, needed: Sequence[Standing]) -> None:
        """Make these the rows of a workflow, in the transaction that publishes it. What is known of a node stays."""
        known = {row.node: row.kind for row in await connection.execute(_of(workflow_id))}
        for node, kind in known.items():
            if (node, kind) not in {(one.node, one.kind) for one in needed}:
                await connection.execute(schedules.delete().where(_s.workflow_id == workflow_id, _s.node == node))
        insert = insert_postgres if self._instance.db.dialect == "postgresql" else insert_sqlite
        for one in needed:
            values = {"workflow_id": workflow_id, "node": one.node, "kind": one.kind, "next_at": one.next_at}
            statement = insert(schedules).values(**values, failures=0, error="")
            again = {"next_at": one.next_at, "failures": 0, "error": ""}
            await connection.execute(
                statement.on_conflict_do_update(index_elements=[_s.workflow_id, _s.node], set_=again)
            )

    async def rows(self, workflow_id: str) -> Sequence[Row[Any]]:
        """The rows of a workflow."""
        async with self._instance.db.read() as connection:
            return (await connection.execute(_of(workflow_id))).all()

    # --- running ---------------------------------------------------------------------------------------------

    async def load(self, workflow_id: str, node: str) -> Loaded | None:
        """The published trigger of a row; None where the workflow is no longer there.

        Raises InvalidError where it cannot run in this process.
        """
        instance = self._instance
        row = await instance.published.runnable(workflow_id)
        if row is None:
            return None
        document = Workflow.parse(orjson.loads(row.document))
        plan = instance.runner.plan(workflow_id, row.published, document, node)
        return Loaded(workflow_id, row.project_id, plan.workflow, row.published, node, plan)

    async def bound(self, loaded: Loaded) -> Trigger:
        """The trigger with its credentials opened. Raises NodeError."""
        node = loaded.plan.nodes[0]
        services = self._instance.services(loaded.project_id)
        opened: dict[str, Credential] = {}
        for use in node.binder.credentials:
            assert services.credentials is not None
            opened[use.id] = await services.credentials.open(use.id)
        trigger = node.binder.fill(opened)
        assert isinstance(trigger, Trigger)
        return trigger

    def context(self, loaded: Loaded, state: dict[str, JSON]) -> TriggerContext:
        """What a trigger is given outside of an execution."""
        instance = self._instance
        trigger = loaded.plan.nodes[0].binder.constant or loaded.plan.nodes[0].binder.blank()
        url = f"{instance.url}/webhook/{trigger.route().path.strip('/')}" if isinstance(trigger, WebhookTrigger) else ""
        return TriggerContext(loaded.workflow_id, loaded.node, url, instance.services(loaded.project_id), state)

    async def page(self, loaded: Loaded, items: Sequence[Item], mode: str) -> Page:
        """An execution that it starts, to be written with what the row then knows. Raises A8nError for no items."""
        if not isinstance(items, list | tuple) or not all(isinstance(item, Item) for item in items):
            raise A8nError(f"{loaded.plan.nodes[0].type.key} gave something else than a list of items")
        return await self._instance.runner.page(loaded.order(items, mode))

    async def answered(
        self, connection: AsyncConnection, loaded: Loaded, trigger: Trigger, items: Sequence[Item]
    ) -> tuple[list[str], Sequence[Item]]:
        """End the waits that items are the replies to, in a transaction of the caller's.

        Gives the executions to wake up after the commit, and the items that are replies to nothing.
        """
        if not replies(type(trigger)):
            return [], items
        woken, rest = [], []
        for item in items:
            key = trigger.reply_to(item)
            ended = None
            if key is not None:
                digest = waits.reply_digest(loaded.project_id, key)
                ended = await waits.reply(connection, self._instance.db, digest, item.as_data())
            if ended is None:
                rest.append(item)
            else:
                woken.append(ended)
        return woken, rest

    async def failed(self, workflow_id: str, node: str, error: BaseException, again_at: Any, **values: Any) -> None:
        """Note that a trigger failed, and when it is due again."""
        text = f"{type(error).__name__}: {error}"[:MAX_ERROR].replace("\0", "")
        changes = {"failures": _s.failures + 1, "error": text, **values}
        if again_at is not None:
            changes["next_at"] = again_at
        async with self._instance.db.begin() as connection:
            await connection.execute(
                schedules.update().where(_s.workflow_id == workflow_id, _s.node == node).values(**changes)
            )


def _of(workflow_id: str) -> Any:
    return select(schedules).where(_s.workflow_id == workflow_id).order_by(_s.node)
