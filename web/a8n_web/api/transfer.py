"""Workflows as text: out for git and for sharing, and in again."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Literal

import orjson
from pydantic import Field
from quart import Response

from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n_web.api.users import Body
from a8n_web.api.workflows import Folder, Tags, WorkflowDocument
from a8n_web.calls import Answer, Call
from a8n_web.documents import check_error_workflow, check_references, full, parsed
from a8n_web.loaders import collection, workflow
from a8n_web.routes import Routes

routes = Routes("Workflows")

MAX_TEXT = 4 * 2**20
"""Characters."""


class ExportQuery(Body):
    """The form of the text."""

    format: Literal["yaml", "json"] = "yaml"


class Import(Body):
    """A workflow as text."""

    text: Annotated[str, Field(max_length=MAX_TEXT, examples=["name: Greet\nnodes: {}\n"])]
    """YAML or JSON, as `export` gives it. Credentials are found by their names."""
    project: str | None = None
    tags: Tags = Field(default_factory=list)
    folder: Folder = ""


@routes.get("/api/workflows/{id}/export", Permission.WORKFLOW_READ, workflow, query=ExportQuery, media="text/yaml")
async def export_workflow(call: Call) -> Response:
    """The draft as text, with the names of credentials in place of their ids."""
    from a8n.runtime.textform import to_text

    document = orjson.loads(call.object.draft)
    kind = call.query.format
    if kind == "json":
        content = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    else:
        names = await call.web.credentials.names_in(call.object.project_id)
        content = (await asyncio.to_thread(to_text, document, names)).encode()
    response = Response(content, content_type="application/json" if kind == "json" else "text/yaml; charset=utf-8")
    name = re.sub(r"[^a-zA-Z0-9]+", "-", call.object.name).strip("-").lower()[:80] or "workflow"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


@routes.post(
    "/api/workflows/import", Permission.WORKFLOW_EDIT, collection, body=Import, answer=WorkflowDocument, status=201,
    refusals=(404,),
)  # fmt: skip
async def import_workflow(call: Call) -> Answer:
    """Make a workflow of a text. 422 names each place, with its line where the text is YAML."""
    from a8n.runtime.textform import from_text

    body: Import = call.body
    project_id = await call.project(body.project)
    await call.web.projects.get_for(call.actor, project_id, Permission.WORKFLOW_EDIT)
    names = await call.web.credentials.names_in(project_id)
    known = {**dict(zip(names, names, strict=True)), **{name: key for key, name in names.items()}}
    document: JSON = await asyncio.to_thread(from_text, body.text, known)
    made, issues = parsed(document, call.web.kernel, lenient=True)
    issues += await check_references(call.web, project_id, made)
    await check_error_workflow(call, project_id, made)
    row = await call.web.workflows.create(call.actor, project_id, made, tags=body.tags, folder=body.folder)
    await call.audit("workflow.import", row.id)
    headers = {"ETag": f'"{row.revision}"', "Location": f"/api/workflows/{row.id}"}
    return Answer(await full(call.web, row, issues), headers=headers)
