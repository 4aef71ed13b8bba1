"""The build hook of the builder's page, with an npm that only pretends: the real one is what `make` runs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hatch_build
import pytest

ROOT = Path(__file__).parent.parent
NPM = """#!/bin/sh
echo "$@" >> ../../calls.txt
[ "$1" = "$FAILS" ] && echo "E404 no such package" && exit 1
[ "$1" = ci ] && mkdir -p node_modules && touch node_modules/.package-lock.json
[ "$1" = run ] && mkdir -p "$A8N_BUILDER_OUT" && cp src/page.html "$A8N_BUILDER_OUT/index.html"
exit 0
"""
Install = Callable[[str, str], None]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with a builder of one file."""
    sources = tmp_path / "tree" / "web" / "builder"
    (sources / "src").mkdir(parents=True)
    (sources / "src" / "page.html").write_text("first")
    (sources / "package-lock.json").write_text("{}")
    return tmp_path / "tree"


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """A machine with this Node of ours, and no other."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "mkdir", "cp", "touch"):
        found = next(Path(folder) / name for folder in os.defpath.split(":") if (Path(folder) / name).exists())
        (programs / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("A8N_SKIP_BUILDER", raising=False)
    monkeypatch.setenv("FAILS", "")

    def install(version: str, fails: str = "") -> None:
        for name, text in (("node", f"#!/bin/sh\necho v{version}\n"), ("npm", NPM)):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        monkeypatch.setenv("FAILS", fails)

    return install


def calls(tree: Path) -> list[str]:
    path = tree / "calls.txt"
    return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []


def build(tree: Path) -> Any:
    (tree / "calls.txt").unlink(missing_ok=True)
    builder = hatch_build.Builder(tree)
    builder.build()
    return builder


def page(tree: Path) -> str:
    return (tree / "web" / "a8n_web" / "static" / "index.html").read_text()


def test_it_builds_once_for_the_same_sources(tree: Path, node: Install) -> None:
    node("20.19.0", "")
    assert build(tree).is_fresh()
    assert calls(tree) == ["ci", "run"]
    build(tree)
    assert calls(tree) == []
    (tree / "web" / "builder" / "src" / "page.html").write_text("second")
    build(tree)
    assert calls(tree) == ["run"]
    assert page(tree) == "second"


def test_packages_are_fetched_anew_when_the_lock_changes(tree: Path, node: Install) -> None:
    node("24.1.0", "")
    build(tree)
    lock = tree / "web" / "builder" / "package-lock.json"
    lock.write_text('{"packages": {}}')
    os.utime(lock, (lock.stat().st_mtime + 5, lock.stat().st_mtime + 5))
    build(tree)
    assert calls(tree) == ["ci", "run"]


@pytest.mark.parametrize("fails", ["ci", "run"])
def test_a_build_that_fails_says_what_to_do_and_leaves_the_old_page(tree: Path, node: Install, fails: str) -> None:
    node("20.19.0", "")
    build(tree)
    (tree / "web" / "builder" / "src" / "page.html").write_text("second")
    (tree / "web" / "builder" / "node_modules" / ".package-lock.json").unlink()
    node("20.19.0", fails)
    with pytest.raises(SystemExit) as caught:
        build(tree)
    for part in (f"npm {fails}", "E404 no such package", "A8N_SKIP_BUILDER=1", "Node 20.19"):
        assert part in str(caught.value)
    assert page(tree) == "first"
    assert [path.name for path in (tree / "web" / "a8n_web").iterdir()] == ["static"]


@pytest.mark.parametrize(
    ("version", "asked"), [("", True), ("18.20.1", True), ("21.7.0", True), ("20.19.0", False), ("22.12.0", False)]
)
def test_a_packaged_node_is_asked_for_only_where_none_will_do(
    tree: Path, node: Install, version: str, asked: bool
) -> None:
    if version:
        node(version, "")
    assert dependencies(tree) == ([hatch_build.NODE] if asked else [])


def test_nothing_is_asked_for_where_the_page_is_there_or_unwanted(
    tree: Path, node: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node("22.12.0", "")
    build(tree)
    for name in ("node", "npm"):
        (tmp_path / "bin" / name).unlink()
    assert dependencies(tree) == []
    build(tree)
    (tree / "web" / "builder" / "src" / "page.html").write_text("second")
    assert dependencies(tree) == [hatch_build.NODE]
    monkeypatch.setenv("A8N_SKIP_BUILDER", "1")
    assert dependencies(tree) == []
    build(tree)
    assert page(tree) == "first"


def test_tests_and_packages_are_no_sources_of_the_page(tree: Path) -> None:
    before = hatch_build.Builder(tree).fingerprint()
    for name in ("src/page.test.tsx", "node_modules/react/index.js", ".lock"):
        path = tree / "web" / "builder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1")
    assert hatch_build.Builder(tree).fingerprint() == before


def dependencies(tree: Path) -> list[str]:
    nothing: Any = None
    return hatch_build.BuilderHook(str(tree), {}, nothing, nothing, "", "wheel").dependencies()


def test_the_lock_of_packages_names_no_host() -> None:
    packages = json.loads((ROOT / "web" / "builder" / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
