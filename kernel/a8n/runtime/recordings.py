"""What executions recorded, for looking at it: read step by step, since one may hold megabytes, and kept a while,
since whoever types an expression asks for the same again with every key."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Any

from a8n.journal import StepRecord
from a8n.runtime.executions import ENDED
from a8n.runtime.journal import Journals, gathered
from a8n.runtime.records import StoredStep, path_of

KEPT_BYTES = 16 * 2**20
"""Of encoded data that is kept beyond the recording asked for last."""
KEPT_SECONDS = 60.0
FINISHED = ("succeeded", "pinned")
"""Statuses of steps that hand something on."""

Place = tuple[str, tuple[int, ...]]
"""A step: node id, and path."""


class Recording:
    """What one execution has recorded."""

    def __init__(self, journals: Journals, pages: Sequence[bytes]):
        self._journals = journals
        self.size = sum(map(len, pages))
        self.steps: dict[Place, StoredStep] = {
            (node, path_of(path)): step for (node, path), step in gathered(pages)[0].items()
        }
        self._read: dict[Place, StepRecord] = {}

    def paths(self, node: str) -> list[tuple[int, ...]]:
        """The iterations in which a node has run, in order."""
        return sorted(path for name, path in self.steps if name == node)

    def gave(self, node: str, port: str) -> bool:
        """Whether a node handed items on at a port; for data in the blob store, whether it may have."""
        return any(
            step.blob is not None or bool((step.data or {}).get("outputs", {}).get(port))
            for (name, _), step in self.steps.items()
            if name == node and step.status in FINISHED
        )

    def count(self, node: str) -> int | None:
        """How many items a node gave in its last iteration; None where it gave none or they are in the blob store."""
        found = [step for (name, _), step in self.steps.items() if name == node and step.status in FINISHED]
        if not found:
            return None
        last = max(found, key=lambda step: step.finished_at)
        if last.blob is not None:
            return None
        return sum(len(entry["json"]) for entry in (last.data or {}).get("outputs", {}).values())

    async def read(self, place: Place) -> StepRecord:
        """One step. Raises KeyError where it was not recorded, NodeError when its data is gone."""
        record = self._read.get(place)
        if record is None:
            step = self.steps[place]
            record = self._read[place] = await self._journals.step(step)
            if step.blob is not None:
                self.size += self._journals.blobs.path(step.blob).stat().st_size
        return record

    async def of_nodes(self, nodes: Collection[str]) -> list[StepRecord]:
        """The steps of some nodes that hand something on."""
        wanted = [place for place, step in self.steps.items() if place[0] in nodes and step.status in FINISHED]
        return [await self.read(place) for place in wanted]


class Recordings:
    """The recordings that were looked at last."""

    def __init__(self, journals: Journals):
        self._journals = journals
        self._kept: OrderedDict[str, Recording] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    async def of(self, row: Any) -> Recording:
        """The recording of an execution, given by its row. That of one which still runs is read anew each time."""
        kept = self._kept.get(row.id)
        if kept is None:
            kept = Recording(self._journals, await self._journals.pages(row.id))
            if row.status not in ENDED:
                return kept
            self._kept[row.id] = kept
        self._kept.move_to_end(row.id)
        self._shrink()
        return kept

    def _shrink(self) -> None:
        """Drop the oldest above the limit, and all of them once nobody has asked for a while."""
        total = sum(recording.size for recording in self._kept.values())
        while total > KEPT_BYTES and len(self._kept) > 1:
            total -= self._kept.popitem(last=False)[1].size
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(KEPT_SECONDS, self._kept.clear)
