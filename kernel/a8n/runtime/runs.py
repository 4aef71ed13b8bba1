"""Executions as a process holds them, and what is told of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from a8n.errors import A8nError
from a8n.execution import Execution
from a8n.items import JSON
from a8n.journal import now
from a8n.runtime.executions import Claimed
from a8n.runtime.ids import new_id
from a8n.runtime.journal import ExecutionJournal
from a8n.runtime.orders import Order, Outcome, options_of
from a8n.services import ExecutionInfo


class Run:
    """An execution that this process holds."""

    __slots__ = ("address", "awaited", "execution", "journal", "slot", "task")

    def __init__(self, execution: Execution, journal: ExecutionJournal, slot: str | None = None):
        self.execution = execution
        self.journal = journal
        self.slot = slot
        self.task: asyncio.Task[None] | None = None
        self.address: str | None = None
        """The process that waits for it, if another one does."""
        self.awaited = False
        """Somebody in this process waits for its end."""

    @property
    def id(self) -> str:
        """The execution's id."""
        return self.execution.info.id

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        execution = self.execution
        items = [item for port in execution.result.values() for item in port]
        return Outcome(execution.status, execution.error, items, execution.passing)


@dataclass(slots=True)
class Started:
    """A started execution. `repeated` says that its idempotency key had started it before."""

    execution_id: str
    run: Run | None
    repeated: bool = False


def fields_of(order: Order) -> dict[str, Any]:
    """What is known of a new execution, as `NewExecution` takes it."""
    return {
        "id": new_id(), "workflow_id": order.workflow_id, "project_id": order.project_id, "version": order.version,
        "trigger": order.trigger, "mode": order.mode, "created_at": now(), "parent_id": order.parent_id,
        "retry_of": order.retry_of, "depth": order.depth, "priority": order.priority, "options": options_of(order),
    }  # fmt: skip


def info_of(order: Order, execution_id: str, created_at: int) -> ExecutionInfo:
    """An execution as its nodes see it."""
    return ExecutionInfo(
        execution_id, order.workflow_id, order.workflow_name, order.project_id, order.mode,
        datetime.fromtimestamp(created_at / 1e6, UTC), order.document.settings.timezone, order.version, order.depth,
    )  # fmt: skip


def age(created_at: int) -> float:
    """Seconds since an execution was accepted."""
    return (now() - created_at) / 1e6


def type_of(order: Order) -> str:
    """The type of the trigger that it starts at."""
    node = order.document.node(order.trigger)
    assert node is not None
    return node.type


def options_in(claimed: Claimed) -> dict[str, Any]:
    """What is kept with an execution beside its version."""
    return dict(orjson.loads(claimed.options)) if claimed.options else {}


def described(error: Exception) -> dict[str, JSON]:
    """An error outside of any step, as executions show it; what is not ours keeps its class name alone."""
    known = isinstance(error, A8nError)
    message = str(error) if known else f"an internal error ({type(error).__name__})"
    return {"kind": type(error).__name__, "message": message}
