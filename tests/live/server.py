"""The real server in a process of its own, and a client for it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from a8n.items import JSON

OWNER = {"email": "owner@example.org", "password": "a long sentence of ours", "name": "Owner"}


COMMAND = Path(sys.executable).parent / "a8n"


class Server:
    """`a8n serve` on a data folder. `start` and `kill` as often as wanted; the port stays."""

    def __init__(self, folder: Path, command: Path = COMMAND, **env: str):
        self.folder = folder
        self.command = str(command)
        quiet = {"A8N_LOG_LEVEL": "warning"}  # nobody reads the pipe once it has started
        self.env = {**quiet, "A8N_REAP": "0.2", "A8N_LEASE": "2", "A8N_EGRESS_ALLOW": "127.0.0.0/8", **env}
        self.process: subprocess.Popen[str] | None = None
        self.port = 0
        self.token = ""
        self.http = httpx.Client(timeout=30, trust_env=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Server:
        """Start it and wait until it says that it is ready."""
        env = {**os.environ, **self.env, "A8N_DATA_DIR": str(self.folder)}
        command = [self.command, "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            found = re.search(r"ready on http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found[1])
                return self
        raise AssertionError(f"a8n did not start:\n{''.join(said)}")

    def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        assert self.process is not None
        self.process.kill()
        self._gone()

    def stop(self) -> int:
        """SIGTERM: gives the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self._gone()

    def _gone(self) -> int:
        assert self.process is not None
        assert self.process.stdout is not None
        code = self.process.wait(30)
        self.process.stdout.close()
        self.process = None
        return code

    def close(self) -> None:
        if self.process is not None:
            self.kill()
        self.http.close()

    # --- the API ---------------------------------------------------------------------------------------------

    def sign_up(self) -> None:
        """Make the owner's account and keep its token."""
        self.token = self.api("POST", "/users/sign-up", OWNER, status=201)["access_token"]

    def sign_in(self) -> None:
        """Keep a new token of the owner."""
        credentials = {name: OWNER[name] for name in ("email", "password")}
        self.token = self.api("POST", "/users/sign-in", credentials)["access_token"]

    def api(self, method: str, path: str, body: JSON = None, *, status: int = 200, **options: Any) -> Any:
        """A call of the API that has to be answered with `status`."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.http.request(
            method, f"{self.url}/api{path}", json=body, headers=headers | options.pop("headers", {}), **options
        )
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def live(self, document: dict[str, JSON]) -> str:
        """Save a workflow and make it live; gives its id."""
        saved: dict[str, JSON] = self.api("POST", "/workflows", document, status=201)
        self.api("POST", f"/workflows/{saved['id']}/activate", {})
        return str(saved["id"])

    def hook(self, path: str, body: JSON = None, **options: Any) -> httpx.Response:
        """POST to a webhook."""
        method = options.pop("method", "POST")
        if body is not None:
            options["json"] = body
        return self.http.request(method, f"{self.url}/webhook/{path}", **options)

    def ended(self, execution_id: str, seconds: float = 20) -> dict[str, Any]:
        """The execution, once it is over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            row: dict[str, Any] = self.api("GET", f"/executions/{execution_id}")
            if row["status"] not in ("queued", "running"):
                return row
            time.sleep(0.05)
        raise AssertionError(f"the execution {execution_id} did not end")


def hook(path: str = "test", **params: JSON) -> dict[str, JSON]:
    """A webhook trigger node with the id `hook`."""
    return {"id": "hook", "name": "Webhook", "type": "webhook.trigger", "params": {"path": path, **params}}


def node(id: str, type: str, params: dict[str, JSON] | None = None, **settings: JSON) -> dict[str, JSON]:
    """A node named by its id."""
    return {"id": id, "name": id, "type": type, "params": params or {}, "settings": settings}


def put(id: str, /, **fields: JSON) -> dict[str, JSON]:
    """A `data.set` node that gives only these fields."""
    rows = [{"name": name, "value": value} for name, value in fields.items()]
    return node(id, "data.set", {"mode": "only", "fields": rows})


def workflow(name: str, nodes: list[dict[str, JSON]], *wires: str) -> dict[str, JSON]:
    """`workflow("Greet", [...], "hook > greet", "check.true > send")`."""
    connections = []
    for wire in wires:
        source, target = wire.split(" > ")
        start, _, output = source.partition(".")
        end, _, port = target.partition(".")
        connections.append({"from": start, "output": output or "main", "to": end, "input": port or "main"})
    return {"name": name, "nodes": nodes, "connections": connections}
