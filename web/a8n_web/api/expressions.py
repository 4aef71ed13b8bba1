"""Expressions while somebody writes them: what they give on real data, and what could come next."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n.runtime.previews import Preview, names_in, previews
from a8n_web.api.data import Path, iteration, wish
from a8n_web.api.users import Body
from a8n_web.calls import Call
from a8n_web.loaders import workflow_of_body
from a8n_web.routes import Routes

routes = Routes("Expressions")

VALUES = 100
"""How many values one request may ask for."""


class Place(Body):
    """A node of a workflow, and the data to look at."""

    workflow: str
    node: str
    document: dict[str, Any] | None = None
    """The workflow as it is in the editor; the saved draft where there is none."""
    execution: str | None = None
    """Id of an execution of the workflow; the latest that has data here where none is named. Pins win over it."""
    path: Path | None = None
    """The iteration: indices joined by dots; the last where none is named."""
    port: str | None = None
    """The input port whose items are looked at."""
    item: Annotated[int, Field(ge=0)] = 0
    """Number of the item; the last where there are not that many."""


class Question(Place):
    """What to evaluate: `value`, or several `values` with the same data."""

    value: Any = None
    """An expression `{"$": "…"}`, a text with holes `{"$t": "…"}`, or any JSON with such inside."""
    field: list[str | int] | None = None
    """Where the value stands in the node's parameters: some fields take null for what is missing."""
    values: Annotated[list[Any], Field(max_length=VALUES)] | None = None
    fields: Annotated[list[list[str | int] | None], Field(max_length=VALUES)] | None = None


class Fault(BaseModel):
    """Why there is no value."""

    message: str
    path: list[str | int]
    """Of the expression at fault, inside of the value."""
    offset: int | None
    """Of the place at fault, in characters from the beginning of that expression."""
    hint: str | None
    missing: bool
    """Whether the only fault is that something in the data is not there."""


class Result(BaseModel):
    """What a value is once its expressions are evaluated."""

    value: Any
    type: Literal["null", "boolean", "number", "text", "list", "object"]
    text: str
    """How it reads inside text, cut off after 1,000 characters."""
    truncated: bool
    """The value was cut to 64 KiB."""
    error: Fault | None


class Answered(Result):
    """The result, and the data it was made with."""

    items: int
    """Input items in all."""
    item: int
    """Number of the one that was looked at."""
    source: Literal["pin", "execution", "none"]
    """Where the input came from; `none`: there is none, and `json` is empty."""
    execution: str | None
    results: list[Result] | None
    """Of `values`, in their order."""


@routes.post(
    "/api/expressions/preview", Permission.WORKFLOW_READ, workflow_of_body, body=Question, answer=Answered,
    refusals=(404,),
)  # fmt: skip
async def preview(call: Call) -> dict[str, JSON]:
    """Evaluate an expression on real data: pinned, or recorded by an execution.

    What is wrong with the expression is told in `error`, with status 200.
    """
    body: Question = call.body
    values = [body.value, *(body.values or ())]
    scene = await call.web.scenes.at(_wanted(call), around="node" in names_in(values))
    scope = scene.scope(body.port)
    count = len(scope.items)
    item = min(body.item, max(count - 1, 0))
    scope.at(item)
    fields = [tuple(field) if field is not None else None for field in (body.field, *(body.fields or ()))]
    node_type = scene.plan.nodes[scene.node].type
    model = node_type.cls if node_type is not None else None
    first, *others = map(_described, await previews(values, scope, fields, model))
    return {
        **first,
        "items": count,
        "item": item,
        "source": scene.origin,
        "execution": scene.row.id if scene.row is not None else None,
        "results": others if body.values is not None else None,
    }


def _wanted(call: Call) -> Any:
    body: Place = call.body
    return wish(call, body.document, body.node, body.execution, iteration(body.path))


def _described(found: Preview) -> dict[str, JSON]:
    error = found.error
    return {
        "value": found.value,
        "type": found.type,
        "text": found.text,
        "truncated": found.truncated,
        "error": {
            "message": error.message,
            "path": list(error.path),
            "offset": error.offset,
            "hint": error.hint,
            "missing": error.missing,
        }
        if error is not None
        else None,
    }
