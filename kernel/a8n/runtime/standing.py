"""Triggers that stand: those of live workflows that start executions by themselves, as rows.

A row tells when a schedule fires next, where a poll left off, who holds a listener's connection, and what a
subscription at a service is known by. It belongs to a workflow and a node; publishing anew keeps what it knows as
long as the node is of the same type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import ColumnElement, Row, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.credential import Credential
from a8n.errors import A8nError, InvalidError, Problem
from a8n.items import JSON, Item
from a8n.journal import now
from a8n.plan import Plan
from a8n.runtime.egress_guard import guarded
from a8n.runtime.errors import StoreError
from a8n.runtime.kept import credentials_in
from a8n.runtime.orders import Order
from a8n.runtime.plugin_calls import computed
from a8n.runtime.schema import schedules
from a8n.runtime.timetable import Timetable
from a8n.trigger import ListenTrigger, PollTrigger, ScheduleTrigger, Trigger, TriggerContext, WebhookTrigger
from a8n.workflow import Workflow

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

MAX_ERROR = 2_000
"""Characters of an error that are kept."""

_s = schedules.c
Place = tuple[str, str]
"""Workflow and node."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A row to be: what a workflow that goes live needs to stand."""

    node: str
    type: str
    """The node's type."""
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

    @property
    def type(self) -> str:
        """The node's type."""
        return self.plan.nodes[0].type.key

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
    return "webhook" if subscribes(cls) else None


def subscribes(cls: type[Any]) -> bool:
    """Whether a trigger class does something when its workflow goes live."""
    return issubclass(cls, Trigger) and cls.activate is not Trigger.activate


def replies(cls: type[Any]) -> bool:
    """Whether the items of a trigger class may be replies that steps wait for."""
    return issubclass(cls, Trigger) and cls.reply_to is not Trigger.reply_to


def reply_keys(trigger: Trigger, item: Item) -> Sequence[str]:
    """The keys of the waits that an item may be the reply to. Raises A8nError where the trigger gives no text."""
    given = trigger.reply_to(item)
    keys = () if given is None else (given,) if isinstance(given, str) else tuple(given)
    if not all(isinstance(key, str) and key for key in keys):
        raise A8nError(f"{trigger.key} gave something else than text as the key of a wait")
    return keys


def at(place: Place) -> ColumnElement[bool]:
    """The condition that a row is that of a workflow's node."""
    return and_(_s.workflow_id == place[0], _s.node == place[1])


def timetable(plan: Plan) -> Timetable:
    """The times of a plan's schedule trigger; credentials are not needed to know them."""
    binder = plan.nodes[0].binder
    trigger = binder.constant or binder.blank()
    assert isinstance(trigger, ScheduleTrigger)
    return Timetable(trigger, plan.workflow.settings.timezone)


async def upcoming(plan: Plan, count: int) -> list[int]:
    """The next times of a plan's schedule trigger, in microseconds. Raises InvalidError that names its node."""
    table, moment = timetable(plan), now()
    try:
        return await computed(lambda: table.upcoming(moment, count))
    except Exception as error:
        text = f"it cannot tell when it fires: {described(error)}"
        raise InvalidError([Problem(f"nodes.{plan.trigger}", text, "plugin_error")]) from error


def described(error: Exception) -> str:
    """An error as its user reads it."""
    return str(error) if isinstance(error, A8nError) else f"{type(error).__name__}: {error}".removesuffix(": ")


class StandingTriggers:
    """The rows, and the triggers behind them."""

    def __init__(self, instance: Instance):
        self._instance = instance
        self._types: dict[str, list[str]] = {}
        for key, node_type in instance.kernel.catalogue.items():
            kind = kind_of(node_type.cls)
            if kind is not None:
                self._types.setdefault(kind, []).append(key)

    def types(self, kind: str) -> list[str]:
        """The node types of a kind that this process has: rows of others are left to those that have them."""
        return self._types.get(kind, [])

    def subscribing(self, key: str) -> bool:
        """Whether triggers of a node type have something to do when their workflow goes live."""
        node_type = self._instance.kernel.catalogue.get(key)
        return node_type is not None and subscribes(node_type.cls)

    # --- going live ------------------------------------------------------------------------------------------

    async def needed(self, workflow_id: str, document: Workflow) -> list[Standing]:
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
                due = next(iter(await upcoming(plan, 1)), None)
            found.append(Standing(spec.id, spec.type, kind, due))
        return found

    async def register(self, connection: AsyncConnection, workflow_id: str, needed: Sequence[Standing]) -> None:
        """Make these the rows of a workflow, in the transaction that publishes it.

        What is known of a node of the same type stays: its cursor, its state, its owner, and a time that had come.
        """
        known = {row.node: row for row in await connection.execute(_of(workflow_id))}
        wanted = {one.node: one for one in needed}
        for node, old in known.items():
            if node not in wanted or wanted[node].type != old.type:
                await connection.execute(schedules.delete().where(at((workflow_id, node))))
        for node, one in sorted(wanted.items()):
            values: dict[str, Any] = {"next_at": one.next_at, "failures": 0, "error": ""}
            row: Row[Any] | None = known[node] if node in known and known[node].type == one.type else None
            if row is None:
                values |= {"workflow_id": workflow_id, "node": node, "kind": one.kind, "type": one.type}
                await connection.execute(schedules.insert().values(**values))
                continue
            if one.kind == "schedule":
                values["lease_until"] = None
                if row.next_at is not None and row.next_at <= now():  # it is about to fire
                    del values["next_at"]
            await connection.execute(schedules.update().where(at((workflow_id, node))).values(**values))

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

    def context(self, loaded: Loaded, state: dict[str, JSON], bound: Trigger) -> TriggerContext:
        """What a trigger that was bound is given outside of an execution."""
        instance = self._instance
        trigger = loaded.plan.nodes[0].binder.constant or loaded.plan.nodes[0].binder.blank()
        url = f"{instance.url}/{trigger.route().place}" if isinstance(trigger, WebhookTrigger) else ""
        services = instance.services(loaded.project_id)
        services = replace(services, http=guarded(instance.http, list(credentials_in(bound))))
        return TriggerContext(loaded.workflow_id, loaded.node, url, services, state)

    def said(self, error: Exception) -> str:
        """What is kept of an error, and shown: short, without the secrets of credentials."""
        return self._instance.secrets.masked(described(error))[:MAX_ERROR].replace("\0", "")

    async def change(self, *fence: ColumnElement[bool], **values: Any) -> bool:
        """Change the row that meets the conditions; False where none does, or the store is away: then later."""
        try:
            async with self._instance.db.begin() as connection:
                return (await connection.execute(schedules.update().where(*fence).values(**values))).rowcount == 1
        except StoreError:
            return False


def _of(workflow_id: str) -> Any:
    return select(schedules).where(_s.workflow_id == workflow_id).order_by(_s.node)
