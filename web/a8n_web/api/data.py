"""The data that flow through a node: what comes in and what it gave, page by page, with pins and recorded steps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, Field

from a8n.items import JSON, Item
from a8n.runtime.access import Permission
from a8n.runtime.outlines import Outlined, matching, outline
from a8n.runtime.scenes import Scene, Wanted
from a8n.workflow import Workflow
from a8n_web.api.users import Body
from a8n_web.calls import Call, rfc3339
from a8n_web.documents import split
from a8n_web.excerpts import cut_items
from a8n_web.loaders import workflow
from a8n_web.problems import Refusal
from a8n_web.routes import Handler, Routes

routes = Routes("Data")

RUNS = 1_000
"""Iterations that are listed, the last ones."""
Path = Annotated[str, Field(pattern=r"^([0-9]{1,7}(\.[0-9]{1,7}){0,20})?$")]
"""Iteration indices joined by dots; empty outside of loops."""


class Source(Body):
    """Where data are taken from."""

    execution: str | None = None
    """Id of an execution of the workflow; the latest that has data here where none is named. Pins win over it."""
    path: Path | None = None
    """The iteration: indices joined by dots; the last where none is named."""
    port: str | None = None
    """The first where none is named."""
    offset: Annotated[int, Field(ge=0)] = 0
    """Of the first item."""
    limit: Annotated[int, Field(ge=0, le=500)] = 50
    """Items; 0 gives counts alone."""


class DataQuery(Source):
    """Which page of data."""

    q: Annotated[str, Field(max_length=200)] = ""
    """A text that items must have in a key, a value or the name of a file."""


class SchemaQuery(Source):
    """Data of which to tell the fields."""

    side: Literal["input", "output"] = "input"


class Draft(Body):
    """The workflow as it is in the editor."""

    document: dict[str, Any] | None = None
    """The saved draft where there is none."""


class Cut(BaseModel):
    """A place at which something was left out, so that the answer stays small."""

    path: list[str | int]
    """Keys and indices, from the value on."""
    kind: Literal["text", "list", "object", "depth"]
    length: int
    """Of the whole: characters, items or keys."""
    kept: int


class DataItem(BaseModel):
    """An item, cut to fit the page."""

    index: int
    """Among all items of the port."""
    json_: dict[str, Any] = Field(alias="json")
    files: dict[str, Any]
    whole: bool
    """false: something was cut. `/api/executions/{id}/items` gives the whole item."""
    cuts: list[Cut]
    """The first of the places where; their paths begin with `json` or `files`."""


class Port(BaseModel):
    """A port, and how many items are there."""

    name: str
    total: int


class Page(BaseModel):
    """A page of the items at a port of a node."""

    node: str
    name: str
    source: Literal["pin", "execution", "none"]
    """`none`: nothing is pinned, and nothing was recorded."""
    execution: str | None
    """The execution that the data (of an input: what is not pinned) are taken from."""
    path: list[int]
    runs: list[list[int]]
    """The iterations of loops that there are data of; `[[]]` outside of loops."""
    ports: list[Port]
    port: str | None
    """The one whose items these are."""
    total: int
    """Items at the port."""
    matches: int
    """Those of them that have the text searched for; all without a search."""
    offset: int
    items: list[DataItem]
    next_offset: int | None


class Supply(BaseModel):
    """What one connection brings."""

    node: str
    """Id of the node at its other end."""
    name: str
    output: str
    input: str
    path: list[int]
    total: int
    source: Literal["pin", "execution", "none"]
    """`none`: that node has no data."""


class InputPage(Page):
    """A page of what comes into a node."""

    sources: list[Supply]
    """In the order in which their items are joined."""


class OutputPage(Page):
    """A page of what a node gave."""

    status: str | None
    """Of the step; null where there is none."""
    error: dict[str, Any] | None
    attempt: int | None
    started_at: str | None
    finished_at: str | None


class SchemaField(BaseModel):
    """A field of the data."""

    path: list[str | int]
    """From the item's JSON; 0 stands for every item of a list."""
    expression: str
    """That gives it: `json.user.name`."""
    types: list[Literal["null", "boolean", "number", "text", "list", "object"]]
    sample: str
    count: int
    """How many of the items have it."""


class Schema(BaseModel):
    """The fields of a page of data, all items together, each after the one it is in."""

    source: Literal["pin", "execution", "none"]
    execution: str | None
    port: str | None
    total: int
    items: int
    """How many items were looked at."""
    fields: list[SchemaField]
    whole: bool
    """false: there are more fields."""


def declared(path: str, query: type[BaseModel], answer: type[BaseModel]) -> Callable[[Handler], Handler]:
    """Declare a GET for the saved draft, and a POST that brings the one in the editor."""

    def declare(handler: Handler) -> Handler:
        address = f"/api/workflows/{{id}}/nodes/{{node}}/{path}"
        routes.get(address, Permission.WORKFLOW_READ, workflow, query=query, answer=answer, refusals=(404,))(handler)
        routes.post(
            address, Permission.WORKFLOW_READ, workflow, query=query, body=Draft, answer=answer, suffix="_of_draft",
            refusals=(404,),
        )(handler)  # fmt: skip
        return handler

    return declare


