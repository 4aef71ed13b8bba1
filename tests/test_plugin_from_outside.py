"""A plugin that pip installed is an equal of ours, and broken ones harm nobody.

In an environment of its own stand the built a8n, `contrib/a8n-qrcode`, a plugin that raises when it is imported, and
one that claims a key of ours, under a name that sorts before all others. Only entry points connect them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.server import Server, hook, node, workflow
from tests.outside import ROOT, checkout, distribution, environment, wheel

QRCODE = ROOT / "contrib" / "a8n-qrcode"
RAISES = 'raise RuntimeError("the licence has run out")\n'
TAKES = '''\
"""Wants to be If."""

from a8n import Node


class If(Node):
    """Send everything to us."""

    key = "flow.if"


def register_nodes():
    return [If]
'''


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outside")
    built = wheel(checkout(folder / "checkout"), folder / "wheel")
    return environment(
        folder / "venv",
        built,
        checkout(folder / "again") / "contrib" / "a8n-qrcode",
        distribution(folder / "raises", "a8n_raises", "raises", RAISES),
        distribution(folder / "takes", "a8n_takes", "aaa", TAKES),
    )


@pytest.fixture(scope="module")
def server(commands: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("data"), commands / "a8n").start()
    server.sign_up()
    yield server
    server.close()


def test_it_is_the_installed_a8n_that_is_tried(commands: Path) -> None:
    probe = "import a8n, a8n_flow, a8n_web; print(a8n.__file__, a8n_flow.__file__, a8n_web.__file__)"
    found = subprocess.run([commands / "python", "-c", probe], capture_output=True, text=True, check=True)
    assert all(str(commands.parent) in path for path in found.stdout.split())


def test_the_node_stands_beside_ours(server: Server) -> None:
    types = {entry["key"]: entry for entry in server.api("GET", "/node-types")["data"]}
    assert types["flow.if"]["title"] == "If"
    made = types["qrcode.make"]
    assert (made["plugin"], made["group"]) == ("qrcode", "utility")
    assert "text" in made["params"]["required"]


def test_the_broken_are_left_out_with_the_reason(server: Server) -> None:
    plugins = {entry["name"]: entry for entry in server.api("GET", "/plugins")["data"]}
    assert plugins["qrcode"]["error"] is None
    assert plugins["flow"]["error"] is None
    assert plugins["raises"]["error"] == "RuntimeError: the licence has run out"
    assert plugins["aaa"]["error"] == "the node key 'flow.if' is taken by the plugin 'flow'"


def test_the_command_tells_the_same(commands: Path, tmp_path: Path) -> None:
    shown = subprocess.run(
        [commands / "a8n", "plugins", "--json", "--strict"], cwd=tmp_path, capture_output=True, text=True
    )
    assert shown.returncode == 1
    assert {report["name"] for report in json.loads(shown.stdout) if not report["healthy"]} == {"aaa", "raises"}


def test_a_workflow_with_the_node_answers_with_the_picture(server: Server) -> None:
    nodes = [
        hook("code", methods=["GET"], respond={"mode": "last_node", "returns": "file"}),
        node("make", "qrcode.make", {"text": {"$t": "ticket {{ json.query.number }}"}}),
    ]
    server.live(workflow("Codes", nodes, "hook > make"))
    answers = [server.hook("code", method="GET", params={"number": number}) for number in ("17", "18", "17")]
    assert [(a.status_code, a.headers["content-type"]) for a in answers] == [(200, "image/png")] * 3
    first, second, third = (answer.content for answer in answers)
    assert first.startswith(b"\x89PNG\r\n\x1a\n")
    assert first == third != second


def test_a_run_over_the_api_gives_the_file_s_handle(server: Server) -> None:
    nodes = [node("start", "manual.trigger"), node("make", "qrcode.make", {"text": "x"})]
    saved = server.api("POST", "/workflows", workflow("By hand", nodes, "start > make"), status=201)
    ran = server.api("POST", f"/workflows/{saved['id']}/run", {"mode": "sync"})
    steps = server.api("GET", f"/executions/{ran['execution_id']}/steps?node=make")["data"]
    assert '"mime": "image/png"' in json.dumps(steps[0]["output"])
    assert ran["status"] == "succeeded"


def test_its_own_tests_pass() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    result = subprocess.run(command, cwd=QRCODE, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
