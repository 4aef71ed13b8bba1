"""Docs cannot drift: what is generated is up to date, links lead somewhere, every hook and setting is described.

`python -m tests.test_docs` writes the generated parts anew.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from a8n import hookspecs
from a8n.runtime.gauges import Gauges
from a8n.runtime.metrics import Metrics
from a8n.runtime.settings import Settings

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance

ROOT = Path(__file__).parent.parent
OPERATIONS = ROOT / "docs" / "operations.md"
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "kernel").glob("*.md"),
        *(ROOT / "contrib" / "deploy").glob("*.md"),
    ]
)


def settings_table() -> str:
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {about} |"
        for name, default, about in Settings.documentation()
    ]
    return "\n".join(["| variable | default | |", "|---|---|---|", *rows])


def metrics_table() -> str:
    metrics = Metrics()
    Gauges(cast("Instance", SimpleNamespace(metrics=metrics, bus=object())))  # registers, and reads nothing yet
    rows = [f"| `{name}` | {kind} | {labels} | {about} |" for name, kind, labels, about in metrics.documentation()]
    return "\n".join(["| metric | kind | labels | |", "|---|---|---|---|", *rows])


def with_tables(page: str) -> str:
    for name, table in (("settings", settings_table()), ("metrics", metrics_table())):
        before, rest = page.split(f"<!-- {name} -->\n")
        _, after = rest.split(f"<!-- /{name} -->")
        page = f"{before}<!-- {name} -->\n{table}\n<!-- /{name} -->{after}"
    return page


def test_the_tables_of_settings_and_metrics_are_up_to_date() -> None:
    page = OPERATIONS.read_text()
    assert page == with_tables(page), "run: python -m tests.test_docs"


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
    OPERATIONS.write_text(with_tables(OPERATIONS.read_text()))
