"""What keeps strangers out of a chat."""

from __future__ import annotations

from a8n import Credential, Field, Secret


class ChatPassword(Credential):
    """A password that people type once, before they can talk."""

    key = "chat.password"
    icon = "lock-keyhole"
    title = "Chat password"

    password: Secret = Field(min_length=8, description="The password: 8 characters at least.")
