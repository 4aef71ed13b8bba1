"""Workflows: making, reading, saving, switching on and off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, Field

from a8n.errors import InvalidError, Problem
from a8n.items import JSON
from a8n.journal import ExecutionStatus
from a8n.runtime.access import Permission
from a8n.runtime.cursors import MAX_LIMIT
from a8n.runtime.uses import references
from a8n.runtime.workflows import Filter, Sort
from a8n.workflow import Connection, NodeSpec, Note, Workflow, WorkflowSettings
from a8n_web.activation import endpoints, listening
from a8n_web.api.users import Body
from a8n_web.calls import Answer, Call, expected_revision
from a8n_web.dispatch import validated
from a8n_web.documents import check_error_workflow, check_references, full, issues_of, listed, parsed, split
from a8n_web.loaders import collection, workflow
from a8n_web.news import OfWorkflow, follow, tell
from a8n_web.problems import Refusal
from a8n_web.routes import Routes

routes = Routes("Workflows")

Tag = Annotated[str, Field(min_length=1, max_length=100)]
Tags = Annotated[list[Tag], Field(max_length=50)]
Folder = Annotated[str, Field(max_length=500, pattern=r"^[^\n]*$")]


class Filing(Body):
    """Where a workflow is kept and found."""

    project: Annotated[str, Field(max_length=36)] | None = None
    """Its project; your personal one where you name none. Set when the workflow is made."""
    tags: Tags | None = None
    folder: Folder | None = None
    """A path such as `sales/invoices`."""


class WorkflowBody(Workflow):
    """A workflow document, and where it is filed. What answers have beyond that is ignored when sent back."""

    project: str | None = None
    tags: Tags = Field(default_factory=list)
    folder: Folder = ""


class WorkflowPatch(Body):
    """Parts of a workflow to replace; what is not named stays."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    description: Annotated[str, Field(max_length=10_000)] | None = None
    nodes: list[NodeSpec] | None = None
    connections: list[Connection] | None = None
    notes: list[Note] | None = None
    pins: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    """Merged into the settings key by key."""
    tags: Tags | None = None
    folder: Folder | None = None
    archived: bool | None = None


class Issue(BaseModel):
    """Something that keeps a draft from running."""

    path: str
    message: str
    code: str


class WorkflowSummary(BaseModel):
    """A workflow as lists show it."""

    id: str
    project: str
    name: str
    active: bool
    archived: bool
    version: int | None
    """The published version, which live triggers run; null before the first."""
    revision: int
    """Of the draft; the ETag."""
    tags: list[str]
    folder: str
    created_at: str
    updated_at: str


class WorkflowDocument(WorkflowSummary):
    """A workflow with its draft, and what keeps that from running."""

    description: str
    nodes: list[NodeSpec]
    connections: list[Connection]
    settings: WorkflowSettings
    notes: list[Note]
    pins: dict[str, Any]
    issues: list[Issue]


class TriggerSummary(BaseModel):
    """A trigger of a draft."""

    node: str
    name: str
    type: str
    kind: str
    """`manual`, `webhook`, `schedule`, `poll` or `listen`."""
    disabled: bool


class LastExecution(BaseModel):
    """The execution that a workflow began last."""

    id: str
    status: ExecutionStatus
    at: str
    """When it ended, or else began, or else was accepted."""


class WorkflowOverview(WorkflowSummary):
    """A workflow of a list: what its draft holds, and how it fared lately."""

    description: str
    triggers: list[TriggerSummary]
    node_count: int
    has_issues: bool
    """Something keeps the draft from running; reading the workflow tells what."""
    favourite: bool
    """Of whoever asks."""
    last_execution: LastExecution | None
    recent: list[ExecutionStatus]
    """Statuses of its latest executions, ten at most, the newest first."""


class WorkflowPage(BaseModel):
    """A page of workflows."""

    data: list[WorkflowOverview]
    next_cursor: str | None


