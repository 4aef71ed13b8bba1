"""Starting executions: by hand, again from where one failed, or anew from a chosen step."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from a8n.errors import Problem
from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n.runtime.executions import ENDED
from a8n.runtime.orders import Order, Outcome
from a8n.runtime.refusals import NotFoundError
from a8n_web.api.users import Body
from a8n_web.calls import Answer, Call
from a8n_web.loaders import execution, workflow
from a8n_web.problems import Refusal, invalid
from a8n_web.routes import Routes
from a8n_web.starting import again, document_of, order, with_document_pins
from a8n_web.streams import stream

routes = Routes("Executions")

MAX_KEY = 300
SYNC_TIMEOUT = 300.0
"""Seconds that a caller with mode `sync` waits at most; the execution goes on after them."""

Object = dict[str, Any]


class Run(Body):
    """What to run, and how to answer."""

    items: Annotated[list[Object], Field(max_length=10_000, examples=[[{"name": "Ada"}]])] | None = None
    """JSON objects to start with; the trigger's own sample where there are none."""
    trigger: str | None = None
    """Id of the trigger to start at; a manual one, or else the first, where none is named."""
    from_: str | None = Field(default=None, alias="from")
    """Id of the node to start from: those before it give what they gave in `execution`, or run."""
    to: str | None = None
    """Id of the node to stop at: only it and those before it run."""
    mode: Literal["async", "sync", "stream"] = "async"
    pins: dict[str, dict[str, list[Object]]] | None = None
    """Outputs to take in place of running a node: node id to port to objects."""
    version: Annotated[str, Field(pattern=r"^(draft|published|[1-9][0-9]{0,8})$")] = "draft"
    execution: str | None = None
    """An earlier execution whose recorded outputs the nodes before `from` take over."""


class Again(Body):
    """How to go on from an execution."""

    version: Literal["original", "current"] = "original"
    """The version that it ran, or the draft as it is now."""
    mode: Literal["async", "sync", "stream"] = "async"


class Replay(Again):
    """The step to go on from."""

    from_: str = Field(alias="from")
    """Id of the first node to run anew; what came before it stays as recorded."""


class Accepted(BaseModel):
    """An execution that has been accepted; with mode `sync` also how it ended."""

    execution_id: str
    status: str | None = None
    error: dict[str, Any] | None = None
    items: list[dict[str, Any]] | None = None
    """What the step that finished last gave."""
    repeated: bool = False
    """The same `Idempotency-Key` had started it before; nothing new was started."""


@routes.post(
    "/api/workflows/{id}/run", Permission.WORKFLOW_RUN, workflow, body=Run, body_optional=True, answer=Accepted,
    status=202, starts=True, refusals=(404, 429, 503),
)  # fmt: skip
async def run_workflow(call: Call) -> Any:
    """Run a workflow.

    Mode `async` answers 202 at once, `sync` 200 with the result, `stream` with server-sent events. A request that
    bears an `Idempotency-Key` starts one execution however often it is sent.
    """
    body: Run = call.body
    row = call.object
    document, version = await document_of(call, row, body.version)
    pins = with_document_pins(document, body.pins) if version == 0 else body.pins or {}
    earlier = await _records(call, body.execution, row.id) if body.execution is not None else ()
    wanted = order(
        call, row, document, version,
        trigger=body.trigger, items=body.items, start=body.from_, end=body.to, pins=pins, earlier=earlier,
    )  # fmt: skip
    return await _started(call, wanted, body.mode)


@routes.post(
    "/api/executions/{id}/retry", Permission.EXECUTION_EDIT, execution, body=Again, body_optional=True, answer=Accepted,
    status=202, starts=True, refusals=(409, 429, 503),
)  # fmt: skip
async def retry_execution(call: Call) -> Any:
    """Run an execution again from the step that failed; the steps that succeeded are taken over."""
    if call.object.status not in ENDED:
        raise Refusal(409, f"the execution is {call.object.status}; it can be retried when it has ended")
    return await _again(call, None)


@routes.post(
    "/api/executions/{id}/replay", Permission.EXECUTION_EDIT, execution, body=Replay, answer=Accepted, status=202,
    starts=True, refusals=(429, 503),
)  # fmt: skip
async def replay_execution(call: Call) -> Any:
    """Run an execution again from a chosen node on, with what was recorded before it."""
    return await _again(call, call.body.from_)


async def _again(call: Call, start: str | None) -> Any:
    return await _started(call, await order_again(call, call.object, call.body.version, start), call.body.mode)


async def order_again(call: Call, earlier: Any, wanted: str, start: str | None = None) -> Order:
    """An execution anew, in the version that it ran or in the draft (`current`); from a node on, or where it failed."""
    from a8n.workflow import Workflow

    row = await call.web.workflows.get_for(call.actor, earlier.workflow_id, Permission.WORKFLOW_RUN)
    if wanted == "current":
        document, version = await document_of(call, row, "draft")
    elif earlier.version:
        document, version = await document_of(call, row, str(earlier.version))
    else:
        document, version = Workflow.parse(_options(earlier)["document"]), 0
    records = await call.web.instance.journals.load(earlier.id)
    return again(call, row, earlier, document, version, records, start)


async def _started(call: Call, wanted: Order, mode: str) -> Any:
    instance = call.web.instance
    key = call.request.headers.get("Idempotency-Key")
    if key is not None and not 0 < len(key) <= MAX_KEY:
        raise invalid([Problem("Idempotency-Key", f"has 1 to {MAX_KEY} characters", "length")])
    if mode == "async" and key is None:
        execution_id = await instance.runner.submit(wanted)
        await call.audit("workflow.run", wanted.workflow_id, execution=execution_id)
        return _accepted(execution_id, False)
    started = await instance.runner.start(wanted, idempotency_key=key, awaited=mode == "sync")
    if not started.repeated:
        await call.audit("workflow.run", wanted.workflow_id, execution=started.execution_id)
    if mode == "stream":
        return stream(instance, started.execution_id)
    if mode == "async":
        return _accepted(started.execution_id, started.repeated)
    outcome = await instance.outcome(started, SYNC_TIMEOUT)
    return Answer(_ended(started.execution_id, outcome, started.repeated), 200)


def _accepted(execution_id: str, repeated: bool) -> Answer:
    headers = {"Location": f"/api/executions/{execution_id}"}
    return Answer({"execution_id": execution_id, "repeated": repeated}, headers=headers)


def _ended(execution_id: str, outcome: Outcome, repeated: bool) -> dict[str, JSON]:
    return {
        "execution_id": execution_id,
        "status": outcome.status,
        "error": dict(outcome.error) if outcome.error is not None else None,
        "items": [item.json for item in outcome.items],
        "repeated": repeated,
    }


async def _records(call: Call, execution_id: str, workflow_id: str) -> Any:
    row = await call.web.instance.executions.get(execution_id)
    if row is None or row.workflow_id != workflow_id:
        raise NotFoundError("execution of this workflow")
    return await call.web.instance.journals.load(execution_id)


def _options(row: Any) -> Any:
    import orjson

    return orjson.loads(row.options) if row.options else {}
