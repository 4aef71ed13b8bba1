"""The workflow document: what people draw, the API carries and git keeps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from a8n.errors import InvalidError, Problem
from a8n.graph import Graph, IrreducibleError, Link
from a8n.items import JSON

MAX_NODES = 2_000
MAX_CONNECTIONS = 5_000
SLUG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_-]{0,63}")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Retry(_Part):
    """When and how often a failed step is tried again."""

    attempts: int = Field(default=1, ge=1, le=100)
    """In all, the first included."""
    backoff: Literal["constant", "exponential"] = "exponential"
    delay: float = Field(default=1.0, ge=0, le=86_400)
    """Seconds before the second attempt."""
    max_delay: float = Field(default=300.0, ge=0, le=86_400)
    jitter: float = Field(default=0.1, ge=0, le=1)
    """Random share added to each delay, so that many do not come back at one moment."""
    on: Sequence[str] = ()
    """Only errors whose message holds one of these texts; empty retries every retryable error."""
    honour_retry_after: bool = True


class NodeSettings(_Part):
    """How the engine treats a node, whatever its type."""

    retry: Retry = Retry()
    timeout: float | None = Field(default=None, gt=0, le=86_400)
    """Seconds for one attempt at one item."""
    on_error: Literal["stop", "continue", "output"] = "stop"
    """`stop` fails the execution, `continue` passes the item on with its `error`, `output` sends it to the
    port `error`."""
    unknown: Literal["retry", "fail", "ask"] = "ask"
    """What to do with an unsafe step that was started and not recorded before a crash."""
    disabled: bool = False
    """Items pass through unchanged."""
    always_output: bool = False
    """Give one empty item where the node gives none."""
    once: bool = False
    """Run for the first item only."""
    notes: str = Field(default="", max_length=10_000)


class NodeSpec(_Part):
    """A node as saved. Its type may be unknown here: it is kept with its parameters, shown, and not runnable."""

    id: str
    name: str = Field(min_length=1, max_length=200)
    type: str = Field(min_length=1, max_length=200)
    version: int = Field(default=1, ge=1)
    params: dict[str, JSON] = Field(default_factory=dict)
    settings: NodeSettings = NodeSettings()
    position: Annotated[Sequence[float], Field(min_length=2, max_length=2)] = (0, 0)

    @field_validator("id")
    @classmethod
    def _slug(cls, value: str) -> str:
        if not SLUG.fullmatch(value):
            raise ValueError("an id has 1 to 64 letters, digits, '-' or '_'")
        return value


class Connection(_Part):
    """A wire from a node's output to another's input."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    source: str = Field(alias="from")
    output: str = Field(default="main", max_length=100)
    target: str = Field(alias="to")
    input: str = Field(default="main", max_length=100)


class Concurrency(_Part):
    """How many executions of the workflow may run at once."""

    limit: int = Field(ge=1, le=1_000_000)
    key: str | None = Field(default=None, min_length=1)
    """An expression over the trigger's first item (`json.customer`); the limit then counts per value."""
    on_conflict: Literal["queue", "skip", "cancel_oldest"] = "queue"
    """What becomes of an execution above the limit: `queue` lets it wait its turn, `skip` cancels it at once,
    `cancel_oldest` stops the oldest one in its favour."""


class KeepExecutions(_Part):
    """How long executions that are over are kept; what is None, the instance's settings say."""

    days: float | None = Field(default=None, ge=0, le=36_500)
    """Days that those stay which succeeded or were canceled; 0: until the next sweep."""
    failed_days: float | None = Field(default=None, ge=0, le=36_500)
    """Days that those stay which failed or crashed; as `days` where it is None."""
    executions: int | None = Field(default=None, ge=0, le=1_000_000_000)
    """How many stay at most, the newest of them."""


class WorkflowSettings(_Part):
    """Settings of the workflow as a whole."""

    timezone: str = "UTC"
    timeout: float | None = Field(default=None, gt=0)
    """Seconds for a whole execution."""
    error_workflow: str | None = None
    concurrency: Concurrency | None = None
    keep: KeepExecutions = KeepExecutions()
    max_iterations: int = Field(default=10_000, ge=1, le=1_000_000)
    """Of any one loop."""
    parallel: int = Field(default=16, ge=1, le=256)
    """Steps of one execution that run at the same time."""

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone {value!r}") from None
        return value


