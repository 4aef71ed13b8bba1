"""Promises about the examples of a node type: they can be saved, they run, and old ones still do."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from pydantic import ValidationError

from a8n.catalogue import NodeType
from a8n.errors import NodeError
from a8n.items import JSON, Item, items_of
from a8n.node import BatchNode, Example, Node
from a8n.plan import PlannedNode
from a8n.testing.node import StepWaits, run
from a8n.trigger import Trigger, WebhookTrigger
from a8n.workflow import NodeSpec


def can_be_saved(node_type: NodeType) -> Iterator[str]:
    """There is an example, and the parameters of each pass the check that saving makes."""
    if not any(example.version is None for example in node_type.cls.examples):
        yield "it has no example; `examples = [Example(...)]` is shown in the builder and run here"
    for example in node_type.cls.examples:
        if example.version is not None:
            continue
        for problem in _planned(node_type, example).problems():
            yield f"{example.title!r}: {problem.path.partition('params')[2].lstrip('.')}: {problem.message}"


def work(node_type: NodeType) -> Iterator[str]:
    """Each example that needs nothing from outside runs, gives what it says, and leaves its input as it was."""
    for example in node_type.cls.examples:
        if example.version is None and not example.needs:
            yield from (f"{example.title!r}: {problem}" for problem in _tried(node_type, example))


def older_versions_upgrade(node_type: NodeType) -> Iterator[str]:
    """For each older version there is an example of its parameters, which today's node can be made of and run."""
    old = [example for example in node_type.cls.examples if example.version is not None]
    covered = {example.version for example in old}
    for version in range(1, node_type.version):
        if version not in covered:
            yield f"no example has the parameters of version {version}: Example(..., version={version})"
    for example in old:
        title = f"{example.title!r} (version {example.version})"
        given = copy.deepcopy(dict(example.params))
        try:
            node_type.cls.upgrade(given, cast(int, example.version))
        except Exception as error:
            yield f"{title}: upgrade raises {type(error).__name__}: {error}"
            continue
        if given != example.params:
            yield f"{title}: upgrade changes the parameters it is given; it must give new ones"
        problems = _planned(node_type, example).problems()
        yield from (f"{title}: {problem.path}: {problem.message}" for problem in problems)
        if not (problems or example.needs):
            yield from (f"{title}: {problem}" for problem in _tried(node_type, example))


def _planned(node_type: NodeType, example: Example) -> PlannedNode:
    version = example.version or node_type.version
    params = copy.deepcopy(dict(example.params))
    return PlannedNode(
        NodeSpec(id="example", name="Example", type=node_type.key, version=version, params=params), node_type
    )


def _tried(node_type: NodeType, example: Example) -> Iterator[str]:
    if _planned(node_type, example).binder.problems:
        yield "its parameters are not valid"
    elif issubclass(node_type.cls, Trigger):
        yield from _started(node_type, example)
    else:
        yield from _ran(node_type, example)


def _started(node_type: NodeType, example: Example) -> Iterator[str]:
    trigger = _planned(node_type, example).binder.constant
    if not isinstance(trigger, Trigger):
        yield "a trigger's parameters cannot hold expressions or credentials here; name them in `needs`"
        return
    if isinstance(trigger, WebhookTrigger):
        route = trigger.route()
        if route.below != trigger.place:
            yield f"its route stands below /{route.below}/, and its class says `place = {trigger.place!r}`"
    if not all(isinstance(item, Item) for item in trigger.sample()):
        yield "sample() gives something that is no Item"


def _ran(node_type: NodeType, example: Example) -> Iterator[str]:
    cls = cast("type[Node] | type[BatchNode]", node_type.cls)
    given = {port: items_of(copy.deepcopy(list(values))) for port, values in _inputs(cls, example).items()}
    params = copy.deepcopy(dict(example.params))
    try:
        outputs = asyncio.run(run(cls, params, inputs=given, version=example.version))
    except StepWaits:
        outputs = {}
        if example.output is not None:
            yield "it waits, so it gives no output"
    except NodeError as error:
        place = f" (at {error.field})" if error.field else ""
        yield f"it fails: {error.message}{place}"
        return
    if {port: [item.json for item in items] for port, items in given.items()} != _plain(_inputs(cls, example)):
        yield "it changes its input items, which nobody may"
    yield from _unlike(example.output, outputs)
    yield from _unfit(node_type, outputs)


def _inputs(cls: type[Node] | type[BatchNode], example: Example) -> Mapping[str, Sequence[Mapping[str, JSON]]]:
    return example.inputs if example.inputs is not None else {cls.inputs[0]: example.items}


def _plain(inputs: Mapping[str, Sequence[Mapping[str, JSON]]]) -> dict[str, list[dict[str, JSON]]]:
    return {port: [dict(value) for value in values] for port, values in inputs.items()}


def _unlike(
    expected: Mapping[str, Sequence[Mapping[str, JSON]]] | None, outputs: dict[str, list[Item]]
) -> Iterator[str]:
    if expected is None:
        return
    given = {port: [item.json for item in items] for port, items in outputs.items() if items}
    wanted = {port: values for port, values in _plain(expected).items() if values}
    if given != wanted:
        yield f"it gives {given}, and not {wanted}"


def _unfit(node_type: NodeType, outputs: Mapping[str, Sequence[Item]]) -> Iterator[str]:
    model = node_type.output_model
    if model is None:
        return
    for port, items in outputs.items():
        for item in items:
            try:
                model.model_validate(item.json)
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                place = ".".join(map(str, first["loc"]))
                yield f"an item at {port!r} does not fit the output schema: {place}: {first['msg']}"
