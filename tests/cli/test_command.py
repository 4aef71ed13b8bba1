"""What holds for all commands: quick help, exit codes, errors as sentences."""

import subprocess
import sys

import pytest

from a8n_web.cli import COMMANDS
from tests.cli.conftest import A8n


def test_help_lists_every_command_and_imports_none_of_the_kernel() -> None:
    probe = (
        "import sys\nfrom a8n_web.cli import outcome\noutcome(['--help'])\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('a8n', 'pydantic', 'sqlalchemy', 'rich')))"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"
    assert all(f"\n  {name}" in result.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(a8n: A8n, name: str) -> None:
    shown = a8n(name, "--help")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith(f"Usage: a8n {name}")


def test_the_version_is_the_distribution_s(a8n: A8n) -> None:
    from importlib.metadata import version

    assert a8n("--version").out == f"a8n {version('a8n')}\n"


def test_wrong_usage_exits_with_2_and_suggests(a8n: A8n) -> None:
    shown = a8n("sevre")
    assert (shown.code, shown.out) == (2, "")
    assert "did you mean 'serve'?" in shown.err


def test_a_wrong_setting_is_wrong_usage(a8n: A8n, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A8N_LEASE", "long")
    shown = a8n("plugins")
    assert (shown.code, shown.err) == (2, "a8n: A8N_LEASE must be a number, not 'long'\n")


def test_a_process_that_needs_others_says_so(a8n: A8n) -> None:
    assert a8n("worker").code == 2
    shown = a8n("web")
    assert (shown.code, "set DATABASE_URL" in shown.err) == (2, True)


def test_an_unforeseen_error_is_one_sentence_and_its_traceback_on_request(
    a8n: A8n, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**options: object) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr("a8n_web.cli.plugins.settings_of", broken)
    shown = a8n("plugins")
    assert (shown.code, shown.err) == (1, "a8n: RuntimeError: out of luck (A8N_DEBUG=1 shows where)\n")
    monkeypatch.setenv("A8N_DEBUG", "1")
    assert "Traceback" in a8n("plugins").err


def test_ctrl_c_is_no_error_with_a_traceback(a8n: A8n, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("a8n_web.cli.plugins.settings_of", interrupted)
    shown = a8n("plugins")
    assert (shown.code, shown.err.strip()) == (130, "a8n: canceled")
