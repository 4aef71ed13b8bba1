"""A process with toy nodes, called as the network would call it."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import httpx
import orjson
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from a8n import Kernel
from a8n.items import JSON
from a8n.runtime import logs
from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings
from a8n.runtime.tracing import Tracing
from a8n.workflow import Workflow
from a8n_web.server import application
from tests.observability import toys


@dataclass
class Process:
    """An instance, and a client of its web application."""

    instance: Instance
    client: httpx.AsyncClient

    def live(self, path: str, *nodes: tuple[str, dict[str, JSON]]) -> str:
        """A chain of nodes behind a webhook answers from now on; gives the workflow's id."""
        made = [
            {"id": f"n{i}", "name": f"n{i}", "type": kind, "params": params} for i, (kind, params) in enumerate(nodes)
        ]
        hook = {"id": "hook", "name": "hook", "type": "toy.hook", "params": {"path": path}}
        names = ["hook", *(str(node["id"]) for node in made)]
        wires = [{"from": a, "to": b} for a, b in pairwise(names)]
        document = Workflow.parse({"name": path, "nodes": [hook, *made], "connections": wires})
        workflow_id = f"w-{path}"
        self.instance.hooks.put(workflow_id, self.instance.live.of(workflow_id, "p1", document, 0))
        return workflow_id

    async def call(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """POST to a webhook."""
        return await self.client.post(f"/webhook/{path}", json={"n": 1}, headers=headers)


@asynccontextmanager
async def running(settings: Settings, tracing: Tracing | None = None) -> AsyncIterator[Process]:
    """A process until the end of the block."""
    toys.Pause.urls.clear()
    settings = replace(settings, egress_allow=("127.0.0.0/8",), reap=0.05, metrics_token=TOKEN)
    instance = await Instance.open(settings, Kernel(plugins=[toys]))
    instance.tracing = instance.runner.observation.tracing = tracing
    transport = httpx.ASGITransport(application(instance))
    async with httpx.AsyncClient(transport=transport, base_url="http://a8n.test") as client:
        yield Process(instance, client)
    await instance.close(grace=1)


TOKEN = "metrics-token-abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
async def process(settings: Settings) -> AsyncIterator[Process]:
    async with running(settings) as made:
        yield made


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """Where spans end up."""
    return InMemorySpanExporter()


@pytest.fixture
def tracing(spans: InMemorySpanExporter) -> Tracing:
    return Tracing(SimpleSpanProcessor(spans))


@pytest.fixture
async def traced(settings: Settings, tracing: Tracing) -> AsyncIterator[Process]:
    async with running(settings, tracing) as made:
        yield made


class Lines:
    """The log of this process."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def all(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.text.splitlines()]

    def of(self, logger: str) -> list[dict[str, Any]]:
        return [line for line in self.all if line["logger"] == logger]


@pytest.fixture
def log() -> Iterator[Lines]:
    """The log as JSON, at the level `debug`; as it was afterwards."""
    root, ours = logging.getLogger(), logging.getLogger("a8n")
    levels = root.level, ours.level
    lines = Lines()
    handler = logs.configure(Settings(log_level="debug"), lines.stream)
    yield lines
    root.removeHandler(handler)
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
