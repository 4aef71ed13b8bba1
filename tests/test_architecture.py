"""The arrows: web → runtime → kernel ← plugins, and nothing else. A module that breaks one fails here, by name."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import a8n

ROOT = Path(__file__).parent.parent
KERNEL_LIBRARIES = {"pluggy", "pydantic", "pydantic_core", "jinja2", "markupsafe", "re2", "dateutil"}
"""All that ring 0 may import beside the standard library (docs/decisions/0001-ring-0-and-jinja.md)."""
HTTP_CLIENTS = {"httpx", "httpx2", "requests", "aiohttp", "urllib3", "http.client", "urllib.request"}
CONTRACT_SUITE = "kernel/a8n/testing"
"""Ships with the kernel and is imported by tests alone, so pytest is at hand."""


def modules(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module that a file imports, with the line, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield node.lineno, str(node.module)


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def ring_0() -> list[Path]:
    return [path for path in modules("kernel/a8n") if "runtime" not in path.relative_to(ROOT / "kernel/a8n").parts]


def test_ring_0_imports_nothing_of_the_outer_rings_and_few_libraries() -> None:
    wrong = []
    for path in ring_0():
        known = KERNEL_LIBRARIES | ({"pytest", "_pytest"} if CONTRACT_SUITE in str(path) else set())
        for line, name in imports(path):
            top = name.split(".")[0]
            allowed = top in sys.stdlib_module_names or top in known
            own = inside(name, "a8n") and not inside(name, "a8n.runtime")
            if not (allowed or own):
                wrong.append(f"{place(path, line)} imports {name}")
    assert not wrong


def test_ring_1_knows_no_web_and_no_plugin() -> None:
    plugins = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir()}
    wrong = [
        f"{place(path, line)} imports {name}"
        for path in modules("kernel/a8n/runtime")
        for line, name in imports(path)
        if inside(name, "a8n_web") or name.split(".")[0] in plugins or name.split(".")[0] in ("quart", "uvicorn")
    ]
    assert not wrong


def test_the_web_imports_no_plugin() -> None:
    plugins = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir()}
    wrong = [
        f"{place(path, line)} imports {name}"
        for path in modules("web/a8n_web")
        for line, name in imports(path)
        if name.split(".")[0] in plugins
    ]
    assert not wrong


def test_plugins_import_only_the_public_names() -> None:
    wrong = []
    for path in modules("plugins"):
        package = path.relative_to(ROOT / "plugins").parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                if inside(node.module, "a8n"):
                    names = {alias.name for alias in node.names}
                    if node.module != "a8n" or not names <= set(a8n.__all__):
                        wrong.append(f"{place(path, node.lineno)} imports {sorted(names)} from {node.module}")
                elif node.module.startswith("a8n_") and not inside(node.module, package):
                    wrong.append(f"{place(path, node.lineno)} imports {node.module}")
            elif isinstance(node, ast.Import):
                wrong += [
                    f"{place(path, node.lineno)} imports {alias.name}"
                    for alias in node.names
                    if alias.name.startswith("a8n") and not inside(alias.name, package)
                ]
    assert not wrong


def test_plugins_reach_the_network_only_through_the_egress_client() -> None:
    wrong = [
        f"{place(path, line)} imports {name}"
        for path in modules("plugins")
        for line, name in imports(path)
        if any(inside(name, client) for client in HTTP_CLIENTS)
    ]
    assert not wrong


def test_only_one_module_touches_the_plugin_manager() -> None:
    users = {
        str(path.relative_to(ROOT / "kernel/a8n"))
        for path in modules("kernel")
        for _, name in imports(path)
        if inside(name, "pluggy")
    }
    assert users == {"hookspecs.py", "plugins.py"}


@pytest.mark.parametrize("name", sorted(a8n.__all__))
def test_public_names_exist_and_are_documented(name: str) -> None:
    value = getattr(a8n, name)
    documented = bool(getattr(value, "__doc__", None))
    assert documented


def test_the_public_names_are_few() -> None:
    assert len(a8n.__all__) <= 50


def test_every_bundled_plugin_has_an_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = set(project["project"]["entry-points"]["a8n"].values())
    assert declared == {path.name for path in (ROOT / "plugins").iterdir() if (path / "__init__.py").exists()}


def test_the_lock_files_name_no_package_index() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text()
        assert "--hash=sha256:" in lock.read_text()


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils.py", "helpers.py", "common.py", "base.py", "misc.py", "manager.py"}
    wrong = [str(path) for folder in ("kernel", "plugins", "web") for path in modules(folder) if path.name in empty]
    assert not wrong
