"""Notion: pages of databases and their text."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, hookimpl
from a8n_notion.api import NotionAccount
from a8n_notion.pages import AppendText, CreatePage, PageText, QueryDatabase, SearchPages, UpdatePage


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """What an integration can do."""
    return [QueryDatabase, CreatePage, UpdatePage, AppendText, PageText, SearchPages]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Integrations."""
    return [NotionAccount]
