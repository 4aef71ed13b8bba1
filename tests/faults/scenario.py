"""What a scenario is, what it works with, and what it finds."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.chaos import Chaos
from tests.faults.cluster import Cluster, Mode
from tests.faults.sink import Sink

Figure = int | float | str


@dataclass(slots=True)
class Row:
    """One line of the table."""

    promise: str
    fault: str
    passes: str
    """The pass line."""
    figures: Mapping[str, Figure]
    hits: int
    """How often the fault hit something that ran; 0 makes the run void."""
    broken: list[str] = field(default_factory=list)
    """What was promised and did not hold."""
    mode: str = ""
    seed: int = 0
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        """`kept`, `BROKEN` or `void`."""
        return "BROKEN" if self.broken else "kept" if self.hits else "void"


class NotRunError(Exception):
    """This machine or mode cannot run the scenario; the message says why."""


class Trial:
    """One run of one scenario: its size, its folder, its seed, and what it started."""

    def __init__(self, mode: Mode, folder: Path, seed: int, *, full: bool, scale: float = 1.0):
        self.mode = mode
        self.folder = folder
        self.seed = seed
        self.full = full
        self.scale = scale
        self.chaos = Chaos(seed)
        self.lease = 30.0 if full else 2.0
        self.reap = 2.0 if full else 0.2
        self.usual_claims = 1 if mode == "embedded" else 2
        """Claims of an execution that nothing happened to: by the web process that accepts it, and by a worker."""
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.close()

    def size(self, smoke: int, full: int) -> int:
        """A number of the smoke size, or that of the table times the scale."""
        return max(smoke, round(full * self.scale)) if self.full else smoke

    def cluster(
        self, *, webs: int = 2, workers: int = 2, env: Mapping[str, str] | None = None, **options: Any
    ) -> Cluster:
        """A cluster that ends with this trial; not started."""
        timing = {"A8N_LEASE": f"{self.lease:g}", "A8N_REAP": f"{self.reap:g}"}
        made = Cluster(self.mode, self.folder, webs=webs, workers=workers, env={**timing, **(env or {})}, **options)
        self._stack.callback(made.close)
        return made

    def sink(self, slow: float = 0.0) -> Sink:
        """A sink that answers within `slow` seconds, and ends with this trial."""
        sink = Sink(self.folder / "sink.jsonl", (slow / 3, slow), self.seed).start()
        self._stack.callback(sink.close)
        return sink

    def finally_(self, act: Callable[[], Any]) -> None:
        """Do something at the end."""
        self._stack.callback(act)


@dataclass(frozen=True)
class Scenario:
    """A named way to try promises."""

    name: str
    run: Callable[[Trial], list[Row]]
    modes: tuple[Mode, ...] = ("embedded", "distributed")
    smoke: Mode = "distributed"
    """The mode that the tests try it in; the command tries all of `modes`."""
