"""Telegram: send messages, start at new ones, and wait for answers."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, Trigger, hookimpl
from a8n_telegram.ask import Ask
from a8n_telegram.change import Delete, Edit
from a8n_telegram.credentials import TelegramBot
from a8n_telegram.download import Download
from a8n_telegram.polling import NewUpdate
from a8n_telegram.send import Send
from a8n_telegram.signs import AnswerCallback, ChatAction
from a8n_telegram.webhook import UpdateReceived


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """What a bot can do."""
    return [Send, Ask, Edit, Delete, AnswerCallback, ChatAction, Download]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """Two ways to learn what happens in a bot's chats."""
    return [NewUpdate, UpdateReceived]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Bots."""
    return [TelegramBot]
