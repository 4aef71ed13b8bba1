"""What users install: one wheel that has everything in it, and nothing that is not theirs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.outside import ROOT, checkout, environment, wheel

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packaging")
    return wheel(checkout(folder / "checkout"), folder)


@pytest.fixture(scope="module")
def names(built: Path) -> set[str]:
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_it_holds_every_package_and_what_they_need_beside_code(names: set[str]) -> None:
    assert {
        "a8n/py.typed",
        "a8n/runtime/common_passwords.txt",
        "a8n_web/py.typed",
        "a8n_web/cli/templates/plugin/plugin.py.jinja",
        "a8n_migrations/env.py",
        "a8n_migrations/script.py.mako",
    } <= names
    assert any(name.startswith("a8n_migrations/versions/") for name in names)


def test_it_holds_every_bundled_plugin_with_its_icon(names: set[str]) -> None:
    modules = PROJECT["entry-points"]["a8n"].values()
    assert modules
    missing = [f"{module}/{file}" for module in modules for file in ("__init__.py", "icon.svg")]
    assert [name for name in missing if name not in names] == []


def test_it_holds_the_page_of_the_builder(built: Path, names: set[str]) -> None:
    with zipfile.ZipFile(built) as archive:
        page = archive.read("a8n_web/static/index.html").decode()
    scripts = re.findall(r'src="\./([^"]+)"', page)
    assert any(name.startswith("assets/") for name in scripts)
    assert {f"a8n_web/static/{name}" for name in scripts} <= names
    assert not [name for name in names if "web/builder" in name or name.endswith((".tsx", ".ts"))]


def test_the_source_archive_can_build_the_page_and_brings_no_packages(tmp_path: Path) -> None:
    source = checkout(tmp_path / "checkout")
    package = source / "web" / "builder" / "node_modules" / "react" / "index.js"
    package.parent.mkdir(parents=True)
    package.write_text("1")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path / "dist")],
        cwd=source, check=True, capture_output=True,
    )  # fmt: skip
    (archive,) = (tmp_path / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        held = {name.partition("/")[2] for name in opened.getnames()}
    assert {"hatch_build.py", "web/builder/package-lock.json", "web/builder/src/main.tsx", "Makefile"} <= held
    assert not [name for name in held if "node_modules" in name or name.startswith("web/a8n_web/static")]


def test_it_holds_all_that_is_under_the_source_roots(names: set[str]) -> None:
    sources = {
        str(path.relative_to(ROOT / root))
        for root, package in (("kernel", "a8n"), ("web", "a8n_web"), ("migrations", "a8n_migrations"), ("plugins", "."))
        for path in (ROOT / root / package).rglob("*.py")
    }
    assert sources <= names


def test_it_holds_nothing_else(names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    expected = {"a8n", "a8n_web", "a8n_migrations", *PROJECT["entry-points"]["a8n"].values()}
    assert {top for top in tops if not top.endswith(".dist-info")} == expected
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name or "node_modules" in name]


def test_pip_install_of_a_checkout_gives_the_command(tmp_path: Path) -> None:
    commands = environment(tmp_path / "venv", checkout(tmp_path / "checkout"))

    def a8n(*args: str) -> str:
        return subprocess.run(
            [commands / "a8n", *args], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    assert a8n("--version") == f"a8n {PROJECT['version']}\n"
    reports = json.loads(a8n("plugins", "--json", "--strict"))
    assert sorted(report["name"] for report in reports) == sorted(PROJECT["entry-points"]["a8n"])
    a8n("plugin", "new", "scratch")
    assert (tmp_path / "a8n-scratch" / "a8n_scratch" / "icon.svg").is_file()
