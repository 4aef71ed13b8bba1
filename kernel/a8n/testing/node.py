"""Run one node, exactly as the engine does."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from a8n.credential import REFERENCE, Credential
from a8n.errors import A8nError, NodeError
from a8n.events import Event
from a8n.execution import Execution
from a8n.items import JSON, Item, items_of
from a8n.journal import StepRecord, StrictJournal, WaitRecord, now
from a8n.kernel import Kernel
from a8n.node import BatchNode, Node, Step
from a8n.plan import Plan, PlannedNode
from a8n.scheduler import Key
from a8n.services import Caller, ExecutionInfo, Services
from a8n.step import StepFailedError
from a8n.testing.credentials import MemoryCredentials
from a8n.testing.feed import Feed, kernel_with
from a8n.testing.files import MemoryFiles
from a8n.testing.store import MemoryStores
from a8n.workflow import Workflow

Given = Mapping[str, JSON] | Item
"""An input item: a plain object stands for an item without files."""

NODE = "node"
"""Id of the node under test."""


class StepWaits(A8nError):  # noqa: N818  # it reports a state, no mistake
    """The node returned a `Wait`. `wait` tells for what; `run(..., resume=payload)` goes on."""

    def __init__(self, wait: WaitRecord):
        super().__init__("the node waits; give `resume` to go on")
        self.wait = wait


class WatchedExecution(Execution):
    """An execution that keeps the exception a step failed with, for a traceback worth reading."""

    cause: BaseException | None = None

    def _failed(self, key: Key, node: PlannedNode, ctx: Any, started: int, error: Any) -> None:
        self.cause = self.cause or (error.cause if isinstance(error, StepFailedError) else error)
        super()._failed(key, node, ctx, started, error)


async def run(
    node: type[Node] | type[BatchNode] | str,
    params: Mapping[str, Any] | None = None,
    items: Sequence[Given] = ({},),
    *,
    inputs: Mapping[str, Sequence[Given]] | None = None,
    settings: Mapping[str, JSON] | None = None,
    services: Services | None = None,
    credentials: Mapping[str, Credential] | None = None,
    vars: Mapping[str, JSON] | None = None,
    trigger: Given | None = None,
    kernel: Kernel | None = None,
    version: int | None = None,
    resume: JSON = ...,
    caller: Caller | None = None,
    observer: Callable[[Event], None] | None = None,
) -> dict[str, list[Item]]:
    """Run a node on items and give what it put on each of its outputs.

    `node` is a class, or a key that `kernel` (by default: everything installed) knows. `params` are as saved, so
    `{"$": …}` and `{"$t": …}` are evaluated; a credential stands there itself or as `{"$credential": id}` with
    `credentials` by id. `inputs` has the items by port of nodes with several. `trigger` is what expressions see
    as `trigger`. `version` is the one that saved the parameters. `resume` is the payload that a waiting step goes
    on with (None for its timer), or a function that gives it for the step's record, each time it waits.

    Raises InvalidError for parameters that could not be saved, NodeError when the step fails (an exception that
    is none is its cause), StepWaits when it waits and `resume` was not given.
    """
    cls = _class(node, kernel)
    given = {port: items_of(values) for port, values in (inputs or {_first(cls): items}).items()}
    held = dict(credentials or {})
    document = _document(cls, _referenced(dict(params or {}), held), tuple(given), settings, version)
    execution = WatchedExecution(
        Plan(kernel_with(cls), Workflow.parse(document), Feed.key),
        execution_info(document["name"], mode="test"),
        equipped(services, held, vars),
        StrictJournal(),
        caller=caller,
        observer=observer,
        resume_url=resume_url,
    )
    await _feed(execution, given, trigger)
    if execution.status == "waiting" and resume is not ...:
        execution = await _resumed(execution, resume(_waiting(execution)) if callable(resume) else resume)
    while execution.status == "waiting" and callable(resume):
        execution = await _resumed(execution, resume(_waiting(execution)))
    return _outcome(execution)


def run_sync(
    node: type[Node] | type[BatchNode] | str,
    params: Mapping[str, Any] | None = None,
    items: Sequence[Given] = ({},),
    **options: Any,
) -> dict[str, list[Item]]:
    """`run` for tests that are no coroutines; it takes the same arguments."""
    return asyncio.run(run(node, params, items, **options))


def objects(items: Sequence[Item]) -> list[dict[str, JSON]]:
    """The JSON objects of items, to compare with."""
    return [item.json for item in items]


def execution_info(name: str, *, mode: str) -> ExecutionInfo:
    """Facts about an execution in a test."""
    return ExecutionInfo("test-execution", "test-workflow", name, "test-project", mode, datetime.now(UTC))


def equipped(
    services: Services | None, credentials: Mapping[str, Credential], vars: Mapping[str, JSON] | None
) -> Services:
    """The services given, with a memory of files and credentials where they offer none."""
    given = services or Services()
    return Services(
        http=given.http,
        files=given.files or MemoryFiles(),
        workflows=given.workflows,
        credentials=given.credentials or MemoryCredentials(credentials),
        store=given.store or MemoryStores(),
        tables=given.tables,
        vars=given.vars if vars is None else vars,
    )


def resume_url(place: str) -> str:
    """The public address that resumes the step at a place; nobody listens there."""
    return f"https://a8n.test/resume/{hashlib.sha256(place.encode()).hexdigest()[:32]}"


async def _feed(execution: Execution, given: Mapping[str, list[Item]], trigger: Given | None) -> None:
    first = next((items for items in given.values() if items), [Item({})])
    outputs = {Feed.outputs[0]: items_of([trigger]) if trigger is not None else first[:1]}
    outputs.update({Feed.port(port): items for port, items in given.items()})
    at = now()
    execution.restore([StepRecord(Feed.key, (), 1, "succeeded", at, at, outputs)])
    await execution.run()


async def _resumed(execution: WatchedExecution, payload: JSON) -> WatchedExecution:
    records = list(execution.steps.values())
    again = WatchedExecution(
        execution.plan,
        execution.info,
        execution.services,
        execution.journal,
        caller=execution.caller,
        observer=execution.observer,
        resume_url=resume_url,
    )
    again.restore(records, {(NODE, ()): payload})
    await again.run()
    return again


def _waiting(execution: WatchedExecution) -> StepRecord:
    return execution.steps[execution.plan.graph.index[NODE], ()]


def _outcome(execution: WatchedExecution) -> dict[str, list[Item]]:
    index = execution.plan.graph.index.get(NODE)
    if execution.error is not None:
        raise _raised(execution) from execution.cause
    if index is None:
        return {}
    record = execution.steps.get((index, ()))
    if record is not None and record.wait is not None and record.status == "waiting":
        raise StepWaits(record.wait)
    made = record.outputs if record is not None else {}
    return {port: list(made.get(port, ())) for port in execution.plan.nodes[index].outputs}


def _raised(execution: WatchedExecution) -> BaseException:
    """A NodeError or a failed assertion of a fake as it is; another exception as what an execution shows of it."""
    cause, error = execution.cause, execution.error or {}
    if isinstance(cause, NodeError | AssertionError):
        return cause
    return NodeError(str(error.get("message", "failed")), field=error.get("field"), retryable=False)


def _class(node: type[Node] | type[BatchNode] | str, kernel: Kernel | None) -> type[Step]:
    if not isinstance(node, str):
        return node
    known = (kernel or Kernel.discover()).catalogue
    if node not in known:
        raise A8nError(f"no plugin registers the node type {node!r}")
    return known[node].cls


def _first(cls: type[Step]) -> str:
    ports: tuple[str, ...] = getattr(cls, "inputs", ())
    if not ports:
        raise A8nError(f"{cls.__name__} takes no items: test a trigger by calling its methods")
    return ports[0]


def _document(
    cls: type[Step],
    params: dict[str, JSON],
    ports: Sequence[str],
    settings: Mapping[str, JSON] | None,
    version: int | None,
) -> dict[str, JSON]:
    feed = {"id": Feed.key, "name": "Trigger", "type": Feed.key, "params": {"feeds": list(ports)}}
    node = {
        "id": NODE,
        "name": cls.title or cls.__name__,
        "type": cls.key,
        "version": version or cls.version,
        "params": params,
        "settings": dict(settings or {}),
    }
    wires = [{"from": Feed.key, "output": Feed.port(port), "to": NODE, "input": port} for port in ports]
    return {"name": f"Test of {cls.key}", "nodes": [feed, node], "connections": wires}


def _referenced(value: Any, held: dict[str, Credential]) -> Any:
    """Parameters with references in the place of credentials, which are put into `held`."""
    if isinstance(value, Credential):
        name = f"given-{len(held)}"
        held[name] = value
        return {REFERENCE: name}
    if isinstance(value, Mapping):
        return {key: _referenced(child, held) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_referenced(child, held) for child in value]
    return value
