"""Starting at new entries."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from a8n import JSON, Duration, Example, Field, Item, PollTrigger, TriggerContext, hint
from a8n_rss.feeds import fetch
from a8n_rss.read import Address

KNOWN = 5_000
"""Entries that are recognised, the latest: feeds keep far fewer, and bring old ones up again."""
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=7)
Fixed = hint(expr=False)


class NewEntry(PollTrigger):
    """Start when a feed has new entries: one execution with all that a look finds, the oldest first.

    Entries are known by their id, so none comes twice where a feed changes its order, has no dates, or brings one up
    again. What was there before the workflow was published starts nothing.
    """

    key = "rss.new_entry"
    title = "New entry of a feed"
    icon = "icon.svg"
    subtitle = "{url}"
    examples = (
        Example("Each quarter of an hour", {"url": "https://example.org/feed.xml"}),
        Example("Begin with all that is there", {"url": "https://example.org/feed.xml", "existing": True}),
    )

    url: Annotated[Address, Fixed] = Field(min_length=1, max_length=2000, description="Address of the feed.")
    look_every: Annotated[Duration, Fixed] = Field(
        timedelta(minutes=15), ge=SHORTEST, le=LONGEST, description="How often to look."
    )
    existing: Annotated[bool, Fixed] = Field(False, description="Start with the entries that are there at first.")

    def every(self) -> float:
        """Seconds between looks."""
        return self.look_every.total_seconds()

    async def poll(self, ctx: TriggerContext, cursor: JSON) -> tuple[Sequence[Item], JSON]:
        """Look whether it has changed, and what is new."""
        first = not isinstance(cursor, dict) or cursor.get("url") != self.url
        kept: dict[str, JSON] = {} if first else dict(cursor)
        found = await fetch(ctx.http, self.url, str(kept.get("etag", "")), str(kept.get("modified", "")))
        if found is None:
            return [], cursor
        seen: list[str] = list(kept.get("seen", ()))
        known = set(seen)
        fresh: list[dict[str, JSON]] = []
        for entry in found.entries:
            mark = _mark(entry)
            if mark not in known:
                known.add(mark)
                seen.append(mark)
                fresh.append(entry)
        present = {_mark(entry) for entry in found.entries}
        # What the feed has now is never forgotten, however long it is: it would come twice.
        others = [mark for mark in seen if mark not in present]
        room = max(KNOWN - len(present), 0)
        kept = {
            "url": self.url, "etag": found.etag, "modified": found.modified,
            "seen": [*(others[-room:] if room else []), *present],
        }  # fmt: skip
        if first and not self.existing:
            fresh = []
        return [Item(entry) for entry in reversed(fresh)], kept

    def sample(self) -> list[Item]:
        """An entry, as it would come."""
        return [Item({
            "id": "https://example.org/1", "title": "Hello", "link": "https://example.org/1",
            "published": "2026-05-01T09:00:00Z", "updated": None, "authors": ["Ada"], "categories": [],
            "text": "Hello, world", "html": "<p>Hello, world</p>", "enclosures": [],
        })]  # fmt: skip


def _mark(entry: dict[str, JSON]) -> str:
    """What an entry is recognised by, in short: its id, else all that it says."""
    text = str(entry["id"] or f"{entry['title']}\0{entry['published']}\0{entry['html']}")
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
