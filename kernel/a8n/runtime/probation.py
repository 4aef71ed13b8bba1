"""Keeps executions whose process died apart from each other, so that the one that kills takes no others along.

A process that dies takes along all that it ran, and all of that is due again at the same moment. If it ran together
each time, neighbours of a killer would be given up with it. So on its last chance an execution runs without any
other whose process has died before.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from a8n.runtime.executions import CLAIMS

SECONDS = 60.0
"""What has run for so long is not believed to kill its process."""


class Probation:
    """What a process runs of executions that were claimed before and recorded nothing since."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[int, float]] = {}
        """By id: claims, and since when."""

    def spare(self, claims: Mapping[str, int]) -> set[str]:
        """Choose from executions that could be run now, given with their claims, those that shall wait."""
        moment = time.monotonic()
        doubtful = {one: count for one, count in claims.items() if 1 < count <= CLAIMS}
        running = [count for count, since in self._running.values() if since > moment - SECONDS]
        if CLAIMS in running:
            chosen: set[str] = set()
        elif CLAIMS in doubtful.values():
            last = min(one for one, count in doubtful.items() if count == CLAIMS)
            chosen = set() if running else {last}
        else:
            chosen = set(doubtful)
        self._running.update({one: (doubtful[one], moment) for one in chosen})
        return doubtful.keys() - chosen

    def over(self, execution_id: str) -> None:
        """An execution does not run here any more."""
        self._running.pop(execution_id, None)
