"""Nodes of drafts in the middle of recorded data: loops, several inputs, changed wires, and where items came from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest

from a8n import Kernel, Node, hint
from a8n.items import Item
from a8n.runtime import lineage
from a8n.runtime.instance import Instance
from a8n.runtime.orders import Order
from a8n.runtime.previews import previews
from a8n.runtime.recordings import Recordings
from a8n.runtime.refusals import NotFoundError
from a8n.runtime.scenes import Scene, Scenes, Wanted
from a8n.runtime.settings import Settings
from a8n.workflow import Workflow
from tests.kernel.toys import Toys, node, workflow


@pytest.fixture
async def instance(settings: Settings) -> AsyncIterator[Instance]:
    opened = await Instance.open(settings, Kernel(plugins=[Toys()]))
    yield opened
    await opened.close(grace=0)


@pytest.fixture
def scenes(instance: Instance) -> Scenes:
    return Scenes(instance.kernel, instance.executions, Recordings(instance.journals), instance.services)


async def ran(instance: Instance, document: Workflow, *objects: dict[str, Any]) -> str:
    items = [Item(value) for value in objects or ({},)]
    order = Order("w", "p", document.name, document, 0, "start", items, "manual")
    started = await instance.runner.start(order, awaited=True)
    assert (await instance.outcome(started, 20)).status == "succeeded"
    return started.execution_id


def of(document: Workflow, node: str, **more: Any) -> Wanted:
    return Wanted(workflow_id="w", project_id="p", document=document, node=node, **more)


def looped() -> Workflow:
    return workflow(
        [node("count", {"n": 5}), node("batches", {"size": 2}), node("put", {"value": 1}), node("put_after")],
        "start > count", "count > batches", "batches.loop > put", "put > batches", "batches.done > put_after",
    )  # fmt: skip


async def value(scene: Scene, source: str, item: int = 0) -> Any:
    scope = scene.scope()
    scope.at(item)
    (found,) = await previews([{"$": source}], scope)
    assert found.error is None
    return found.value


async def test_each_iteration_of_a_loop_has_its_own_input(instance: Instance, scenes: Scenes) -> None:
    document = looped()
    await ran(instance, document)
    last = await scenes.at(of(document, "put"))
    assert last.runs == [(0,), (1,), (2,)]
    assert [item.json["n"] for item in last.inputs()["main"]] == [4]
    first = await scenes.at(of(document, "put", path=(0,)), around=True)
    assert [item.json["n"] for item in first.inputs()["main"]] == [0, 1]
    assert await value(first, 'node("Count").json.n', 1) == 1
    after = await scenes.at(of(document, "put_after"), around=True)
    assert len(after.inputs()["main"]) == 5
    assert await value(after, 'node("Count").json.n', 3) == 3
    _, gave = await scenes.of_output(of(document, "put", path=(1,)))
    assert gave is not None
    assert [item.json["n"] for item in gave.outputs["main"]] == [2, 3]
    with pytest.raises(NotFoundError):
        await scenes.of_output(of(document, "put", path=(7,)))


async def test_a_node_added_inside_of_a_loop_has_data_of_each_iteration(instance: Instance, scenes: Scenes) -> None:
    await ran(instance, looped())
    draft = workflow(
        [node("count", {"n": 5}), node("batches", {"size": 2}), node("put", {"value": 1}), node("put_new")],
        "start > count", "count > batches", "batches.loop > put", "put > put_new", "put_new > batches",
    )  # fmt: skip
    scene = await scenes.at(of(draft, "put_new", path=(1,)))
    assert (scene.runs, [item.json["n"] for item in scene.inputs()["main"]]) == ([(0,), (1,), (2,)], [2, 3])


async def test_several_inputs_are_told_apart(instance: Instance, scenes: Scenes) -> None:
    document = workflow(
        [node("count", {"n": 3}), node("put", {"value": "x"}), node("pair")],
        "start > count", "start > put", "count > pair.left", "put > pair.right",
    )  # fmt: skip
    await ran(instance, document, {"id": 1})
    scene = await scenes.at(of(document, "pair"), around=True)
    assert {port: len(items) for port, items in scene.inputs().items()} == {"left": 3, "right": 1}
    assert [(found.edge.input, len(found.items)) for found in scene.deliveries()] == [("left", 3), ("right", 1)]
    right = scene.scope("right")
    (found,) = await previews([{"$": 'node("Put").json.id'}], right)
    assert found.value == 1


class Asking(Node):
    """Takes null for what is missing in one of its fields."""

    key = "asking"

    value: Annotated[Any, hint(missing="null")] = None
    other: Any = None


async def test_a_field_that_takes_null_for_what_is_missing_is_shown_as_null(instance: Instance, scenes: Scenes) -> None:
    document = workflow([node("put")], "start > put")
    await ran(instance, document)
    scope = (await scenes.at(of(document, "put"))).scope()
    values = [{"$": "json.gone"}] * 3
    fields = [("value",), ("other",), None]
    taken, other, unknown = await previews(values, scope, fields, Asking)
    assert (taken.error, taken.value) == (None, None)
    assert [found.error is not None and found.error.missing for found in (other, unknown)] == [True, True]


async def test_data_of_a_node_survive_that_its_trigger_was_replaced(instance: Instance, scenes: Scenes) -> None:
    await ran(instance, workflow([node("count", {"n": 2}), node("put")], "start > count", "count > put"))
    draft = workflow([node("start_new"), node("count", {"n": 2}), node("put")], "start_new > count", "count > put")
    assert len((await scenes.at(of(draft, "put"))).inputs()["main"]) == 2
    alone = workflow([node("count", {"n": 2}), node("put")], "count > put")
    assert len((await scenes.at(of(alone, "put"))).inputs()["main"]) == 2


async def test_an_item_is_followed_back_to_the_trigger(instance: Instance, scenes: Scenes) -> None:
    document = workflow(
        [node("count", {"n": 3}), node("reverse"), node("put", {"value": 1})],
        "start > count", "count > reverse", "reverse > put",
    )  # fmt: skip
    execution = await ran(instance, document)
    row = await instance.executions.get(execution)
    scene = await scenes.of_run(row, document, "put", around=True)
    found = lineage.of_output(scene, (scene.node, ()), "main", 0)
    names = [(scene.plan.nodes[one.step[0]].id, one.number, one.distance, one.child) for one in found.ancestors]
    assert names == [("reverse", 0, 1, None), ("count", 2, 2, 0), ("start", 0, 3, 1)]
    same = lineage.of_input(scene, (scene.node, ()), "main", 0)
    assert same == found
    crossed = await scenes.of_run(row, document, "reverse", around=True)
    last = lineage.Spot("main", 2)
    assert lineage.of_output(crossed, (crossed.node, ()), "main", 0).across == [last]
    assert lineage.of_input(crossed, (crossed.node, ()), "main", 0).across == [last]
    with pytest.raises(NotFoundError):
        lineage.of_output(scene, (scene.node, ()), "main", 99)


async def test_an_item_is_followed_back_through_the_iterations_of_a_loop(instance: Instance, scenes: Scenes) -> None:
    document = looped()
    execution = await ran(instance, document)
    row = await instance.executions.get(execution)
    scene = await scenes.of_run(row, document, "put_after", around=True)
    found = lineage.of_output(scene, (scene.node, ()), "main", 4)
    counted = [one for one in found.ancestors if scene.plan.nodes[one.step[0]].id == "count"]
    assert [(one.number, one.step[1]) for one in counted] == [(4, ())]
    assert found.whole


async def test_the_head_of_a_loop_knows_the_items_of_each_iteration_by_their_place(
    instance: Instance, scenes: Scenes
) -> None:
    document = looped()
    execution = await ran(instance, document)
    row = await instance.executions.get(execution)
    scene = await scenes.of_run(row, document, "batches", around=True)
    second = (scene.node, (1,))
    taken = lineage.of_input(scene, second, "main", 0)
    nearest = taken.ancestors[0]
    assert (scene.plan.nodes[nearest.step[0]].id, nearest.step[1], nearest.number) == ("put", (0,), 0)
    inner = await scenes.of_run(row, document, "put", around=True)
    given = lineage.of_output(inner, (inner.node, (1,)), "main", 1)
    assert given.across == [lineage.Spot("main", 1)]
    assert (given.ancestors[0].step[1], given.ancestors[0].number) == ((1,), 1)


async def test_what_a_running_execution_has_recorded_so_far_is_seen_and_not_kept(
    instance: Instance, scenes: Scenes
) -> None:
    document = workflow([node("count", {"n": 2}), node("pause"), node("put")], "start > count", "count > pause")
    order = Order("w", "p", document.name, document, 0, "start", [Item({})], "manual")
    started = await instance.runner.start(order, awaited=True)
    assert (await instance.outcome(started, 20)).status == "waiting"
    scene = await scenes.at(of(document, "pause"))
    assert len(scene.inputs()["main"]) == 2
    _, waiting = await scenes.of_output(of(document, "pause"))
    assert waiting is not None
    assert waiting.status == "waiting"
    await instance.runner.steering.cancel(started.execution_id)
    await instance.executions.delete([started.execution_id])
    assert (await scenes.at(of(document, "pause"))).origin == "none"
