"""Single items of recorded steps: whole, and back to where they came from."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from quart import Response

from a8n.items import JSON, Item
from a8n.runtime import lineage
from a8n.runtime.access import Permission
from a8n.runtime.excerpts import encoded
from a8n.runtime.refusals import NotFoundError
from a8n.runtime.scenes import Scene
from a8n.scheduler import Key
from a8n.workflow import Workflow
from a8n_web.api.data import Path, iteration
from a8n_web.api.users import Body
from a8n_web.calls import Call
from a8n_web.documents import document_ran
from a8n_web.loaders import execution
from a8n_web.problems import Refusal
from a8n_web.routes import Routes

routes = Routes("Data")


class StepItem(Body):
    """An item of a recorded step."""

    node: str
    path: Path = ""
    """Iteration indices joined by dots; empty outside of loops."""
    side: Literal["input", "output"] = "output"
    port: str = "main"


class WholeQuery(StepItem):
    """Which items to download."""

    item: Annotated[int, Field(ge=0)] | None = None
    """Number of the item; all items of the port where none is named."""


class LineageQuery(StepItem):
    """Whose ancestors to tell."""

    item: Annotated[int, Field(ge=0)]


class Ancestor(BaseModel):
    """An output item of an earlier step that the item was made from."""

    node: str
    name: str
    path: list[int]
    port: str
    item: int
    distance: int
    """Steps back: 1 for what the item itself was made from."""
    child: int | None
    """Which of these ancestors was made from it; null for the item itself."""


class Spot(BaseModel):
    """An item of the same step, on its other side."""

    port: str
    item: int


class Lineage(BaseModel):
    """Where an item came from, the nearest first."""

    ancestors: list[Ancestor]
    across: list[Spot]
    """For an output, the items of the step's input that it was made from; for an input, what the step made from it."""
    whole: bool
    """false: there are more."""


@routes.get(
    "/api/executions/{id}/items", Permission.EXECUTION_READ, execution, query=WholeQuery, media="application/json",
    refusals=(404,),
)  # fmt: skip
async def read_items(call: Call) -> Response:
    """An item of a step, or all of a port, whole: as a download."""
    asked: WholeQuery = call.query
    scene, step = await _ran(call, around=False)
    ports: Mapping[str, Sequence[Item]] = {}
    if asked.side == "output" and step in scene.past.steps:
        ports = scene.past.steps[step].outputs
    elif asked.side == "input" and scene.ports:
        ports = scene.past.inputs(step)[0]
    items = ports.get(asked.port, ())
    if asked.item is not None and asked.item >= len(items):
        raise NotFoundError("item")
    found: JSON = [item.as_data() for item in items] if asked.item is None else items[asked.item].as_data()
    response = Response(await asyncio.to_thread(encoded, found), content_type="application/json")
    name = f"{asked.node}-{asked.port}{'' if asked.item is None else f'-{asked.item}'}"
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", name)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


@routes.get(
    "/api/executions/{id}/lineage", Permission.EXECUTION_READ, execution, query=LineageQuery, answer=Lineage,
    refusals=(404,),
)  # fmt: skip
async def read_lineage(call: Call) -> dict[str, JSON]:
    """The items of earlier steps that an item was made from, back to the trigger, and its kin across its own step."""
    asked: LineageQuery = call.query
    scene, step = await _ran(call, around=True)
    find = lineage.of_input if asked.side == "input" else lineage.of_output
    found = find(scene, step, asked.port, asked.item)
    ancestors = [
        {
            "node": scene.plan.nodes[one.step[0]].id,
            "name": scene.plan.nodes[one.step[0]].name,
            "path": list(one.step[1]),
            "port": one.port,
            "item": one.number,
            "distance": one.distance,
            "child": one.child,
        }
        for one in found.ancestors
    ]
    across: list[JSON] = [{"port": spot.port, "item": spot.number} for spot in found.across]
    return {"ancestors": ancestors, "across": across, "whole": found.whole}


async def _ran(call: Call, *, around: bool) -> tuple[Scene, Key]:
    """The steps of an execution as it ran, and the one that is asked for."""
    asked: StepItem = call.query
    document = await document_ran(call.web, call.object)
    if document is None:
        raise Refusal(404, "the version that it ran is no longer stored")
    scene = await call.web.scenes.of_run(call.object, Workflow.parse(document), asked.node, around=around)
    path = iteration(asked.path) or ()
    if len(path) != len(scene.plan.graph.nest[scene.node]):
        raise NotFoundError("iteration")
    return scene, (scene.node, path)
