"""Fetching files that people have sent."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from a8n import Context, Example, Field, FileRef, Item, Node, NodeError, hint
from a8n_telegram.api import call, library
from a8n_telegram.credentials import TelegramBot

MEGABYTE = 2**20


class Download(Node):
    """Fetch a file that somebody has sent, and put it on the item. Telegram gives bots files of up to 20 MB."""

    key = "telegram.download"
    title = "Download a Telegram file"
    group = "comms"
    effect = "idempotent"
    concurrency = 4
    examples = (
        Example(
            "Take the picture of a message",
            {"bot": {"$credential": "1"}, "file": {"$": "json.file.id"}},
            items=({"file": {"kind": "photo", "id": "AgACAgIAAxkBAAI"}},),
            needs=("telegram.bot",),
        ),
    )

    bot: TelegramBot = Field(description="Bot that got the file.")
    file: str = Field(min_length=1, max_length=500, description="The trigger's file.id.")
    into: str = Field("file", min_length=1, max_length=100, description="Name of the item's new file.")
    name: str = Field("", max_length=255, description="File name; empty takes Telegram's.")
    largest: Annotated[int, hint(advanced=True)] = Field(
        20, ge=1, le=2000, description="Most megabytes; servers of one's own give more than 20."
    )

    async def run(self, ctx: Context) -> Item:
        """Fetch it."""
        library()
        from aiogram.methods import GetFile

        found = await call(ctx.http, self.bot, GetFile(file_id=self.file))
        path = found.get("file_path") if isinstance(found, dict) else None
        if not isinstance(path, str) or not path:
            raise NodeError("Telegram did not say where the file is", retryable=True)
        if path.startswith("/"):
            hint = "start it without --local"
            raise NodeError("this Bot API server keeps files to itself", hint=hint, field="bot", retryable=False)
        ref = await self._fetched(ctx, path)
        return Item(ctx.item.json, {**(ctx.item.files or {}), self.into: ref}, ctx.index)

    async def _fetched(self, ctx: Context, path: str) -> FileRef:
        url = f"{self.bot.base_url}/file/bot{self.bot.token.get_secret_value()}/{quote(path)}"
        async with await ctx.http.stream("GET", url, timeout=300, max_bytes=self.largest * MEGABYTE) as answer:
            if answer.status != 200:
                raise NodeError(f"the file could not be fetched: Telegram answered {answer.status}")
            kind = answer.headers.get("content-type", "application/octet-stream")
            return await ctx.files.save(aiter(answer), self.name or path.rsplit("/", 1)[-1], kind)
