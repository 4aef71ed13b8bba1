"""Finding workflows again: tags, folders, favourites, and copies."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import orjson
from pydantic import BaseModel, Field

from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n.runtime.uses import references
from a8n.runtime.workflows import tags_of
from a8n_web.api.users import Body
from a8n_web.api.workflows import WorkflowDocument
from a8n_web.calls import Answer, Call
from a8n_web.documents import check_error_workflow, check_references, full, parsed
from a8n_web.loaders import collection, workflow
from a8n_web.routes import Routes

routes = Routes("Workflows")

NAME = 200
"""Characters that the name of a workflow has at most."""


class FilingQuery(Body):
    """Whose workflows to look at."""

    project: Annotated[str, Field(max_length=36)] | None = None


class WorkflowTag(BaseModel):
    """A tag and how many workflows bear it."""

    name: str
    count: int


class WorkflowTags(BaseModel):
    """Tags in their order by name."""

    data: list[WorkflowTag]
    next_cursor: str | None = None


class WorkflowFolder(BaseModel):
    """A folder. It is there because a workflow is in it, or in one below it."""

    path: str
    """Such as `sales/invoices`."""
    count: int
    """Workflows in it."""
    total: int
    """Workflows in it and in the folders below it."""


class WorkflowFolders(BaseModel):
    """Folders, each followed by those below it."""

    data: list[WorkflowFolder]
    next_cursor: str | None = None


class WorkflowCopy(Body):
    """What to call a copy."""

    name: Annotated[str, Field(min_length=1, max_length=NAME)] | None = None
    """The name of the original with `(copy)` behind it, where none is given."""


@routes.get("/api/workflows/tags", Permission.WORKFLOW_READ, collection, query=FilingQuery, answer=WorkflowTags)
async def list_tags(call: Call) -> dict[str, JSON]:
    """The tags of the workflows one sees, with how many bear each. Archived workflows do not count."""
    rows = await call.web.workflows.filing(call.actor, call.query.project)
    counts = Counter(tag for row in rows for tag in tags_of(row))
    named = sorted(counts.items(), key=lambda entry: entry[0].casefold())
    return {"data": [{"name": name, "count": count} for name, count in named]}


@routes.get("/api/workflows/folders", Permission.WORKFLOW_READ, collection, query=FilingQuery, answer=WorkflowFolders)
async def list_folders(call: Call) -> dict[str, JSON]:
    """The folders of the workflows one sees, with those above them. Archived workflows do not count."""
    rows = await call.web.workflows.filing(call.actor, call.query.project)
    counts: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for row in rows:
        if not row.folder:
            continue
        counts[row.folder] += 1
        parts = row.folder.split("/")
        totals.update("/".join(parts[: length + 1]) for length in range(len(parts)))
    named = sorted(totals.items(), key=lambda entry: entry[0].casefold().split("/"))
    return {"data": [{"path": path, "count": counts[path], "total": total} for path, total in named]}


@routes.put("/api/workflows/{id}/favourite", Permission.WORKFLOW_READ, workflow, status=204)
async def add_favourite(call: Call) -> None:
    """Make a workflow one of one's own favourites."""
    await call.web.workflows.mark(call.actor, call.object.id, favourite=True)


@routes.delete("/api/workflows/{id}/favourite", Permission.WORKFLOW_READ, workflow, status=204)
async def remove_favourite(call: Call) -> None:
    """Make a workflow none of one's own favourites any more."""
    await call.web.workflows.mark(call.actor, call.object.id, favourite=False)


@routes.post(
    "/api/workflows/{id}/duplicate", Permission.WORKFLOW_EDIT, workflow, body=WorkflowCopy, body_optional=True,
    answer=WorkflowDocument, status=201,
)  # fmt: skip
async def duplicate_workflow(call: Call) -> Answer:
    """Make a new workflow with a copy of the draft, in the same project and folder, with the same tags.

    It is switched off. A webhook path that the original listens to has to be changed before the copy goes live.
    """
    row = call.object
    draft = orjson.loads(row.draft)
    suffix = " (copy)"
    name = call.body.name or row.name[: NAME - len(suffix)] + suffix
    made, issues = parsed({**draft, "name": name}, call.web.kernel, lenient=True)
    issues += await check_references(call.web, row.project_id, made, references(draft))
    await check_error_workflow(call, row.project_id, made)
    copy = await call.web.workflows.create(call.actor, row.project_id, made, tags=tags_of(row), folder=row.folder)
    await call.audit("workflow.duplicate", copy.id, original=row.id)
    headers = {"ETag": f'"{copy.revision}"', "Location": f"/api/workflows/{copy.id}"}
    return Answer(await full(call.web, copy, issues), headers=headers)
