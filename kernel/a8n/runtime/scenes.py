"""A node of a draft in the middle of real data: what would come into it, and what its expressions would see.

The data are the pins of the draft, and what one execution recorded. What a node takes is derived from what the nodes
before it gave, over the wires as the draft has them now; so a node that was just added has an input, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from a8n.errors import InvalidError, Problem
from a8n.graph import Edge, Kind
from a8n.items import JSON, Item
from a8n.journal import StepRecord, now
from a8n.kernel import Kernel
from a8n.past import Past
from a8n.runtime.executions import Executions, Filter
from a8n.runtime.ids import new_id
from a8n.runtime.recordings import Recording, Recordings
from a8n.runtime.refusals import NotFoundError
from a8n.runtime.sketch import Sketch, leading_to
from a8n.scheduler import Key, Path
from a8n.scope import NodeView, StepScope, Surroundings
from a8n.services import ExecutionInfo, Services
from a8n.trigger import Trigger
from a8n.workflow import Workflow

Source = Literal["pin", "execution", "none"]

LOOKED_AT = 20
"""How many executions, the latest first, are searched for data of a node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which node of which draft to look at, and with whose data."""

    workflow_id: str
    project_id: str
    document: Workflow
    node: str
    execution: str | None = None
    """Its data and no other's; None takes the latest that has some."""
    path: Path | None = None
    """The iteration; None takes the last."""
    recorded: bool = True
    """Whether executions may be looked at; else pins alone are."""
    variables: bool = True
    """Whether the project's variables may be seen."""


class Delivery(NamedTuple):
    """What comes into a port over one connection from one step."""

    edge: Edge
    step: Key | None
    """None where the node at the other end gave nothing."""
    items: Sequence[Item]


class Scene(Surroundings):
    """One node, the data that flows into it, and what else can be seen from there."""

    plan: Sketch

    def __init__(self, sketch: Sketch, past: Past, info: ExecutionInfo, services: Services, node: int):
        super().__init__(sketch, past, info, services)
        self.node = node
        self.key: Key = (node, ())
        self.row: Any = None
        """The execution whose data it is; None where there is none."""
        self.recording: Recording | None = None
        self.runs: Sequence[Path] = ()
        """The iterations that there is data of."""
        self.pinned: set[int] = set()
        """The nodes whose output is pinned in the draft; what an execution took from a pin is recorded as any other."""
        self._first = 0

    @property
    def ports(self) -> tuple[str, ...]:
        """The input ports of the node."""
        return self.plan.nodes[self.node].inputs

    def inputs(self) -> Mapping[str, Sequence[Item]]:
        """The items at each input port."""
        if not self.ports:
            return {}
        found = self.past.inputs(self.key)[0]
        return {port: found.get(port, ()) for port in self.ports}

    def deliveries(self) -> Iterator[Delivery]:
        """What comes in over each connection; one that brings nothing is told as well."""
        came = list(self.past.deliveries(self.key))
        for _, edges in self.plan.inputs[self.node]:
            for edge in edges:
                parts = [(step, items) for known, step, items in came if known is edge]
                yield from (Delivery(edge, step, items) for step, items in parts)
                if not parts:
                    yield Delivery(edge, None, ())

    def scope(self, port: str | None = None) -> StepScope:
        """What expressions see, with the items of a port; move it with `at`."""
        inputs = self.inputs()
        wanted = port if port in inputs else next(iter(inputs), None)
        self._first = 0
        for name, items in inputs.items():
            if name == wanted:
                break
            self._first += len(items)
        return StepScope(self, self.key, inputs[wanted] if wanted is not None else ())

    def view(self, name: str, step: Key, index: int) -> NodeView:
        """`node(name)`. Lineage counts through all inputs, so an item of a later port has a higher number."""
        return super().view(name, step, index + self._first)

    def source(self, step: Key | None) -> Source:
        """Where the items of a step come from."""
        if step is None:
            return "none"
        return "pin" if step[0] in self.pinned else "execution"

    @property
    def origin(self) -> Source:
        """Where the input comes from; a pin among several sources counts most."""
        kinds = {self.source(found.step) for found in self.deliveries()}
        return "pin" if "pin" in kinds else "execution" if "execution" in kinds else "none"

    def count(self, node: int) -> int | None:
        """How many items a node gave, as far as that is known without reading large data."""
        spec = self.plan.nodes[node]
        pin = self.plan.workflow.pins.get(spec.id)
        if pin is not None:
            return sum(map(len, pin.values()))
        return self.recording.count(spec.id) if self.recording is not None else None

    def before(self) -> list[int]:
        """The nodes from which this one can be reached, the nearest first."""
        graph = self.plan.graph
        found: dict[int, None] = {}
        pending = [self.node]
        for node in pending:
            for edge in graph.incoming[node]:
                if edge.source not in found:
                    found[edge.source] = None
                    pending.append(edge.source)
        found.pop(self.node, None)
        return list(found)


