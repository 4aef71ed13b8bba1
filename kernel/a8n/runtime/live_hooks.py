"""The webhooks that are live in this process: those of active workflows, and of drafts that somebody listens to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson

from a8n.errors import InvalidError, Problem
from a8n.events import Event
from a8n.items import JSON, Item
from a8n.plan import Plan, PlannedNode
from a8n.runtime.hooks import Hook
from a8n.runtime.offers import offered
from a8n.runtime.standing import replies, reply_keys
from a8n.trigger import Request, Route, WebhookTrigger
from a8n.workflow import Workflow

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.hooks")

CAPTURED = 2**20
"""Bytes of a captured request that the other processes are told of."""


class LiveHooks:
    """Keeps the table of webhooks true to what is published, and lets drafts listen for a while."""

    def __init__(self, instance: Instance):
        self._instance = instance
        self._listening: dict[str, asyncio.TimerHandle] = {}
        self._loaded: dict[str, int] = {}
        """The versions whose webhooks are live here, by workflow."""

    async def load(self) -> None:
        """Make the webhooks of all active workflows live. One that cannot run is reported and left out."""
        versions = await self._instance.published.versions()
        for workflow_id in [known for known in self._loaded if known not in versions]:
            self._drop(workflow_id)
        changed = [known for known, version in versions.items() if self._loaded.get(known) != version]
        if len(changed) > 1:
            for row in await self._instance.published.active():
                if row.id in changed:
                    self._put(row)
        elif changed:
            await self.take_over(changed[0])

    async def take_over(self, workflow_id: str) -> None:
        """Make live what the database says of one workflow."""
        if not self._instance.takes_requests:
            return
        rows = await self._instance.published.active(workflow_id)
        if rows:
            self._put(rows[0])
        else:
            self._drop(workflow_id)

    def _drop(self, workflow_id: str) -> None:
        self._loaded.pop(workflow_id, None)
        self._instance.hooks.put(workflow_id, [])
        self._instance.offers.put(workflow_id, [])

    def _put(self, row: Any) -> None:
        self._loaded[row.id] = row.published
        try:
            document = Workflow.parse(orjson.loads(row.document))
            self._instance.hooks.put(row.id, self.of(row.id, row.project_id, document, row.published))
            self._instance.offers.put(row.id, offered(self._instance, row, document))
        except Exception as error:  # also of a plugin's making: one workflow must not stop the others
            log.error("the active workflow %s cannot run: %s", row.id, error)
            self._instance.hooks.put(row.id, [], self._broken_routes(row.document))
            self._instance.offers.put(row.id, [])

    def _broken_routes(self, raw: bytes) -> list[Route]:
        """Where a workflow that cannot run would listen, as far as that can be told."""
        routes = []
        with contextlib.suppress(Exception):
            for node in Workflow.parse(orjson.loads(raw)).nodes:
                node_type = self._instance.kernel.catalogue.get(node.type)
                if node_type is not None and issubclass(node_type.cls, WebhookTrigger) and not node.settings.disabled:
                    routes.append(_route(PlannedNode(node, node_type)))
        return routes

    def of(
        self, workflow_id: str, project_id: str, document: Workflow, version: int, *, listening: bool = False
    ) -> list[Hook]:
        """The webhooks of a document. Raises InvalidError when one of them cannot run."""
        hooks = []
        for node in document.nodes:
            node_type = self._instance.kernel.catalogue.get(node.type)
            if node_type is None or not issubclass(node_type.cls, WebhookTrigger) or node.settings.disabled:
                continue
            plan = self._instance.runner.plan(workflow_id, version, document, node.id)
            trigger = plan.nodes[0].binder.constant
            route = route_of(plan)
            ready = trigger if isinstance(trigger, WebhookTrigger) else None
            hooks.append(
                Hook(
                    workflow_id, project_id, document.name, version, node.id, ready, route, plan, listening,
                    replies(node_type.cls),
                )
            )  # fmt: skip
        return hooks

    def listen(self, workflow_id: str, project_id: str, document: Workflow, seconds: float = 120) -> list[Hook]:
        """Let the draft's webhooks answer for a while; their requests are captured.

        Raises InvalidError, also where another workflow holds the path.
        """
        hooks = self.of(workflow_id, project_id, document, 0, listening=True)
        for hook in hooks:
            for method in hook.route.methods:
                found = self._instance.hooks.find(method, hook.route.path)
                if found is not None and found.hook.workflow_id != workflow_id:
                    text = f"{method} {hook.route.path} belongs to another active workflow"
                    raise InvalidError([Problem(f"nodes.{hook.node}.params.path", text, "taken")])
        self._begin_listening(workflow_id, hooks, seconds)
        self._instance.signals.tell("listen", workflow=workflow_id, seconds=seconds)
        return hooks

    def _begin_listening(self, workflow_id: str, hooks: list[Hook], seconds: float) -> None:
        self._instance.hooks.put(f"{workflow_id}:listening", hooks)
        earlier = self._listening.pop(workflow_id, None)
        if earlier is not None:
            earlier.cancel()
        loop = asyncio.get_running_loop()
        self._listening[workflow_id] = loop.call_later(seconds, self.forget, workflow_id)

    async def listen_too(self, workflow_id: str, seconds: float) -> None:
        """Another process was asked to let the draft's webhooks answer, so this one does as well."""
        row = await self._instance.published.draft(workflow_id)
        if row is not None and self._instance.takes_requests:
            document = Workflow.parse(orjson.loads(row.draft))
            hooks = self.of(workflow_id, row.project_id, document, 0, listening=True)
            self._begin_listening(workflow_id, hooks, seconds)

    def capture(self, hook: Hook, request: Request, items: Sequence[Item]) -> None:
        """Keep a request that came while somebody listened, for whichever process is asked for it."""
        capture = self._instance.captures.add(hook, request, items)
        if len(request.raw) <= CAPTURED:
            self._instance.signals.tell("capture", workflow=hook.workflow_id, capture=capture.describe())
        told: dict[str, JSON] = {"id": capture.id, "method": capture.method, "path": capture.path}
        self._instance.feed.announce(Event("webhook.captured", "", hook.workflow_id, capture.at, hook.node, data=told))

    def stop_listening(self, workflow_id: str) -> None:
        """Let the published version have its webhooks again."""
        self.forget(workflow_id)
        self._instance.signals.tell("unlisten", workflow=workflow_id)

    def forget(self, workflow_id: str) -> None:
        """Stop listening for a draft in this process."""
        timer = self._listening.pop(workflow_id, None)
        if timer is not None:
            timer.cancel()
        self._instance.hooks.put(f"{workflow_id}:listening", [])

    async def unanswered(self, hook: Hook, trigger: WebhookTrigger, items: list[Item]) -> list[Item]:
        """The items of a request that start an execution; those that are replies have ended the waits for them."""
        rest = []
        for item in items:
            if not await self._answered(hook, trigger, item) and trigger.starts(item):
                rest.append(item)
        return rest

    async def _answered(self, hook: Hook, trigger: WebhookTrigger, item: Item) -> bool:
        for key in reply_keys(trigger, item):
            if await self._instance.runner.steering.reply(hook.project_id, key, item.as_data()):
                return True
        return False

    def close(self) -> None:
        """Forget the drafts that are listened for."""
        for timer in self._listening.values():
            timer.cancel()


def route_of(plan: Plan) -> Route:
    """The route of a plan's webhook trigger; credentials are not needed to know it."""
    return _route(plan.nodes[0])


def _route(node: PlannedNode) -> Route:
    trigger = node.binder.constant or node.binder.blank()
    assert isinstance(trigger, WebhookTrigger)
    return trigger.route()
