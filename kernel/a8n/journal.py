"""The record of an execution: what was done, in the form that everything else is derived from."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from a8n.errors import NodeError
from a8n.forms import Form
from a8n.items import JSON, Item, pack
from a8n.services import Child, Reply

StepStatus = Literal["succeeded", "failed", "waiting", "started", "canceled", "pinned"]
WaitKind = Literal["time", "call", "form", "reply", "children", "decision", "retry"]
"""What a step waits for, most of all: the others may end it as well."""
ExecutionStatus = Literal["queued", "running", "waiting", "succeeded", "failed", "canceled", "crashed"]


def now() -> int:
    """The time, in microseconds since 1970 UTC: the unit of every time that is stored."""
    return time.time_ns() // 1000


@dataclass(slots=True)
class StepRecord:
    """One finished (or waiting) run of one node; the unit of recovery."""

    node: str
    """Node id."""
    path: tuple[int, ...]
    attempt: int
    status: StepStatus
    started_at: int
    finished_at: int
    outputs: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    error: Mapping[str, JSON] | None = None
    logs: Sequence[str] = ()
    wait: WaitRecord | None = None
    children: Sequence[Child] = ()
    """Executions that start together with this record; with `wait`, the step waits for their ends. Not read back."""
    reply: Reply | None = None
    """What the step answered the web request that started the execution."""


@dataclass(slots=True)
class WaitRecord:
    """What a waiting step waits for."""

    until: datetime | None
    callable: bool
    token: str
    data: Mapping[str, JSON]
    kind: WaitKind = "time"
    key: str = ""
    """What a reply is recognised by; empty where none is waited for."""
    form: Form | None = None
    """What stands at the resume URL; None where a call alone resumes."""
    children: Sequence[str] = ()
    """Ids of the executions that it waits for: the step may have waited for others before."""


class Journal(Protocol):
    """Where an execution writes. Ring 1 keeps it in a database; a list is enough for a test."""

    def record(self, record: StepRecord) -> None:
        """Take note of a step; it becomes durable with the next commit. Raises NodeError when its output is
        not JSON or too large."""
        ...

    def intend(self, node: str, path: tuple[int, ...], attempt: int) -> None:
        """Take note that an unsafe step is about to start."""
        ...

    async def commit(self) -> None:
        """Return when everything noted so far is durable."""
        ...


class MemoryJournal:
    """A journal that forgets everything with the process; for tests and for `a8n run`."""

    def __init__(self) -> None:
        self.records: list[StepRecord] = []
        self.intents: list[tuple[str, tuple[int, ...], int]] = []
        self.commits = 0

    def record(self, record: StepRecord) -> None:
        """Append it."""
        self.records.append(record)

    def intend(self, node: str, path: tuple[int, ...], attempt: int) -> None:
        """Append it."""
        self.intents.append((node, path, attempt))

    async def commit(self) -> None:
        """Count it."""
        self.commits += 1


class StrictJournal(MemoryJournal):
    """A journal in memory that refuses what a database would, so that a test fails where production would."""

    def record(self, record: StepRecord) -> None:
        """Append it. Raises NodeError when an output holds NaN or anything that is no JSON value."""
        try:
            json.dumps(pack(record.outputs), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise NodeError(f"the output is not JSON: {error}", retryable=False) from None
        super().record(record)
