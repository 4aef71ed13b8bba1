"""Bad days of an operator: a wrong setting, a full disk, a locked or newer database, a lost key, a broken plugin.

The server says in one sentence why it does not start; what it cannot do now it refuses; and what it has
acknowledged is there when the day is over.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ctypes
import json
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest

from a8n.items import JSON
from tests.conftest import postgres_database_url
from tests.live.server import COMMAND, Server, hook, node, put, workflow

FIRST = {"mode": "last_node", "returns": "first"}
SECRET = "0123456789abcdefghijklmnopqrstuvwxyz"


def eventually(holds: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait until something holds."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"never came: {what}"
        time.sleep(0.05)


# --- starts that are refused -------------------------------------------------------------------------------------


def refusal(
    folder: Path,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    restrict: Callable[[], None] | None = None,
) -> str:
    """What `a8n serve` says when it does not start: one sentence on stderr, and a code that is not 0."""
    run = subprocess.run(
        [str(COMMAND), "serve", *arguments],
        env={**os.environ, "A8N_DATA_DIR": str(folder), "A8N_PORT": "0", **(env or {})},
        capture_output=True, text=True, timeout=30, preexec_fn=restrict,
    )  # fmt: skip
    assert run.returncode in (1, 2), run
    assert run.stdout == ""
    (sentence,) = run.stderr.splitlines()
    assert sentence.startswith("a8n: ")
    return sentence


def as_anybody() -> None:
    """Take from root, in a child process, what lets it ignore the rights of files."""
    prctl, drop_from_bounding_set = ctypes.CDLL(None).prctl, 24
    for override in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        prctl(drop_from_bounding_set, override, 0, 0, 0)


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refusal(tmp_path / "data", "--port", port)
    assert f"127.0.0.1:{port}" in said
    assert "--port" in said
    assert not (tmp_path / "data").exists()


def test_a_host_that_is_not_ours(tmp_path: Path) -> None:
    assert "192.0.2.1" in refusal(tmp_path, "--host", "192.0.2.1")
    assert "no-such-host.invalid" in refusal(tmp_path, "--host", "no-such-host.invalid")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("A8N_LEASE", "soon"),
        ("A8N_MAX_BODY", "-1"),
        ("A8N_EGRESS_ALLOW", "10.0.0.0/99"),
        ("A8N_ENCRYPTION_KEYS", "c2hvcnQ="),
        ("JWT_SECRET_KEY", "secret"),
        ("DATABASE_URL", "mysql://localhost/a8n"),
    ],
)
def test_a_wrong_setting(tmp_path: Path, variable: str, value: str) -> None:
    said = refusal(tmp_path, env={variable: value})
    assert variable in said
    if variable in ("A8N_ENCRYPTION_KEYS", "JWT_SECRET_KEY"):
        assert value not in said


def test_postgresql_without_keys(tmp_path: Path) -> None:
    assert "JWT_SECRET_KEY" in refusal(tmp_path, env={"DATABASE_URL": "postgresql://localhost:5432/a8n"})


def test_a_database_that_nobody_serves(tmp_path: Path) -> None:
    keys = base64.b64encode(os.urandom(32)).decode()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"postgresql://a8n:top-secret@127.0.0.1:{unused.getsockname()[1]}/a8n"
        said = refusal(tmp_path, env={"DATABASE_URL": url, "JWT_SECRET_KEY": SECRET, "A8N_ENCRYPTION_KEYS": keys})
    assert "database" in said
    assert "top-secret" not in said


class TestDataFolder:
    def test_a_file_in_its_place(self, tmp_path: Path) -> None:
        place = tmp_path / "data"
        place.write_text("mine")
        assert str(place) in refusal(place)
        assert place.read_text() == "mine"

    def test_without_rights(self, tmp_path: Path) -> None:
        place = tmp_path / "data"
        place.mkdir(0o500)
        assert str(place) in refusal(place, restrict=as_anybody)
        assert str(place / "in") in refusal(place / "in", restrict=as_anybody)
        place.chmod(0o700)

    def test_keys_that_cannot_be_read(self, tmp_path: Path) -> None:
        keys = tmp_path / "keys.json"
        keys.write_text("{}")
        keys.chmod(0)
        assert str(keys) in refusal(tmp_path, restrict=as_anybody)

    @pytest.mark.parametrize("content", ["", '{"encryption": [], "jwt": 5}', "\0\xff"])
    def test_damaged_keys(self, tmp_path: Path, content: str) -> None:
        """A lost key is never replaced by a new one in silence: what the old one sealed could not be opened."""
        keys = tmp_path / "keys.json"
        keys.write_bytes(content.encode("latin-1"))
        said = refusal(tmp_path)
        assert str(keys) in said
        assert "backup" in said
        assert keys.read_bytes() == content.encode("latin-1")

    def test_a_database_that_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "a8n.db").write_bytes(b"not a database, but somebody's text" * 100)
        assert "damaged" in refusal(tmp_path)
        (tmp_path / "a8n.db").unlink()
        (tmp_path / "a8n.db").mkdir()
        assert "a8n.db" in refusal(tmp_path)

    def test_a_database_of_a_newer_version(self, tmp_path: Path) -> None:
        with contextlib.closing(sqlite3.connect(tmp_path / "a8n.db")) as database, database:
            database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
            database.execute("INSERT INTO alembic_version VALUES ('from_the_future')")
        assert "newer" in refusal(tmp_path)

    @pytest.mark.parametrize("content", ["{", "[]", '{"a8n": 1}'])
    def test_a_damaged_list_of_plugins(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "a8n.plugins.lock").write_bytes(content.encode("latin-1"))
        assert "a8n.plugins.lock" in refusal(tmp_path)

    def test_a_database_that_is_locked_at_start(self, tmp_path: Path) -> None:
        with locked(tmp_path / "a8n.db"):
            assert "locked" in refusal(tmp_path, env={"A8N_STORE_TIMEOUT": "1"})


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program keeps the database to itself."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


# --- a full disk -------------------------------------------------------------------------------------------------


class SmallDisk:
    """A data folder on a file system of its own, with an end to it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, server: Server) -> None:
        """Leave no space at all."""
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while file.write(b"\0" * 4096):
                pass

    def clear(self, server: Server) -> None:
        """Give space again."""
        self._ballast.unlink()