class Scenes:
    """Makes scenes."""

    def __init__(self, kernel: Kernel, executions: Executions, recordings: Recordings, services: Any):
        self._kernel = kernel
        self._executions = executions
        self._recordings = recordings
        self._services = services

    async def at(self, wanted: Wanted, *, around: bool = False) -> Scene:
        """The scene of a node, with the steps that feed it; with `around` all steps before it.

        Raises InvalidError where the draft has no such node, and NotFoundError where the workflow has no such
        execution.
        """
        document = wanted.document
        if document.node(wanted.node) is None:
            raise InvalidError([Problem("node", f"the workflow has no node {wanted.node!r}", "unknown_node")])
        wires = [(wire.source, wire.output) for wire in document.connections if wire.target == wanted.node]
        open_ones = [wire for wire in wires if wire[0] not in document.pins]
        row, recording, fits = await self._found(
            wanted, lambda found: any(found.gave(*wire) for wire in open_ones) if open_ones else True
        )
        before = leading_to(document, wanted.node)
        start = self._start(document, wanted.node, before, row.trigger if fits else None)
        sketch = Sketch(self._kernel, document, start)
        scene = self._scene(sketch, wanted, row, recording)
        nodes = before if around else {source for source, _ in wires} | {start}
        await self._fill(scene, nodes)
        scene.runs = _runs(scene)
        scene.key = (scene.node, _iteration(scene, wanted.path))
        return scene

    async def of_output(self, wanted: Wanted) -> tuple[Scene, StepRecord | None]:
        """The scene of a node, and the step whose output is to be shown: its pin, or what it did last."""
        if wanted.document.node(wanted.node) is None:
            raise InvalidError([Problem("node", f"the workflow has no node {wanted.node!r}", "unknown_node")])
        row, recording, fits = await self._found(
            wanted, lambda found: any(place[0] == wanted.node for place in found.steps)
        )
        before = leading_to(wanted.document, wanted.node)
        start = self._start(wanted.document, wanted.node, before, row.trigger if fits else None)
        scene = self._scene(Sketch(self._kernel, wanted.document, start), wanted, row, recording)
        pin = _pin(scene, wanted.node)
        if pin is not None:
            scene.pinned.add(scene.node)
            return scene, pin
        if recording is None or not fits:
            return scene, None
        scene.runs = recording.paths(wanted.node)
        path = wanted.path if wanted.path is not None else scene.runs[-1]
        if path not in scene.runs:
            raise NotFoundError("iteration")
        return scene, await recording.read((wanted.node, path))

    async def of_run(self, row: Any, document: Workflow, node: str, *, around: bool) -> Scene:
        """The scene of a node in an execution as it ran, with its steps and those that feed it; with `around` all
        steps before it. Raises NotFoundError."""
        wanted = Wanted(workflow_id=row.workflow_id, project_id=row.project_id, document=document, node=node)
        sketch = Sketch(self._kernel, document, row.trigger)
        if node not in sketch.graph.index:
            raise NotFoundError("node")
        recording = await self._recordings.of(row)
        scene = self._scene(sketch, wanted, row, recording)
        feeding = {wire.source for wire in document.connections if wire.target == node}
        before = leading_to(document, node) if around else feeding | {node}
        for record in await recording.of_nodes(before & sketch.graph.index.keys()):
            index = sketch.graph.index[record.node]
            if len(record.path) == len(sketch.graph.nest[index]):
                scene.past.keep((index, record.path), record)
        return scene

    async def _found(self, wanted: Wanted, fits: Any) -> tuple[Any, Recording | None, bool]:
        """The execution to take data from, and whether it has what is looked for."""
        if wanted.execution is not None:
            row = await self._executions.get(wanted.execution)
            if row is None or row.workflow_id != wanted.workflow_id or row.project_id != wanted.project_id:
                raise NotFoundError("execution of this workflow")
            recording = await self._recordings.of(row)
            return row, recording, fits(recording)
        if not wanted.recorded:
            return None, None, False
        where = Filter(workflow=wanted.workflow_id, projects=[wanted.project_id])
        rows = (await self._executions.list(where, limit=LOOKED_AT)).rows
        for row in rows:
            recording = await self._recordings.of(row)
            if fits(recording):
                return row, recording, True
        return (rows[0], await self._recordings.of(rows[0]), False) if rows else (None, None, False)

    def _start(self, document: Workflow, node: str, before: Collection[str], trigger: str | None) -> str:
        """Where an execution would start that comes to the node: at a pinned trigger before all others."""
        if trigger in before and trigger is not None:
            return trigger
        targets = {wire.target for wire in document.connections}
        candidates = [spec for spec in document.nodes if spec.id in before]
        ranked = sorted(
            candidates,
            key=lambda spec: (
                not self._is_trigger(spec.type), spec.id in targets, spec.id not in document.pins, spec.id != trigger,
            ),
        )  # fmt: skip
        first = ranked[0]
        return first.id if self._is_trigger(first.type) or first.id not in targets else node

    def _is_trigger(self, key: str) -> bool:
        found = self._kernel.catalogue.get(key)
        return found is not None and issubclass(found.cls, Trigger)

    def _scene(self, sketch: Sketch, wanted: Wanted, row: Any, recording: Recording | None) -> Scene:
        document = wanted.document
        zone = document.settings.timezone
        if row is not None:
            began = datetime.fromtimestamp(row.created_at / 1e6, UTC)
            info = ExecutionInfo(
                row.id, wanted.workflow_id, document.name, wanted.project_id, row.mode, began, zone, row.version,
                row.depth,
            )  # fmt: skip
        else:  # what a first run would see
            info = ExecutionInfo(
                new_id(), wanted.workflow_id, document.name, wanted.project_id, "manual", datetime.now(UTC), zone
            )
        known: Mapping[str, JSON] = self._services(wanted.project_id).vars if wanted.variables else {}
        scene = Scene(sketch, Past(sketch), info, Services(vars=known), sketch.graph.index[wanted.node])
        scene.row, scene.recording = row, recording
        return scene

    async def _fill(self, scene: Scene, nodes: Collection[str]) -> None:
        """Take in what some nodes gave: their pins, else what was recorded."""
        graph = scene.plan.graph
        pins = {node: pin for node in nodes if (pin := _pin(scene, node)) is not None}
        records: Iterable[StepRecord] = pins.values()
        if scene.recording is not None:
            wanted = {node for node in nodes if node not in pins and node in graph.index}
            records = [*records, *await scene.recording.of_nodes(wanted)]
        for record in records:
            node = graph.index.get(record.node)
            if node is None:
                continue
            depth = len(graph.nest[node])
            if record.status == "pinned" or len(record.path) == depth:
                path = record.path if len(record.path) == depth else (0,) * depth
                scene.past.keep((node, path), record)
                if record.node in pins:
                    scene.pinned.add(node)


