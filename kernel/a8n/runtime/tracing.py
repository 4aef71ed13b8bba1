"""Traces by OpenTelemetry: one from the request over the queue to the steps and their outgoing calls.

Imported where an endpoint is set. Spans carry ids, types and counts; never items, headers, paths or queries of
outgoing calls, which is where services want their keys.
"""

from __future__ import annotations

import os
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from opentelemetry import context as otel
from opentelemetry.context import Context as TraceContext
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from a8n.journal import now

if TYPE_CHECKING:
    from a8n.journal import StepRecord
    from a8n.node import Context
    from a8n.plan import PlannedNode
    from a8n.runtime.settings import Settings
    from a8n.services import ExecutionInfo

T = TypeVar("T")
StepKey = tuple[str, str, tuple[int, ...]]

OPEN = 20_000
"""Executions whose spans may be open at once."""
PATIENCE = 5_000
"""Milliseconds that the last spans may take to leave when the process stops."""


class Tracing:
    """The spans of one process. `close` sends what is left."""

    def __init__(self, processor: SpanProcessor, instance_id: str = "", *, propagate: bool = True):
        """`propagate`: outgoing HTTP requests carry a `traceparent` (W3C Trace Context)."""
        self._provider = TracerProvider(resource=_resource(instance_id), shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("a8n", version("a8n"))
        self._propagator = TraceContextTextMapPropagator()
        self._propagate = propagate
        self._executions: dict[str, Span] = {}
        self._steps: dict[StepKey, Span] = {}

    @classmethod
    def to(cls, settings: Settings, instance_id: str) -> Tracing:
        """Spans go to the settings' endpoint, by OTLP over HTTP, in the background."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=f"{settings.otel_endpoint}/v1/traces")
        return cls(BatchSpanProcessor(exporter), instance_id, propagate=settings.otel_propagate)

    def close(self) -> None:
        """End what is open and send it. Blocks for some seconds where nobody takes it."""
        for span in [*self._steps.values(), *self._executions.values()]:
            span.end()
        self._provider.force_flush(PATIENCE)
        self._provider.shutdown()

    # --- requests --------------------------------------------------------------------------------------------

    @contextmanager
    def request(self, method: str, surface: str, headers: Iterable[tuple[bytes, bytes]]) -> Iterator[Span]:
        """The span of a request that came in; it continues the trace that its `traceparent` names."""
        carrier = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in headers
            if name in (b"traceparent", b"tracestate")
        }
        parent = self._propagator.extract(carrier, context=TraceContext())
        attributes = {"http.request.method": method, "http.route": f"/{surface}"}
        span = self._tracer.start_span(f"{method} /{surface}", parent, SpanKind.SERVER, attributes)
        token = otel.attach(set_span_in_context(span, parent))
        try:
            yield span
        finally:
            otel.detach(token)
            span.end()

    def answered(self, span: Span, status: int) -> None:
        """Note the status of an answer on its request's span."""
        span.set_attribute("http.response.status_code", status)
        if status >= 500:
            span.set_status(StatusCode.ERROR)

    @contextmanager
    def outgoing(self, method: str, url: str) -> Iterator[tuple[Span, Mapping[str, str]]]:
        """The span of a call that a step makes, and the headers that tell the other side of it."""
        parts = urlsplit(url)
        attributes: dict[str, Any] = {"http.request.method": method.upper(), "url.scheme": parts.scheme}
        if parts.hostname:
            attributes["server.address"] = parts.hostname
        span = self._tracer.start_span(method.upper(), kind=SpanKind.CLIENT, attributes=attributes)
        headers: dict[str, str] = {}
        if self._propagate:
            self._propagator.inject(headers, set_span_in_context(span))
        try:
            yield span, headers
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            span.set_attribute("error.type", type(error).__name__)
            raise
        finally:
            span.end()

    # --- executions ------------------------------------------------------------------------------------------

    def began(self, info: ExecutionInfo, *, here: bool) -> str:
        """Start the span of a new execution under whatever is going on; gives its `traceparent`.

        One that is only put into the queue has a span of its own for that, which ends at once.
        """
        kind = SpanKind.INTERNAL if here else SpanKind.PRODUCER
        name = f"execution {info.workflow_name}" if here else f"enqueue {info.workflow_name}"
        span = self._tracer.start_span(name, kind=kind, attributes=_described(info))
        if here:
            self._hold(info.id, span)
        else:
            span.end()
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier, set_span_in_context(span))
        return carrier.get("traceparent", "")

    def resumed(self, info: ExecutionInfo, traceparent: str | None) -> None:
        """Go on in the trace in which an execution was accepted, with a link to where that was."""
        parent = self._propagator.extract({"traceparent": traceparent or ""}, context=TraceContext())
        origin = get_current_span(parent).get_span_context()
        links = [Link(origin)] if origin.is_valid else []
        name = f"execution {info.workflow_name}"
        self._hold(info.id, self._tracer.start_span(name, parent, SpanKind.CONSUMER, _described(info), links))

    def _hold(self, execution_id: str, span: Span) -> None:
        """Keep an open span; of those whose acceptance failed nobody will tell, so there is a limit."""
        self._executions[execution_id] = span
        if len(self._executions) > OPEN:
            self._executions.pop(next(iter(self._executions))).end()

    def ended(self, info: ExecutionInfo, status: str, error: Mapping[str, Any] | None) -> None:
        """End the span of a run."""
        span = self._executions.pop(info.id, None)
        if span is None:
            return
        span.set_attribute("a8n.execution.status", status)
        if status in ("failed", "crashed", "lost"):
            span.set_status(Status(StatusCode.ERROR, str((error or {}).get("kind", status))))
        span.end()

    # --- steps -----------------------------------------------------------------------------------------------

    async def around(
        self, info: ExecutionInfo, node: PlannedNode, ctx: Context, started: int, call: Coroutine[Any, Any, T]
    ) -> T:
        """Await a step's work inside its span, which ends when the step is recorded."""
        span = self._begin(info, node, started)
        key = (info.id, node.id, ctx.path)
        self._steps[key] = span
        token = otel.attach(set_span_in_context(span))
        try:
            return await call
        except Exception:
            raise  # its record ends the span
        except BaseException:
            self._steps.pop(key, None)
            span.set_attribute("a8n.step.status", "canceled")
            span.end()
            raise
        finally:
            otel.detach(token)

    def recorded(self, info: ExecutionInfo, node: PlannedNode, record: StepRecord) -> None:
        """End the span of a step; a step that awaited nothing gets one that is over already."""
        span = self._steps.pop((info.id, record.node, record.path), None) or self._begin(info, node, record.started_at)
        span.set_attribute("a8n.step.status", record.status)
        span.set_attribute("a8n.step.attempt", record.attempt)
        span.set_attribute("a8n.step.items", sum(len(items) for items in record.outputs.values()))
        if record.path:
            span.set_attribute("a8n.step.path", ".".join(map(str, record.path)))
        if record.error is not None:
            kind = str(record.error.get("kind", ""))
            span.set_attribute("error.type", kind)
            span.set_status(Status(StatusCode.ERROR, kind))
        span.end(max(record.finished_at, record.started_at) * 1000)

    def _begin(self, info: ExecutionInfo, node: PlannedNode, started: int) -> Span:
        execution = self._executions.get(info.id)
        parent = set_span_in_context(execution, TraceContext()) if execution is not None else None
        attributes = {"a8n.node.id": node.id, "a8n.node.type": node.type.key}
        return self._tracer.start_span(node.name, parent, attributes=attributes, start_time=min(started, now()) * 1000)


def _described(info: ExecutionInfo) -> dict[str, Any]:
    return {
        "a8n.execution.id": info.id,
        "a8n.execution.mode": info.mode,
        "a8n.workflow.id": info.workflow_id,
        "a8n.workflow.version": info.version,
        "a8n.project.id": info.project_id,
    }


def _resource(instance_id: str) -> Resource:
    attributes = {"service.version": version("a8n")}
    if instance_id:
        attributes["service.instance.id"] = instance_id
    named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    if not named:
        attributes["service.name"] = "a8n"
    return Resource.create(attributes)
