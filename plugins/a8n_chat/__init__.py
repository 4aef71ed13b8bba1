"""Chat: a page on which people talk with a workflow, hosted here or embedded elsewhere."""

from __future__ import annotations

from a8n import Credential, Trigger, hookimpl
from a8n_chat.credentials import ChatPassword
from a8n_chat.trigger import ChatTrigger


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """The page."""
    return [ChatTrigger]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """What keeps strangers out."""
    return [ChatPassword]
