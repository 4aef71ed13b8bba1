"""The metrics in the text format of Prometheus, made when somebody asks; the library is imported then."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from a8n.runtime.tallies import Counter, Family, Gauge, Histogram

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance
    from a8n.runtime.metrics import Metrics

CONTENT_TYPE = CONTENT_TYPE_LATEST


async def scrape(instance: Instance) -> bytes:
    """All metrics of an instance and its process, as `CONTENT_TYPE` says."""
    await instance.gauges.refresh()
    return generate_latest(registry(instance.metrics))


def registry(metrics: Metrics) -> CollectorRegistry:
    """A registry of this process's own, with the library's figures of the process itself."""
    made = CollectorRegistry(auto_describe=False)
    made.register(_Tallies(metrics))
    ProcessCollector(registry=made)
    return made


class _Tallies(Collector):
    def __init__(self, metrics: Metrics):
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """Every family with its values of now."""
        return (_metric(family) for family in self._metrics.families)

    def describe(self) -> list[Metric]:
        """Nothing: values come when they are asked for."""
        return []


def _metric(family: Family) -> Metric:
    made: Any
    if isinstance(family, Counter):
        made = CounterMetricFamily(family.name, family.about, labels=family.labels)
        for labels, count in family.values.items():
            made.add_metric(labels, count)
    elif isinstance(family, Gauge):
        made = GaugeMetricFamily(family.name, family.about, labels=family.labels)
        for labels, value in family.read().items():
            made.add_metric(labels, value)
    else:
        assert isinstance(family, Histogram)
        made = HistogramMetricFamily(family.name, family.about, labels=family.labels)
        for labels, distribution in family.values.items():
            bounds = [*(f"{bound:g}" for bound in distribution.bounds), "+Inf"]
            made.add_metric(labels, list(zip(bounds, accumulate(distribution.counts), strict=True)), distribution.total)
    return made  # type: ignore[no-any-return]  # the library's classes are untyped unions here
