"""Docs cannot drift: what is generated is up to date, links lead somewhere, every hook and setting is described.

`python -m tests.test_docs` writes the generated parts anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from a8n import hookspecs
from a8n.runtime.settings import Settings

ROOT = Path(__file__).parent.parent
OPERATIONS = ROOT / "docs" / "operations.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "kernel").glob("*.md")])


def settings_table() -> str:
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {about} |"
        for name, default, about in Settings.documentation()
    ]
    return "\n".join(["| variable | default | |", "|---|---|---|", *rows])


def with_table(page: str) -> str:
    return re.sub(
        r"(<!-- settings -->\n).*?(<!-- /settings -->)",
        lambda found: f"{found[1]}{settings_table()}\n{found[2]}",
        page,
        flags=re.DOTALL,
    )


def test_the_table_of_settings_is_up_to_date() -> None:
    page = OPERATIONS.read_text()
    assert page == with_table(page), "run: python -m tests.test_docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_every_hook_is_in_the_plugin_guide() -> None:
    guide = (ROOT / "docs" / "plugins.md").read_text()
    hooks = [name for name in vars(hookspecs) if name.startswith(("register_", "on_"))]
    assert hooks
    assert [name for name in hooks if f"`{name}" not in guide] == []


if __name__ == "__main__":
    OPERATIONS.write_text(with_table(OPERATIONS.read_text()))
