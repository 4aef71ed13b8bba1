"""Messages that are there already: changed, deleted, reacted to, and listed."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from a8n import JSON, Choice, Context, Example, Field, Json, Multiline, Node, NodeError, Parameters, hint, options
from a8n_discord.api import SNOWFLAKE, call, known, parsed
from a8n_discord.credentials import DiscordBot
from a8n_discord.send import SentOut, channel_choices, content, sent_of

PAGE = 100
GONE = 10008
"""Discord's code for a message that is not there."""


class Edit(Parameters):
    """Change a message of the bot."""

    kind: Literal["edit"] = Field("edit", description="What is done.")
    text: Multiline = Field("", max_length=2000, description="The new text.")
    embeds: Json = Field(None, description="The new embeds: a list, or null.")


class Delete(Parameters):
    """Delete a message. One that is gone is as good."""

    kind: Literal["delete"] = Field("delete", description="What is done.")


class React(Parameters):
    """Put the bot's reaction at a message, or take it away."""

    kind: Literal["react"] = Field("react", description="What is done.")
    emoji: Annotated[str, hint(placeholder="👍 or name:id")] = Field(
        min_length=1, max_length=100, description="An emoji, or name:id of one of the server's own."
    )
    remove: bool = Field(False, description="Take it away.")


class Message(Node):
    """Change or delete a message, or react to it."""

    key = "discord.message"
    title = "Discord message"
    group = "comms"
    effect = "idempotent"
    concurrency = 1
    examples = (
        Example(
            "Mark a message as done",
            {
                "bot": {"$credential": "1"}, "channel": "1234567890123456789", "message": {"$": "json.id"},
                "action": {"kind": "react", "emoji": "✅"},
            },
            items=({"id": "1234567890123456780"},),
            needs=("discord.bot",),
        ),
    )  # fmt: skip

    bot: DiscordBot = Field(description="Bot that acts.")
    channel: str = Field(pattern=SNOWFLAKE, description="Id of the channel or thread.")
    message: str = Field(pattern=SNOWFLAKE, description="Id of the message.")
    action: Annotated[Edit | Delete | React, Field(discriminator="kind")] = Field(description="What is done.")

    async def run(self, ctx: Context) -> SentOut:
        """Do it."""
        path, what = f"/channels/{self.channel}/messages/{self.message}", self.action
        if isinstance(what, Edit):
            said = {**content(what.text, what.embeds), "allowed_mentions": {"parse": []}}
            return sent_of(known(await call(ctx.http, self.bot, "PATCH", path, json=said)))
        if isinstance(what, Delete):
            await call(ctx.http, self.bot, "DELETE", path, allow=(GONE,))
        else:
            place = f"{path}/reactions/{quote(what.emoji.strip(), safe='')}/@me"
            await call(ctx.http, self.bot, "DELETE" if what.remove else "PUT", place)
        return SentOut(id=self.message, channel=self.channel, message={})

    @staticmethod
    @options("channel")
    async def channels(bot: DiscordBot, search: str, http: Any) -> list[Choice]:
        """Text channels that the bot sees."""
        return await channel_choices(bot, search, http)


class ListMessages(Node):
    """List messages of a channel, the latest first; each one is an item."""

    key = "discord.list_messages"
    title = "List Discord messages"
    group = "comms"
    effect = "idempotent"
    concurrency = 1
    examples = (
        Example(
            "The last ten",
            {"bot": {"$credential": "1"}, "channel": "1234567890123456789", "limit": 10},
            needs=("discord.bot",),
        ),
    )

    bot: DiscordBot = Field(description="Bot that reads.")
    channel: str = Field(pattern=SNOWFLAKE, description="Id of the channel or thread.")
    before: str = Field("", pattern=r"^([0-9]{5,20})?$", description="Only messages before the one with this id.")
    limit: int = Field(100, ge=1, le=5000, description="Most to give.")

    async def run(self, ctx: Context) -> list[dict[str, JSON]]:
        """Read them, page by page."""
        found: list[dict[str, JSON]] = []
        before = self.before
        while len(found) < self.limit:
            size = min(PAGE, self.limit - len(found))
            asked = [("limit", str(size)), *([("before", before)] if before else [])]
            page = parsed(await call(ctx.http, self.bot, "GET", f"/channels/{self.channel}/messages", params=asked))
            if not isinstance(page, list) or not all(isinstance(one, dict) and "id" in one for one in page):
                raise NodeError("Discord gave an answer of an unknown form", retryable=False)
            found += page
            if len(page) < size:
                break
            before = str(page[-1]["id"])
        return found

    @staticmethod
    @options("channel")
    async def channels(bot: DiscordBot, search: str, http: Any) -> list[Choice]:
        """Text channels that the bot sees."""
        return await channel_choices(bot, search, http)