class ShortFiles(SmallDisk):
    """Where nobody may mount: the kernel lets the server's files grow no further."""

    def fill(self, server: Server) -> None:
        """Let no file grow beyond one page."""
        assert server.process is not None
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    def clear(self, server: Server) -> None:
        """Take the limit away."""
        assert server.process is not None
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.fixture(params=["tmpfs", "file size"])
def disk(request: pytest.FixtureRequest) -> Iterator[SmallDisk]:
    """A small disk. Who may not mount one tries the limit of files twice, and nobody nothing."""
    folder = Path(tempfile.mkdtemp(prefix="a8n-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "a8n-test", str(folder)]
    mounted = request.param == "tmpfs" and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield SmallDisk(folder) if mounted else ShortFiles(folder)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        shutil.rmtree(folder)


@pytest.fixture
def servers() -> Iterator[Callable[..., Server]]:
    """Makes servers that are gone after the test."""
    made: list[Server] = []

    def make(folder: Path, env: Mapping[str, str] | None = None) -> Server:
        server = Server(folder)
        server.env.update(env or {})
        made.append(server)
        return server.start()

    yield make
    for server in made:
        server.close()


def status_of(server: Server, path: str) -> int:
    return server.http.get(f"{server.url}{path}").status_code


def test_a_full_disk(disk: SmallDisk, servers: Callable[..., Server]) -> None:
    """Nothing is acknowledged that is not stored; all that was is there; and it goes on by itself."""
    server = servers(disk.folder / "data", {"A8N_STORE_TIMEOUT": "2"})
    server.sign_up()
    server.live(workflow("now", [hook("now"), put("x", n={"$": "json.body.n"})], "hook > x"))
    server.live(workflow("last", [hook("last", respond=FIRST), put("x", n={"$": "json.body.n"})], "hook > x"))
    accepted = [server.hook("now", {"n": n}).json()["execution_id"] for n in range(5)]

    disk.fill(server)
    filler = "x" * 50_000

    def refused(path: str) -> bool:
        answer = server.hook(path, {"n": 1, "filler": filler})
        if answer.status_code == 200:
            accepted.append(answer.headers["x-a8n-execution"])
            return False
        assert answer.status_code in (503, 507), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
        assert "x-a8n-execution" not in answer.headers
        return True

    eventually(lambda: refused("now"), "a refusal")
    eventually(lambda: refused("last"), "a refusal")
    headers = {"authorization": f"Bearer {server.token}"}
    document = workflow("new", [hook("new", filler=filler)])
    answer = server.http.post(f"{server.url}/api/workflows?lenient=true", json=document, headers=headers)
    assert answer.status_code in (503, 507), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    file = server.hook("last", files={"doc": ("a.bin", os.urandom(100_000), "application/pdf")})
    assert file.status_code in (503, 507), file.text
    assert status_of(server, "/healthz") == 200
    assert len(server.api("GET", "/executions")["data"]) == len(accepted)

    disk.clear(server)
    eventually(lambda: not refused("last"), "an answer again")
    assert server.hook("last", {"n": 7}).json() == {"n": 7}
    server.api("POST", "/workflows", workflow("new", [hook("new")]), status=201)
    for execution_id in accepted:
        assert server.ended(execution_id)["status"] == "succeeded"
    assert server.stop() == 0


# --- a locked database -------------------------------------------------------------------------------------------


def test_a_locked_database(tmp_path: Path, servers: Callable[..., Server]) -> None:
    server = servers(tmp_path, {"A8N_STORE_TIMEOUT": "0.5"})
    server.sign_up()
    server.live(workflow("now", [hook("now"), put("x", n={"$": "json.body.n"})], "hook > x"))
    accepted = [server.hook("now", {"n": n}).json()["execution_id"] for n in range(5)]
    headers = {"authorization": f"Bearer {server.token}"}

    with locked(tmp_path / "a8n.db"):
        for answer in (
            server.hook("now", {"n": 1}),
            server.hook("now", {"n": 2}, headers={"idempotency-key": "k"}),
            server.http.post(f"{server.url}/api/workflows", json=workflow("w", [hook("w")]), headers=headers),
            server.http.get(f"{server.url}/readyz"),
        ):
            assert answer.status_code == 503, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) > 0
        assert status_of(server, "/healthz") == 200
        assert len(server.api("GET", "/executions")["data"]) == 5

    assert status_of(server, "/readyz") == 200
    accepted.append(server.hook("now", {"n": 3}).json()["execution_id"])
    for execution_id in accepted:
        assert server.ended(execution_id)["status"] == "succeeded"
    assert len(server.api("GET", "/executions")["data"]) == 6
    assert len(server.api("GET", "/workflows")["data"]) == 1


def test_a_lock_in_the_middle_of_an_execution(tmp_path: Path, servers: Callable[..., Server]) -> None:
    """What was accepted before the lock ends after it."""
    server = servers(tmp_path, {"A8N_STORE_TIMEOUT": "0.3"})
    server.sign_up()
    with socket.socket() as sink:
        sink.bind(("127.0.0.1", 0))
        sink.listen()
        url = f"http://127.0.0.1:{sink.getsockname()[1]}/"
        nodes = [hook("slow"), node("call", "http.request", {"method": "GET", "url": url}), put("after", done=True)]
        server.live(workflow("slow", nodes, "hook > call", "call > after"))
        execution_id = server.hook("slow", {}).json()["execution_id"]
        with locked(tmp_path / "a8n.db"):
            answered(sink)
            eventually(lambda: server.hook("slow", {}).status_code == 503, "a refusal")
            time.sleep(1)  # several times what the store waits for the lock
        sink.settimeout(0.1)

        def over() -> bool:
            with contextlib.suppress(TimeoutError):  # the step is asked for again, as its end was not recorded
                answered(sink)
            return bool(server.api("GET", f"/executions/{execution_id}")["status"] == "succeeded")

        eventually(over, "the end of what was accepted")


def answered(sink: socket.socket) -> None:
    """Answer one request of an http.request node."""
    connection, _ = sink.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")


# --- a wrong key -------------------------------------------------------------------------------------------------


def test_the_encryption_key_of_another_instance(tmp_path: Path, servers: Callable[..., Server]) -> None:
    """Credentials say so where they are used; all else works; and with the right key nothing is lost."""
    server = servers(tmp_path)
    server.sign_up()
    values: JSON = {"username": "ana", "password": "s3cret"}
    made = server.api("POST", "/credentials", {"name": "b", "kind": "webhook.basic", "values": values}, status=201)
    auth = {"kind": "basic", "credential": {"$credential": made["id"]}}
    server.live(workflow("guarded", [hook("guarded", auth=auth, respond=FIRST), put("x", a=1)], "hook > x"))
    server.live(workflow("open", [hook("open", respond=FIRST), put("x", a=1)], "hook > x"))
    assert server.hook("guarded", {}, auth=("ana", "s3cret")).json() == {"a": 1}
    server.stop()

    server.env["A8N_ENCRYPTION_KEYS"] = base64.b64encode(os.urandom(32)).decode()
    server.start()
    said = server.api("POST", f"/credentials/{made['id']}/test", status=409)
    assert "A8N_ENCRYPTION_KEYS" in said["detail"]
    assert server.api("GET", f"/credentials/{made['id']}")["name"] == "b"
    answer = server.hook("guarded", {}, auth=("ana", "s3cret"))
    assert answer.status_code == 503
    assert "KEYS" not in answer.text, "a stranger need not know how our keys are kept"
    assert server.hook("open", {}).json() == {"a": 1}
    other = server.api("POST", "/credentials", {"name": "c", "kind": "webhook.basic", "values": values}, status=201)
    server.stop()

    del server.env["A8N_ENCRYPTION_KEYS"]
    server.start()
    assert server.hook("guarded", {}, auth=("ana", "s3cret")).json() == {"a": 1}
    assert server.api("POST", f"/credentials/{other['id']}/test", status=409)


# --- broken plugins ----------------------------------------------------------------------------------------------

PLUGINS = {
    "raises": "raise RuntimeError('the SDK is missing')",
    "quits": "import sys\nsys.exit(3)",
    "wrong": "def register_nodes(:",
    "twice": '''
        from a8n import Context, Node, hookimpl
        class Mine(Node):
            """Wants to be If."""
            key = "flow.if"
            async def run(self, ctx: Context) -> dict[str, int]:
                return {"stolen": 1}
        @hookimpl
        def register_nodes():
            return [Mine]
    ''',
    "odd": '''
        import asyncio
        import sys
        from typing import Any
        from a8n import Context, Node, hookimpl, to
        class Broken(Exception):
            def __str__(self):
                raise RuntimeError("not even its message")
        def deep(n):
            value = []
            for _ in range(n):
                value = [value]
            return value
        class Return(Node):
            """Returns what it must not."""
            key = "odd.return"
            what: str
            async def run(self, ctx: Context) -> Any:
                if self.what == "raise": raise ValueError("secret detail")
                if self.what == "broken": raise Broken
                if self.what == "exit": sys.exit(3)
                if self.what == "base": raise BaseException("base")
                if self.what == "cancel": raise asyncio.CancelledError
                if self.what == "recursion": return await self.run(ctx)
                return {
                    "set": {1, 2}, "object": {"a": object()}, "nan": {"a": float("nan")}, "text": "text",
                    "bytes": {"a": b"raw"}, "surrogate": {"a": chr(0xd800)}, "key": {1: 2}, "huge": {"a": 2 ** 70},
                    "deep": {"a": deep(5_000)}, "number": 5, "port": to("nowhere", {}), "mixed": [{}, 5],
                    "big": {"a": "x" * 5_000_000}, "good": {"a": 1},
                }[self.what]
        @hookimpl
        def register_nodes():
            return [Return]
    ''',
}  # fmt: skip


@pytest.fixture(scope="module")
def plugged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with plugins from outside, most of them broken."""
    site = tmp_path_factory.mktemp("site")
    for name, source in PLUGINS.items():
        (site / f"a8n_{name}.py").write_text(f'"""A plugin."""\n{textwrap.dedent(source)}')
        info = site / f"a8n_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: a8n-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[a8n]\n{name} = a8n_{name}\n")
    data = tmp_path_factory.mktemp("plugged")
    server = Server(data, PYTHONPATH=str(site), A8N_MAX_OUTPUT="4000000").start()
    server.sign_up()
    yield server
    server.close()


class TestPlugins:
    def test_the_broken_ones_are_left_out_and_say_why(self, plugged: Server) -> None:
        reports = {report["name"]: report for report in plugged.api("GET", "/plugins")["data"]}
        assert "the SDK is missing" in reports["raises"]["error"]
        assert "SystemExit" in reports["quits"]["error"]
        assert "SyntaxError" in reports["wrong"]["error"]
        assert "'flow.if' is taken by the plugin 'flow'" in reports["twice"]["error"]
        assert reports["odd"]["error"] is None
        assert plugged.api("GET", "/node-types/flow.if")["plugin"] == "flow"

    @pytest.mark.parametrize(
        "what",
        ["set", "object", "nan", "text", "bytes", "surrogate", "key", "huge", "deep", "number", "port", "mixed", "big",
         "raise", "broken", "exit", "base", "cancel", "recursion"],
    )  # fmt: skip
    def test_a_node_that_returns_what_it_must_not(self, plugged: Server, what: str) -> None:
        """Its step fails in words; the server and all other executions do not notice."""
        nodes = [hook(what, respond=FIRST), node("odd", "odd.return", {"what": what})]
        workflow_id = plugged.live(workflow(what, nodes, "hook > odd"))
        answer = plugged.hook(what, {})
        (found,) = plugged.api("GET", f"/executions?workflow={workflow_id}")["data"]
        assert answer.status_code == 500, (answer.text, found)
        assert found["status"] == "failed", found
        assert found["error"]["node"] == "odd"
        assert found["error"]["message"]
        steps = {
            step["node"]: step["status"] for step in plugged.api("GET", f"/executions/{found['id']}/steps")["data"]
        }
        assert steps == {"hook": "succeeded", "odd": "failed"}

    def test_and_one_that_returns_what_it_should(self, plugged: Server) -> None:
        nodes = [hook("good", respond=FIRST), node("odd", "odd.return", {"what": "good"})]
        plugged.live(workflow("good", nodes, "hook > odd"))
        assert plugged.hook("good", {}).json() == {"a": 1}


def test_a_plugin_that_was_taken_away(tmp_path: Path, servers: Callable[..., Server]) -> None:
    """Its nodes stay as placeholders with their parameters, and work again when it is back."""
    site = tmp_path / "site"
    info = site / "a8n_odd-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "a8n_odd.py").write_text(f'"""A plugin."""\n{textwrap.dedent(PLUGINS["odd"])}')
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: a8n-odd\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[a8n]\nodd = a8n_odd\n")
    server = servers(tmp_path / "data", {"PYTHONPATH": str(site)})
    server.sign_up()
    nodes = [hook("odd", respond=FIRST), node("odd", "odd.return", {"what": "good"})]
    workflow_id = server.live(workflow("odd", nodes, "hook > odd"))
    assert server.hook("odd", {}).json() == {"a": 1}
    server.stop()

    server.env["PYTHONPATH"] = ""
    server.start()
    saved = server.api("GET", f"/workflows/{workflow_id}")
    assert saved["active"] is True
    assert saved["nodes"][1]["params"] == {"what": "good"}
    assert "odd.return" in json.dumps(saved["issues"])
    answer = server.hook("odd", {})
    assert answer.status_code == 503, "the sender is to try again later: the webhook is there, and cannot work now"
    server.api("PATCH", f"/workflows/{workflow_id}", {"name": "renamed"})
    server.stop()

    server.env["PYTHONPATH"] = str(site)
    server.start()
    assert server.hook("odd", {}).json() == {"a": 1}


# --- PostgreSQL --------------------------------------------------------------------------------------------------


async def made_database(socket_folder: str, name: str) -> None:
    connection = await asyncpg.connect(host=socket_folder, user="postgres", database="postgres")
    await connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
    await connection.close()


def test_on_postgresql(postgres: str, tmp_path: Path, servers: Callable[..., Server]) -> None:
    """The main job and a recovery after kill -9, on the other database."""
    asyncio.run(made_database(postgres, "live"))
    env = {
        "DATABASE_URL": postgres_database_url(postgres, "live"),
        "JWT_SECRET_KEY": SECRET,
        "A8N_ENCRYPTION_KEYS": base64.b64encode(os.urandom(32)).decode(),
    }
    assert "a8n db upgrade" in refusal(tmp_path, env=env)
    command = [str(COMMAND), "db", "upgrade"]
    subprocess.run(command, env={**os.environ, **env, "A8N_DATA_DIR": str(tmp_path)}, check=True, capture_output=True)
    server = servers(tmp_path, env)
    server.sign_up()
    server.live(workflow("greet", [hook("greet", respond=FIRST), put("x", text={"$t": "Hello {{ json.body.name }}"})],
                         "hook > x"))  # fmt: skip
    assert server.hook("greet", {"name": "Ana"}).json() == {"text": "Hello Ana"}
    nodes = [hook("later"), node("pause", "flow.wait", {"resume": {"on": "duration", "seconds": 1}}), put("y", n=1)]
    server.live(workflow("later", nodes, "hook > pause", "pause > y"))
    accepted = [server.hook("later", {}).json()["execution_id"] for _ in range(20)]
    server.kill()
    server.start()
    assert server.hook("greet", {"name": "Bo"}).json() == {"text": "Hello Bo"}
    for execution_id in accepted:
        while (status := server.ended(execution_id)["status"]) == "waiting":
            time.sleep(0.05)
        assert status == "succeeded"
    assert server.stop() == 0