class Note(_Part):
    """A sticky note on the canvas."""

    id: str
    text: str = Field(default="", max_length=20_000)
    color: Literal["lemon", "mint", "sky", "lilac", "rose"] = "lemon"
    position: Annotated[Sequence[float], Field(min_length=2, max_length=2)] = (0, 0)
    size: Annotated[Sequence[float], Field(min_length=2, max_length=2)] = (240, 160)


class Workflow(_Part):
    """A whole document. `parse` is the way in: it gives every problem with its place."""

    name: str = Field(default="My workflow", min_length=1, max_length=200)
    description: str = Field(default="", max_length=10_000)
    nodes: Sequence[NodeSpec] = Field(default=(), max_length=MAX_NODES)
    connections: Sequence[Connection] = Field(default=(), max_length=MAX_CONNECTIONS)
    settings: WorkflowSettings = WorkflowSettings()
    notes: Sequence[Note] = Field(default=(), max_length=500)
    pins: dict[str, dict[str, list[JSON]]] = Field(default_factory=dict)
    """Pinned outputs for test runs: node id to port to objects."""

    @classmethod
    def parse(cls, data: Any) -> Workflow:
        """Read a document and check its structure. Raises InvalidError with all problems found."""
        try:
            workflow = cls.model_validate(data)
        except ValidationError as error:
            raise InvalidError(_problems(error, data)) from None
        problems = list(structure(workflow))
        if problems:
            raise InvalidError(problems)
        return workflow

    def dump(self) -> dict[str, JSON]:
        """The document as JSON, with `from` and `to` in connections."""
        return self.model_dump(mode="json", by_alias=True)

    def node(self, node_id: str) -> NodeSpec | None:
        """The node with this id."""
        return next((node for node in self.nodes if node.id == node_id), None)

    def links(self) -> list[Link]:
        """The connections in the form that `Graph` takes, by node id."""
        return [Link(c.source, c.output, c.target, c.input) for c in self.connections]


def structure(workflow: Workflow) -> Iterable[Problem]:
    """What can never be right, whatever is installed: clashing ids and names, loose ends, irreducible cycles."""
    ids = [node.id for node in workflow.nodes]
    yield from _doubles("id", workflow.nodes, ids)
    yield from _doubles("name", workflow.nodes, [node.name for node in workflow.nodes])
    known = set(ids)
    loose = False
    for i, wire in enumerate(workflow.connections):
        for end, node in (("from", wire.source), ("to", wire.target)):
            if node not in known:
                loose = True
                yield Problem(f"connections.{i}.{end}", f"there is no node with the id {node!r}", "unknown_node")
    if len(set(workflow.connections)) != len(workflow.connections):
        yield Problem("connections", "the same connection is there twice", "duplicate")
    if not loose and len(known) == len(ids):
        yield from _cycles(workflow)


def _doubles(what: str, nodes: Sequence[NodeSpec], values: Sequence[str]) -> Iterable[Problem]:
    seen: set[str] = set()
    for node, value in zip(nodes, values, strict=True):
        if value in seen:
            yield Problem(f"nodes.{node.id}.{what}", f"another node has the {what} {value!r}", "duplicate")
        seen.add(value)


def _cycles(workflow: Workflow) -> Iterable[Problem]:
    links = workflow.links()
    targets = {link.target for link in links}
    roots = [node.id for node in workflow.nodes if node.id not in targets]
    covered: set[str] = set()
    for root in (*roots, *(node.id for node in workflow.nodes)):
        if root in covered:
            continue
        try:
            covered |= set(Graph(root, links).names)
        except IrreducibleError as error:
            source, target = error.edge
            yield Problem(f"connections.{source}->{target}", str(error), "irreducible")
            return


def _problems(error: ValidationError, data: Any) -> list[Problem]:
    """Pydantic's errors with node ids in the paths in place of list positions."""
    return [
        Problem(dotted(_named(entry["loc"], data)), entry["msg"], entry["type"])
        for entry in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def _named(location: Sequence[str | int], data: Any) -> Sequence[str | int]:
    if len(location) > 1 and location[0] == "nodes" and isinstance(location[1], int):
        node = data["nodes"][location[1]]
        if isinstance(node, Mapping) and isinstance(node.get("id"), str):
            return ("nodes", node["id"], *location[2:])
    return location


def dotted(location: Iterable[str | int]) -> str:
    """A pydantic location as the dotted path that problems carry."""
    return ".".join(str(part) for part in location)
