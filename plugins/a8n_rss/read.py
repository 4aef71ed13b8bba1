"""Reading a feed."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel

from a8n import Context, Example, Field, Node, hint
from a8n_rss.feeds import fetch

Address = Annotated[str, hint(placeholder="https://example.org/feed.xml")]


class Enclosure(BaseModel, use_attribute_docstrings=True):
    """A file of an entry."""

    url: str
    """Where it is."""
    mime: str
    """Its type."""
    size: int | None
    """Bytes, as the feed says."""


class Entry(BaseModel, use_attribute_docstrings=True):
    """An entry of a feed."""

    id: str
    """What it is known by: its id, else its link."""
    title: str
    """Its title as text."""
    link: str
    """Where it is."""
    published: str | None
    """When it came out, in UTC; null where the feed does not say."""
    updated: str | None
    """When it was changed."""
    authors: list[str]
    """Who wrote it."""
    categories: list[str]
    """What it is about."""
    text: str
    """Its content, else its summary, as text."""
    html: str
    """The same as HTML, without scripts."""
    enclosures: list[Enclosure]
    """Files, such as the sound of a podcast."""


class ReadFeed(Node):
    """Read an RSS or Atom feed: one item for each entry, in the order of the feed."""

    key = "rss.read"
    title = "Read a feed"
    effect = "idempotent"
    subtitle = "{url}"
    examples = (
        Example("The five latest entries", {"url": "https://example.org/feed.xml", "limit": 5}, needs=("network",)),
    )

    url: Address = Field(min_length=1, max_length=2000, description="Address of the feed.")
    limit: int = Field(100, ge=1, le=10_000, description="How many entries at most.")

    async def run(self, ctx: Context) -> list[Entry]:
        """Fetch it."""
        found = await fetch(ctx.http, self.url)
        return [Entry.model_validate(one) for one in found.entries[: self.limit]] if found is not None else []
