"""What the triggers of a workflow listen to: asked for on activation, shown in answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from a8n.errors import InvalidError, Problem
from a8n.items import JSON
from a8n.plan import Plan
from a8n.runtime.hooks import shape
from a8n.runtime.standing import upcoming
from a8n.runtime.versions import Endpoint
from a8n.trigger import Route, ScheduleTrigger, Trigger
from a8n.workflow import NodeSpec, Workflow
from a8n_web.calls import Web, rfc3339


def endpoints(web: Web, row: Any, workflow: Workflow) -> list[Endpoint]:
    """The webhooks of a workflow that is about to go live. Raises InvalidError where it cannot start at all."""
    triggers = [node for node in workflow.nodes if _trigger(web, node.type) and not node.settings.disabled]
    if not triggers:
        text = "the workflow has no trigger that could start it"
        raise InvalidError([Problem("nodes", text, "no_trigger")])
    hooks = web.instance.live.of(row.id, row.project_id, workflow, 0)
    return [
        Endpoint(hook.node, method, hook.route.path.strip("/"), shape(hook.route.path.strip("/")))
        for hook in hooks
        for method in hook.route.methods
    ]


async def listening(web: Web, workflow: Workflow, webhooks: Sequence[Endpoint]) -> list[dict[str, JSON]]:
    """What each trigger of a live workflow listens to, as JSON."""
    found = []
    for node in workflow.nodes:
        node_type = web.kernel.catalogue.get(node.type)
        if node_type is None or not _trigger(web, node.type) or node.settings.disabled:
            continue
        own = [endpoint for endpoint in webhooks if endpoint.node == node.id]
        found.append(
            {
                "node": node.id,
                "type": node.type,
                "kind": node_type.kind,
                "methods": [endpoint.method for endpoint in own],
                "url": url_of(web, own[0].path) if own else _offered_at(web, node.type),
                "next": await _next(web, workflow, node),
            }
        )
    return found


def _offered_at(web: Web, key: str) -> str | None:
    """Where MCP clients find a workflow that its trigger offers as a function."""
    offers = getattr(web.kernel.catalogue[key].cls, "offers", None)
    return f"{web.instance.url}/mcp" if offers is not Trigger.offers else None


async def _next(web: Web, workflow: Workflow, node: NodeSpec) -> list[JSON]:
    """When a schedule fires; nothing for other triggers."""
    if not issubclass(web.kernel.catalogue[node.type].cls, ScheduleTrigger):
        return []
    plan = Plan(web.kernel, workflow, node.id)
    return [rfc3339(at) for at in await upcoming(plan, 5)]


def url_of(web: Web, path: str) -> str:
    """The public address of what stands at a path: a webhook, a form, or a chat."""
    found = web.instance.hooks.find("POST", path)
    route = replace(found.hook.route, path=path) if found is not None else Route(path)
    return f"{web.instance.url}/{route.place}"


def _trigger(web: Web, key: str) -> bool:
    node_type = web.kernel.catalogue.get(key)
    return node_type is not None and issubclass(node_type.cls, Trigger)
