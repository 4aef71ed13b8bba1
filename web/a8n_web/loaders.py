"""Object loaders: each gives what a route is about, after asking for the route's permission on that object.

Strangers to an object get 404, as for one that is not there.
"""

from __future__ import annotations

from typing import Any

from a8n.errors import Problem
from a8n.runtime.refusals import NotFoundError
from a8n_web.bodies import read_json
from a8n_web.calls import Call, raw_body
from a8n_web.problems import invalid


async def nothing(call: Call) -> None:
    """The route is about no object: a public route, or one about the caller alone."""


async def collection(call: Call) -> None:
    """The route is about a list, or makes something: the repository asks for the rights on each project."""


async def workflow(call: Call) -> Any:
    """The workflow `id`."""
    return await call.web.workflows.get_for(call.actor, call.args["id"], call.route.permission)


async def workflow_named(call: Call) -> Any:
    """The workflow that the parameter `workflow_id`, or the body's field of that name, tells."""
    wanted = call.request.args.get("workflow_id")
    if wanted is None and call.request.method not in ("GET", "DELETE"):
        raw = await raw_body(call.request)
        body = read_json(raw) if raw else None
        wanted = body.get("workflow_id") if isinstance(body, dict) else None
    if not isinstance(wanted, str) or "\0" in wanted:
        raise invalid([Problem("workflow_id", "say which workflow, by its id", "missing")])
    return await call.web.workflows.get_for(call.actor, wanted, call.route.permission)


async def workflow_of_body(call: Call) -> Any:
    """The workflow that the body's field `workflow` names."""
    raw = await raw_body(call.request)
    body = read_json(raw) if raw else None
    wanted = body.get("workflow") if isinstance(body, dict) else None
    if not isinstance(wanted, str):
        raise invalid([Problem("workflow", "say which workflow, by its id", "missing")])
    return await call.web.workflows.get_for(call.actor, wanted, call.route.permission)


async def credential(call: Call) -> Any:
    """The credential `id`."""
    return await call.web.credentials.get_for(call.actor, call.args["id"], call.route.permission)


async def project(call: Call) -> Any:
    """The project `id`."""
    return await call.web.projects.get_for(call.actor, call.args["id"], call.route.permission)


async def data_table(call: Call) -> Any:
    """The data table `id`."""
    return await call.web.tables.get_for(call.actor, call.args["id"], call.route.permission)


async def user(call: Call) -> Any:
    """The account `id`; the rights over accounts come from the role in the instance."""
    return await call.web.accounts.get(call.args["id"])


async def execution(call: Call) -> Any:
    """The execution `id`, by the rights in its project."""
    row = await call.web.instance.executions.get(call.args["id"])
    if row is None:
        raise NotFoundError("execution")
    try:
        await call.web.projects.get_for(call.actor, row.project_id, call.route.permission)
    except NotFoundError:
        raise NotFoundError("execution") from None
    return row


async def node_type(call: Call) -> Any:
    """The node type `key`; every account sees the whole catalogue."""
    found = call.web.kernel.catalogue.get(call.args["key"])
    if found is None:
        raise NotFoundError("node type")
    return found
