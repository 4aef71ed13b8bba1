"""The tutorial and the README are run as a reader would: every command, in one shell, against a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.server import Server

ROOT = Path(__file__).parent.parent
MARK = "@@@"
NOT_RUN_HERE = ("make serve", "make test", "a8n plugin")
"""Started by the test itself, being the test itself, and tried by tests of their own."""


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


@pytest.mark.parametrize("page", ["docs/tutorial.md", "README.md"])
def test_every_command_does_what_the_page_says(page: str, tmp_path: Path) -> None:
    todo = [(command, said) for command, said in commands(ROOT / page) if not command.startswith(NOT_RUN_HERE)]
    assert len(todo) >= 5
    server = Server(tmp_path / "data").start()
    try:
        script = "\n".join(f"{command}\necho '{MARK}'" for command, _ in todo)
        script = script.replace("localhost:5678", f"127.0.0.1:{server.port}")
        env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", script],
            cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    finally:
        server.close()
    said = done.stdout.split(f"{MARK}\n")
    assert done.returncode == 0, f"{todo[len(said) - 1][0]}\n{said[-1]}\n{done.stderr}"
    for (command, output), seen in zip(todo, said, strict=False):
        if output.strip():
            assert re.fullmatch(pattern(output), seen, re.DOTALL), f"{command}\ngave    {seen}\npromised {output}"
