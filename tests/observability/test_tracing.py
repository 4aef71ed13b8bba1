"""Traces: one from the request over the queue to the steps and the calls that they make."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import format_span_id, format_trace_id

from a8n.runtime.settings import Settings
from a8n.runtime.tracing import Tracing
from tests.observability.conftest import Process, running
from tests.observability.toys import Pause

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CALLER = {"traceparent": f"00-{TRACE}-{SPAN}-01"}


def named(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    (found,) = [span for span in spans.get_finished_spans() if span.name == name]
    return found


def parent(span: ReadableSpan) -> str:
    return format_span_id(span.parent.span_id) if span.parent is not None else ""


def own(span: ReadableSpan) -> str:
    assert span.context is not None
    return format_span_id(span.context.span_id)


def traces(spans: InMemorySpanExporter) -> set[str]:
    return {format_trace_id(span.context.trace_id) for span in spans.get_finished_spans() if span.context is not None}


async def test_a_request_its_execution_and_its_steps_are_one_trace(
    traced: Process, spans: InMemorySpanExporter
) -> None:
    traced.live("work", ("toy.mark", {}), ("toy.chat", {}))
    answer = await traced.call("work", CALLER)
    request, execution = named(spans, "POST /webhook"), named(spans, "execution work")
    assert traces(spans) == {TRACE}
    assert (parent(request), parent(execution)) == (SPAN, own(request))
    steps = [named(spans, name) for name in ("hook", "n0", "n1")]
    assert [parent(step) for step in steps] == [own(execution)] * 3
    assert execution.attributes is not None
    assert execution.attributes["a8n.execution.id"] == answer.headers["x-a8n-execution"]
    assert execution.attributes["a8n.execution.status"] == "succeeded"
    assert dict(steps[2].attributes or {}) == {
        "a8n.node.id": "n1", "a8n.node.type": "toy.chat", "a8n.step.status": "succeeded", "a8n.step.attempt": 1,
        "a8n.step.items": 1,
    }  # fmt: skip


async def test_a_failed_step_marks_its_span_and_the_execution(traced: Process, spans: InMemorySpanExporter) -> None:
    traced.live("fail", ("toy.fail", {}))
    await traced.call("fail")
    for name in ("n0", "execution fail", "POST /webhook"):
        assert not named(spans, name).status.is_ok, name
    assert (named(spans, "n0").attributes or {})["error.type"] == "NodeError"


@pytest.mark.parametrize("propagate", [pytest.param(True, id="told"), pytest.param(False, id="untold")])
async def test_outgoing_calls_are_spans_of_their_step(
    settings: Settings, spans: InMemorySpanExporter, propagate: bool
) -> None:
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running(settings, Tracing(SimpleSpanProcessor(spans), propagate=propagate)) as process:
        process.live("call", ("toy.fetch", {"url": f"http://127.0.0.1:{port}/secret-path?key=geheim"}))
        await process.call("call", CALLER)
    server.close()
    call = named(spans, "GET")
    assert parent(call) == own(named(spans, "n0"))
    assert (call.attributes or {})["http.response.status_code"] == 200
    assert "secret" not in str(call.attributes)
    assert (f"traceparent: 00-{TRACE}-{own(call)}-01".encode() in heads[0].lower()) is propagate


async def test_what_goes_on_after_a_wait_in_another_process_joins_the_trace(settings: Settings) -> None:
    before, after = InMemorySpanExporter(), InMemorySpanExporter()
    async with running(settings, Tracing(SimpleSpanProcessor(before))) as process:
        process.live("pause", ("toy.pause", {}), ("toy.chat", {}))
        assert (await process.call("pause", CALLER)).status_code == 202
        (url,) = Pause.urls
    async with running(settings, Tracing(SimpleSpanProcessor(after))) as process:
        resumed = await process.client.post(url[url.index("/resume/") :])
        assert resumed.status_code == 200
        await ended(after, "execution pause")
    first, second = named(before, "execution pause"), named(after, "execution pause")
    assert (first.attributes or {})["a8n.execution.status"] == "waiting"
    assert (second.attributes or {})["a8n.execution.status"] == "succeeded"
    assert parent(second) == own(first)
    assert [format_span_id(link.context.span_id) for link in second.links] == [own(first)]
    assert parent(named(after, "n1")) == own(second)


async def ended(spans: InMemorySpanExporter, name: str) -> None:
    """Return when a span has ended."""
    async with asyncio.timeout(20):
        while not any(span.name == name for span in spans.get_finished_spans()):  # exporters have no event
            await asyncio.sleep(0.01)


class Collector:
    """A real OTLP/HTTP receiver."""

    def __init__(self) -> None:
        received: list[ExportTraceServiceRequest] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                assert self.path == "/v1/traces"
                received.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.received = received
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


async def test_spans_reach_a_collector(settings: Settings, collector: Collector) -> None:
    settings = replace(settings, otel_endpoint=collector.url)
    async with running(settings, Tracing.to(settings, "i1")) as process:
        process.live("work", ("toy.chat", {}))
        await process.call("work", CALLER)
    resources = [resource for message in collector.received for resource in message.resource_spans]
    spans = [span for resource in resources for scope in resource.scope_spans for span in scope.spans]
    assert {span.name for span in spans} == {"POST /webhook", "execution work", "hook", "n0"}
    assert {span.trace_id.hex() for span in spans} == {TRACE}
    described = {attribute.key: attribute.value.string_value for attribute in resources[0].resource.attributes}
    assert (described["service.name"], described["service.instance.id"]) == ("a8n", "i1")


def test_the_standard_variable_switches_traces_on() -> None:
    standard = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/"}
    assert Settings.from_env(standard).otel_endpoint == "http://collector:4318"
    assert Settings.from_env({**standard, "A8N_OTEL_ENDPOINT": "http://ours:4318"}).otel_endpoint == "http://ours:4318"
