"""The distributed mode beside the embedded one: rates, queue latency, many waiting calls, a full database."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from typing import Any

import asyncpg
import httpx
import orjson

from a8n.items import JSON
from tests.bench import cluster, load, workflows

SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
WAITING = int(os.environ.get("BENCH_WAITING", "500"))
SAVED = int(os.environ.get("BENCH_SAVED", "1000000"))
ACCOUNT = {"email": "bench@example.org", "password": "correct horse battery staple", "name": "Bench"}


def effect(id: str, seconds: float = 0) -> dict[str, JSON]:
    return {
        "id": id,
        "name": id,
        "type": "bench.effect",
        "params": {"seconds": seconds},
        "settings": {"unknown": "retry"},
    }


def worked() -> dict[str, JSON]:
    """The five nodes with an unsafe one among them: a worker has to run it, and the caller waits for the result."""
    document = workflows.five_nodes()
    hook = workflows.hook("w2e")
    nodes = [hook, effect("effect"), *document["nodes"][1:]]
    wires = [{"from": "hook", "to": "effect"}]
    wires += [{**wire, "from": "effect"} if wire["from"] == "hook" else wire for wire in document["connections"]]
    return {"name": "W2 with an effect", "nodes": nodes, "connections": wires}


def accepted(path: str, *nodes: dict[str, JSON]) -> dict[str, JSON]:
    """A workflow whose webhook answers at once."""
    hook = {"id": "hook", "name": "Webhook", "type": "webhook.trigger", "params": {"path": path, "methods": ["POST"]}}
    return {"name": path, "nodes": [hook, *nodes], "connections": workflows.chain("hook", *(n["id"] for n in nodes))}


def documents() -> list[dict[str, JSON]]:
    unsafe = [effect(f"e{i}") for i in range(10)]
    return [
        workflows.answer(), workflows.five_nodes(), worked(), accepted("one", effect("e")), accepted("ten", *unsafe),
        accepted("slow", effect("e", 5.0)),
    ]  # fmt: skip


def set_up(base: str) -> httpx.Client:
    client = httpx.Client(base_url=base, timeout=60, trust_env=False)
    answer = client.post("/api/users/sign-up", json=ACCOUNT)
    assert answer.status_code == 201, answer.text
    client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    for document in documents():
        saved = client.post("/api/workflows", json=document)
        assert saved.status_code == 201, saved.text
        live = client.post(f"/api/workflows/{saved.json()['id']}/activate", json={})
        assert live.status_code == 200, live.text
    return client


async def query(database: str, text: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(database)
    try:
        return list(await connection.fetch(text, *values))
    finally:
        await connection.close()


def ask(database: str, text: str, *values: Any) -> list[Any]:
    return asyncio.run(query(database, text, *values))


def settle(database: str) -> None:
    """Wait until nothing is queued or runs."""
    while ask(database, "SELECT count(*) FROM executions WHERE finished_at IS NULL")[0][0]:
        time.sleep(0.2)


LATENCY = """
SELECT (extract(epoch FROM pg_xact_commit_timestamp((array_agg(xmin ORDER BY page))[1])) * 1000000)::bigint
AS committed,
array_agg(data ORDER BY page) AS pages FROM steps WHERE execution_id > $1 GROUP BY execution_id
"""


def latencies(database: str, after: str) -> list[float]:
    """Milliseconds from the commit of the acceptance to the start of the first step in a worker."""
    found = []
    for row in ask(database, LATENCY, after):
        steps = [step for page in row["pages"] for step in orjson.loads(page)]
        starts = [step[4] for step in steps if step[0].startswith("e") and step[2] != "started"]
        if starts:
            found.append((min(starts) - row["committed"]) / 1000)
    return sorted(found)


def shown(values: list[float]) -> str:
    return f"p50 {statistics.median(values):.1f} ms, p99 {values[len(values) * 99 // 100]:.1f} ms ({len(values)} runs)"


def last_id(database: str) -> str:
    return str(ask(database, "SELECT coalesce(max(id), '') FROM executions")[0][0])


def idle_latency(found: cluster.Cluster, client: httpx.Client) -> str:
    mark = last_id(found.database)
    for _ in range(300):
        client.post("/webhook/one", json={"n": 1})
        time.sleep(0.02)
    settle(found.database)
    return shown(latencies(found.database, mark))


def loaded_latency(found: cluster.Cluster) -> str:
    mark = last_id(found.database)
    load.measure(f"{found.base}/webhook/one", workflows.SMALL, 10, SECONDS)
    settle(found.database)
    return shown(latencies(found.database, mark))


def throughput(found: cluster.Cluster, path: str) -> str:
    """Executions per second that the workers finish, of a backlog."""
    mark = last_id(found.database)
    load.measure(f"{found.base}/webhook/{path}", workflows.SMALL, 50, SECONDS)
    settle(found.database)
    text = "SELECT count(*), min(created_at), max(finished_at) FROM executions WHERE id > $1"
    count, first, last = ask(found.database, text, mark)[0]
    return f"{count / (last - first) * 1e6:,.0f} executions/s ({count:,} in all)"


def waiting_calls(found: cluster.Cluster, client: httpx.Client) -> str:
    """The answer time of others while hundreds of executions await something slow in one worker."""

    def others() -> load.Figures:
        return load.measure(f"{found.base}/webhook/w2e", workflows.SMALL, 1, 3)

    before = others()
    for _ in range(WAITING):
        client.post("/webhook/slow", json={})
    time.sleep(0.3)
    running = ask(found.database, "SELECT count(*) FROM executions WHERE status = 'running'")[0][0]
    during = others()
    settle(found.database)
    return f"{running} at once; others: p50 {before.p50:.1f} ms before, {during.p50:.1f} ms meanwhile"


FILL = """
INSERT INTO executions
(id, workflow_id, project_id, version, trigger, mode, status, created_at, started_at, finished_at)
SELECT '018f' || lpad(to_hex(n), 32, '0'), 'w', 'p', 1, 'hook', 'webhook', 'succeeded', n, n, n
FROM generate_series(1, $1::bigint) n
"""
FILL_STEPS = """
INSERT INTO steps (execution_id, page, recorded, data)
SELECT '018f' || lpad(to_hex(n), 32, '0'), 1, 5, convert_to(repeat('x', 600), 'UTF8')
FROM generate_series(1, $1::bigint) n
"""


def full_database(found: cluster.Cluster) -> str:
    """The rate of the five nodes with an empty database, and with a full one."""

    def measure() -> load.Figures:
        return load.measure(f"{found.base}/webhook/w2", workflows.SMALL, 50, SECONDS)

    before = max(measure().rate for _ in range(3))
    ask(found.database, FILL, SAVED)
    ask(found.database, FILL_STEPS, SAVED)
    ask(found.database, "VACUUM ANALYZE executions, steps")
    after = max(measure().rate for _ in range(3))
    return f"{before:,.0f} req/s before, {after:,.0f} after ({after / before:.2f})"


def main() -> None:
    """Measure and print."""
    print("\n| distributed | clients | req/s | p50 ms | p99 ms | errors |\n|---|---|---|---|---|---|")
    facts: list[tuple[str, str]] = []
    for workers in (1, 2):
        with cluster.running(workers) as found:
            client = set_up(found.base)
            name = f"1 web + {workers} worker{'s' if workers > 1 else ''}"
            loads = [("webhook → answer", "w1"), ("five nodes", "w2"), ("five nodes and an effect, in a worker", "w2e")]
            for label, path in loads:
                url = f"{found.base}/webhook/{path}"
                load.measure(url, workflows.SMALL, 10, 1)
                for clients in (1, 50):
                    figures = load.measure(url, workflows.SMALL, clients, SECONDS)
                    cells = (f"{name}: {label}", clients, f"{figures.rate:,.0f}", f"{figures.p50:.1f}",
                             f"{figures.p99:.1f}", figures.errors)  # fmt: skip
                    print("| " + " | ".join(map(str, cells)) + " |", flush=True)
            facts.append((f"{name}: commit to start, idle", idle_latency(found, client)))
            facts.append((f"{name}: commit to start, loaded", loaded_latency(found)))
            facts.append((f"{name}: 10 unsafe steps", throughput(found, "ten")))
            if workers == 1:
                facts.append((f"{name}: {WAITING} slow calls", waiting_calls(found, client)))
                facts.append((f"{SAVED:,} saved executions", full_database(found)))
    print("\n| | |\n|---|---|")
    for label, value in facts:
        print(f"| {label} | {value} |")


if __name__ == "__main__":
    main()
