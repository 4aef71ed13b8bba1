"""What happens while executions run, for observers, and to a workflow, for whoever has it open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from a8n.items import JSON

EventKind = Literal[
    "execution.started",
    "execution.finished",
    "execution.waiting",
    "step.started",
    "step.finished",
    "step.progress",
    "workflow.saved",
    "workflow.activated",
    "workflow.deactivated",
    "webhook.captured",
]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. Carries names and counts, never items."""

    kind: EventKind
    execution_id: str
    """Empty for what happens to a workflow."""
    workflow_id: str
    at: int
    """Microseconds since 1970, UTC."""
    node: str = ""
    path: tuple[int, ...] = ()
    status: str = ""
    data: dict[str, JSON] = field(default_factory=dict)
    """`items` by port, `ms`, `error`, or what a node emitted."""
