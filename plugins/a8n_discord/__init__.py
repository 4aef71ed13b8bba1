"""Discord: messages by a bot or a webhook, roles of members, and a start at commands and buttons."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, Trigger, hookimpl
from a8n_discord.credentials import DiscordApplication, DiscordBot, DiscordWebhook
from a8n_discord.messages import ListMessages, Message
from a8n_discord.roles import MemberRole
from a8n_discord.send import Send
from a8n_discord.trigger import Interaction


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """What a bot or a webhook can do."""
    return [Send, Message, ListMessages, MemberRole]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Bots, webhooks, and the key that Discord signs with."""
    return [DiscordBot, DiscordWebhook, DiscordApplication]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """Commands and buttons."""
    return [Interaction]
