"""What each step of a recorded execution took, derived from what the steps before it gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from a8n.errors import A8nError
from a8n.execution import Execution
from a8n.items import Item
from a8n.journal import MemoryJournal, StepRecord
from a8n.kernel import Kernel
from a8n.plan import Plan
from a8n.services import ExecutionInfo, Services
from a8n.workflow import Workflow


class History:
    """A recorded execution in memory; nothing of it runs."""

    def __init__(self, kernel: Kernel, workflow: Workflow | None, row: Any, records: Sequence[StepRecord]):
        """Without a workflow, or with one whose plugins are gone, no inputs can be told."""
        self._execution: Execution | None = None
        if workflow is None:
            return
        try:
            plan = Plan(kernel, workflow, row.trigger)
        except A8nError:
            return
        info = ExecutionInfo(
            row.id, row.workflow_id, workflow.name, row.project_id, row.mode,
            datetime.fromtimestamp(row.created_at / 1e6, UTC),
        )  # fmt: skip
        self._execution = Execution(plan, info, Services(), MemoryJournal())
        self._execution.restore(records)

    def inputs(self, record: StepRecord) -> Mapping[str, Sequence[Item]]:
        """The items that a step took, by input port."""
        if self._execution is None:
            return {}
        index = self._execution.plan.graph.index.get(record.node)
        if index is None or (index == 0 and not record.path):
            return {}
        return self._execution.inputs((index, record.path))[0]
