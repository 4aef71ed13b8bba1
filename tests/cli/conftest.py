"""The command as its user sees it: what it prints, and its exit code."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from a8n_web.cli import outcome


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


A8n = Callable[..., Outcome]


@pytest.fixture
def a8n(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> A8n:
    """Run the command in an empty folder with no settings: `a8n("run", "flow.yaml", stdin="...")`."""
    monkeypatch.chdir(tmp_path)
    ours = [name for name in os.environ if name.startswith("A8N_")]
    for name in ("DATABASE_URL", "REDIS_URL", "JWT_SECRET_KEY", *ours):
        monkeypatch.delenv(name, raising=False)

    def call(*args: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        capsys.readouterr()
        code = outcome(args)
        out, err = capsys.readouterr()
        return Outcome(code, out, err)

    return call
