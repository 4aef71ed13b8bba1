"""The tutorial and the README are run as a reader would: every command, in one shell, against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from tests.live.server import Server

ROOT = Path(__file__).parent.parent
MARK = "@@@"
NOT_RUN_HERE = ("make serve", "make test")
"""The tests start the server themselves, and are themselves the tests."""


def commands(page: Path) -> Iterator[tuple[str, str]]:
    """The commands of a page's console blocks, each with the output it promises."""
    for block in re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            yield _parted(part)


def _parted(part: str) -> tuple[str, str]:
    """A command ends with its line, unless a quote, a backslash or a here-document goes on."""
    lines = part.splitlines()
    for count in range(1, len(lines) + 1):
        text = "\n".join(lines[:count])
        document = re.search(r"<<'?(\w+)'?", text)
        if document is not None and (count == 1 or lines[count - 1] != document[1]):
            continue
        open_quote = document is None and text.replace("\\'", "").count("'") % 2 == 1
        if not (open_quote or lines[count - 1].endswith("\\")):
            return text, "\n".join(lines[count:])
    raise AssertionError(f"a command that does not end: {part!r}")


def pattern(output: str) -> str:
    """What is promised as a regular expression: `…` stands for anything."""
    return r"\s*" + ".*".join(re.escape(piece.strip()) for piece in output.strip().split("…")) + r"\s*"


class Bank(BaseHTTPRequestHandler):
    """Stands in for the public API of the tutorial. It is busy at first, as real ones are."""

    asked: ClassVar[list[str]]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        rates = {"base": "EUR", "date": "2026-01-02", "rates": {"USD": 1.25}}
        self.send_response(503 if len(self.asked) == 1 else 200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(rates).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def bank() -> Iterator[ThreadingHTTPServer]:
    Bank.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Bank) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(page: str, folder: Path, replaced: Mapping[str, str]) -> None:
    """Type all of a page's commands into one shell, and compare what comes with what the page says."""
    todo = [(c, o) for c, o in commands(ROOT / page) if not c.startswith(NOT_RUN_HERE)]
    script = "\n".join(f"{command}\necho '{MARK}'" for command, _ in todo)
    for old, new in replaced.items():
        script = script.replace(old, new)
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    said = done.stdout.split(f"{MARK}\n")
    assert done.returncode == 0, f"{todo[len(said) - 1][0]}\n{said[-1]}\n{done.stderr}"
    assert len(said) == len(todo) + 1
    for (command, output), seen in zip(todo, said, strict=False):
        if output.strip():
            assert re.fullmatch(pattern(output), seen, re.DOTALL), f"{command}\ngave    {seen}\npromised {output}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A new server: the first account owns it."""
    server = Server(tmp_path / "data").start()
    yield server
    server.close()


def test_every_command_of_the_tutorial_does_what_it_says(
    server: Server, bank: ThreadingHTTPServer, tmp_path: Path
) -> None:
    service = f"http://127.0.0.1:{bank.server_port}"
    run("docs/tutorial.md", tmp_path, {"localhost:5678": server.url, "https://api.frankfurter.dev": service})
    assert Bank.asked == ["/v1/latest?symbols=USD"] * 2, "busy once, then asked again"


def test_every_command_of_the_readme_does_what_it_says(server: Server, tmp_path: Path) -> None:
    run("README.md", tmp_path, {"localhost:5678": server.url})


def test_nothing_is_left_out_but_what_is_tried_elsewhere() -> None:
    found = [
        c.partition("#")[0].strip() for page in ("docs/tutorial.md", "README.md") for c, _ in commands(ROOT / page)
    ]
    assert {command for command in found if command.startswith(NOT_RUN_HERE)} <= {"make serve", "make test"}
    assert len(found) > 25
