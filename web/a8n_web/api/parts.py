"""One node or connection of a draft at a time, without sending the whole document."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, Field

from a8n.errors import Problem
from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n.runtime.refusals import ConflictError, NotFoundError, StaleError
from a8n.workflow import Connection, NodeSpec
from a8n_web.api.users import Body
from a8n_web.api.workflows import Issue, SaveQuery, save
from a8n_web.calls import Answer, Call, expected_revision
from a8n_web.dispatch import validated
from a8n_web.documents import with_renamed_node
from a8n_web.loaders import workflow, workflow_named
from a8n_web.problems import invalid
from a8n_web.routes import Handler, Routes

routes = Routes("Nodes and connections")

ATTEMPTS = 5
READ_ONLY = ("workflow_id", "issues")

Document = dict[str, JSON]


class PartQuery(SaveQuery):
    """The workflow, where the address does not name it."""

    workflow_id: str | None = None


class NewNode(NodeSpec):
    """A node to add. Without an id it gets one made of its name or type."""

    id: str = ""
    name: Annotated[str, Field(max_length=200)] = ""
    workflow_id: str | None = None


class NodePatch(Body):
    """Parts of a node to replace. `params` and `settings` are merged key by key."""

    name: str | None = None
    type: str | None = None
    version: int | None = None
    params: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    position: list[float] | None = None
    workflow_id: str | None = None


class Node(NodeSpec):
    """A node of a draft, and what keeps it from running."""

    workflow_id: str
    issues: list[Issue]


class Nodes(BaseModel):
    """The nodes of a draft."""

    data: list[Node]
    next_cursor: str | None = None


class NewConnection(Connection):
    """A connection to add."""

    workflow_id: str | None = None


class Wire(Connection):
    """A connection of a draft. Its id follows from its ends."""

    id: str
    workflow_id: str


class Wires(BaseModel):
    """The connections of a draft."""

    data: list[Wire]
    next_cursor: str | None = None


def both(verb: Any, path: str, permission: Permission, **options: Any) -> Callable[[Handler], Handler]:
    """Declare a route below a workflow, and the same at the top, where `workflow_id` names the workflow."""

    def declare(handler: Handler) -> Handler:
        verb(f"/api/workflows/{{id}}/{path}", permission, workflow, query=PartQuery, **options)(handler)
        verb(f"/api/{path}", permission, workflow_named, query=PartQuery, suffix="_flat", **options)(handler)
        return handler

    return declare


# --- nodes -------------------------------------------------------------------------------------------------------


@both(routes.get, "nodes", Permission.WORKFLOW_READ, answer=Nodes)
async def list_nodes(call: Call) -> Answer:
    """The nodes of a draft."""
    draft = await _issued(call)
    data = [_node(call, draft, node["id"]) for node in draft["nodes"]]
    return Answer({"data": data, "next_cursor": None}, headers={"ETag": f'"{call.object.revision}"'})


@both(routes.post, "nodes", Permission.WORKFLOW_EDIT, body=NewNode, raw_body=True, answer=Node, status=201)
async def add_node(call: Call) -> Answer:
    """Add a node to a draft."""
    given = _plain(call.body)
    node_type = call.web.kernel.catalogue.get(str(given.get("type")))
    title = node_type.title if node_type is not None else str(given.get("type") or "Node")
    made: dict[str, str] = {}

    def change(draft: Document) -> Document:
        names = {node["name"] for node in draft["nodes"]}
        ids = {node["id"] for node in draft["nodes"]}
        node = dict(given)
        node["name"] = node.get("name") or _free(title, names, " ")
        node["id"] = node.get("id") or _free(_slug(str(node["name"])), ids, "_")
        if node["id"] in ids:
            raise ConflictError(f"the workflow has a node with the id {node['id']!r}", path="id")
        made["id"] = str(node["id"])
        return {**draft, "nodes": [*draft["nodes"], node]}

    answer = await _edit(call, change)
    answer.body, answer.status = _node(call, answer.body, made["id"]), 201
    return answer


@both(routes.get, "nodes/{node}", Permission.WORKFLOW_READ, answer=Node, refusals=(404,))
async def read_node(call: Call) -> Answer:
    """One node of a draft."""
    draft = await _issued(call)
    return Answer(_node(call, draft, call.args["node"]), headers={"ETag": f'"{call.object.revision}"'})


@both(
    routes.put, "nodes/{node}", Permission.WORKFLOW_EDIT, body=NewNode, raw_body=True, answer=Node, refusals=(404, 412)
)
async def replace_node(call: Call) -> Answer:
    """Replace a node of a draft. With another name, the expressions that name it follow."""
    node_id = call.args["node"]
    given = {**_plain(call.body), "id": call.body.get("id", node_id)}
    if given["id"] != node_id:
        raise invalid([Problem("id", "a node keeps its id", "id")])
    answer = await _edit(call, lambda draft: _replaced(draft, node_id, lambda node: {"name": node["name"], **given}))
    answer.body = _node(call, answer.body, node_id)
    return answer


@both(routes.patch, "nodes/{node}", Permission.WORKFLOW_EDIT, body=NodePatch, answer=Node, refusals=(404, 412))
async def change_node(call: Call) -> Answer:
    """Replace parts of a node. With another name, the expressions that name it follow."""
    given = call.body.model_dump(exclude_unset=True, exclude={"workflow_id"})

    def change(node: Document) -> Document:
        merged = {key: {**node[key], **given[key]} for key in ("params", "settings") if given.get(key) is not None}
        return {**node, **{key: value for key, value in given.items() if value is not None}, **merged}

    answer = await _edit(call, lambda draft: _replaced(draft, call.args["node"], change))
    answer.body = _node(call, answer.body, call.args["node"])
    return answer


@both(routes.delete, "nodes/{node}", Permission.WORKFLOW_EDIT, status=204, refusals=(404, 412))
async def delete_node(call: Call) -> Answer:
    """Delete a node of a draft, with its connections and pinned data."""
    node_id = call.args["node"]

    def change(draft: Document) -> Document:
        _found(draft, node_id)
        return {
            **draft,
            "nodes": [node for node in draft["nodes"] if node["id"] != node_id],
            "connections": [wire for wire in draft["connections"] if node_id not in (wire["from"], wire["to"])],
            "pins": {node: pins for node, pins in draft.get("pins", {}).items() if node != node_id},
        }

    answer = await _edit(call, change)
    return Answer(status=204, headers=answer.headers)


# --- connections -------------------------------------------------------------------------------------------------


@both(routes.get, "connections", Permission.WORKFLOW_READ, answer=Wires)
async def list_connections(call: Call) -> Answer:
    """The connections of a draft."""
    draft = orjson.loads(call.object.draft)
    data = [_wire(call, wire) for wire in draft["connections"]]
    return Answer({"data": data, "next_cursor": None}, headers={"ETag": f'"{call.object.revision}"'})


@both(routes.post, "connections", Permission.WORKFLOW_EDIT, body=NewConnection, raw_body=True, answer=Wire, status=201)
async def add_connection(call: Call) -> Answer:
    """Connect two nodes of a draft."""
    given = validated(Connection, _plain(call.body)).model_dump(by_alias=True)

    def change(draft: Document) -> Document:
        if given in draft["connections"]:
            raise ConflictError("the same connection is there already")
        return {**draft, "connections": [*draft["connections"], given]}

    answer = await _edit(call, change)
    answer.body, answer.status = _wire(call, given), 201
    return answer


@both(routes.delete, "connections/{connection}", Permission.WORKFLOW_EDIT, status=204, refusals=(404, 412))
async def delete_connection(call: Call) -> Answer:
    """Delete a connection of a draft, by its id (`from.output.to.input`)."""
    wanted = call.args["connection"]

    def change(draft: Document) -> Document:
        kept = [wire for wire in draft["connections"] if _wire_id(wire) != wanted]
        if len(kept) == len(draft["connections"]):
            raise NotFoundError("connection")
        return {**draft, "connections": kept}

    answer = await _edit(call, change)
    return Answer(status=204, headers=answer.headers)


# --- editing -----------------------------------------------------------------------------------------------------


async def _edit(call: Call, change: Callable[[Document], Document]) -> Answer:
    """Change the draft, again on top of what somebody else saved in between unless `If-Match` forbids it."""
    expected = expected_revision(call.request)
    for attempt in range(ATTEMPTS):
        draft = orjson.loads(call.object.draft)
        try:
            return await save(call, change(draft), expected if expected is not None else call.object.revision)
        except StaleError:
            if expected is not None or attempt == ATTEMPTS - 1:
                raise
            call.object = await call.web.workflows.get_for(call.actor, call.object.id, call.route.permission)
    raise AssertionError("unreachable")


def _replaced(draft: Document, id: str, change: Callable[[Document], Document]) -> Document:
    old = _found(draft, id)
    new = change(old)
    draft = {**draft, "nodes": [new if node["id"] == id else node for node in draft["nodes"]]}
    name = new.get("name")
    if isinstance(name, str) and name and name != old["name"]:
        return with_renamed_node(draft, old["name"], name)
    return draft


def _found(draft: Document, id: str) -> Document:
    for node in draft["nodes"]:
        if node["id"] == id:
            found: Document = node
            return found
    raise NotFoundError("node")


async def _issued(call: Call) -> Document:
    from a8n_web.documents import full

    return await full(call.web, call.object)


def _node(call: Call, draft: Document, id: str) -> Document:
    prefix = f"nodes.{id}"
    issues = [i for i in draft["issues"] if i["path"] == prefix or i["path"].startswith(f"{prefix}.")]
    return {**_found(draft, id), "workflow_id": call.object.id, "issues": issues}


def _wire(call: Call, wire: Document) -> Document:
    return {**wire, "id": _wire_id(wire), "workflow_id": call.object.id}


def _wire_id(wire: Document) -> str:
    return f"{wire['from']}.{wire['output']}.{wire['to']}.{wire['input']}"


def _plain(body: Document) -> Document:
    return {key: value for key, value in body.items() if key not in READ_ONLY}


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or "node"


def _free(wanted: str, taken: set[str], joint: str) -> str:
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}{joint}{number}"
    return name
