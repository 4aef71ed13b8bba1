"""Requests that came while somebody listened in the editor: shown, and replayable."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from a8n.items import JSON, Item
from a8n.journal import now
from a8n.runtime.hooks import Hook
from a8n.runtime.ids import new_id
from a8n.trigger import Request

KEPT = 10
"""Per workflow, in memory only: they are samples, not data."""
WORKFLOWS = 200


@dataclass(frozen=True, slots=True)
class Capture:
    """One request and the items its trigger made of it."""

    id: str
    at: int
    node: str
    method: str
    path: str
    items: Sequence[Item]

    def describe(self) -> dict[str, JSON]:
        """The capture as JSON."""
        return {
            "id": self.id,
            "at": self.at,
            "node": self.node,
            "method": self.method,
            "path": self.path,
            "items": [item.as_data() for item in self.items],
        }


class Captures:
    """The latest requests of each workflow that was listened to."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, deque[Capture]] = OrderedDict()

    def add(self, hook: Hook, request: Request, items: Sequence[Item]) -> Capture:
        """Keep a request."""
        capture = Capture(new_id(), now(), hook.node, request.method, request.path, items)
        self._add(hook.workflow_id, capture)
        return capture

    def keep(self, workflow_id: str, described: dict[str, JSON]) -> None:
        """Keep a request that another process took, as it describes it."""
        items = [Item.of(data) for data in described["items"]]
        self._add(workflow_id, Capture(**{**described, "items": items}))

    def _add(self, workflow_id: str, capture: Capture) -> None:
        self._kept.setdefault(workflow_id, deque(maxlen=KEPT)).appendleft(capture)
        self._kept.move_to_end(workflow_id)
        while len(self._kept) > WORKFLOWS:
            self._kept.popitem(last=False)

    def of(self, workflow_id: str) -> list[Capture]:
        """The requests of a workflow, the latest first."""
        return list(self._kept.get(workflow_id, ()))
