"""A running a8n: one `a8n serve`, or web processes and workers on PostgreSQL and Redis."""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import httpx
import psutil

from a8n.items import JSON
from tests.faults.judge import Store
from tests.faults.services import PostgresServer
from tests.live.server import OWNER
from tests.redis_server import RedisServer, free_port

Mode = Literal["embedded", "distributed"]
COMMAND = Path(sys.executable).parent / "a8n"
START_SECONDS = 60.0


class NotReadyError(Exception):
    """A process did not come up; the message holds the end of its log."""


class Process:
    """One `a8n` command. Its log is a file, to which every new start adds."""

    def __init__(self, name: str, arguments: Sequence[str], env: Mapping[str, str], folder: Path, port: int = 0):
        self.name = name
        self.port = port
        self.log = folder / f"{name}.log"
        self._arguments = list(arguments)
        self.env = {**os.environ, **env, "PYTHONUNBUFFERED": "1"}
        self.popen: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens, if it is a web process."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether it runs (or is paused)."""
        return self.popen is not None and self.popen.poll() is None

    @property
    def pids(self) -> list[int]:
        """Its own and its children's."""
        if self.popen is None:
            return []
        try:
            process = psutil.Process(self.popen.pid)
            return [process.pid, *(child.pid for child in process.children(recursive=True))]
        except psutil.NoSuchProcess:
            return []

    def spawn(self) -> int:
        """Start it without waiting; gives how long its log was."""
        start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as out:
            self.popen = subprocess.Popen(
                [str(COMMAND), *self._arguments], env=self.env, stdout=out, stderr=out, start_new_session=True
            )
        return start

    def start(self) -> Process:
        """Start it and wait until it says that it is ready. Raises NotReadyError."""
        start = self.spawn()
        until = time.monotonic() + START_SECONDS
        while b"ready" not in self._said(start):
            if not self.alive or time.monotonic() > until:
                raise NotReadyError(f"{self.name} did not start: {self._said(start)[-2000:].decode()}")
            time.sleep(0.02)
        return self

    def _said(self, start: int) -> bytes:
        with self.log.open("rb") as file:
            file.seek(start)
            return file.read()

    def said(self, text: str) -> int:
        """How often its log has a text."""
        return self.log.read_text(errors="replace").count(text) if self.log.exists() else 0

    def signal(self, number: int) -> None:
        """Send a signal to it and all its children."""
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """SIGKILL to all of it: nothing is tidied up."""
        self.signal(signal.SIGKILL)
        if self.popen is not None:
            self.popen.wait(10)

    def kill_children(self) -> None:
        """SIGKILL to those that it looks after; it has to start others."""
        for pid in self.pids[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def terminate(self, seconds: float = 60) -> int:
        """SIGTERM to it alone; gives its exit code once it is gone."""
        assert self.popen is not None
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(seconds)


class Cluster:
    """All processes of one a8n. The first web process starts alone, so that workflows can be made before the rest."""

    def __init__(
        self,
        mode: Mode,
        folder: Path,
        *,
        webs: int = 1,
        workers: int = 1,
        env: Mapping[str, str] | None = None,
        database: Path | None = None,
    ):
        """`database` is the folder for the data (of SQLite or PostgreSQL), if it is not to be in `folder`."""
        self.mode = mode
        self.folder = folder
        self.postgres: PostgresServer | None = None
        self.redis: RedisServer | None = None
        self.env = {"A8N_EGRESS_ALLOW": "127.0.0.0/8", **(env or {})}
        home = database or folder
        if mode == "embedded":
            self.env["A8N_DATA_DIR"] = str(home / "data")
            self.store = Store(f"sqlite:///{home / 'data' / 'a8n.db'}")
            webs, workers = 1, 0
        else:
            self._serve_stores(home)
        command = "serve" if mode == "embedded" else "web"
        self.webs = [self._web(f"web{n}", command) for n in range(webs)]
        self.workers = [Process(f"worker{n}", ["worker", "--processes", "1"], self.env, folder) for n in range(workers)]
        self.http = httpx.Client(timeout=60, trust_env=False)
        self.token = ""

    def _serve_stores(self, home: Path) -> None:
        self.postgres = PostgresServer(home / "postgres")
        self.redis = RedisServer(self.folder).start()
        self.store = Store(self.postgres.url)
        self.env |= {
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "JWT_SECRET_KEY": base64.b64encode(os.urandom(48)).decode(),
            "A8N_ENCRYPTION_KEYS": base64.b64encode(os.urandom(32)).decode(),
            "A8N_DATA_DIR": str(self.folder / "shared"),
        }
        upgrade = [str(COMMAND), "db", "upgrade"]
        subprocess.run(upgrade, env={**os.environ, **self.env}, check=True, capture_output=True)

    def _web(self, name: str, command: str) -> Process:
        port = free_port()
        return Process(name, [command, "--port", str(port)], self.env, self.folder, port)

    # --- processes -------------------------------------------------------------------------------------------

    @property
    def processes(self) -> list[Process]:
        """All of them."""
        return [*self.webs, *self.workers]

    @property
    def working(self) -> list[Process]:
        """Those that run executions."""
        return self.workers or self.webs

    @property
    def urls(self) -> list[str]:
        """Of all web processes."""
        return [web.url for web in self.webs]

    def start(self, *documents: dict[str, JSON]) -> list[str]:
        """Start everything with these workflows live; gives their ids."""
        self.webs[0].start()
        self.token = self.api("POST", "/users/sign-up", OWNER)["access_token"]
        ids = [self.live(document) for document in documents]
        for process in self.processes[1:]:
            process.start()
        return ids

    def revive(self) -> None:
        """Start again whatever is gone."""
        for process in self.processes:
            if not process.alive:
                process.start()

    def close(self) -> None:
        """End everything."""
        for process in self.processes:
            process.signal(signal.SIGCONT)
            process.kill()
        self.http.close()
        if self.redis is not None:
            self.redis.kill()
        if self.postgres is not None:
            self.postgres.close()

    # --- the API ---------------------------------------------------------------------------------------------

    def api(self, method: str, path: str, body: JSON = None, *, web: int = 0) -> Any:
        """A call of the API that has to succeed."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.http.request(method, f"{self.webs[web].url}/api{path}", json=body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def live(self, document: dict[str, JSON]) -> str:
        """Save a workflow and make it live; gives its id."""
        saved = self.api("POST", "/workflows", document)
        self.api("POST", f"/workflows/{saved['id']}/activate", {})
        return str(saved["id"])

    def settled(self, seconds: float, *, but: Sequence[str] = ()) -> bool:
        """Wait until no execution is queued, running or waiting. False when that takes longer."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            counts = self.store.counts()
            if not sum(counts.get(status, 0) for status in ("queued", "running", "waiting") if status not in but):
                return True
            time.sleep(0.1)
        return False
