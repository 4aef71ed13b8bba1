"""The metrics of one process: what is counted, under which name. `a8n.runtime.exposition` gives them to Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from a8n.journal import now
from a8n.runtime.errors import FencedError
from a8n.runtime.tallies import QUICK, SLOW, Counter, Distribution, Family, Gauge, Histogram, Labels

if TYPE_CHECKING:
    from a8n.plan import PlannedNode
    from a8n.runtime.writer import Result
    from a8n.services import ExecutionInfo

WORKFLOWS = 300
"""How many workflows get a label of their own, times the ways in which their executions end."""
GROUPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
ENDED = frozenset({"succeeded", "failed", "canceled", "crashed"})

Reading = Callable[[], Mapping[Labels, float]]


class Metrics:
    """Every counter is an attribute; what is a question to somebody else is added by `gauge`."""

    def __init__(self) -> None:
        self.families: list[Family] = []
        """All metrics, in the order of the docs."""
        self.finished = self._counter("a8n_executions_finished", "Executions that ended here.", ("status", "mode"))
        self.of_workflow = self._counter(
            "a8n_workflow_executions_finished",
            f"Executions that ended here, by workflow id; `other` beyond the first {WORKFLOWS}.",
            ("workflow", "status"),
            most=WORKFLOWS * len(ENDED),
        )
        self.duration = self._histogram(
            "a8n_execution_duration_seconds", "From the acceptance of an execution to its end, waits included.",
            SLOW, ("status",),
        )  # fmt: skip
        self.steps = self._counter("a8n_steps", "Steps that were recorded here.", ("type", "status"))
        self.step_duration = self._histogram(
            "a8n_step_duration_seconds", "How long a step ran, by node type.", SLOW, ("type",)
        )
        self.claims = self._counter("a8n_claims", "Executions that this process took from the queue.")
        self.taken_over = self._counter(
            "a8n_executions_claimed_again", "Claims of an execution whose last claimer recorded nothing."
        )
        self.lost_leases = self._counter("a8n_leases_lost", "Executions that another process took from this one.")
        self.fenced = self._counter("a8n_writes_fenced", "Writes that were refused because their lease was lost.")
        self.failed_writes = self._counter("a8n_writes_failed", "Pages that the database did not take.")
        self.looks = self._counter("a8n_reaper_looks", "Looks for what is due.", ("result",))
        self.due = self._counter("a8n_reaper_due", "Executions that the reaper found due.")
        self.group = self._distribution("a8n_writer_group_pages", "Pages in one transaction of the writer.", GROUPS)
        self.commit = self._distribution(
            "a8n_writer_commit_seconds", "How long a transaction of the writer took.", QUICK
        )
        self.egress = self._counter(
            "a8n_egress_requests",
            "HTTP requests of workflows: the class of the answer's status (`2xx`), `refused`, `timeout` or `failed`.",
            ("outcome",),
        )
        self.egress_duration = self._distribution(
            "a8n_egress_duration_seconds", "How long HTTP requests of workflows took.", SLOW
        )
        self.requests = self._counter(
            "a8n_http_requests", "Requests that were answered: `webhook`, `resume`, `form`, `chat`, `api` or `page`.",
            ("surface", "status"),
        )  # fmt: skip
        self.request_duration = self._histogram(
            "a8n_http_request_duration_seconds", "From the head of a request to the end of its answer.",
            QUICK, ("surface",),
        )  # fmt: skip
        self.lag = self._distribution(
            "a8n_event_loop_lag_seconds", "How late the event loop was, looked at twice a second.", QUICK
        )
        self._steps: dict[str, Distribution] = {}

    # --- what happens ----------------------------------------------------------------------------------------

    def step(self, node: PlannedNode, status: str, micros: int) -> None:
        """A step was recorded. The hot path."""
        key = node.type.key
        self.steps.values[key, status] += 1
        found = self._steps.get(key)
        if found is None:
            found = self._steps[key] = self.step_duration[(key,)]
        found.observe(micros / 1e6)

    def execution(self, info: ExecutionInfo, status: str) -> None:
        """A run is over; one that waits, or goes back to the queue, has not ended."""
        if status in ENDED:
            self.ended(status, info.mode, info.workflow_id, now() / 1e6 - info.started_at.timestamp())

    def ended(self, status: str, mode: str, workflow_id: str, seconds: float) -> None:
        """An execution has ended, `seconds` after its acceptance."""
        self.finished.values[status, mode] += 1
        self.of_workflow.bounded(workflow_id, status)
        self.duration[(status,)].observe(seconds)

    def claimed(self, claims: Sequence[int]) -> None:
        """Executions were claimed; `claims` since each one last recorded a step."""
        self.claims.values[()] += len(claims)
        self.taken_over.values[()] += sum(count > 1 for count in claims)

    def written(self, results: Sequence[Result], began: float) -> None:
        """A group of pages is in the database, or some of them were refused."""
        self.group.observe(len(results))
        self.commit.observe(perf_counter() - began)
        if any(results):
            fenced = sum(isinstance(result, FencedError) for result in results)
            self.fenced.values[()] += fenced
            self.failed_writes.values[()] += sum(result is not None for result in results) - fenced

    def looked(self, due: int | None) -> None:
        """The reaper has looked, and found so many; None where it could not."""
        self.looks.values[("ok" if due is not None else "failed",)] += 1
        self.due.values[()] += due or 0

    # --- families --------------------------------------------------------------------------------------------

    def gauge(self, name: str, about: str, read: Reading, labels: Labels = ()) -> None:
        """Add a value that is read when somebody asks."""
        self.families.append(Gauge(name, about, read, labels))

    def documentation(self) -> list[tuple[str, str, str, str]]:
        """Name as Prometheus shows it, kind, labels and meaning of each metric, for the docs."""
        return [
            (f.name + ("_total" if f.kind == "counter" else ""), f.kind, ", ".join(f.labels), f.about)
            for f in self.families
        ]

    def _counter(self, name: str, about: str, labels: Labels = (), **options: Any) -> Counter:
        family = Counter(name, about, labels, **options)
        self.families.append(family)
        return family

    def _histogram(self, name: str, about: str, bounds: Sequence[float], labels: Labels) -> Histogram:
        family = Histogram(name, about, bounds, labels)
        self.families.append(family)
        return family

    def _distribution(self, name: str, about: str, bounds: Sequence[float]) -> Distribution:
        return self._histogram(name, about, bounds, ())[()]
