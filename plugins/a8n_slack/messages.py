"""Messages: sent, changed, deleted, and reacted to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel

from a8n import JSON, Choice, Context, Example, Field, Json, Multiline, Node, NodeError, Parameters, hint, options
from a8n_slack.api import call, channel_choices
from a8n_slack.credentials import AnyAccount

Effect = Literal["pure", "idempotent", "unsafe"]
TIMESTAMP = r"^([0-9]{1,12}\.[0-9]{1,6})?$"
Stamp = Annotated[
    str, Field(pattern=r"^[0-9]{1,12}\.[0-9]{1,6}$", description="Which message: its `ts`, as text: 1700000000.000100.")
]
Channel = Annotated[str, hint(placeholder="C0123456789 or #general")]


def channel_field() -> Any:
    """The field of the nodes that work in a channel."""
    return Field(
        pattern=r"^[#@]?[^\s#@]+$", max_length=100,
        description="Id of a channel, #name of one, or id of a person for a direct message.",
    )  # fmt: skip


class MessageOut(BaseModel, use_attribute_docstrings=True):
    """A message."""

    channel: str
    """Id of the channel it is in."""
    ts: str
    """What it is known by in that channel."""
    message: dict[str, JSON] = {}
    """All that Slack says of it."""


class Post(Parameters):
    """Send a message."""

    kind: Literal["post"] = Field("post", description="What is done.")
    text: Multiline = Field("", max_length=40_000, description="The text, in Slack's mrkdwn; of blocks, the summary.")
    blocks: Json = Field(None, description="Blocks of Block Kit: a list, or null.")
    thread: str = Field("", pattern=TIMESTAMP, description="`ts` of the message that it answers in a thread.")
    broadcast: bool = Field(False, description="Show the answer in the channel, too.")
    only_to: str = Field("", max_length=50, description="Id of the one person who sees it; empty for everybody.")
    preview: bool = Field(True, description="Show previews of links.")


class Update(Parameters):
    """Change a message of the bot."""

    kind: Literal["update"] = Field("update", description="What is done.")
    ts: Stamp
    text: Multiline = Field("", max_length=40_000, description="The new text.")
    blocks: Json = Field(None, description="The new blocks: a list, or null.")


class Delete(Parameters):
    """Delete a message of the bot. One that is gone is as good."""

    kind: Literal["delete"] = Field("delete", description="What is done.")
    ts: Stamp


class React(Parameters):
    """Put a reaction at a message, or take it away. What is so already is as good."""

    kind: Literal["react"] = Field("react", description="What is done.")
    ts: Stamp
    emoji: Annotated[str, hint(placeholder="white_check_mark")] = Field(
        pattern=r"^:?[a-z0-9_+'-]+(::skin-tone-[2-6])?:?$", description="Name of the emoji."
    )
    remove: bool = Field(False, description="Take it away.")


class Message(Node):
    """Send a message to a channel, a thread or a person; change it, delete it, or react to it.

    Slack knows no idempotency keys for messages, so sending is unsafe: after a crash in the middle, the setting for
    unknown effects decides. Where Slack asks to wait, the step's retry waits as long as it says.
    """

    key = "slack.message"
    title = "Slack message"
    group = "comms"
    subtitle = "{channel}"
    concurrency = 2
    examples = (
        Example(
            "Tell that an order came in",
            {
                "account": {"$credential": "1"}, "channel": "#orders",
                "action": {"kind": "post", "text": {"$t": "Order {{ json.id }} over {{ json.total }} €"}},
            },
            items=({"id": "A-17", "total": 48},),
            needs=("slack.bot",),
        ),
    )  # fmt: skip

    account: AnyAccount = Field(description="Bot that acts.")
    channel: Channel = channel_field()
    action: Annotated[Post | Update | Delete | React, Field(discriminator="kind")] = Field(description="What is done.")

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Effect:
        """All but sending may be done again."""
        chosen = params.get("action")
        kind = chosen.get("kind") if isinstance(chosen, dict) else None
        return "idempotent" if kind in ("update", "delete", "react") else "unsafe"

    async def run(self, ctx: Context) -> MessageOut:
        """Do it."""
        what = self.action
        if isinstance(what, Post):
            return await self._post(ctx, what)
        if isinstance(what, Update):
            said = content(what.text, what.blocks)
            told = await call(ctx.http, self.account, "chat.update", {"channel": self.channel, "ts": what.ts, **said})
            return message_of(told, self.channel)
        if isinstance(what, Delete):
            method, asked, settled = "chat.delete", {"ts": what.ts}, "message_not_found"
        else:
            method = "reactions.remove" if what.remove else "reactions.add"
            asked = {"timestamp": what.ts, "name": what.emoji.strip(":")}
            settled = "no_reaction" if what.remove else "already_reacted"
        try:
            await call(ctx.http, self.account, method, {"channel": self.channel, **asked})
        except NodeError as error:
            if settled not in error.message:
                raise
        return MessageOut(channel=self.channel, ts=what.ts)

    async def _post(self, ctx: Context, what: Post) -> MessageOut:
        if what.broadcast and not what.thread:
            text = "only an answer in a thread can be shown in the channel, too"
            raise NodeError(text, field="action.thread", retryable=False)
        asked = {"channel": self.channel, "thread_ts": what.thread or None, **content(what.text, what.blocks)}
        if what.only_to:
            told = await call(ctx.http, self.account, "chat.postEphemeral", {**asked, "user": what.only_to})
            return MessageOut(channel=self.channel, ts=str(told.get("message_ts", "")))
        if what.broadcast:
            asked["reply_broadcast"] = True
        if not what.preview:
            asked |= {"unfurl_links": False, "unfurl_media": False}
        return message_of(await call(ctx.http, self.account, "chat.postMessage", asked), self.channel)

    @staticmethod
    @options("channel")
    async def channels(account: AnyAccount, search: str, http: Any) -> list[Choice]:
        """Channels that the bot sees."""
        return await channel_choices(account, search, http)


def content(text: str, blocks: JSON) -> dict[str, JSON]:
    """The parameters of what a message says. Raises NodeError where it says nothing."""
    if blocks is not None and not (isinstance(blocks, list) and all(isinstance(one, dict) for one in blocks)):
        raise NodeError("blocks are a list of objects", field="action.blocks", retryable=False)
    if not text.strip() and not blocks:
        raise NodeError("a message has a text or blocks", field="action.text", retryable=False)
    return {"text": text, "blocks": blocks or None}


def message_of(told: Mapping[str, Any], channel: str) -> MessageOut:
    """A message from what Slack says. Raises NodeError."""
    if not isinstance(told.get("ts"), str):
        raise NodeError("Slack did not say what it sent", hint="look whether it arrived", retryable=False)
    message = told.get("message")
    return MessageOut(
        channel=str(told.get("channel") or channel), ts=told["ts"], message=message if isinstance(message, dict) else {}
    )