def _pin(scene: Scene, node: str) -> StepRecord | None:
    """The pinned output of a node as a step."""
    ports = scene.plan.workflow.pins.get(node)
    if ports is None:
        return None
    outputs: dict[str, list[Item]] = {}
    for port, values in ports.items():
        for index, value in enumerate(values):
            if not isinstance(value, dict):
                raise InvalidError([Problem(f"pins.{node}.{port}.{index}", "an item is an object", "object")])
        outputs[port] = [Item(value) for value in values]
    at = now()
    return StepRecord(node, (), 1, "pinned", at, at, outputs)


def _runs(scene: Scene) -> list[Path]:
    """The iterations of a node that there is data of: those it ran in, else those that would reach it."""
    depth = len(scene.plan.graph.nest[scene.node])
    if depth == 0:
        return [()]
    own: set[Path] = set()
    if scene.recording is not None:
        name = scene.plan.graph.names[scene.node]
        own = {path for path in scene.recording.paths(name) if len(path) == depth}
    for edge in scene.plan.graph.incoming[scene.node]:
        if edge.kind is not Kind.BACK:
            steps = scene.past.steps.items()
            paths = [path for (node, path), record in steps if node == edge.source and record.outputs.get(edge.port)]
            own |= {(*path[: edge.depth], *(0,) * (depth - edge.depth)) for path in paths}
    return sorted(own) or [(0,) * depth]


def _iteration(scene: Scene, wanted: Path | None) -> Path:
    if wanted is None:
        return scene.runs[-1]
    if len(wanted) != len(scene.plan.graph.nest[scene.node]):
        raise InvalidError([Problem("path", "the node is not inside of that many loops", "path")])
    return wanted
