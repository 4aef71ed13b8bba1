"""Load on a URL from a separate process: wrk where it is installed, else the asyncio client below."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figures:
    """What a load saw. Rates in requests per second, latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    errors: int


def measure(url: str, body: bytes, clients: int, seconds: float) -> Figures:
    """POST `body` as JSON from so many connections for so long."""
    wrk = shutil.which("wrk")
    if wrk is not None:
        return _wrk(wrk, url, body, clients, seconds)
    command = [sys.executable, "-m", "tests.bench.load", url, body.decode(), str(clients), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Figures(**json.loads(done.stdout))


def name() -> str:
    """What the load is made with."""
    return "wrk" if shutil.which("wrk") is not None else "the bundled asyncio client"


def _wrk(wrk: str, url: str, body: bytes, clients: int, seconds: float) -> Figures:
    script = (
        f'wrk.method="POST"\nwrk.headers["Content-Type"]="application/json"\nwrk.body={json.dumps(body.decode())}\n'
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "post.lua"
        path.write_text(script)
        command = [wrk, "-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s", "--latency", "-s", str(path), url]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", text)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    errors = (int(bad[1]) if bad else 0) + (sum(map(int, sockets.groups())) if sockets else 0)
    return Figures(float(found[1]) if found else 0.0, _latency(text, "50"), _latency(text, "99"), errors)


def _latency(text: str, percent: str) -> float:
    found = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", text)
    if found is None:
        return float("nan")
    return float(found[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[found[2]]


async def _client(host: str, port: int, request: bytes, until: float, times: list[float], errors: list[int]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while time.perf_counter() < until:
        begun = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        await reader.readexactly(int(length[1]) if length else 0)
        times.append((time.perf_counter() - begun) * 1000)
        errors[0] += not head.startswith(b"HTTP/1.1 2")
    writer.close()


async def _load(url: str, body: bytes, clients: int, seconds: float) -> Figures:
    host, _, path = url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    request = (
        f"POST /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    ).encode() + body
    times: list[float] = []
    errors = [0]
    until = time.perf_counter() + seconds
    await asyncio.gather(*(_client(name, int(port), request, until, times, errors) for _ in range(clients)))
    times.sort()
    return Figures(len(times) / seconds, times[len(times) // 2], times[len(times) * 99 // 100], errors[0])


if __name__ == "__main__":
    address, payload, connections, duration = sys.argv[1:5]
    print(json.dumps(asdict(asyncio.run(_load(address, payload.encode(), int(connections), float(duration))))))
