"""Sending messages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel

from a8n import JSON, Choice, Context, Example, Field, FileName, Json, Multiline, Node, NodeError, Parameters, hint
from a8n_discord.api import SNOWFLAKE, Upload, call, known, parsed
from a8n_discord.credentials import DiscordBot, DiscordWebhook

MAX_UPLOAD = 10 * 2**20
"""Bytes of one file that Discord takes from bots, unless a server was boosted."""


class SentOut(BaseModel, use_attribute_docstrings=True):
    """A message."""

    id: str
    """Its id."""
    channel: str
    """Id of the channel it is in."""
    message: dict[str, JSON]
    """All that Discord says of it."""


class ByBot(Parameters):
    """A bot sends to any channel that it may write to."""

    kind: Literal["bot"] = Field("bot", description="Who sends.")
    bot: DiscordBot = Field(description="Bot that sends.")
    channel: str = Field(pattern=SNOWFLAKE, description="Id of the channel or thread.")
    reply_to: str = Field("", pattern=r"^([0-9]{5,20})?$", description="Id of the message that it answers.")


class ByWebhook(Parameters):
    """A webhook sends to the channel that it was made for."""

    kind: Literal["webhook"] = Field("webhook", description="Who sends.")
    webhook: DiscordWebhook = Field(description="Webhook that sends.")
    username: str = Field("", max_length=80, description="Name to send under; empty takes the webhook's.")
    thread: str = Field("", pattern=r"^([0-9]{5,20})?$", description="Id of a thread of the channel.")


class Send(Node):
    """Send a message to a channel: a text, embeds, files.

    By a bot a message is sent once, though it be tried again within a few minutes: Discord recognises it by its nonce.
    Webhooks have nothing of the kind.
    """

    key = "discord.send"
    title = "Send a Discord message"
    group = "comms"
    concurrency = 2
    examples = (
        Example(
            "Tell that an order came in",
            {
                "sender": {"kind": "bot", "bot": {"$credential": "1"}, "channel": "1234567890123456789"},
                "text": {"$t": "Order {{ json.id }} over {{ json.total }} €"},
            },
            items=({"id": "A-17", "total": 48},),
            needs=("discord.bot",),
        ),
    )  # fmt: skip

    sender: Annotated[ByBot | ByWebhook, Field(discriminator="kind")] = Field(description="Who sends, and where to.")
    text: Multiline = Field("", max_length=2000, description="The text, in Markdown: 2000 characters at most.")
    embeds: Json = Field(None, description="Embeds, as Discord describes them: a list of 10 at most, or null.")
    files: list[FileName] = Field([], max_length=10, description="Which of the item's files to attach.")
    mentions: Annotated[bool, hint(advanced=True)] = Field(
        False, description="Let @everyone, roles and people that the text names be notified."
    )

    async def run(self, ctx: Context) -> SentOut:
        """Send it."""
        said = content(self.text, self.embeds, bool(self.files))
        if not self.mentions:
            said["allowed_mentions"] = {"parse": []}
        files = [await self._file(ctx, name) for name in self.files]
        sender = self.sender
        if isinstance(sender, ByWebhook):
            said |= {"username": sender.username} if sender.username else {}
            asked = [("wait", "true"), *([("thread_id", sender.thread)] if sender.thread else [])]
            return sent_of(known(await call(
                ctx.http, sender.webhook, "POST", "", params=asked, json=said, files=files
            )))  # fmt: skip
        said |= {"nonce": hashlib.sha256(ctx.key.encode()).hexdigest()[:25], "enforce_nonce": True}
        if sender.reply_to:
            said["message_reference"] = {"message_id": sender.reply_to}
        path = f"/channels/{sender.channel}/messages"
        try:
            return sent_of(known(await call(ctx.http, sender.bot, "POST", path, json=said, files=files)))
        except NodeError as error:
            error.field = "sender.channel" if error.field == "channel" else error.field
            raise

    async def _file(self, ctx: Context, name: str) -> Upload:
        ref = ctx.file(name, "files")
        if ref.size > MAX_UPLOAD:
            text = f"the file {name!r} has {ref.size:,} bytes; {MAX_UPLOAD:,} are the most that Discord takes"
            raise NodeError(text, field="files", hint="store it and send a link", retryable=False)
        return ref.name or "file", await ctx.files.read(ref), ref.mime or "application/octet-stream"


def content(text: str, embeds: JSON, more: bool = False) -> dict[str, JSON]:
    """What a message says. Raises NodeError where it says nothing."""
    if embeds is not None and not (isinstance(embeds, list) and all(isinstance(one, dict) for one in embeds)):
        raise NodeError("embeds are a list of objects", field="embeds", retryable=False)
    if not text.strip() and not embeds and not more:
        raise NodeError("a message has a text, embeds or files", field="text", retryable=False)
    said: dict[str, JSON] = {"content": text}
    return {**said, "embeds": embeds} if embeds else said


def sent_of(told: Mapping[str, Any]) -> SentOut:
    """A message from what Discord says."""
    return SentOut(id=str(told.get("id", "")), channel=str(told.get("channel_id", "")), message=dict(told))


async def channel_choices(bot: DiscordBot, search: str, http: Any) -> list[Choice]:
    """Text channels of the servers that the bot is in."""
    found: list[Choice] = []
    servers = parsed(await call(http, bot, "GET", "/users/@me/guilds", params=[("limit", "20")]))
    for server in servers if isinstance(servers, list) else []:
        channels = parsed(await call(http, bot, "GET", f"/guilds/{server['id']}/channels"))
        for one in channels if isinstance(channels, list) else []:
            label = f"{server.get('name', '')} #{one.get('name', '')}"
            if one.get("type") in (0, 5) and search.lower() in label.lower():  # text and announcements
                found.append(Choice(value=str(one["id"]), label=label))
    return found
