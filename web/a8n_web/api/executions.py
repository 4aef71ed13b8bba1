"""Executions: what ran, what each step took and gave, and stopping or deleting them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, Field
from quart import Response

from a8n.errors import InvalidError
from a8n.items import JSON
from a8n.journal import StepRecord
from a8n.runtime.access import Permission
from a8n.runtime.cursors import MAX_LIMIT, decode, encode
from a8n.runtime.executions import ENDED, Filter
from a8n.runtime.records import files_of, micros
from a8n.workflow import Workflow
from a8n_web.api.users import Body
from a8n_web.calls import Call, microseconds, rfc3339
from a8n_web.documents import document_ran
from a8n_web.excerpts import cut_windows
from a8n_web.history import History
from a8n_web.loaders import collection, execution
from a8n_web.news import OfExecutions, follow
from a8n_web.problems import Refusal
from a8n_web.routes import Routes
from a8n_web.streams import stream

routes = Routes("Executions")

Status = Literal["queued", "running", "waiting", "succeeded", "failed", "canceled", "crashed"]


class ExecutionFilter(Body):
    """Which executions."""

    workflow: str | None = None
    project: str | None = None
    status: Status | list[Status] | None = None
    """May be given several times."""
    trigger: str | None = None
    """Id of the trigger node."""
    mode: str | None = None
    version: Annotated[str, Field(pattern=r"^(draft|[1-9][0-9]{0,8})$")] | None = None
    """A version's number, or `draft`."""
    from_: datetime | None = Field(default=None, alias="from")
    to: datetime | None = None
    q: Annotated[str, Field(max_length=200)] = ""
    """A text in the workflow's name or in the error, or the beginning of the execution's id."""


class ExecutionQuery(ExecutionFilter):
    """Filters of a list."""

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50


class InsightQuery(Body):
    """Which executions to count."""

    workflow: str | None = None
    project: str | None = None
    from_: datetime | None = Field(default=None, alias="from")
    to: datetime | None = None


class Insights(BaseModel):
    """Executions by status; those that there were none of are left out."""

    total: int
    statuses: dict[str, int]


class Execution(BaseModel):
    """One run of a workflow."""

    id: str
    workflow: str
    workflow_name: str | None
    """null: it was deleted."""
    project: str
    version: int | None
    """null: it ran the draft."""
    trigger: str
    """Id of the node that it began at."""
    trigger_name: str | None
    """As the draft calls that node now; null where the draft has it no more."""
    trigger_kind: str | None
    """`manual`, `webhook`, `schedule`, `poll` or `listen`, as far as the draft tells."""
    mode: str
    """What started it: `manual`, `webhook`, `schedule`, `poll`, `listen`, `api`, `child`, `error`, `test` …"""
    status: Status
    error: dict[str, Any] | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    duration_ms: float | None
    """From its beginning to its end; null until it has ended."""
    parent: str | None
    retry_of: str | None


class ExecutionDetails(Execution):
    """One run with the document that it ran."""

    document: dict[str, Any] | None


class ExecutionPage(BaseModel):
    """Executions, the newest first."""

    data: list[Execution]
    next_cursor: str | None


class StepQuery(Body):
    """Which steps, and which page of their items."""

    node: str | None = None
    path: Annotated[str, Field(pattern=r"^([0-9]+(\.[0-9]+)*)?$")] | None = None
    """Iteration indices joined by dots; empty outside of loops."""
    port: str | None = None
    offset: Annotated[int, Field(ge=0)] = 0
    """Of the first item."""
    limit: Annotated[int, Field(ge=0, le=1000)] = 50
    """Items of each port; 0 gives counts alone."""
    max_bytes: Annotated[int, Field(ge=1_000, le=16 * 2**20)] | None = None
    """Of the data of all items together: larger ones are cut, and say so in `whole` and `cuts`."""


class PortItems(BaseModel):
    """A page of the items at a port."""

    total: int
    items: list[dict[str, Any]]


class Awaited(BaseModel):
    """What a step waits for."""

    kind: str
    """`time`, `call`, `form`, `reply`, `children`, `retry`, or `decision`: a person has to say what to do about a step
    whose effect is unknown, see `decide`."""
    until: str | None
    """When it goes on by itself."""


class Step(BaseModel):
    """One run of one node. Its input is derived from the outputs of the steps before it."""

    node: str
    name: str | None
    path: list[int]
    attempt: int
    status: str
    started_at: str
    finished_at: str
    input: dict[str, PortItems]
    output: dict[str, PortItems]
    error: dict[str, Any] | None
    logs: list[str]
    wait: Awaited | None
    """Of a step with status `waiting`: what for."""


class Steps(BaseModel):
    """The steps of an execution in the order in which they began."""

    data: list[Step]
    next_cursor: str | None = None


class Canceled(BaseModel):
    """What became of a wish to stop."""

    id: str
    status: Status


