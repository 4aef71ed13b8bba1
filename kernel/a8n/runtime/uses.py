"""What a draft uses: its node types and credentials, kept beside it so that users of one are found by a search."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement

from a8n.credential import REFERENCE
from a8n.items import JSON
from a8n.runtime.schema import workflows

FRAME = "\n"


def references(value: JSON) -> set[str]:
    """The ids of all credentials that a JSON value refers to."""
    found: set[str] = set()
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            reference = current.get(REFERENCE)
            if len(current) == 1 and isinstance(reference, str):
                found.add(reference)
            else:
                pending += current.values()
        elif isinstance(current, list):
            pending += current
    return found


def framed(uses: Iterable[str]) -> str:
    """Node types and ids of credentials as `workflows.uses` keeps them: each between line feeds."""
    known = list(dict.fromkeys(uses))
    return FRAME + FRAME.join(known) + FRAME if known else ""


def using(name: str) -> ColumnElement[bool]:
    """The condition for workflows with a node type, or a credential's id."""
    return workflows.c.uses.contains(f"{FRAME}{name}{FRAME}", autoescape=True)
