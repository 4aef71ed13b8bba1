"""The pytest plugin: `pytest --a8n-contract my_plugin` adds the contract suite of a plugin to the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from a8n.testing.contract import Check, checks


def pytest_addoption(parser: pytest.Parser) -> None:
    """Called by pytest at its start."""
    parser.getgroup("a8n").addoption(
        "--a8n-contract",
        action="append",
        default=[],
        metavar="MODULE",
        help="run the a8n contract suite on the plugin in this module (may be given several times)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Called by pytest when it has collected: add a test per promise, before others select by name."""
    for module in config.getoption("--a8n-contract"):
        for check in checks(module):
            name = str(check)
            items.append(ContractItem.from_parent(session, name=name, nodeid=f"a8n-contract::{name}", check=check))


class ContractItem(pytest.Item):
    """One promise as a test."""

    def __init__(self, *, check: Check, **options: Any):
        super().__init__(**options)
        self._check = check

    def runtest(self) -> None:
        """Called by pytest."""
        self._check()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A broken promise in plain sentences; anything else with its traceback."""
        if isinstance(excinfo.value, AssertionError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands in reports."""
        return self.path, None, self.name
