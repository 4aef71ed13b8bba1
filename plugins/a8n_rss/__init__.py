"""Feeds: read RSS and Atom, and start at new entries."""

from __future__ import annotations

from a8n import BatchNode, Node, Trigger, hookimpl
from a8n_rss.read import ReadFeed
from a8n_rss.trigger import NewEntry


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """Reading."""
    return [ReadFeed]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """Looking for what is new."""
    return [NewEntry]
