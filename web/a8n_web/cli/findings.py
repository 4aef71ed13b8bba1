"""What `a8n doctor` finds: one sentence each, and what to do about it. No finding holds a secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["ok", "warn", "bad"]
MARKS = {"ok": "[green]✓[/]", "warn": "[yellow]![/]", "bad": "[red]✗[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    area: str
    """`settings`, `host`, `data`, `database`, `queue`, `redis`, `keys`, `plugins`, `web`."""
    level: Level
    text: str
    advice: str = ""
    """What to do; empty where all is well."""

    def as_json(self) -> dict[str, str]:
        """For `--json`."""
        return asdict(self)


class Area:
    """Makes the findings of one area: `yield database.bad("…", "…")`."""

    def __init__(self, name: str):
        self.name = name

    def ok(self, text: str) -> Finding:
        """All is well."""
        return Finding(self.name, "ok", text)

    def warn(self, text: str, advice: str) -> Finding:
        """It works, and will not for ever, or not as it could."""
        return Finding(self.name, "warn", text, advice)

    def bad(self, text: str, advice: str) -> Finding:
        """It does not work."""
        return Finding(self.name, "bad", text, advice)


Findings = Iterator[Finding]


def megabytes(size: float) -> str:
    """`12 MB`, `3.4 GB`."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
