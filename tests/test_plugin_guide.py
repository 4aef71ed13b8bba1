"""The plugin author's guide is a plugin: its code is run as one module, its tests pass, and it keeps the contract."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from a8n import Event, Kernel
from a8n.testing import run_workflow
from a8n.testing.contract import checks
from a8n_web.cli import outcome

GUIDE = (Path(__file__).parent.parent / "docs" / "plugins.md").read_text()
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
MODULE = "a8n_guide_shop"
ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M0 0h24v24H0z"/></svg>'


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """All Python of the guide as one importable module. The tests are a module beside it, as in a real plugin."""
    folder = tmp_path_factory.mktemp("guide")
    package = folder / MODULE
    package.mkdir()
    python = [block for language, block in BLOCKS if language == "python"]
    (package / "__init__.py").write_text("\n".join(block for block in python if "a8n.testing" not in block))
    (package / "icon.svg").write_text(ICON)
    tests = "\n".join(block for block in python if "a8n.testing" in block)
    (package / "trials.py").write_text(f"from {MODULE} import *\n{tests}")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield importlib.import_module(MODULE)


def test_its_tests_pass(shop: ModuleType) -> None:
    trials = vars(importlib.import_module(f"{MODULE}.trials"))
    found = {name: trial for name, trial in trials.items() if name.startswith("test_")}
    assert len(found) >= 5
    for trial in found.values():
        asyncio.run(trial()) if inspect.iscoroutinefunction(trial) else trial()


def test_it_keeps_the_contract(shop: ModuleType) -> None:
    found = checks(MODULE)
    assert len(found) > 50
    for check in found:
        check()


async def test_its_first_node_works_and_its_observer_hears_of_it(shop: ModuleType) -> None:
    kernel = Kernel([shop])
    assert kernel.plugins[0].error is None
    document = {"nodes": [{"id": "start", "name": "Start", "type": "shop.order_placed", "params": {
        "path": "x", "password": "a long word"}}]}  # fmt: skip
    await run_workflow(document, kernel=kernel, observer=kernel.manager.emit)
    assert shop.seen == ["succeeded"]
    assert shop.on_event(Event("step.started", "e", "w", 0)) is None
    assert shop.AddVat(amount=100).run(None) == {"gross": 119.0}


def test_its_commands_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for language, block in BLOCKS if language == "console" for line in block.splitlines()]
    commands = [line.partition("#")[0].split()[1:] for line in lines if line.startswith("$ ")]
    assert {command[0] for command in commands} <= {"a8n", "cd", "pip", "pytest"}
    ours = [[word for word in command[1:] if word != "shop"] for command in commands if command[0] == "a8n"]
    assert [outcome([*command, "--help"]) for command in ours] == [0] * len(ours)


def test_its_toml_is_what_the_scaffold_writes() -> None:
    (block,) = [block for language, block in BLOCKS if language == "toml"]
    assert tomllib.loads(block)["project"]["entry-points"]["a8n"] == {"shop": "a8n_shop"}


def test_every_block_is_tried() -> None:
    assert {language for language, _ in BLOCKS} == {"python", "console", "toml"}
