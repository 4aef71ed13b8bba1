"""kill -9 at the worst moments: what was acknowledged is there and ends; recorded steps do not run again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.live.server import Server, hook, node, put, workflow


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    """A server to be killed."""
    server = Server(tmp_path / "data").start()
    server.sign_up()
    yield server
    server.close()


def test_what_was_accepted_is_never_lost(mortal: Server) -> None:
    nodes = [hook("work"), put("a", n={"$": "json.body.n"}), node("pause", "flow.wait", {
        "resume": {"on": "duration", "seconds": 0.2}}), put("b", n={"$": "json.n"})]  # fmt: skip
    workflow_id = mortal.live(workflow("work", nodes, "hook > a", "a > pause", "pause > b"))
    accepted: dict[str, int] = {}
    stop = threading.Event()

    def post(offset: int) -> None:
        n = offset
        with httpx.Client(timeout=5, trust_env=False) as client:
            while not stop.is_set():
                n += 10
                try:
                    answer = client.post(f"{mortal.url}/webhook/work", json={"n": n})
                except httpx.TransportError:
                    continue
                if answer.status_code == 200:
                    accepted[answer.json()["execution_id"]] = n

    threads = [threading.Thread(target=post, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        before = len(accepted)
        while len(accepted) < before + 40:
            threading.Event().wait(0.01)
        mortal.kill()
        mortal.start()
    stop.set()
    for thread in threads:
        thread.join()
    mortal.sign_in()

    assert len(accepted) >= 120
    for execution_id, n in accepted.items():
        row = mortal.ended(execution_id)
        while row["status"] == "waiting":
            row = mortal.ended(execution_id)
        assert row["status"] == "succeeded"
        assert row["workflow"] == workflow_id
        steps = {step["node"]: step for step in mortal.api("GET", f"/executions/{execution_id}/steps")["data"]}
        assert set(steps) == {"hook", "a", "pause", "b"}
        assert steps["b"]["output"]["main"]["items"][0]["json"] == {"n": n}


def test_an_execution_goes_on_after_its_last_recorded_step(mortal: Server, tmp_path: Path) -> None:
    """A step that calls out is interrupted for ever by a server that never answers; after the kill it is asked
    again, and the steps before it are not."""
    import socket

    with socket.socket() as sink:
        sink.bind(("127.0.0.1", 0))
        sink.listen()
        url = f"http://127.0.0.1:{sink.getsockname()[1]}/"
        nodes = [
            hook("slow"),
            put("before", at={"$": "now | timestamp"}),
            node("call", "http.request", {"method": "GET", "url": url}, retry={"attempts": 1}),
            put("after", done=True),
        ]
        mortal.live(workflow("slow", nodes, "hook > before", "before > call", "call > after"))
        execution_id = mortal.hook("slow", {}).json()["execution_id"]
        first, _ = sink.accept()
        steps = {s["node"]: s for s in mortal.api("GET", f"/executions/{execution_id}/steps")["data"]}
        before = steps["before"]["output"] if "before" in steps else None
        mortal.kill()
        first.close()
        mortal.start()
        mortal.sign_in()
        second, _ = sink.accept()
        second.recv(4096)
        second.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        second.close()
        assert mortal.ended(execution_id)["status"] == "succeeded"
        steps = {s["node"]: s for s in mortal.api("GET", f"/executions/{execution_id}/steps")["data"]}
        assert set(steps) == {"hook", "before", "call", "after"}
        if before is not None:
            assert steps["before"]["output"] == before


def test_sigterm_lets_what_runs_end(mortal: Server) -> None:
    nodes = [hook("t", respond={"mode": "last_node", "returns": "first"}), put("x", done=True)]
    mortal.live(workflow("t", nodes, "hook > x"))
    assert mortal.hook("t", {}).json() == {"done": True}
    assert mortal.stop() == 0
    mortal.start()
    assert mortal.hook("t", {}).json() == {"done": True}
