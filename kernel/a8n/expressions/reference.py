"""The documentation of filters, tests and functions, from their docstrings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from a8n.expressions.filters import Entry

_EXAMPLE: Final = re.compile(r"^>>> (.+)\n(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """An expression and the JSON text of its value."""

    source: str
    result: str


@dataclass(frozen=True, slots=True)
class FilterDoc:
    """One filter, test or function, for documentation and for the builder's completion."""

    kind: str
    """`filter`, `test` or `function`."""
    name: str
    aliases: tuple[str, ...]
    group: str
    """Title of the group it is listed in."""
    signature: str
    """How it is written, with types, such as `text | truncate(length: whole number = 80) -> text`."""
    doc: str
    """What it does, in plain sentences."""
    examples: tuple[Example, ...]

    @property
    def example(self) -> str:
        """The first example, as `source → result`."""
        return f"{self.examples[0].source} → {self.examples[0].result}"


def reference() -> list[FilterDoc]:
    """Every filter, test and function, group by group, each once under its main name."""
    from a8n.expressions.filters import GROUPS

    return [
        _described(group.title, entry)
        for group in GROUPS
        for name, entry in group.entries.items()
        if name == entry.name
    ]


def _described(group: str, entry: Entry) -> FilterDoc:
    text = entry.documentation
    examples = tuple(Example(source, result) for source, result in _EXAMPLE.findall(text))
    doc = " ".join(text.partition("\n\n>>>")[0].split())
    return FilterDoc(entry.kind, entry.name, entry.aliases, group, entry.signature, doc, examples)


def markdown() -> str:
    """The reference as Markdown: a table for each group. `docs/expressions.md` holds it between two markers."""
    docs = reference()
    groups = dict.fromkeys(doc.group for doc in docs)
    return "\n".join(_table(group, [doc for doc in docs if doc.group == group]) for group in groups)


def _table(title: str, docs: list[FilterDoc]) -> str:
    rows = [f"| {_code(doc.signature)} | {_described_cell(doc)} | {_example_cell(doc)} |" for doc in docs]
    return "\n".join([f"### {title}", "", "| | | example |", "|---|---|---|", *rows, ""])


def _described_cell(doc: FilterDoc) -> str:
    also = f" Also: {', '.join(map(_code, doc.aliases))}." if doc.aliases else ""
    return doc.doc.replace("|", "\\|") + also


def _example_cell(doc: FilterDoc) -> str:
    return "<br>".join(f"{_code(example.source)} → {_code(example.result)}" for example in doc.examples)


def _code(text: str) -> str:
    # A bar ends a cell even inside of code, so it must be escaped there too.
    return f"`{text}`".replace("|", "\\|")
