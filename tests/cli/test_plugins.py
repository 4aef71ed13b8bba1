"""`a8n plugins` shows what is there; `a8n plugin new` writes a plugin that is sound as written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from a8n import Kernel
from a8n.testing.contract import checks
from tests.cli.conftest import A8n


class Broken:
    """A plugin that registers nonsense."""

    def register_nodes(self) -> str:
        return "nodes"


def test_it_lists_plugins_with_their_distribution(a8n: A8n) -> None:
    listed = {report["name"]: report for report in json.loads(a8n("plugins", "--json").out)}
    assert listed["flow"]["distribution"] == "a8n"
    assert "flow.if" in listed["flow"]["nodes"]
    assert "healthy" in a8n("plugins").out


def test_it_says_why_a_plugin_was_left_out(a8n: A8n, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("a8n_web.cli.plugins.kernel_of", lambda settings: Kernel([Broken()]))
    shown = a8n("plugins")
    assert shown.code == 0
    assert "Broken was left out: register_nodes must return a list of classes, not str" in shown.out
    assert a8n("plugins", "--strict").code == 1
    assert json.loads(a8n("plugins", "--json").out)[0]["healthy"] is False


def test_a_new_plugin_passes_its_own_tests_and_checks_as_written(a8n: A8n, tmp_path: Path) -> None:
    made = a8n("plugin", "new", "my-crm")
    assert made.code == 0, made.err
    folder = tmp_path / "a8n-my-crm"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    for command in (
        ["pytest", "-q", "-p", "no:cacheprovider"],
        ["ruff", "check", "--no-cache"],
        ["ruff", "format", "--check", "--no-cache"],
        ["mypy", "--cache-dir", os.devnull, "."],
    ):
        result = subprocess.run(
            [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stdout + result.stderr


def test_a_new_plugin_keeps_the_contract(a8n: A8n, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a8n("plugin", "new", "a8n-scratch", "--directory", "here")
    monkeypatch.syspath_prepend(tmp_path / "here")
    for check in checks("a8n_scratch"):
        check()


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (["My_CRM"], 2, "is no plugin name"),
        (["../up"], 2, "is no plugin name"),
        (["x" * 50], 2, "is no plugin name"),
        (["flow"], 1, "there is a package a8n_flow"),
        (["other", "--directory", "full"], 1, "full is not empty"),
    ],
)
def test_a_name_or_place_that_will_not_do_is_refused(a8n: A8n, args: list[str], code: int, sentence: str) -> None:
    Path("full").mkdir()
    Path("full/file").touch()
    shown = a8n("plugin", "new", *args)
    assert (shown.code, sentence in shown.err) == (code, True)
