"""One thing done to many executions: what is refused does not stop the others."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator

from a8n.errors import A8nError, InvalidError
from a8n.items import JSON
from a8n.runtime.access import PROJECT_ROLES, Permission
from a8n.runtime.cursors import decode, encode
from a8n.runtime.errors import StoreError
from a8n.runtime.executions import ENDED
from a8n.runtime.refusals import NotFoundError
from a8n_web.api.executions import ExecutionFilter, filter_of
from a8n_web.api.runs import order_again
from a8n_web.api.users import Body
from a8n_web.calls import Call
from a8n_web.loaders import collection
from a8n_web.problems import Refusal
from a8n_web.routes import Routes

routes = Routes("Executions")

AT_ONCE = 100
"""Executions of one call; a filter that finds more goes on with the cursor."""


class ExecutionBulk(Body):
    """What to do, and to which executions: those named, or those that a filter finds."""

    action: Literal["retry", "cancel", "delete"]
    ids: Annotated[list[Annotated[str, Field(max_length=36)]], Field(min_length=1, max_length=AT_ONCE)] | None = None
    filter: ExecutionFilter | None = None
    """The newest first, a hundred in a call."""
    cursor: str | None = None
    """With `filter`: the `next_cursor` of the call before."""
    version: Literal["original", "current"] = "original"
    """With `retry`: the version that each ran, or the draft as it is now."""

    @model_validator(mode="after")
    def _either(self) -> ExecutionBulk:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or a filter")
        return self


class BulkRefusal(BaseModel):
    """An execution that it was not done to."""

    id: str
    message: str


class BulkResult(BaseModel):
    """What was done."""

    done: list[str]
    """Ids of the executions that it was done to."""
    started: list[str]
    """With `retry`: ids of the new executions, in the same order."""
    refused: list[BulkRefusal]
    next_cursor: str | None
    """Where the filter finds more."""


@routes.post(
    "/api/executions/bulk", Permission.EXECUTION_EDIT, collection, body=ExecutionBulk, answer=BulkResult,
    refusals=(429, 503),
)  # fmt: skip
async def bulk(call: Call) -> dict[str, JSON]:
    """Retry, cancel or delete many executions, a hundred in a call.

    Retrying begins where each has failed and is for those that have ended without success; deleting is for those that
    have ended, cancelling for those that have not. The others are refused one by one.
    """
    body: ExecutionBulk = call.body
    found, following = await _found(call, body)
    done: list[str] = []
    started: list[str] = []
    refused: list[JSON] = []
    for execution_id, row in found:
        try:
            if row is None:
                raise NotFoundError("execution")
            new = await _do(call, body, row)
        except StoreError:
            raise
        except (A8nError, Refusal) as error:
            refused.append({"id": execution_id, "message": _message(error)})
        else:
            done.append(execution_id)
            started += [new] if new is not None else []
    await call.audit(f"execution.bulk_{body.action}", "", done=len(done), refused=len(refused))
    return {"done": done, "started": started, "refused": refused, "next_cursor": following}


async def _found(call: Call, body: ExecutionBulk) -> tuple[list[tuple[str, Any]], str | None]:
    """The executions, of projects where one may change them; and where to go on."""
    editable = await _editable(call)
    executions = call.web.instance.executions
    if body.filter is None:
        rows = [(key, await executions.get(key)) for key in dict.fromkeys(body.ids or ())]
        return [(key, row if row is not None and _among(row, editable) else None) for key, row in rows], None
    project = body.filter.project
    projects = editable if project is None else [project] if editable is None or project in editable else []
    last = decode(body.cursor, str)[0] if body.cursor is not None else None
    page = await executions.list(filter_of(body.filter, projects), cursor=last, limit=AT_ONCE)
    following = encode([page.next_cursor]) if page.next_cursor is not None else None
    whole = [(row.id, await executions.get(row.id)) for row in page.rows]  # a list leaves out what a retry needs
    return whole, following


async def _do(call: Call, body: ExecutionBulk, row: Any) -> str | None:
    """Do it to one; gives the new execution of a retry."""
    instance = call.web.instance
    if body.action == "cancel":
        if row.status in ENDED or not await instance.runner.steering.cancel(row.id):
            raise Refusal(409, "it has ended already")
        return None
    if row.status not in ENDED:
        raise Refusal(409, f"it is {row.status}")
    if body.action == "delete":
        await instance.executions.delete([row.id])
        return None
    if row.status == "succeeded":
        raise Refusal(409, "it has succeeded")
    call.web.rates.project.take(row.project_id)
    instance.admission.check()
    return await instance.runner.submit(await order_again(call, row, body.version))


async def _editable(call: Call) -> list[str] | None:
    """The projects where one may change executions; None for all."""
    if call.actor.everywhere:
        return None
    rows = await call.web.projects.list_for(call.actor)
    return [row.id for row in rows if Permission.EXECUTION_EDIT in PROJECT_ROLES[row.role]]


def _among(row: Any, projects: list[str] | None) -> bool:
    return projects is None or row.project_id in projects


def _message(error: A8nError | Refusal) -> str:
    if isinstance(error, InvalidError):
        return "; ".join(problem.message for problem in error.problems)
    return str(error)
