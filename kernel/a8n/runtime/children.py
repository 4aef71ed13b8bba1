"""Executions that other executions start: children of sub-workflow steps, and error workflows."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from a8n.errors import A8nError, NodeError
from a8n.items import JSON, Item
from a8n.runtime.executions import Executions
from a8n.runtime.journal import Journals
from a8n.runtime.offers import Offer, offered
from a8n.runtime.orders import Order
from a8n.runtime.records import path_text
from a8n.runtime.starts import start_node
from a8n.services import Child, ChildResult, ExecutionInfo, Function
from a8n.workflow import Workflow

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance
    from a8n.runtime.runs import Run
    from a8n.runtime.writer import Page

log = logging.getLogger("a8n.children")

ERROR_TRIGGER = "flow.error_trigger"
ERROR = "error"
"""Mode of the executions of error workflows; their own failures start no further ones."""
UNHEEDED = ("manual", "test", ERROR)


class Children:
    """Prepares runs of other workflows of the same project; a `WorkflowRunner`."""

    def __init__(self, instance: Instance, project_id: str):
        self._instance = instance
        self._project_id = project_id

    async def child(self, workflow_id: str, items: Sequence[Item], *, parent: Any) -> Child:
        """See `a8n.services.WorkflowRunner`."""
        row, document = await self._published(workflow_id)
        return await self._page(row, document, None, items, parent.execution)

    async def function(self, workflow_id: str) -> Function:
        """See `a8n.services.WorkflowRunner`."""
        row, document = await self._published(workflow_id)
        offers = self._offered(row, document)
        return offers[0].function if offers else Anything(document.name, f"Run the workflow {document.name}.")

    async def call(self, workflow_id: str, arguments: Mapping[str, JSON], *, parent: Any) -> Child:
        """See `a8n.services.WorkflowRunner`."""
        row, document = await self._published(workflow_id)
        offers = self._offered(row, document)
        items = offers[0].trigger.called(arguments) if offers else [Item(dict(arguments))]
        return await self._page(row, document, offers[0].node if offers else None, items, parent.execution)

    async def _published(self, workflow_id: str) -> tuple[Any, Workflow]:
        row = await self._instance.published.runnable(workflow_id)
        if row is None or row.project_id != self._project_id:
            text = f"this project has no published workflow {workflow_id!r}"
            raise NodeError(text, field="workflow", retryable=False)
        return row, Workflow.parse(orjson.loads(row.document))

    def _offered(self, row: Any, document: Workflow) -> list[Offer]:
        try:
            return offered(self._instance, row, document)
        except A8nError as error:
            raise _broken(document, error) from None

    async def _page(
        self, row: Any, document: Workflow, begin: str | None, items: Sequence[Item], info: ExecutionInfo
    ) -> Child:
        instance = self._instance
        try:
            trigger = start_node(instance.kernel, document, begin)
            order = Order(
                row.id, row.project_id, document.name, document, row.published, trigger, items, "child",
                parent_id=info.id, depth=info.depth + 1,
            )  # fmt: skip
            page = await instance.runner.page(order)
        except NodeError:
            raise
        except A8nError as error:
            raise _broken(document, error) from None
        return Child(page.execution_id, page)


class Anything(NamedTuple):
    """A workflow that declares no arguments, as a function."""

    name: str
    description: str
    effect: str = "unsafe"
    parameters: JSON = {"type": "object", "properties": {}}  # noqa: RUF012  # nobody changes it


def _broken(document: Workflow, error: A8nError) -> NodeError:
    return NodeError(f"the workflow {document.name!r} cannot run: {error}", field="workflow", retryable=False)


async def results(
    executions: Executions, journals: Journals, parent: str, node: str, path: tuple[int, ...],
    awaited: Collection[str] = (),
) -> list[ChildResult]:  # fmt: skip
    """How the children that a step `awaited` have ended, in the order in which it made them.

    Those of its earlier waits are left out; where nothing says which these are, all of the step's are given.
    """
    found = []
    for row in await executions.children(parent, node, path_text(path)):
        if awaited and row.id not in awaited:
            continue
        items = await last_items(journals, row.id) if row.status == "succeeded" else []
        found.append(ChildResult(row.id, row.status, orjson.loads(row.error) if row.error else None, items))
    return found


async def last_items(journals: Journals, execution_id: str) -> list[Item]:
    """What the step that finished last gave, all ports joined."""
    records = await journals.load(execution_id)
    done = [record for record in records if record.status in ("succeeded", "pinned")]
    last = max(done, key=lambda record: record.finished_at, default=None)
    return [item for port in last.outputs.values() for item in port] if last is not None else []


async def error_page(instance: Instance, run: Run) -> Page | None:
    """The execution of the error workflow of one that has failed; None where there is none to run."""
    execution = run.execution
    info, settings = execution.info, execution.plan.workflow.settings
    if info.mode in UNHEEDED or settings.error_workflow is None:
        return None
    row = await instance.published.runnable(settings.error_workflow)
    if row is None or row.project_id != info.project_id:
        return None
    document = Workflow.parse(orjson.loads(row.document))
    try:
        found = next((node.id for node in document.nodes if node.type == ERROR_TRIGGER), None)
        order = Order(
            row.id, row.project_id, document.name, document, row.published,
            start_node(instance.kernel, document, found), [Item(details(instance, run))], ERROR,
        )  # fmt: skip
        return await instance.runner.page(order)
    except A8nError as error:
        log.error("the error workflow %s of %s cannot run: %s", row.id, info.workflow_id, error)
        return None


def details(instance: Instance, run: Run) -> dict[str, JSON]:
    """What an error workflow is told about the execution that has failed."""
    info = run.execution.info
    return {
        "execution": {
            "id": info.id,
            "url": f"{instance.url}/executions/{info.id}",
            "mode": info.mode,
            "status": run.execution.status,
            "started_at": info.started_at.isoformat(),
            "error": dict(run.execution.error or {}),
        },
        "workflow": {"id": info.workflow_id, "name": info.workflow_name, "version": info.version},
    }