class WorkflowQuery(Body):
    """Filters and order of a list."""

    project: str | None = None
    active: bool | None = None
    tag: str | None = None
    folder: str | None = None
    q: Annotated[str, Field(max_length=200)] | None = None
    """A text in the name, description or tags, in the name, type or path of a node, or in the name of a credential
    that the draft uses."""
    credential: Annotated[str, Field(max_length=36)] | None = None
    """The id of a credential that the draft uses."""
    node_type: Annotated[str, Field(max_length=200)] | None = None
    """The key of a node type that the draft has."""
    favourite: bool | None = None
    archived: bool = False
    sort: Sort = "updated"
    order: Literal["asc", "desc"] | None = None
    """Names begin with A and times with the latest where it is not given."""
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50


class SaveQuery(Body):
    """How strictly a draft is judged."""

    lenient: bool = False
    """Save parameters that can never be right too, and give them as issues."""


class Publication(Body):
    """What to note about a new version."""

    name: Annotated[str, Field(max_length=200)] = ""
    note: Annotated[str, Field(max_length=10_000)] = ""


class LiveTrigger(BaseModel):
    """What a trigger listens to."""

    node: str
    type: str
    kind: str
    methods: list[str] = []
    url: str | None = None
    next: list[str] = []
    """When a schedule fires, in UTC."""


class Activation(BaseModel):
    """A workflow after it was switched on or off."""

    id: str
    active: bool
    version: int | None
    triggers: list[LiveTrigger]
    problems: list[str] = []
    """What could not be undone at services that triggers had subscribed to."""


class Verdict(BaseModel):
    """Whether a document could run."""

    valid: bool
    issues: list[Issue]


@routes.get("/api/workflows", Permission.WORKFLOW_READ, collection, query=WorkflowQuery, answer=WorkflowPage)
async def list_workflows(call: Call) -> dict[str, JSON]:
    """The workflows one sees, without their documents."""
    query: WorkflowQuery = call.query
    wanted = Filter(**query.model_dump(exclude={"cursor", "limit", "sort", "order"}))
    ascending = (query.order or ("asc" if query.sort == "name" else "desc")) == "asc"
    page = await call.web.workflows.list_for(
        call.actor, wanted, sort=query.sort, ascending=ascending, cursor=query.cursor, limit=query.limit
    )
    return {"data": await call.web.overview.of(page.rows), "next_cursor": page.next_cursor}


@routes.post(
    "/api/workflows", Permission.WORKFLOW_EDIT, collection, body=WorkflowBody, raw_body=True, query=SaveQuery,
    answer=WorkflowDocument, status=201,
)  # fmt: skip
async def create_workflow(call: Call) -> Answer:
    """Make a workflow.

    The draft is checked: a structure that cannot be, or a parameter that can never be right, is refused with its
    place. What is merely not finished comes back in `issues`.
    """
    document, filing = _split(call.body)
    made, issues = parsed(document, call.web.kernel, lenient=call.query.lenient)
    project_id = await call.project(filing.project)
    await call.web.projects.get_for(call.actor, project_id, Permission.WORKFLOW_EDIT)
    issues += await check_references(call.web, project_id, made)
    await check_error_workflow(call, project_id, made)
    row = await call.web.workflows.create(
        call.actor, project_id, made, tags=filing.tags or [], folder=filing.folder or ""
    )
    await call.audit("workflow.create", row.id)
    headers = {"ETag": f'"{row.revision}"', "Location": f"/api/workflows/{row.id}"}
    return Answer(await full(call.web, row, issues), headers=headers)


@routes.post(
    "/api/workflows/validate", Permission.WORKFLOW_READ, collection, body=WorkflowBody, raw_body=True, answer=Verdict
)
async def validate_workflow(call: Call) -> dict[str, JSON]:
    """Say everything that keeps a document from running. Nothing is saved, nothing of it is executed."""
    document, _ = _split(call.body)
    try:
        _, issues = parsed(document, call.web.kernel, lenient=True)
    except InvalidError as error:
        issues = list(error.problems)
    return {"valid": not issues, "issues": listed(issues)}


