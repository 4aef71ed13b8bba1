"""Starting at updates that Telegram sends."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated
from urllib.parse import urlsplit

from a8n import (
    Example,
    Field,
    Item,
    NodeError,
    Request,
    Route,
    TriggerContext,
    UnauthorizedError,
    WebhookTrigger,
    hint,
)
from a8n_telegram.api import call, library
from a8n_telegram.updates import Updates, item_of

PATH = r"^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,199}$"
HEADER = "x-telegram-bot-api-secret-token"
MAX_BYTES = 2**20


class UpdateReceived(WebhookTrigger, Updates):
    """Start when somebody writes to the bot or presses a button; Telegram tells at once, by a web request.

    Telegram has to reach this instance by HTTPS. Each request proves by a secret that it comes from Telegram, and an
    update that is sent again starts nothing.
    """

    key = "telegram.webhook"
    title = "Telegram message by webhook"
    icon = "icon.svg"
    subtitle = "/{path}"
    examples = (
        Example("Every message, and what is pressed", {"bot": {"$credential": "1"}, "path": "shop-bot"},
                needs=("telegram.bot",)),
    )  # fmt: skip

    path: Annotated[str, hint(expr=False, placeholder="shop-bot", mono=True)] = Field(
        pattern=PATH, description="Where it listens, below /webhook/."
    )

    def route(self) -> Route:
        """Where Telegram sends updates."""
        return Route(self.path, body={}, max_bytes=MAX_BYTES, idempotent=False)

    def open_to_all(self) -> bool:
        """Never: the secret is asked for."""
        return False

    async def authenticate(self, request: Request) -> None:
        """Compare the secret."""
        if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), self._secret().encode()):
            raise UnauthorizedError()

    def receive(self, request: Request) -> list[Item] | None:
        """The update; None for what is none."""
        item = item_of(request.body)
        return [item] if item is not None else None

    def dedup_key(self, request: Request) -> str | None:
        """The update's number, which is the bot's own."""
        item = item_of(request.body)
        return f"{self.bot.bot_id}:{item.json['update_id']}" if item is not None else None

    async def activate(self, ctx: TriggerContext) -> None:
        """Tell Telegram where to send updates."""
        library()
        from aiogram.methods import SetWebhook

        if not ctx.url.startswith("https://"):
            raise NodeError(
                f"Telegram sends to addresses with https only, and this instance is at {ctx.url}",
                hint="set A8N_PUBLIC_URL, or take the trigger that fetches updates", retryable=False,
            )  # fmt: skip
        theirs = await self._address(ctx)
        if theirs not in ("", ctx.url) and not self.take_over:
            raise foreign(theirs)
        wanted = SetWebhook(url=ctx.url, secret_token=self._secret(), allowed_updates=list(self.kinds))
        await call(ctx.http, self.bot, wanted)

    async def deactivate(self, ctx: TriggerContext) -> None:
        """Have nothing sent any more, unless another program has taken the bot meanwhile."""
        library()
        from aiogram.methods import DeleteWebhook

        if await self._address(ctx) == ctx.url:
            await call(ctx.http, self.bot, DeleteWebhook())

    async def _address(self, ctx: TriggerContext) -> str:
        from aiogram.methods import GetWebhookInfo

        info = await call(ctx.http, self.bot, GetWebhookInfo())
        return str(info.get("url") or "") if isinstance(info, dict) else ""

    def _secret(self) -> str:
        """Known to those who have the bot's token alone, and different for each path."""
        return hmac.new(self.bot.token.get_secret_value().encode(), self.path.encode(), hashlib.sha256).hexdigest()


def foreign(url: str) -> NodeError:
    """What is said where a bot's updates go elsewhere. The rest of the address may be a secret."""
    return NodeError(
        f"this bot sends its updates to {urlsplit(url).hostname or 'another address'} already",
        field="take_over", hint="remove the webhook there, or let this workflow take the bot over", retryable=False,
    )  # fmt: skip
