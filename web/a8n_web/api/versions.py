"""Published versions and checkpoints of the draft: looking back, comparing, and going back."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from pydantic import BaseModel, Field

from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n.runtime.cursors import MAX_LIMIT
from a8n.runtime.refusals import NotFoundError
from a8n.runtime.uses import references
from a8n_web.api.users import Body
from a8n_web.api.workflows import WorkflowDocument, save
from a8n_web.calls import Answer, Call, expected_revision, rfc3339
from a8n_web.differences import difference
from a8n_web.loaders import workflow
from a8n_web.routes import Routes

routes = Routes("Versions")

DRAFT = "draft"
UUID_LENGTH = 36
CHECKPOINTS = "/api/workflows/{id}/checkpoints"


class Version(BaseModel):
    """A published version. It never changes."""

    version: int
    live: bool
    """It is what the workflow's triggers run."""
    hash: str
    name: str
    note: str
    created_by: str | None
    created_at: str


class VersionDocument(Version):
    """A version with its document."""

    document: dict[str, Any]


class VersionPage(BaseModel):
    """Versions, latest first."""

    data: list[Version]
    next_cursor: str | None


class PageQuery(Body):
    """A page of a list."""

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50


Point = Annotated[str, Field(pattern=r"^(draft|[0-9]{1,9}|[0-9a-f-]{36})$")]
"""`draft`, the number of a version, or the id of a checkpoint."""


class Checkpoint(BaseModel):
    """A point in the life of a draft that somebody marked."""

    id: str
    revision: int
    """Of the draft then."""
    created_by: str | None
    created_at: str


class CheckpointDocument(Checkpoint):
    """A checkpoint with its document."""

    document: dict[str, Any]


class CheckpointList(BaseModel):
    """The checkpoints of a workflow, latest first; the last 50 are kept."""

    data: list[Checkpoint]


class DiffQuery(Body):
    """Two points in the life of a workflow."""

    from_: Annotated[Point | None, Field(alias="from")] = None
    """Default: the published version."""
    to: Point = DRAFT


class ValueChange(BaseModel):
    """A value that differs."""

    path: str
    before: Any = None
    after: Any = None


class ChangedNode(BaseModel):
    """A node that both have, and what differs."""

    id: str
    name: str
    only_moved: bool
    changes: list[ValueChange]


class NodeChanges(BaseModel):
    """Nodes that only one has, or that differ."""

    added: list[dict[str, Any]]
    removed: list[dict[str, Any]]
    changed: list[ChangedNode]


class WireChanges(BaseModel):
    """Connections that only one has."""

    added: list[dict[str, Any]]
    removed: list[dict[str, Any]]


class Difference(BaseModel):
    """What changed from one version to another."""

    nodes: NodeChanges
    connections: WireChanges
    changes: list[ValueChange]
    """Of everything else: name, settings, notes."""


def _described(row: Any, live: int | None) -> dict[str, JSON]:
    return {
        "version": row.version, "live": row.version == live, "hash": row.hash, "name": row.name, "note": row.note,
        "created_by": row.created_by, "created_at": rfc3339(row.created_at),
    }  # fmt: skip


@routes.get("/api/workflows/{id}/versions", Permission.WORKFLOW_READ, workflow, query=PageQuery, answer=VersionPage)
async def list_versions(call: Call) -> dict[str, JSON]:
    """The published versions of a workflow, latest first."""
    page = await call.web.versions.list(call.object, cursor=call.query.cursor, limit=call.query.limit)
    live = call.object.published if call.object.active else None
    return {"data": [_described(row, live) for row in page.rows], "next_cursor": page.next_cursor}


@routes.get(
    "/api/workflows/{id}/versions/{version}", Permission.WORKFLOW_READ, workflow, answer=VersionDocument,
    refusals=(404,),
)  # fmt: skip
async def read_version(call: Call) -> dict[str, JSON]:
    """One version with its document."""
    row = await call.web.versions.get(call.object, _number(call.args["version"]))
    live = call.object.published if call.object.active else None
    return {**_described(row, live), "document": orjson.loads(row.document)}


@routes.post(
    "/api/workflows/{id}/versions/{version}/restore", Permission.WORKFLOW_EDIT, workflow, answer=WorkflowDocument,
    refusals=(404, 412),
)  # fmt: skip
async def restore_version(call: Call) -> Answer:
    """Make the document of a version the draft again. What runs stays until the draft is activated."""
    row = await call.web.versions.get(call.object, _number(call.args["version"]))
    await call.audit("workflow.restore", call.object.id, version=row.version)
    document = orjson.loads(row.document)
    return await save(call, document, expected_revision(call.request), lenient=True, known=references(document))


def _marked(row: Any) -> dict[str, JSON]:
    return {
        "id": row.id, "revision": row.revision, "created_by": row.created_by, "created_at": rfc3339(row.created_at),
    }  # fmt: skip


@routes.post(CHECKPOINTS, Permission.WORKFLOW_EDIT, workflow, answer=Checkpoint, status=201)
async def add_checkpoint(call: Call) -> dict[str, JSON]:
    """Mark the draft as it is saved, to come back to it. A draft that is marked already keeps its mark."""
    return _marked(await call.web.checkpoints.add(call.actor, call.object))


@routes.get(CHECKPOINTS, Permission.WORKFLOW_READ, workflow, answer=CheckpointList)
async def list_checkpoints(call: Call) -> dict[str, JSON]:
    """The checkpoints of a workflow's draft, latest first."""
    return {"data": [_marked(row) for row in await call.web.checkpoints.list(call.object)]}


@routes.get(
    CHECKPOINTS + "/{checkpoint}", Permission.WORKFLOW_READ, workflow, answer=CheckpointDocument, refusals=(404,)
)
async def read_checkpoint(call: Call) -> dict[str, JSON]:
    """One checkpoint with its document."""
    row = await call.web.checkpoints.get(call.object, call.args["checkpoint"])
    return {**_marked(row), "document": orjson.loads(row.document)}


@routes.get(
    "/api/workflows/{id}/diff", Permission.WORKFLOW_READ, workflow, query=DiffQuery, answer=Difference, refusals=(404,)
)
async def compare(call: Call) -> dict[str, JSON]:
    """What changed from one version or checkpoint to another, or to the draft."""
    start = call.query.from_ or str(call.object.published or DRAFT)
    return difference(await _document(call, start), await _document(call, call.query.to))


async def _document(call: Call, name: str) -> JSON:
    if name == DRAFT:
        return orjson.loads(call.object.draft)
    if len(name) == UUID_LENGTH:
        return orjson.loads((await call.web.checkpoints.get(call.object, name)).document)
    return orjson.loads((await call.web.versions.get(call.object, _number(name))).document)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFoundError("version")
    return int(text)