@routes.get("/api/workflows/{id}", Permission.WORKFLOW_READ, workflow, answer=WorkflowDocument, refusals=(304,))
async def read_workflow(call: Call) -> Answer:
    """One workflow: its draft, and what keeps it from running. `ETag` is the revision."""
    return await _document(call, call.object)


@routes.put(
    "/api/workflows/{id}", Permission.WORKFLOW_EDIT, workflow, body=WorkflowBody, raw_body=True, query=SaveQuery,
    answer=WorkflowDocument, refusals=(409, 412),
)  # fmt: skip
async def save_workflow(call: Call) -> Answer:
    """Replace the draft.

    Send the ETag as `If-Match`: when somebody saved in between, nothing is overwritten and the answer is 412.
    Without it the last one to save wins.
    """
    document, filing = _split(call.body)
    sent = call.body.get("id", call.object.id)
    if sent != call.object.id:
        raise Refusal(422, "the body is another workflow's", errors=[Problem("id", "differs from the address")])
    values = filing.model_dump(include={"tags", "folder"}, exclude_none=True)
    return await save(call, document, expected_revision(call.request), **values)


@routes.patch(
    "/api/workflows/{id}", Permission.WORKFLOW_EDIT, workflow, body=WorkflowPatch, raw_body=True, query=SaveQuery,
    answer=WorkflowDocument, refusals=(412,),
)  # fmt: skip
async def change_workflow(call: Call) -> Answer:
    """Replace parts of a workflow: its name, tags, folder, settings, nodes or connections."""
    known = set(WorkflowPatch.model_fields)
    filing = {
        key: value for key, value in call.body.items() if key in ("tags", "folder", "archived") or key not in known
    }
    values = validated(WorkflowPatch, filing).model_dump(exclude_none=True, exclude_unset=True)
    parts = {key: value for key, value in call.body.items() if key in known and key not in filing}
    expected = expected_revision(call.request)
    if not parts:
        row = await call.web.workflows.save(call.object, None, expected=expected, **values)
        await tell(call, "workflow.saved", row.id, revision=row.revision)
        return await _document(call, row)
    draft = orjson.loads(call.object.draft)
    if isinstance(parts.get("settings"), dict):
        parts["settings"] = {**draft["settings"], **parts["settings"]}
    # the merge is only right on top of the draft that was read
    base = call.object.revision if expected is None else expected
    return await save(call, {**draft, **parts}, base, **values)


@routes.delete("/api/workflows/{id}", Permission.WORKFLOW_EDIT, workflow, status=204, refusals=(409, 412))
async def delete_workflow(call: Call) -> None:
    """Delete a workflow with its versions and webhooks. Its executions stay until they are deleted.

    409 while one of them is not over: deactivate the workflow, and cancel what runs or waits.
    """
    subscriptions = call.web.instance.rounds.subscriptions
    before = await subscriptions.held(call.object.id)
    await call.web.workflows.delete(call.object, expected=expected_revision(call.request))
    await call.web.instance.routes_changed(call.object.id)
    await subscriptions.deactivate(before)
    await call.audit("workflow.delete", call.object.id, name=call.object.name)


@routes.get("/api/workflows/{id}/events", Permission.WORKFLOW_READ, workflow, media="text/event-stream")
async def watch_workflow(call: Call) -> Any:
    """Live events of a workflow as server-sent events: its saves, switching on and off, and its executions.

    `workflow.current` comes first and tells the revision. `workflow.saved` has the `revision`, who saved (`by`), and as
    `client` the header `X-A8N-Tab` of the request that saved. `webhook.captured` has the `id` of the request;
    `execution.started`, `execution.waiting` and `execution.finished` are of this workflow. Where very many executions
    run, `executions.missed` tells how many were left out. Nothing is replayed: what happened before is asked for.
    """
    return follow(call.web, OfWorkflow(call.web, call.actor, call.object.id))