class Decision(Body):
    """What to do about a step that may or may not have taken effect before its process died."""

    node: str
    path: Annotated[str, Field(pattern=r"^([0-9]+(\.[0-9]+)*)?$")] = ""
    """Iteration indices joined by dots; empty outside of loops."""
    decision: Literal["retry", "done", "fail"]
    """Run it again, count it as done, or let the execution fail."""
    items: Annotated[list[dict[str, Any]], Field(max_length=10_000)] | None = None
    """With `done`: what the step gave. Without, the items that it took pass on."""


class LastEvent(Body):
    """Where to go on."""

    after: Annotated[int, Field(ge=0)] = 0
    """Number of the last event seen; the header `Last-Event-ID` says the same."""


@routes.get("/api/executions", Permission.EXECUTION_READ, collection, query=ExecutionQuery, answer=ExecutionPage)
async def list_executions(call: Call) -> dict[str, JSON]:
    """The executions of one's projects, the newest first."""
    query: ExecutionQuery = call.query
    wanted = filter_of(query, await _projects(call, query.project))
    cursor = decode(query.cursor, str)[0] if query.cursor is not None else None
    page = await call.web.instance.executions.list(wanted, cursor=cursor, limit=query.limit)
    following = encode([page.next_cursor]) if page.next_cursor is not None else None
    return {"data": await _described(call, page.rows), "next_cursor": following}


@routes.get("/api/executions/events", Permission.EXECUTION_READ, collection, media="text/event-stream")
async def watch_executions(call: Call) -> Any:
    """Live events of all executions one sees, as server-sent events: how they begin, wait and end.

    Where very many run, `executions.missed` tells how many were left out. Nothing is replayed.
    """
    return follow(call.web, OfExecutions(call.web, call.actor))


@routes.get("/api/insights", Permission.EXECUTION_READ, collection, query=InsightQuery, answer=Insights)
async def insights(call: Call) -> dict[str, JSON]:
    """How many executions there were of each status."""
    query: InsightQuery = call.query
    wanted = Filter(
        projects=await _projects(call, query.project), workflow=query.workflow, since=microseconds(query.from_),
        until=microseconds(query.to),
    )  # fmt: skip
    counts = await call.web.instance.executions.counts(wanted)
    return {"total": sum(counts.values()), "statuses": counts}


@routes.get("/api/executions/{id}", Permission.EXECUTION_READ, execution, answer=ExecutionDetails)
async def read_execution(call: Call) -> dict[str, JSON]:
    """One execution, and the document that it ran."""
    document = await document_ran(call.web, call.object)
    [described] = await _described(call, [call.object])
    return {**described, "document": document}


@routes.get("/api/executions/{id}/steps", Permission.EXECUTION_READ, execution, query=StepQuery, answer=Steps)
async def list_steps(call: Call) -> dict[str, JSON]:
    """The steps of an execution, each with a page of what it took and gave."""
    query: StepQuery = call.query
    records = await call.web.instance.journals.load(call.object.id)
    document = await document_ran(call.web, call.object)
    workflow = _parsed(document)
    history = History(call.web.kernel, workflow, call.object, records)
    path = None if query.path is None else tuple(int(part) for part in query.path.split(".") if part)
    names = {node["id"]: node["name"] for node in (document or {}).get("nodes", ())}
    data = []
    windows: list[dict[str, JSON]] = []
    for record in sorted(records, key=lambda record: (record.started_at, record.finished_at)):
        if query.node not in (None, record.node) or (path is not None and path != record.path):
            continue
        window = (query.port, query.offset, query.limit)
        taken, given = _window(history.inputs(record), *window), _window(record.outputs, *window)
        windows += [*taken.values(), *given.values()]
        data.append(
            {
                "node": record.node,
                "name": names.get(record.node),
                "path": list(record.path),
                "attempt": record.attempt,
                "status": record.status,
                "started_at": rfc3339(record.started_at),
                "finished_at": rfc3339(record.finished_at),
                "input": taken,
                "output": given,
                "error": dict(record.error) if record.error is not None else None,
                "logs": list(record.logs),
                "wait": _awaited(record),
            }
        )
    if query.max_bytes is not None:
        await asyncio.to_thread(cut_windows, windows, query.max_bytes)
    return {"data": data, "next_cursor": None}


@routes.get(
    "/api/executions/{id}/files/{hash}", Permission.EXECUTION_READ, execution, media="application/octet-stream",
    refusals=(404,),
)  # fmt: skip
async def read_file(call: Call) -> Response:
    """A file that some step of the execution gave, as a download."""
    wanted = call.args["hash"]
    records = await call.web.instance.journals.load(call.object.id)
    files = (ref for record in records for ref in files_of(record.outputs))
    found = next((ref for ref in files if ref.hash == wanted), None)
    if found is None:
        raise Refusal(404, "no step of the execution gave such a file")
    response = Response(await call.web.instance.blobs.read(found), content_type=found.mime)
    name = found.name.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


@routes.get(
    "/api/executions/{id}/events", Permission.EXECUTION_READ, execution, query=LastEvent, media="text/event-stream"
)
async def watch_execution(call: Call) -> Any:
    """Live events of an execution as server-sent events; ends with `execution.finished`."""
    last = call.request.headers.get("Last-Event-ID", "")
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 18 else call.query.after
    return stream(call.web.instance, call.object.id, after)


