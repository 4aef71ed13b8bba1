"""Expressions while somebody writes them: what they give on real data, and what could come next."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from a8n.expressions import ROOTS, FilterDoc, limits, reference
from a8n.items import JSON
from a8n.runtime import completions
from a8n.runtime.access import Permission
from a8n.runtime.previews import Preview, names_in, previews
from a8n_web.api.data import Path, iteration, wish
from a8n_web.api.users import Body
from a8n_web.calls import Call
from a8n_web.loaders import collection, workflow_of_body
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


class Unfinished(Place):
    """An expression that is being written."""

    source: Annotated[str, Field(max_length=limits.SOURCE)]
    """The text of the expression, or of one hole."""
    cursor: Annotated[int, Field(ge=0)]
    """Offset in characters (code points)."""


class Option(BaseModel):
    """Something that could come next."""

    label: str
    kind: Literal["field", "node", "function", "filter", "test", "variable"]
    type: str
    """Of its value, or of what it gives; empty where it is not known."""
    detail: str
    """A sample of its value, or how it is written."""
    doc: str
    apply: str
    """The text to put in."""
    back: int
    """How many characters before the end of it the caret goes."""
    from_: int | None = Field(alias="from")
    """Where it is put in, if not where the others are: a key in brackets replaces the dot before it."""
    boost: int
    """1 for what fits best, -1 for what hardly fits."""


class Completed(BaseModel):
    """What could stand in place of a part of the source."""

    from_: int = Field(alias="from")
    to: int
    options: list[Option]


class Example(BaseModel):
    """An expression and the JSON text of its value."""

    source: str
    result: str


class Entry(BaseModel):
    """A filter, test or function."""

    kind: Literal["filter", "test", "function"]
    name: str
    aliases: list[str]
    group: str
    signature: str
    doc: str
    examples: list[Example]


class Root(BaseModel):
    """A name that every expression sees."""

    name: str
    doc: str


class Reference(BaseModel):
    """The language: its roots, filters, tests and functions, group by group."""

    roots: list[Root]
    entries: list[Entry]


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


@routes.post(
    "/api/expressions/complete", Permission.WORKFLOW_READ, workflow_of_body, body=Unfinished, answer=Completed,
    refusals=(404,),
)  # fmt: skip
async def complete(call: Call) -> dict[str, JSON]:
    """What could come at the cursor of an expression: names, fields of real data, nodes, filters and functions."""
    body: Unfinished = call.body
    scene = await call.web.scenes.at(_wanted(call), around=completions.needs_nodes(body.source))
    scope = scene.scope(body.port)
    scope.at(min(body.item, max(len(scope.items) - 1, 0)))
    found = await asyncio.to_thread(completions.complete, scene, scope, body.source, body.cursor)
    options = [{**_plain(option), "from": option.start} for option in found.options]
    return {"from": found.start, "to": found.end, "options": options}


@routes.get("/api/expressions/reference", Permission.CATALOGUE, collection, answer=Reference)
async def read_reference(call: Call) -> dict[str, JSON]:
    """The language of expressions, with examples."""
    entries = [{**asdict(doc), "aliases": list(doc.aliases), "examples": _examples(doc)} for doc in reference()]
    return {"roots": [{"name": name, "doc": doc} for name, doc in ROOTS.items()], "entries": entries}


def _examples(doc: FilterDoc) -> list[dict[str, JSON]]:
    return [asdict(example) for example in doc.examples]


def _plain(option: completions.Option) -> dict[str, JSON]:
    described = asdict(option)
    del described["start"]
    return described


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
