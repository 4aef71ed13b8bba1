"""Bots."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import field_validator

from a8n import Credential, Field, Secret, hint


class TelegramBot(Credential):
    """A bot, as @BotFather made it."""

    key = "telegram.bot"
    icon = "icon.svg"
    title = "Telegram bot"
    docs = "https://core.telegram.org/bots/features#botfather"

    token: Secret = Field(description="Token that @BotFather gave: 123456:ABC-DEF….")
    base_url: Annotated[str, hint(advanced=True)] = Field(
        "https://api.telegram.org",
        max_length=500,
        description="Where the Bot API is; change it for a server of your own.",
    )

    @field_validator("base_url")
    @classmethod
    def _url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "{" in url:
            raise ValueError("this is no address such as https://api.telegram.org")
        return url.rstrip("/")

    @property
    def bot_id(self) -> str:
        """The number of the bot, which its token begins with."""
        return self.token.get_secret_value().partition(":")[0]

    async def check(self, http: Any) -> str:
        """Ask who the bot is."""
        from a8n_telegram.api import call, library

        library()
        from aiogram.methods import GetMe

        me = await call(http, self, GetMe())
        return f"signed in as @{me.get('username', '')} ({me.get('first_name', '')})"
