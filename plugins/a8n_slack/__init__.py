"""Slack: send, change and find messages, upload files, ask people, and start at events and commands."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, Trigger, hookimpl
from a8n_slack.ask import Ask
from a8n_slack.credentials import SlackBot, SlackOAuth2, SlackSigningSecret
from a8n_slack.find import Find
from a8n_slack.messages import Message
from a8n_slack.trigger import SlackEvent
from a8n_slack.uploads import Upload


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """What a bot can do."""
    return [Message, Ask, Upload, Find]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Bots, and the secret that Slack signs with."""
    return [SlackBot, SlackOAuth2, SlackSigningSecret]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """Events, commands and interactions."""
    return [SlackEvent]