@routes.post("/api/executions/{id}/cancel", Permission.EXECUTION_EDIT, execution, answer=Canceled, refusals=(409,))
async def cancel_execution(call: Call) -> dict[str, JSON]:
    """Stop an execution: no step starts after it."""
    if not await call.web.instance.runner.steering.cancel(call.object.id):
        row = await call.web.instance.executions.get(call.object.id)
        if row is not None and row.status != "canceled":
            raise Refusal(409, f"the execution has {row.status} already")
    await call.audit("execution.cancel", call.object.id)
    row = await call.web.instance.executions.get(call.object.id)
    return {"id": call.object.id, "status": row.status if row is not None else "canceled"}


@routes.post(
    "/api/executions/{id}/decide", Permission.EXECUTION_EDIT, execution, body=Decision, answer=Canceled, refusals=(409,)
)
async def decide(call: Call) -> dict[str, JSON]:
    """Decide about a step whose effect is unknown: the execution waits with a step of wait kind `decision`."""
    body: Decision = call.body
    payload = {"decision": body.decision, "items": body.items}
    if not await call.web.instance.runner.steering.decide(call.object.id, body.node, body.path, payload):
        raise Refusal(409, f"no step {body.node!r} of this execution waits for a decision")
    await call.audit("execution.decide", call.object.id, node=body.node, decision=body.decision)
    row = await call.web.instance.executions.get(call.object.id)
    return {"id": call.object.id, "status": row.status if row is not None else "canceled"}


@routes.delete("/api/executions/{id}", Permission.EXECUTION_EDIT, execution, status=204, refusals=(409,))
async def delete_execution(call: Call) -> None:
    """Delete an execution that has ended, with all it recorded."""
    if call.object.status not in ENDED:
        raise Refusal(409, f"the execution is {call.object.status}; cancel it first")
    await call.web.instance.executions.delete([call.object.id])
    await call.audit("execution.delete", call.object.id)


def _awaited(record: StepRecord) -> dict[str, JSON] | None:
    if record.wait is None or record.status != "waiting":
        return None
    until = record.wait.until
    return {"kind": record.wait.kind, "until": rfc3339(micros(until)) if until is not None else None}


def filter_of(wanted: ExecutionFilter, projects: list[str] | None) -> Filter:
    """What is asked for, among these projects."""
    statuses = [wanted.status] if isinstance(wanted.status, str) else wanted.status or []
    version = None if wanted.version is None else 0 if wanted.version == "draft" else int(wanted.version)
    return Filter(
        projects=projects, workflow=wanted.workflow, statuses=statuses, mode=wanted.mode, trigger=wanted.trigger,
        version=version, since=microseconds(wanted.from_), until=microseconds(wanted.to), text=wanted.q,
    )  # fmt: skip


async def _described(call: Call, rows: Sequence[Any]) -> list[dict[str, JSON]]:
    heads = await call.web.workflows.heads(list({row.workflow_id for row in rows})) if rows else {}
    facts = await call.web.overview.facts(list(heads.values()))
    found = []
    for row in rows:
        head = heads.get(row.workflow_id)
        triggers = facts[head.id].triggers if head is not None else ()
        trigger = next((one for one in triggers if one["node"] == row.trigger), None)
        found.append(_one(row, head.name if head is not None else None, trigger))
    return found


def _one(row: Any, workflow_name: str | None, trigger: dict[str, JSON] | None) -> dict[str, JSON]:
    took = row.finished_at - row.started_at if row.finished_at is not None and row.started_at is not None else None
    return {
        "id": row.id,
        "workflow": row.workflow_id,
        "workflow_name": workflow_name,
        "trigger_name": trigger["name"] if trigger is not None else None,
        "trigger_kind": trigger["kind"] if trigger is not None else None,
        "duration_ms": took / 1000 if took is not None else None,
        "project": row.project_id,
        "version": row.version or None,
        "trigger": row.trigger,
        "mode": row.mode,
        "status": row.status,
        "error": orjson.loads(row.error) if row.error else None,
        "created_at": rfc3339(row.created_at),
        "started_at": rfc3339(row.started_at),
        "finished_at": rfc3339(row.finished_at),
        "parent": row.parent_id,
        "retry_of": row.retry_of,
    }


async def _projects(call: Call, wanted: str | None) -> list[str] | None:
    """The projects to list; None for all, which only those see who act everywhere."""
    if call.actor.everywhere:
        return None if wanted is None else [wanted]
    seen = [row.id for row in await call.web.projects.list_for(call.actor)]
    return seen if wanted is None else [project for project in seen if project == wanted]


def _parsed(document: Any) -> Workflow | None:
    try:
        return Workflow.parse(document) if document is not None else None
    except InvalidError:
        return None


def _window(ports: Any, port: str | None, offset: int, limit: int) -> dict[str, JSON]:
    return {
        name: {"total": len(items), "items": [item.as_data() for item in items[offset : offset + limit]]}
        for name, items in ports.items()
        if port in (None, name)
    }