@declared("input", DataQuery, InputPage)
async def read_input(call: Call) -> dict[str, JSON]:
    """What comes into a node: pins, else what the nodes before it gave, over the connections as they are now."""
    scene = await call.web.scenes.at(wanted(call))
    ports = scene.inputs()
    return {
        **await asyncio.to_thread(_page, call.query, scene, ports, scene.origin, scene.key[1]),
        "sources": [
            {
                "node": scene.plan.nodes[found.edge.source].id,
                "name": scene.plan.nodes[found.edge.source].name,
                "output": found.edge.port,
                "input": found.edge.input,
                "path": list(found.step[1]) if found.step is not None else [],
                "total": len(found.items),
                "source": scene.source(found.step),
            }
            for found in scene.deliveries()
        ],
    }


@declared("output", DataQuery, OutputPage)
async def read_output(call: Call) -> dict[str, JSON]:
    """What a node gave: its pin, else what the latest execution recorded of it."""
    scene, record = await call.web.scenes.of_output(wanted(call))
    outputs = record.outputs if record is not None else {}
    ports = {port: outputs.get(port, ()) for port in (*scene.plan.nodes[scene.node].outputs, *outputs)}
    source = scene.source(scene.key if record is not None else None)
    known = record is not None and source == "execution"
    return {
        **await asyncio.to_thread(_page, call.query, scene, ports, source, record.path if record is not None else ()),
        "execution": scene.row.id if known else None,
        "status": record.status if record is not None else None,
        "error": dict(record.error) if record is not None and record.error is not None else None,
        "attempt": record.attempt if record is not None and known else None,
        "started_at": rfc3339(record.started_at) if record is not None and known else None,
        "finished_at": rfc3339(record.finished_at) if record is not None and known else None,
    }


@declared("schema", SchemaQuery, Schema)
async def read_schema(call: Call) -> dict[str, JSON]:
    """The fields of what comes into a node, or of what it gave: paths, types and samples of a page of items."""
    asked: SchemaQuery = call.query
    ports: Mapping[str, Sequence[Item]]
    if asked.side == "input":
        scene = await call.web.scenes.at(wanted(call))
        ports, source = scene.inputs(), scene.origin
    else:
        scene, record = await call.web.scenes.of_output(wanted(call))
        ports = record.outputs if record is not None else {}
        source = scene.source(scene.key if record is not None else None)
    port = _port(asked.port, ports)
    items = ports[port] if port is not None else ()
    looked_at = items[asked.offset : asked.offset + asked.limit]
    fields, whole = await asyncio.to_thread(outline, looked_at)
    return {
        "source": source,
        "execution": scene.row.id if scene.row is not None and source != "none" else None,
        "port": port,
        "total": len(items),
        "items": len(looked_at),
        "fields": [_field(field) for field in fields],
        "whole": whole,
    }


def wanted(call: Call) -> Wanted:
    """What a call about a node asks for."""
    asked: Source = call.query
    body: Draft | None = call.body
    return wish(
        call, body.document if body is not None else None, call.args["node"], asked.execution, iteration(asked.path)
    )


def wish(
    call: Call, document: dict[str, JSON] | None, node: str, execution: str | None, path: tuple[int, ...] | None
) -> Wanted:
    """A node of the workflow of a call, and whose data are wanted. Raises 403 for a key that may not see them."""
    recorded = call.actor.covers(Permission.EXECUTION_READ)
    if execution is not None and not recorded:
        raise Refusal(403, f"this API key does not have the scope {Permission.EXECUTION_READ}")
    row = call.object
    draft = split(document)[0] if document is not None else orjson.loads(row.draft)
    return Wanted(
        workflow_id=row.id, project_id=row.project_id, document=Workflow.parse(draft), node=node, execution=execution,
        path=path, recorded=recorded, variables=call.actor.covers(Permission.VARIABLE_READ),
    )  # fmt: skip


def iteration(path: str | None) -> tuple[int, ...] | None:
    """A path of iteration indices from its text."""
    return tuple(int(part) for part in path.split(".") if part) if path is not None else None


def _page(
    asked: DataQuery, scene: Scene, ports: Mapping[str, Sequence[Item]], source: str, path: tuple[int, ...]
) -> dict[str, JSON]:
    port = _port(asked.port, ports)
    items = ports[port] if port is not None else ()
    chosen: Sequence[int] = matching(items, asked.q) if asked.q else range(len(items))
    shown = chosen[asked.offset : asked.offset + asked.limit]
    end = asked.offset + len(shown)
    node = scene.plan.nodes[scene.node]
    return {
        "node": node.id,
        "name": node.name,
        "source": source,
        "execution": scene.row.id if scene.row is not None and source != "none" else None,
        "path": list(path),
        "runs": [list(run) for run in scene.runs[-RUNS:]],
        "ports": [{"name": name, "total": len(found)} for name, found in ports.items()],
        "port": port,
        "total": len(items),
        "matches": len(chosen),
        "offset": asked.offset,
        "items": cut_items([(index, items[index]) for index in shown]),
        "next_offset": end if shown and end < len(chosen) else None,
    }


def _port(asked: str | None, ports: Mapping[str, Sequence[Item]]) -> str | None:
    """The port to show: the one asked for, else the first that has items."""
    if asked is not None:
        if asked not in ports:
            raise Refusal(404, f"the node has no port {asked!r}; it has {', '.join(ports) or 'none'}")
        return asked
    return next((port for port, items in ports.items() if items), next(iter(ports), None))


def _field(field: Outlined) -> dict[str, JSON]:
    return {
        "path": list(field.path),
        "expression": field.expression,
        "types": field.types,
        "sample": field.sample,
        "count": field.count,
    }
