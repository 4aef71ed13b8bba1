"""What a list says of each workflow beyond its row: what is in its draft, and how its latest executions went."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from a8n.errors import InvalidError
from a8n.items import JSON
from a8n.plan import check
from a8n.runtime.uses import references
from a8n.runtime.workflows import ran
from a8n.trigger import Trigger
from a8n.workflow import Workflow
from a8n_web.calls import Web, rfc3339
from a8n_web.documents import summary

KEPT = 5_000
"""Drafts of which a process remembers what is in them."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What one revision of a draft holds."""

    description: str
    triggers: Sequence[dict[str, JSON]]
    node_count: int
    sound: bool
    """Nothing in the document itself keeps it from running."""
    references: frozenset[str]
    """Ids of the credentials that it uses."""


class Overview:
    """Describes rows of `Workflows.list_for`; a draft is looked into once for each revision."""

    def __init__(self, web: Web):
        self._web = web
        self._known: OrderedDict[tuple[str, int], Facts] = OrderedDict()

    async def of(self, rows: Sequence[Any]) -> list[dict[str, JSON]]:
        """The rows as JSON."""
        facts = await self.facts(rows)
        wanted = {(row.project_id, reference) for row in rows for reference in facts[row.id].references}
        usable = await self._web.credentials.usable_pairs(wanted)
        return [self._described(row, facts[row.id], usable) for row in rows]

    def _described(self, row: Any, facts: Facts, usable: set[tuple[str, str]]) -> dict[str, JSON]:
        lately = ran(row)
        last = lately[0] if lately else None
        missing = any((row.project_id, reference) not in usable for reference in facts.references)
        return {
            **summary(row),
            "description": facts.description,
            "triggers": list(facts.triggers),
            "node_count": facts.node_count,
            "has_issues": missing or not facts.sound,
            "favourite": bool(row.favourite),
            "last_execution": {"id": last.id, "status": last.status, "at": rfc3339(last.at)} if last else None,
            "recent": [one.status for one in lately],
        }

    async def facts(self, rows: Sequence[Any]) -> dict[str, Facts]:
        """What the drafts of rows with `id` and `revision` hold, by id."""
        found = {row.id: facts for row in rows if (facts := self._known.get((row.id, row.revision))) is not None}
        new = {row.id: row.revision for row in rows if row.id not in found}
        drafts = await self._web.workflows.drafts(list(new)) if new else {}
        for workflow_id, revision in new.items():
            draft = drafts.get(workflow_id)  # it may have been deleted since
            facts = self._read(orjson.loads(draft)) if draft is not None else Facts("", (), 0, True, frozenset())
            found[workflow_id] = self._known[workflow_id, revision] = facts
            await asyncio.sleep(0)  # a long list of new drafts must not keep others waiting
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found

    def _read(self, draft: JSON) -> Facts:
        nodes = draft.get("nodes", ())
        try:
            sound = not check(self._web.kernel, Workflow.parse(draft))
        except InvalidError:  # saved by another version of a8n
            sound = False
        triggers = [told for node in nodes if (told := self._trigger(node)) is not None]
        return Facts(draft.get("description", ""), triggers, len(nodes), sound, frozenset(references(nodes)))

    def _trigger(self, node: JSON) -> dict[str, JSON] | None:
        node_type = self._web.kernel.catalogue.get(node["type"])
        if node_type is None or not issubclass(node_type.cls, Trigger):
            return None
        disabled = bool((node.get("settings") or {}).get("disabled"))
        return {
            "node": node["id"], "name": node["name"], "type": node["type"], "kind": node_type.kind,
            "disabled": disabled,
        }  # fmt: skip
