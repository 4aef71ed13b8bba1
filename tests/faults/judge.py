"""Reads the database behind a8n's back, and tells what it holds."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import make_url

from a8n.runtime.records import StoredStep, unpage

ENDED = ("succeeded", "failed", "canceled", "crashed")
DONE = ("succeeded", "pinned", "skipped")


@dataclass(slots=True)
class Kept:
    """What the database has of one execution."""

    id: str
    workflow: str
    status: str
    epoch: int
    """How often it was claimed."""
    error: str
    finished_at: int | None
    pages: list[tuple[int, list[StoredStep]]] = field(default_factory=list)
    """(epoch, steps), in order."""

    @property
    def steps(self) -> list[StoredStep]:
        """All that was noted of its steps."""
        return [step for _, steps in self.pages for step in steps]

    @property
    def done(self) -> Counter[tuple[str, str]]:
        """How often each step was recorded as done, by node and path."""
        return Counter((step.node, step.path) for step in self.steps if step.status in DONE)

    @property
    def stale(self) -> int:
        """Pages that an earlier claim wrote after a later one had begun to write."""
        count = 0
        for place, (epoch, steps) in enumerate(self.pages):
            later = [step.started_at for other, group in self.pages for step in group if other > epoch]
            earlier = [other for other, _ in self.pages[:place]]
            late = later and steps and max(step.finished_at for step in steps) > min(later)
            count += bool(late or any(other > epoch for other in earlier))
        return count


class Store:
    """A SQLite file or a PostgreSQL database, by its URL."""

    def __init__(self, url: str):
        self._url = make_url(url)

    def rows(self, statement: str) -> Sequence[Sequence[Any]]:
        """The rows of a query."""
        if self._url.get_backend_name() == "sqlite":
            with contextlib.closing(sqlite3.connect(str(self._url.database), timeout=30)) as connection:
                return connection.execute(statement).fetchall()
        return asyncio.run(self._fetched(statement))

    async def _fetched(self, statement: str) -> Sequence[Sequence[Any]]:
        connection = await asyncpg.connect(
            host=self._url.query["host"], user=self._url.username, database=self._url.database, timeout=60
        )
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    def counts(self) -> dict[str, int]:
        """How many executions there are of each status."""
        rows = self.rows("SELECT status, count(*) FROM executions GROUP BY status")
        return {str(row[0]): int(row[1]) for row in rows}

    def executions(self) -> dict[str, Kept]:
        """All of them, by id."""
        found = {
            row[0]: Kept(row[0], row[1], row[2], row[3], bytes(row[4] or b"").decode(), row[5])
            for row in self.rows("SELECT id, workflow_id, status, epoch, error, finished_at FROM executions")
        }
        for execution_id, number, data in self.rows("SELECT execution_id, page, data FROM steps ORDER BY page"):
            if execution_id in found:
                found[execution_id].pages.append((number >> 20, unpage(bytes(data))))
        return found


def lost(accepted: Iterable[str], kept: dict[str, Kept], nodes: Iterable[str]) -> list[str]:
    """Accepted executions that are not there, did not succeed, or lack the record of one of these nodes."""
    wanted = set(nodes)
    return [
        execution_id
        for execution_id in accepted
        if execution_id not in kept
        or kept[execution_id].status != "succeeded"
        or not wanted <= {node for node, _ in kept[execution_id].done}
    ]


def repeated(kept: Iterable[Kept]) -> int:
    """Recorded steps that were recorded as done again."""
    return sum(count - 1 for execution in kept for count in execution.done.values() if count > 1)


def recoveries(kept: Iterable[Kept], kills: Sequence[float]) -> list[float]:
    """Seconds from a kill to the next step of each execution that it interrupted."""
    found = []
    for execution in kept:
        for (epoch, before), (later, after) in zip(execution.pages, execution.pages[1:], strict=False):
            if later != epoch + 1 or not before or not after:
                continue
            last = max(step.finished_at for step in before) / 1e6
            first = min(step.started_at for step in after) / 1e6
            kill = next((at for at in kills if at >= last - 0.05), None)
            if kill is not None and kill <= first:
                found.append(first - kill)
    return found


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0
