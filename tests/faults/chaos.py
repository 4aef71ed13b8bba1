"""Breaks things, by process id, at times that a seed decides; notes what it did and when."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable

from tests.faults.cluster import Process


class Chaos:
    """`kill`, `pause` and whatever `every` is given. The order and the times follow from the seed."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.acts: list[tuple[float, str]] = []
        """(seconds since 1970, what)."""
        self._error: BaseException | None = None

    def note(self, what: str) -> None:
        """Write down that something was done now."""
        self.acts.append((time.time(), what))

    def times(self, what: str) -> list[float]:
        """When acts of a kind were done."""
        return [at for at, act in self.acts if act.split(" ")[0] == what]

    def kill(self, process: Process) -> None:
        """SIGKILL: to all of a command, or as often to what its supervisor looks after."""
        self.note(f"kill {process.name}")
        if len(process.pids) > 1 and self.random.random() < 0.5:
            process.kill_children()
        else:
            process.kill()

    def pause(self, process: Process, seconds: float) -> None:
        """SIGSTOP for so long."""
        self.note(f"stop {process.name}")
        process.signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.signal(signal.SIGCONT)
        self.note(f"continue {process.name}")

    def sleep(self, low: float, high: float) -> None:
        """Do nothing for a while."""
        time.sleep(self.random.uniform(low, high))

    def meanwhile(self, act: Callable[[], None]) -> threading.Thread:
        """Do something in a thread; `check` after its end raises what it raised."""

        def run() -> None:
            try:
                act()
            except BaseException as error:
                self._error = error

        thread = threading.Thread(target=run, name="chaos", daemon=True)
        thread.start()
        return thread

    def check(self) -> None:
        """Raise the error of a thread."""
        if self._error is not None:
            raise self._error
