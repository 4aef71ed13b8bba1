"""Triggers that stand: what each listens to, when it fires next, and how it fares."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from a8n.errors import InvalidError, Problem
from a8n.items import JSON
from a8n.plan import Plan
from a8n.runtime.access import Permission
from a8n.runtime.standing import upcoming
from a8n.trigger import ScheduleTrigger
from a8n.workflow import Workflow
from a8n_web.api.users import Body
from a8n_web.calls import Call, rfc3339
from a8n_web.loaders import collection, workflow
from a8n_web.problems import invalid
from a8n_web.routes import Routes

routes = Routes("Workflows")

SHOWN = 5
"""Times of a schedule that are shown."""


class StandingTrigger(BaseModel):
    """A trigger of a live workflow."""

    node: str
    kind: str
    """`schedule`, `poll`, `listen`, or `webhook` for one that has subscribed at a service."""
    next: list[str]
    """When it fires or looks next; for a schedule the next five times."""
    fired_at: str | None
    """When it last started an execution, or looked."""
    failures: int
    """In a row."""
    error: str | None
    """What the last failure said."""
    held: bool
    """Whether a process holds its connection, or polls at this moment."""


class StandingTriggers(BaseModel):
    """The triggers of a live workflow that start executions by themselves."""

    data: list[StandingTrigger]
    next_cursor: str | None = None


class Preview(Body):
    """A schedule that need not be saved."""

    type: Annotated[str, Field(examples=["schedule.trigger"])]
    """Key of a schedule trigger."""
    params: dict[str, Any] = Field(default_factory=dict)
    timezone: str = "UTC"
    """The workflow's."""
    count: Annotated[int, Field(ge=1, le=50)] = SHOWN


class Times(BaseModel):
    """When a schedule fires next."""

    data: list[str]
    next_cursor: str | None = None


@routes.get("/api/workflows/{id}/triggers", Permission.WORKFLOW_READ, workflow, answer=StandingTriggers)
async def list_triggers(call: Call) -> dict[str, JSON]:
    """The schedules, polls, connections and subscriptions of a live workflow, and how they fare."""
    rounds = call.web.instance.rounds
    data = []
    for row in await rounds.standing.rows(call.object.id):
        times = [row.next_at] if row.next_at is not None and row.kind in ("schedule", "poll") else []
        if row.kind == "schedule":
            try:
                loaded = await rounds.standing.load(call.object.id, row.node)
            except InvalidError:  # its plugin is not in this process
                loaded = None
            if loaded is not None:
                times = await _times(loaded.plan, row.next_at)
        data.append(
            {
                "node": row.node,
                "kind": row.kind,
                "next": [rfc3339(at) for at in times],
                "fired_at": rfc3339(row.fired_at),
                "failures": row.failures,
                "error": row.error or None,
                "held": row.owner is not None,
            }
        )
    return {"data": data, "next_cursor": None}


@routes.post("/api/schedules/preview", Permission.CATALOGUE, collection, body=Preview, answer=Times)
async def preview(call: Call) -> dict[str, JSON]:
    """The next times of a schedule, for a form that is being filled in. Nothing is saved."""
    body: Preview = call.body
    node_type = call.web.kernel.catalogue.get(body.type)
    if node_type is None or not issubclass(node_type.cls, ScheduleTrigger):
        raise invalid([Problem("type", f"there is no schedule trigger {body.type!r}", "unknown_type")])
    node = {
        "id": "schedule", "name": "Schedule", "type": body.type, "version": node_type.version, "params": body.params,
    }  # fmt: skip
    document = {"name": "Preview", "nodes": [node], "settings": {"timezone": body.timezone}}
    try:
        plan = Plan(call.web.kernel, Workflow.parse(document), "schedule")
        times = await upcoming(plan, body.count)
    except InvalidError as error:
        raise invalid([_place(problem) for problem in error.problems]) from None
    return {"data": [rfc3339(at) for at in times]}


async def _times(plan: Plan, next_at: int | None) -> list[int]:
    """The next times of a live schedule; what is known where its plugin cannot tell."""
    try:
        return await upcoming(plan, SHOWN)
    except InvalidError:
        return [next_at] if next_at is not None else []


def _place(problem: Problem) -> Problem:
    path = problem.path.removeprefix("nodes.schedule").removeprefix(".").replace("settings.timezone", "timezone")
    return Problem(path or "params", problem.message, problem.code)
