"""`make bench`: the table of the README, measured in one run on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import expressions, load, scheduler, workflows

SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
CLIENTS = (1, 10, 50)
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def call(url: str, data: Any = None, token: str = "", method: str | None = None) -> tuple[int, Any]:
    """A JSON request; gives the status and the answer."""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    body = json.dumps(data).encode() if data is not None else None
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")


@contextlib.contextmanager
def running(*command: str, port: int, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A server process, until its port answers, and its end."""
    process = subprocess.Popen(command, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                break
            time.sleep(0.005)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@contextlib.contextmanager
def a8n(folder: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The embedded server, as `make serve` starts it."""
    command = (str(Path(sys.executable).parent / "a8n"), "serve", "--port", str(port))
    env = {"A8N_DATA_DIR": folder, "PYTHONDONTWRITEBYTECODE": ""}
    with running(*command, port=port, env=env) as process:
        yield process


def resident(pid: int) -> float:
    """Megabytes that a process holds."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    found = re.search(r"VmRSS:\s+(\d+)", status.read_text())
    return int(found[1]) / 1024 if found else float("nan")


def set_up(base: str) -> None:
    """Sign up, save the workflows, and make them live."""
    account = {"email": "bench@example.org", "password": "correct horse battery staple", "name": "Bench"}
    status, answer = call(f"{base}/api/users/sign-up", account)
    assert status in (200, 201), answer
    token = answer["access_token"]
    for document in (workflows.answer(), workflows.five_nodes(), workflows.twenty(), workflows.thousand_items()):
        status, saved = call(f"{base}/api/workflows", document, token)
        assert status == 201, saved
        status, answer = call(f"{base}/api/workflows/{saved['id']}/activate", {}, token)
        assert status == 200, answer


def first_answer(folder: str) -> float:
    """Seconds from the start of the process to the first answered webhook."""
    port = free_port()
    begun = time.perf_counter()
    with a8n(folder, port):
        status = 0
        while status != 200:
            with contextlib.suppress(OSError):
                status, _ = call(f"http://127.0.0.1:{port}/webhook/w1", {"n": 1})
        return time.perf_counter() - begun


def median(samples: list[load.Figures]) -> load.Figures:
    """The sample with the median rate; errors of all."""
    ordered = sorted(samples, key=lambda sample: sample.rate)
    middle = ordered[len(ordered) // 2]
    return load.Figures(middle.rate, middle.p50, middle.p99, sum(sample.errors for sample in samples))


def row(label: str, clients: int, figures: load.Figures, echo: float) -> str:
    ratio = f"{figures.rate / echo:.3f}" if echo else ""
    cells = (label, clients, f"{figures.rate:,.0f}", ratio, f"{figures.p50:.1f}", f"{figures.p99:.1f}", figures.errors)
    return "| " + " | ".join(map(str, cells)) + " |"


def echo_rate() -> load.Figures:
    port = free_port()
    with running(sys.executable, "-m", "tests.bench.echo", str(port), port=port):
        return load.measure(f"http://127.0.0.1:{port}/", workflows.SMALL, 50, SECONDS)


def rates(base: str, rows: list[str]) -> None:
    """The workloads, each next to a run of the echo, so that ratios hold when the machine's speed drifts."""
    items = json.dumps({"list": [{"n": i, "name": f"item {i}", "ok": True} for i in range(1000)]}).encode()
    loads = [
        ("webhook → answer", "w1", workflows.SMALL, CLIENTS),
        ("webhook → set → if → set → answer", "w2", workflows.SMALL, CLIENTS),
        ("chain of 20 sets", "w3", workflows.SMALL, CLIENTS),
        ("1,000 items: split → set → filter → aggregate", "w4", items, CLIENTS),
    ]
    for label, path, body, clients in loads:
        url = f"{base}/webhook/{path}"
        load.measure(url, body, 10, 1)
        for count in clients:
            samples, echoes = [], []
            for _ in range(ROUNDS):
                echoes.append(echo_rate().rate)
                samples.append(load.measure(url, body, count, SECONDS))
            rows.append(row(label, count, median(samples), statistics.median(echoes)))
            print(rows[-1], flush=True)


def main() -> None:
    """Measure and print."""
    cpu = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", cpu.read_text()) if cpu.exists() else None
    print(f"{model[1] if model else platform.processor()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"load by {load.name()}, {SECONDS:g} s a run, median of {ROUNDS}, SQLite synchronous=FULL, all steps saved\n")
    rows: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with a8n(folder, port):
            set_up(f"http://127.0.0.1:{port}")
        starts = [first_answer(folder) for _ in range(5)]
        print(
            "| workload | clients | req/s | ratio to echo | p50 ms | p99 ms | errors |\n|---|---|---|---|---|---|---|"
        )
        port = free_port()
        with a8n(folder, port) as process:
            call(f"http://127.0.0.1:{port}/webhook/w1", {"n": 1})
            idle = resident(process.pid)
            print(row("bare ASGI echo", 50, median([echo_rate() for _ in range(ROUNDS)]), 0))
            rates(f"http://127.0.0.1:{port}", rows)
            loaded = resident(process.pid)
    print("\n| | |\n|---|---|")
    print(f"| start to first answered webhook | {statistics.median(starts):.2f} s |")
    print(f"| memory idle / after load | {idle:.0f} / {loaded:.0f} MB |")
    for label, value in [*expressions.measure(), *scheduler.measure()]:
        print(f"| {label} | {value:.2f} µs |")


if __name__ == "__main__":
    main()
