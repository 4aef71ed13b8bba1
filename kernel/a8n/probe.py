"""What a process measures of the steps that it runs: the seam between an execution and whoever watches it."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from a8n.execution import Execution
    from a8n.journal import StepRecord
    from a8n.node import Context
    from a8n.plan import PlannedNode

T = TypeVar("T")


class Probe(Protocol):
    """Given to an execution, which tells it of each step. It is called on the hot path and must not raise."""

    async def around(
        self, execution: Execution, node: PlannedNode, ctx: Context, started: int, call: Coroutine[Any, Any, T]
    ) -> T:
        """Await the work of a step that may take long, in a context that tells where it belongs.

        `started` in microseconds since 1970. Steps that await nothing are not told of until they are recorded.
        """
        ...

    def recorded(self, execution: Execution, node: PlannedNode, record: StepRecord) -> None:
        """Take note that a step has ended, or waits."""
        ...
