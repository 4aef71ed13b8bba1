"""Bots and webhooks, and the key that Discord signs its requests with."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator

from a8n import Credential, Field, Secret, hint


class DiscordBot(Credential):
    """A bot of a Discord application."""

    key = "discord.bot"
    icon = "icon.svg"
    title = "Discord bot"
    docs = "https://discord.com/developers/docs/quick-start/getting-started"

    token: Secret = Field(min_length=1, description="Token, under Bot of the application.")
    base_url: Annotated[str, hint(advanced=True)] = Field(
        "https://discord.com/api/v10", max_length=500, description="Where the API is."
    )

    @field_validator("base_url")
    @classmethod
    def _url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("this is no address such as https://discord.com/api/v10")
        return url.rstrip("/")

    def headers(self) -> dict[str, str]:
        """What proves who it is."""
        return {"authorization": f"Bot {self.token.get_secret_value().strip()}"}

    async def check(self, http: Any) -> str:
        """Ask who the bot is."""
        from a8n_discord.api import call, known

        me = known(await call(http, self, "GET", "/users/@me"))
        return f"signed in as {me.get('username', '')}"


class DiscordWebhook(Credential):
    """A webhook of a channel: it can write there, and do nothing else."""

    key = "discord.webhook"
    icon = "icon.svg"
    title = "Discord webhook"
    docs = "https://support.discord.com/hc/en-us/articles/228383668-Intro-to-Webhooks"

    url: Secret = Field(description="Address of the webhook, under Integrations of the channel; it is a secret.")

    @field_validator("url")
    @classmethod
    def _url(cls, url: SecretStr) -> SecretStr:
        parts = urlsplit(url.get_secret_value().strip())
        place = re.search(r"/webhooks/[0-9]+/[A-Za-z0-9_-]+/?$", parts.path)
        if parts.scheme not in ("http", "https") or not parts.hostname or not place or parts.query:
            raise ValueError("this is no address such as https://discord.com/api/webhooks/ID/TOKEN")
        return url

    @property
    def base_url(self) -> str:
        """The address itself, which is the right to write."""
        return self.url.get_secret_value().strip().rstrip("/")

    def headers(self) -> dict[str, str]:
        """Nothing: the address is the proof."""
        return {}

    async def check(self, http: Any) -> str:
        """Ask for the webhook's name."""
        from a8n_discord.api import call, known

        return f"writes as {known(await call(http, self, 'GET', '')).get('name', '')}"


class DiscordApplication(Credential):
    """The public key of a Discord application, which proves that requests are Discord's."""

    key = "discord.application"
    icon = "icon.svg"
    title = "Discord application"
    docs = "https://discord.com/developers/docs/interactions/overview"

    public_key: str = Field(pattern=r"^[0-9a-fA-F]{64}$", description="Public Key, under General Information.")
