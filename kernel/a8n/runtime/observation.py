"""What a process notes of the executions that it runs: counts always, spans where tracing is on, and for the log
the place where a line comes from."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from a8n.runtime.log_context import PLACE, Place
from a8n.runtime.metrics import Metrics

if TYPE_CHECKING:
    from a8n.execution import Execution
    from a8n.journal import StepRecord
    from a8n.node import Context
    from a8n.plan import PlannedNode
    from a8n.runtime.tracing import Tracing
    from a8n.services import ExecutionInfo

T = TypeVar("T")
TRACE = "trace"
"""Where an execution's options keep its trace context, as a W3C `traceparent`."""


class Observation:
    """Implements `a8n.probe.Probe`, and is told by the runner how executions begin and end."""

    def __init__(self, metrics: Metrics, tracing: Tracing | None = None):
        self.metrics = metrics
        self.tracing = tracing

    # --- executions ------------------------------------------------------------------------------------------

    def begun(self, info: ExecutionInfo, fields: dict[str, Any], *, here: bool = True) -> None:
        """An execution is made; its trace goes into its options. `here`: this process runs it."""
        if self.tracing is not None:
            trace = self.tracing.began(info, here=here)
            options = orjson.loads(fields["options"]) if fields["options"] else {}
            fields["options"] = orjson.dumps({**options, TRACE: trace})

    def resumed(self, info: ExecutionInfo, options: dict[str, Any]) -> None:
        """This process goes on with an execution that was queued or waited."""
        if self.tracing is not None:
            self.tracing.resumed(info, options.get(TRACE))

    def driven(self, info: ExecutionInfo) -> None:
        """What follows in this task belongs to an execution."""
        PLACE.set(Place(info))

    def ended(self, info: ExecutionInfo, status: str, error: Any = None) -> None:
        """A run is over: the execution has ended, waits, or went back to the queue."""
        self.metrics.execution(info, status)
        if self.tracing is not None:
            self.tracing.ended(info, status, error)

    # --- steps -----------------------------------------------------------------------------------------------

    async def around(
        self, execution: Execution, node: PlannedNode, ctx: Context, started: int, call: Coroutine[Any, Any, T]
    ) -> T:
        """See Probe."""
        token = PLACE.set(Place(execution.info, ctx))
        try:
            if self.tracing is None:
                return await call
            return await self.tracing.around(execution.info, node, ctx, started, call)
        finally:
            PLACE.reset(token)

    def recorded(self, execution: Execution, node: PlannedNode, record: StepRecord) -> None:
        """See Probe."""
        self.metrics.step(node, record.status, record.finished_at - record.started_at)
        if self.tracing is not None:
            self.tracing.recorded(execution.info, node, record)
