"""One promise of the contract, ready to be checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """Call it: it raises AssertionError with every sentence that its function gives."""

    plugin: str
    subject: str
    """Key of a node type or credential kind; empty for the plugin as a whole."""
    name: str
    problems: Callable[[], Iterable[str]]

    def __str__(self) -> str:
        return "::".join(part for part in (self.plugin, self.subject, self.name) if part)

    def __call__(self) -> None:
        """Raise AssertionError unless the promise is kept."""
        found = list(self.problems())
        if found:
            raise AssertionError(f"{self}\n" + "\n".join(f"  {problem}" for problem in found))
