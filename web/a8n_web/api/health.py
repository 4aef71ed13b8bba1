"""Whether the process is well, what was done on it, which webhooks it has, and what its API is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, Field
from quart import Response
from sqlalchemy import text

from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n.runtime.cursors import MAX_LIMIT
from a8n.runtime.errors import StoreError
from a8n.workflow import Workflow
from a8n_web.activation import url_of
from a8n_web.api.users import Body
from a8n_web.calls import Call, rfc3339
from a8n_web.loaders import collection, nothing, workflow
from a8n_web.problems import Refusal
from a8n_web.routes import Routes

routes = Routes("Instance")

LISTEN_SECONDS = 120.0


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"] = "ok"


class AuditEntry(BaseModel):
    """A row of the audit log."""

    id: int
    at: str
    user: str | None
    address: str
    action: str
    object: str
    result: str
    details: dict[str, Any]


class AuditPage(BaseModel):
    """Rows of the audit log, latest first."""

    data: list[AuditEntry]
    next_cursor: str | None


class AuditQuery(Body):
    """Filters of the audit log."""

    user: str | None = None
    action: str | None = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50


class AuditVerdict(BaseModel):
    """Whether the audit log's chain of hashes is whole."""

    whole: bool
    rows: int
    broken: int | None
    """The first row that does not fit the one before."""
    last: str
    """The hash of the last row."""


class Webhook(BaseModel):
    """A registered URL."""

    id: str
    workflow: str
    name: str
    node: str
    method: str
    path: str
    url: str
    authentication: str
    """What the caller has to prove itself by; `none` lets everybody in."""


class Webhooks(BaseModel):
    """Registered URLs."""

    data: list[Webhook]
    next_cursor: str | None = None


class WebhookQuery(Body):
    """Filter of webhooks."""

    workflow: str | None = None


class DraftUrl(BaseModel):
    """A URL that answers for the draft for a while."""

    node: str
    methods: list[str]
    url: str


class ListenAnswer(BaseModel):
    """What is listened to, and for how long."""

    data: list[DraftUrl]
    next_cursor: str | None = None
    seconds: float


class Capture(BaseModel):
    """A request that came while somebody listened."""

    id: str
    at: str
    node: str
    method: str
    path: str
    items: list[dict[str, Any]]


class Captures(BaseModel):
    """The latest captured requests."""

    data: list[Capture]
    next_cursor: str | None = None


@routes.get("/healthz", Permission.PUBLIC, nothing, answer=Health)
async def healthz(call: Call) -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@routes.get("/readyz", Permission.PUBLIC, nothing, answer=Health, refusals=(503,))
async def readyz(call: Call) -> dict[str, str]:
    """The process can do its work: the database takes writes, and its tables are ours or those of a newer version."""
    from a8n.runtime.revisions import usable

    try:
        async with call.web.instance.db.begin() as connection:  # a reader would not notice that SQLite is locked
            found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
    except StoreError:
        raise Refusal(503, "the database does not answer", headers={"Retry-After": "2"}) from None
    if not usable(found):
        raise Refusal(503, "the tables of the database are not those of this version; run `a8n db upgrade`")
    return {"status": "ok"}


@routes.get("/metrics", Permission.METRICS_READ, collection, media="text/plain")
async def metrics(call: Call) -> Response:
    """The metrics of this process in the text format of Prometheus.

    For admins, their API keys with the scope `metrics:read`, and the bearer of `A8N_METRICS_TOKEN`.
    """
    from a8n.runtime.exposition import CONTENT_TYPE, scrape

    return Response(await scrape(call.web.instance), content_type=CONTENT_TYPE)


@routes.get("/openapi.json", Permission.PUBLIC, nothing)
async def openapi(call: Call) -> Response:
    """This API as an OpenAPI 3.1 document."""
    from a8n_web.openapi import document

    return Response(orjson.dumps(document(call.web)), content_type="application/json")


@routes.get("/api/audit", Permission.AUDIT_READ, collection, query=AuditQuery, answer=AuditPage)
async def list_audit(call: Call) -> dict[str, JSON]:
    """The audit log, latest first."""
    query: AuditQuery = call.query
    page = await call.web.audit.list(user_id=query.user, action=query.action, cursor=query.cursor, limit=query.limit)
    data = [
        {
            "id": row.id, "at": rfc3339(row.at), "user": row.user_id, "address": row.address, "action": row.action,
            "object": row.object, "result": row.result, "details": orjson.loads(row.details),
        }
        for row in page.rows
    ]  # fmt: skip
    return {"data": data, "next_cursor": page.next_cursor}


@routes.get("/api/audit/verify", Permission.AUDIT_READ, collection, answer=AuditVerdict)
async def verify_audit(call: Call) -> dict[str, JSON]:
    """Follow the audit log's chain of hashes from its first row."""
    verdict = await call.web.audit.verify()
    return {"whole": verdict.broken is None, "rows": verdict.rows, "broken": verdict.broken, "last": verdict.last}


# --- webhooks ----------------------------------------------------------------------------------------------------


@routes.get("/api/webhooks", Permission.WORKFLOW_READ, collection, query=WebhookQuery, answer=Webhooks)
async def list_webhooks(call: Call) -> dict[str, JSON]:
    """Every registered URL that one may see, its workflow, and how callers prove themselves."""
    rows = await call.web.workflows.webhooks_for(call.actor, call.query.workflow)
    live = {(hook.workflow_id, hook.node): hook for hook in call.web.instance.hooks}
    data = [
        {
            "id": row.id, "workflow": row.workflow_id, "name": row.name, "node": row.node, "method": row.method,
            "path": row.path, "url": url_of(call.web, row.path),
            "authentication": _authentication(live.get((row.workflow_id, row.node))),
        }
        for row in rows
    ]  # fmt: skip
    return {"data": data, "next_cursor": None}


@routes.post("/api/webhooks/{id}/listen", Permission.WORKFLOW_RUN, workflow, answer=ListenAnswer)
async def listen(call: Call) -> dict[str, JSON]:
    """Let the webhooks of a workflow's draft answer for two minutes, and capture what comes.

    `id` is the workflow's. Live URLs of the same path belong to the draft meanwhile.
    """
    draft = Workflow.parse(orjson.loads(call.object.draft))
    hooks = call.web.instance.live.listen(call.object.id, call.object.project_id, draft, LISTEN_SECONDS)
    data = [
        {"node": hook.node, "methods": list(hook.route.methods), "url": url_of(call.web, hook.route.path)}
        for hook in hooks
    ]
    return {"data": data, "next_cursor": None, "seconds": LISTEN_SECONDS}


@routes.delete("/api/webhooks/{id}/listen", Permission.WORKFLOW_RUN, workflow, status=204)
async def stop_listening(call: Call) -> None:
    """Give the URLs back to the published version."""
    call.web.instance.live.stop_listening(call.object.id)


@routes.get("/api/webhooks/{id}/captures", Permission.EXECUTION_READ, workflow, answer=Captures)
async def list_captures(call: Call) -> dict[str, JSON]:
    """The latest requests that were captured for a workflow's draft."""
    captures = [capture.describe() for capture in call.web.instance.captures.of(call.object.id)]
    data = [{**capture, "at": rfc3339(int(capture["at"]))} for capture in captures]
    return {"data": data, "next_cursor": None}


def _authentication(hook: Any) -> str:
    if hook is None or hook.trigger is None:
        return "credential"
    kind = getattr(getattr(hook.trigger, "auth", None), "kind", None)
    return str(kind) if kind else "none" if hook.trigger.open_to_all() else "own"
