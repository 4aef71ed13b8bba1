"""Every filter, test and function of the language. Nothing of Jinja's own is used: each is bounded by what
it costs."""

from __future__ import annotations

from typing import Final

from a8n.expressions.filters import (
    conditions,
    dates,
    encoding,
    functions,
    higher,
    lists,
    numbers,
    objects,
    patterns,
    text,
)
from a8n.expressions.filters.entry import Entry, Group, close_to

GROUPS: Final[tuple[Group, ...]] = tuple(
    module.GROUP for module in (text, numbers, lists, higher, objects, dates, patterns, encoding, conditions, functions)
)
"""In the order of the documentation."""


def _table(kind: str) -> dict[str, Entry]:
    return {name: entry for group in GROUPS if group.kind == kind for name, entry in group.entries.items()}


FILTERS: Final = _table("filter")
TESTS: Final = _table("test")
FUNCTIONS: Final = _table("function")

__all__ = ["FILTERS", "FUNCTIONS", "GROUPS", "TESTS", "Entry", "close_to"]
