"""What is counted on the hot path: plain integers of one event loop, without the locks of a metrics library.

An increment costs a tenth of a microsecond; a library's text format is made of them when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

Labels = tuple[str, ...]
OTHER = "other"

QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds in seconds, for what should take milliseconds."""
SLOW = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
"""For what may take minutes."""


class Family:
    """A named metric: one value, or distribution, for each set of labels."""

    kind: Literal["counter", "gauge", "histogram"]

    def __init__(self, name: str, about: str, labels: Labels = ()):
        self.name = name
        self.about = about
        self.labels = labels


class Counter(Family):
    """Counts up: `counter.values["failed", "webhook"] += 1`."""

    kind = "counter"

    def __init__(self, name: str, about: str, labels: Labels = (), most: int = 1_000):
        super().__init__(name, about, labels)
        self.values: defaultdict[Labels, int] = defaultdict(int)
        self._most = most
        if not labels:
            self.values[()] = 0

    def bounded(self, *labels: str) -> None:
        """Count one, where strangers or users make the labels: beyond the limit the first one becomes `other`."""
        if labels not in self.values and len(self.values) >= self._most:
            labels = (OTHER, *labels[1:])
        self.values[labels] += 1


class Gauge(Family):
    """A value that is read when somebody asks."""

    kind = "gauge"

    def __init__(self, name: str, about: str, read: Callable[[], Mapping[Labels, float]], labels: Labels = ()):
        super().__init__(name, about, labels)
        self.read = read


class Distribution:
    """How often values fell between some bounds."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]):
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Take note of a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Histogram(Family):
    """Distributions by label: `histogram["data.set"].observe(0.01)`."""

    kind = "histogram"

    def __init__(self, name: str, about: str, bounds: Sequence[float], labels: Labels = ()):
        super().__init__(name, about, labels)
        self.bounds = bounds
        self.values: dict[Labels, Distribution] = {}

    def __getitem__(self, labels: Labels) -> Distribution:
        found = self.values.get(labels)
        if found is None:
            found = self.values[labels] = Distribution(self.bounds)
        return found
