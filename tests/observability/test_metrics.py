"""Metrics: what is counted, who may read it, and that the docs know every one."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from a8n.runtime.database import Database
from a8n.runtime.errors import FencedError
from a8n.runtime.gauges import backlog
from a8n.runtime.metrics import Metrics
from a8n.runtime.settings import Settings
from a8n.runtime.tallies import Counter, Distribution
from a8n_web.probes import serve_on
from a8n_web.server import listen
from tests.observability.conftest import TOKEN, Process, running
from tests.runtime.store import opened

BEARER = {"authorization": f"Bearer {TOKEN}"}


async def read(process: Process) -> dict[str, float]:
    """Every line of the answer: what it is about, and its value."""
    answer = await process.client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    return {about: float(value) for about, _, value in lines}


async def test_executions_steps_requests_and_commits_are_counted(process: Process) -> None:
    workflow_id = process.live("work", ("toy.mark", {}), ("toy.chat", {}))
    process.live("fail", ("toy.fail", {}))
    for path in ("work", "work", "fail", "nowhere"):
        await process.call(path)
    found = await read(process)
    assert found['a8n_executions_finished_total{mode="webhook",status="succeeded"}'] == 2
    assert found['a8n_executions_finished_total{mode="webhook",status="failed"}'] == 1
    assert found[f'a8n_workflow_executions_finished_total{{status="succeeded",workflow="{workflow_id}"}}'] == 2
    assert found['a8n_execution_duration_seconds_count{status="succeeded"}'] == 2
    assert found['a8n_steps_total{status="succeeded",type="toy.mark"}'] == 2
    assert found['a8n_steps_total{status="failed",type="toy.fail"}'] == 1
    assert found['a8n_step_duration_seconds_count{type="toy.chat"}'] == 2
    assert found['a8n_http_requests_total{status="200",surface="webhook"}'] == 2
    assert found['a8n_http_requests_total{status="500",surface="webhook"}'] == 1
    assert found['a8n_http_requests_total{status="404",surface="webhook"}'] == 1
    assert found["a8n_writer_group_pages_sum"] >= 3
    assert found["a8n_in_flight"] == 0
    assert found["a8n_store_up"] == 1
    assert found["process_open_fds"] > 0


async def test_outgoing_calls_are_counted_by_how_they_ended(process: Process) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process.live("there", ("toy.fetch", {"url": f"http://127.0.0.1:{port}/"}))
    process.live("inside", ("toy.fetch", {"url": "http://10.0.0.1/"}))
    await process.call("there")
    await process.call("inside")
    server.close()
    found = await read(process)
    assert found['a8n_egress_requests_total{outcome="4xx"}'] == 1
    assert found['a8n_egress_requests_total{outcome="refused"}'] == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 401, id="nobody"),
        pytest.param({"authorization": "Bearer wrong"}, 401, id="another-token"),
        pytest.param(BEARER, 200, id="the-token"),
    ],
)
async def test_metrics_are_not_for_strangers(process: Process, headers: dict[str, str], status: int) -> None:
    assert (await process.client.get("/metrics", headers=headers)).status_code == status


async def test_the_token_reads_metrics_and_nothing_else(process: Process) -> None:
    for path in ("/api/users", "/api/workflows", "/api/audit", "/api/projects"):
        assert (await process.client.get(path, headers=BEARER)).status_code == 403, path


async def test_a_worker_has_probes_of_its_own(settings: Settings) -> None:
    async with running(settings) as process:
        probes = await serve_on(process.instance, listen("127.0.0.1", 0))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{probes.port}", trust_env=False) as client:
            statuses = {path: (await client.get(path)).status_code for path in ("/healthz", "/readyz", "/metrics")}
            metrics = await client.get("/metrics", headers=BEARER)
            other = await client.get("/api/workflows", headers=BEARER)
        await probes.close()
    assert statuses == {"/healthz": 200, "/readyz": 200, "/metrics": 401}
    assert "a8n_claims_total" in metrics.text
    assert other.status_code == 404


async def test_the_backlog_is_what_the_database_has(database: Database, settings: Settings) -> None:
    async with opened(database, settings) as store:
        assert (await backlog(database)).open == {"queued": 0, "running": 0, "waiting": 0}
        await store.queued(created_at=1_000_000)
        await store.queued()
        left = await store.queued()
        await store.executions.claim(left)
        await store.rewind(left)
        found = await backlog(database)
    assert found.open == {"queued": 2, "running": 1, "waiting": 0}
    assert found.stuck == 1
    assert found.oldest > 365 * 24 * 3600


def test_refused_writes_are_told_apart() -> None:
    metrics = Metrics()
    metrics.written([None, FencedError("e1"), None], 0.0)
    assert (metrics.fenced.values[()], metrics.failed_writes.values[()]) == (1, 0)
    assert sum(metrics.group.counts) == 1


def test_labels_that_users_make_are_bounded() -> None:
    counter = Counter("a8n_x", "…", ("workflow", "status"), most=3)
    for number in range(10):
        counter.bounded(f"w{number}", "failed")
    assert dict(counter.values) == {
        ("w0", "failed"): 1, ("w1", "failed"): 1, ("w2", "failed"): 1, ("other", "failed"): 7,
    }  # fmt: skip


def test_a_value_on_a_bound_belongs_below_it() -> None:
    distribution = Distribution((1, 2))
    for value in (0.5, 1, 1.5, 2, 3):
        distribution.observe(value)
    assert (distribution.counts, distribution.total) == ([2, 2, 1], 8.0)


async def test_metrics_of_a_database_that_is_away_say_so(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    from a8n.runtime import gauges
    from a8n.runtime.errors import StoreUnavailableError

    async def away(_: Any) -> None:
        raise StoreUnavailableError("gone")

    monkeypatch.setattr(gauges, "backlog", away)
    assert (await read(process))["a8n_store_up"] == 0
