"""What the builder's page costs to load, and under which licences what is in it comes.

`python -m tests.test_builder_size` prints the table. The page is the one that `make` built.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
BUILDER = ROOT / "web" / "builder"
PAGE = ROOT / "web" / "a8n_web" / "static"
ENTRY = "index.html"
CANVASES = ("src/editor/Editor.tsx", "src/pages/Run.tsx", "src/pages/History.tsx")
"""Pages that show a workflow drawn."""
PAGES = ("src/pages/", "src/editor/")
KIB = 1024
PERMISSIVE = {"MIT", "Apache-2.0", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "OFL-1.1"}


@dataclass(frozen=True)
class Budget:
    """KiB, compressed with gzip; fonts as they are."""

    goal: int
    limit: int


BUDGETS = {
    "largest page with a canvas: JavaScript before it shows": Budget(230, 260),
    "largest other page: JavaScript before it shows": Budget(130, 150),
    "all JavaScript": Budget(900, 1_100),
    "all CSS": Budget(25, 25),
    "fonts of a reader of English": Budget(90, 90),
}


def manifest() -> dict[str, Any]:
    """What vite built of what."""
    found: dict[str, Any] = json.loads((PAGE / ".vite" / "manifest.json").read_text())
    return found


def closure(chunks: Mapping[str, Any], *names: str) -> set[str]:
    """These chunks and all that they need before they can run."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += chunks[name].get("imports", ())
    return found


def pages(chunks: Mapping[str, Any]) -> Iterator[str]:
    """The pages of the table of addresses. Menus and dialogs, which the entry loads after them, are none."""
    shell = closure(chunks, ENTRY)
    demanded = {name for chunk in shell for name in chunks[chunk].get("dynamicImports", ())}
    yield from sorted(name for name in demanded if name.startswith(PAGES))


def scripts(chunks: Mapping[str, Any], *names: str) -> float:
    """KiB of JavaScript until these can run."""
    return sum(compressed(chunks[name]["file"]) for name in closure(chunks, *names))


def compressed(name: str) -> float:
    """KiB."""
    return len(gzip.compress((PAGE / name).read_bytes(), 9)) / KIB


def measured() -> dict[str, float]:
    """KiB of each budget."""
    chunks = manifest()
    sizes = {page: scripts(chunks, ENTRY, page) for page in pages(chunks)}
    others = [value for page, value in sizes.items() if page not in CANVASES]
    files = sorted(path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*") if path.is_file())
    fonts = [path for path in PAGE.rglob("*.woff2") if re.search(r"-latin-(?!ext)", path.name)]
    values = (
        max(sizes[page] for page in CANVASES if page in sizes),
        max(others, default=scripts(chunks, ENTRY)),
        sum(compressed(name) for name in files if name.endswith(".js")),
        sum(compressed(name) for name in files if name.endswith(".css")),
        sum(path.stat().st_size for path in fonts) / KIB,
    )
    return dict(zip(BUDGETS, values, strict=True))


@pytest.mark.parametrize("name", BUDGETS)
def test_the_page_stays_within_its_budget(name: str) -> None:
    found = measured()[name]
    assert 0 < found <= BUDGETS[name].limit, f"{name}: {found:.1f} KiB; python -m tests.test_builder_size has the table"


def test_the_budgets_follow_what_chunks_import() -> None:
    chunks = {
        "index.html": {"imports": ["_shared"], "dynamicImports": ["src/pages/a.tsx", "src/locales/de/a.json"]},
        "_shared": {"imports": ["_deep"], "dynamicImports": ["src/pages/b.tsx", "src/ui/Menu.tsx"]},
        "_deep": {"imports": ["_shared"]},
        "src/pages/a.tsx": {"imports": ["index.html", "_own"], "dynamicImports": ["src/later.tsx"]},
        "src/pages/b.tsx": {},
        "src/ui/Menu.tsx": {},
        "_own": {},
    }
    assert closure(chunks, ENTRY) == {ENTRY, "_shared", "_deep"}
    assert closure(chunks, "src/pages/a.tsx") == {"src/pages/a.tsx", "_own", ENTRY, "_shared", "_deep"}
    assert list(pages(chunks)) == ["src/pages/a.tsx", "src/pages/b.tsx"]


def test_every_script_is_there_compressed() -> None:
    large = [path for path in (PAGE / "assets").glob("*.js") if path.stat().st_size > 1_000]
    assert large
    for path in large:
        sizes = [path.with_name(path.name + suffix).stat().st_size for suffix in (".br", ".gz", "")]
        assert sizes == sorted(sizes)


def packages() -> dict[str, dict[str, Any]]:
    """What may come into the page, by its place in node_modules."""
    locked = json.loads((BUILDER / "package-lock.json").read_text())["packages"]
    return {name: package for name, package in locked.items() if name and not package.get("dev")}


def test_what_ships_is_under_permissive_licences() -> None:
    wrong = {name: package.get("license") for name, package in packages().items() if not permissive(package)}
    assert packages()
    assert not wrong


def permissive(package: Mapping[str, Any]) -> bool:
    choices = re.split(r"\s+OR\s+", str(package.get("license", "")).strip("()"))
    return any(set(re.split(r"\s+AND\s+", choice)) <= PERMISSIVE for choice in choices)


@pytest.mark.parametrize(
    ("licence", "sound"),
    [
        ("MIT", True),
        ("(MIT OR GPL-3.0)", True),
        ("MIT AND ISC", True),
        ("MIT AND GPL-3.0", False),
        ("MPL-2.0", False),
        ("", False),
    ],
)
def test_licences_are_read(licence: str, sound: bool) -> None:
    assert permissive({"license": licence}) is sound


def test_the_page_brings_the_notices_of_what_is_in_it() -> None:
    notices = (PAGE / "licences.txt").read_text()
    named = re.findall(r"^## (\S+) - \S+ \((.+)\)$", notices, re.MULTILINE)
    assert {"react", "react-router", "@fontsource-variable/inter"} <= {name for name, _ in named}
    assert [(name, licence) for name, licence in named if not permissive({"license": licence})] == []


if __name__ == "__main__":
    print(f"{'':60} {'KiB':>7} {'goal':>6} {'limit':>6}")
    for title, value in measured().items():
        budget = BUDGETS[title]
        print(f"{title:60} {value:7.1f} {budget.goal:6} {budget.limit:6}")
    built = manifest()
    print()
    for page in [ENTRY, *pages(built)]:
        print(f"{page:60} {scripts(built, ENTRY, page):7.1f}")
        for chunk in sorted(closure(built, page) - closure(built, ENTRY)):
            print(f"    {chunk:56} {compressed(built[chunk]['file']):7.1f}")