@routes.post(
    "/api/workflows/{id}/activate", Permission.WORKFLOW_EDIT, workflow, body=Publication, body_optional=True,
    answer=Activation, refusals=(409, 412),
)  # fmt: skip
async def activate_workflow(call: Call) -> dict[str, JSON]:
    """Publish the draft as a version and switch its triggers on.

    The version is immutable; a draft that has not changed since the last one makes no new version. Answers with
    what each trigger listens to. 422 where the draft cannot run, 409 where a webhook is taken.
    """
    row = call.object
    expected = expected_revision(call.request)
    if expected is not None and expected != row.revision:
        from a8n.runtime.refusals import StaleError

        raise StaleError(row.revision)
    document = orjson.loads(row.draft)
    problems = await issues_of(call.web, row.project_id, document)
    if problems:
        raise InvalidError(problems)
    draft = Workflow.parse(document)
    routes_of_draft = endpoints(call.web, row, draft)
    rounds = call.web.instance.rounds
    needed = await rounds.standing.needed(row.id, draft)
    before = await rounds.subscriptions.held(row.id)
    version = await call.web.versions.publish(
        call.actor, row, routes_of_draft, name=call.body.name, note=call.body.note,
        register=lambda connection: rounds.standing.register(connection, row.id, needed),
    )  # fmt: skip
    await call.web.instance.routes_changed(row.id)
    try:
        await rounds.subscriptions.activate(row.id)
    except InvalidError:
        await _switch_off(call, row)
        raise
    gone = [one for one in before if not one.stays(needed)]
    unsettled = await rounds.subscriptions.deactivate(gone)
    await call.audit("workflow.activate", row.id, version=version)
    await tell(call, "workflow.activated", row.id, version=version)
    triggers = await listening(call.web, draft, routes_of_draft)
    return {"id": row.id, "active": True, "version": version, "triggers": triggers, "problems": unsettled}


@routes.post("/api/workflows/{id}/deactivate", Permission.WORKFLOW_EDIT, workflow, answer=Activation)
async def deactivate_workflow(call: Call) -> dict[str, JSON]:
    """Switch a workflow's triggers off. Executions that run go on."""
    row = call.object
    problems = await _switch_off(call, row)
    await call.audit("workflow.deactivate", row.id)
    return {"id": row.id, "active": False, "version": row.published, "triggers": [], "problems": problems}


async def _switch_off(call: Call, row: Any) -> list[str]:
    """Withdraw a workflow; gives what could not be undone at services."""
    subscriptions = call.web.instance.rounds.subscriptions
    before = await subscriptions.held(row.id)
    await call.web.versions.withdraw(row)
    await call.web.instance.routes_changed(row.id)
    await tell(call, "workflow.deactivated", row.id)
    return await subscriptions.deactivate(before)


async def save(
    call: Call, document: JSON, expected: int | None, *, lenient: bool | None = None, known: Iterable[str] = (),
    **values: Any,
) -> Answer:  # fmt: skip
    """Judge a document and make it the draft of the workflow that the call is about.

    It may name the credentials of the last draft, those `known`, and those of the project.
    """
    row = call.object
    made, issues = parsed(document, call.web.kernel, lenient=call.query.lenient if lenient is None else lenient)
    issues += await check_references(call.web, row.project_id, made, {*known, *references(orjson.loads(row.draft))})
    await check_error_workflow(call, row.project_id, made)
    saved = await call.web.workflows.save(row, made, expected=expected, **values)
    await call.audit("workflow.save", row.id, revision=saved.revision)
    await tell(call, "workflow.saved", row.id, revision=saved.revision)
    return Answer(await full(call.web, saved, issues), headers={"ETag": f'"{saved.revision}"'})


async def _document(call: Call, row: Any) -> Answer:
    etag = f'"{row.revision}"'
    if call.request.method == "GET" and call.request.headers.get("If-None-Match") == etag:
        return Answer(status=304, headers={"ETag": etag})
    return Answer(await full(call.web, row), headers={"ETag": etag})


def _split(body: dict[str, JSON]) -> tuple[dict[str, JSON], Filing]:
    document, filing = split(body)
    return document, validated(Filing, filing)
