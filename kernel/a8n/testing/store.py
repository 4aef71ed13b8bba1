"""A store of values in memory."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence

from a8n.items import JSON
from a8n.services import Store
from a8n.stored import checked_key, encoded


class MemoryStore:
    """Keeps values by key as the real one does, but for ever: a test is over before their lifetime is."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    async def get(self, key: str, default: JSON = None) -> JSON:
        """The value, or `default`."""
        return json.loads(self.values[key]) if key in self.values else default

    async def put(self, key: str, value: JSON, *, lifetime: float | None = None) -> None:
        """Keep a value."""
        self.values[checked_key(key)] = encoded(value)

    async def change(
        self, key: str, function: Callable[[JSON], JSON], *, lifetime: float | None = None, default: JSON = None
    ) -> JSON:
        """Put what `function` makes of the value."""
        value = function(await self.get(key, default))
        await self.put(key, value)
        return value

    async def delete(self, key: str) -> bool:
        """Forget a value."""
        return self.values.pop(key, None) is not None

    async def keys(self, prefix: str = "", limit: int = 100) -> Sequence[str]:
        """Keys that begin with `prefix`."""
        return sorted(key for key in self.values if key.startswith(prefix))[:limit]


class MemoryStores:
    """The stores of all workflows of a test by id; the empty one is that which they share."""

    def __init__(self) -> None:
        self.by_workflow: defaultdict[str, MemoryStore] = defaultdict(MemoryStore)

    def __call__(self, workflow_id: str) -> Store:
        return self.by_workflow[workflow_id]
