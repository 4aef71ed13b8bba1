"""What a list of workflows is searched by: kept beside each draft, so that no search reads a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select

from a8n.items import JSON
from a8n.runtime.access import Actor
from a8n.runtime.schema import credentials, workflows
from a8n.runtime.shares import usable
from a8n.runtime.uses import FRAME, framed, references, using


@dataclass(frozen=True, slots=True)
class Terms:
    """By what a workflow is found."""

    search: str
    """Its name, description and tags, and the names, types and paths of its nodes; a line each, casefolded."""
    uses: str
    """Its node types and the ids of its credentials, each between line feeds."""


def terms(draft: JSON, tags: Sequence[str]) -> Terms:
    """By what a draft is found."""
    words = [draft.get("name", ""), draft.get("description", ""), *tags]
    uses: list[str] = []
    for node in draft.get("nodes", ()):
        params = node.get("params", {})
        path = params.get("path")
        words += [node["name"], node["type"], path if isinstance(path, str) else ""]
        uses += [node["type"], *sorted(references(params))]
    return Terms(FRAME.join(dict.fromkeys(word.casefold() for word in words if word)), framed(uses))


def found_by(actor: Actor, text: str) -> ColumnElement[bool]:
    """The condition for workflows that hold a text, or use a credential whose name holds it, or whose id it is."""
    named = exists(
        select(credentials.c.id).where(
            usable(actor),
            func.lower(credentials.c.name).contains(text.lower(), autoescape=True),
            workflows.c.uses.contains(FRAME + credentials.c.id + FRAME),
        )
    )
    return or_(workflows.c.search.contains(text.casefold(), autoescape=True), using(text), named)
