"""Telegram: send messages, start at new ones, and wait for answers."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, hookimpl
from a8n_telegram.credentials import TelegramBot
from a8n_telegram.send import Send


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """What a bot can do."""
    return [Send]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Bots."""
    return [TelegramBot]
