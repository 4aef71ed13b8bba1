"""Run whole workflows without a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from a8n.credential import Credential
from a8n.errors import A8nError
from a8n.events import Event
from a8n.execution import Execution
from a8n.items import JSON, Item, items_of
from a8n.journal import Journal, MemoryJournal, StepRecord, StrictJournal
from a8n.kernel import Kernel
from a8n.plan import Plan
from a8n.services import Caller, Services
from a8n.testing.node import Given, equipped, execution_info, resume_url
from a8n.workflow import Workflow


async def run_workflow(
    document: Mapping[str, JSON] | Workflow,
    items: Sequence[Given] = ({},),
    kernel: Kernel | None = None,
    *,
    trigger: str | None = None,
    mode: str = "test",
    services: Services | None = None,
    credentials: Mapping[str, Credential] | None = None,
    vars: Mapping[str, JSON] | None = None,
    journal: Journal | None = None,
    caller: Caller | None = None,
    observer: Callable[[Event], None] | None = None,
) -> Execution:
    """Run a workflow from a trigger (by id; by default its first node that no connection leads to) to its end.

    A `journal` that holds records already is gone on with, as after a crash; `items` then do not count.

    Gives the execution: `status` (also `failed` or `waiting`: nothing is raised for those), `error`, `steps`,
    `result`. Raises InvalidError for a document that cannot run.
    """
    workflow = document if isinstance(document, Workflow) else Workflow.parse(document)
    plan = Plan(kernel or Kernel.discover(), workflow, trigger or _start(workflow))
    execution = Execution(
        plan,
        execution_info(workflow.name, mode=mode),
        equipped(services, credentials or {}, vars),
        journal or StrictJournal(),
        caller=caller,
        observer=observer,
        resume_url=resume_url,
    )
    recorded = journal.records if isinstance(journal, MemoryJournal) else []
    if recorded:
        latest = {(record.node, record.path): record for record in recorded}
        waits = {place: record.wait for place, record in latest.items() if record.status == "waiting"}
        moment = datetime.now(UTC)
        over = {place: None for place, wait in waits.items() if wait and wait.until and wait.until <= moment}
        execution.restore(recorded, over)
    else:
        execution.begin(items_of(items))
    await execution.run()
    return execution


async def resume_workflow(execution: Execution, payloads: Mapping[str, JSON]) -> Execution:
    """Go on with a waiting execution, in a new one that knows only its recorded steps, as after a crash.

    `payloads` has what each waiting step that is resumed is given, by node id (None for a timer).
    """
    again = Execution(
        execution.plan,
        execution.info,
        execution.services,
        execution.journal,
        caller=execution.caller,
        observer=execution.observer,
        resume_url=resume_url,
    )
    paths = {record.node: record.path for record in _records(execution) if record.status == "waiting"}
    missing = set(payloads) - set(paths)
    if missing:
        raise A8nError(f"no step waits at {', '.join(sorted(missing))}")
    again.restore(_records(execution), {(node, paths[node]): payload for node, payload in payloads.items()})
    await again.run()
    return again


def outputs_of(execution: Execution, node: str, port: str = "main") -> list[Item]:
    """What a node (by id) put on a port, over all its runs in order of iteration; empty when it did not run."""
    records = sorted((r for r in _records(execution) if r.node == node), key=lambda record: record.path)
    return [item for record in records for item in record.outputs.get(port, ())]


def _records(execution: Execution) -> list[StepRecord]:
    return list(execution.steps.values())


def _start(workflow: Workflow) -> str:
    targets = {wire.target for wire in workflow.connections}
    starts = [node.id for node in workflow.nodes if node.id not in targets]
    if not starts:
        raise A8nError("the workflow has no node to start from")
    return starts[0]
