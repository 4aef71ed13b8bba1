"""Messages: publish and subscribe."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from a8n import Context, Example, Field, Item, Json, ListenTrigger, Node, NodeError, Parameters, TriggerContext
from a8n_redis.formats import FORMAT, Format, packed, received, word
from a8n_redis.keys import HERE, NEEDS, SERVER
from a8n_redis.server import RedisServer
from a8n_redis.session import Session, connected

QUIET = 30.0
"""Seconds of silence after which the server is asked whether it is still there."""


class Published(Parameters):
    """What became of a message."""

    channel: str
    """Channel that it went to."""
    receivers: int
    """How many connections got it; 0 where nobody listened, and the message is gone."""


class Publish(Node):
    """Publish a message on a channel.

    Only who listens at this moment gets it. What must not get lost belongs into a stream.
    """

    key = "redis.publish"
    title = "Redis: publish"
    group = "database"
    subtitle = "{channel}"
    examples = (
        Example("Tell of an order", {**HERE, "channel": "orders", "message": {"$": "json"}}, items=({"id": 42},),
                needs=NEEDS),
    )  # fmt: skip

    server: RedisServer = SERVER
    channel: str = Field(min_length=1, description="Channel to publish on.")
    message: Json = Field(description="What to publish.")
    format: Format = FORMAT

    async def run(self, ctx: Context) -> Published:
        """Publish it."""
        message = packed(self.message, self.format, "message")
        async with connected(self.server, ctx.reach) as session:
            receivers = await session.ask("PUBLISH", self.channel, message, field="channel", again=False)
        return Published(channel=self.channel, receivers=receivers)


class NewMessage(ListenTrigger):
    """Start when a message is published on a channel: one execution for each.

    Redis keeps no messages: what is published while nobody listens is lost, such as while the connection is opened
    anew or passes to another process. Where nothing may get lost, use a stream and its trigger.
    """

    key = "redis.message"
    title = "Redis: message"
    icon = "icon.svg"
    subtitle = "{channels} {patterns}"
    examples = (
        Example("Orders", {**HERE, "channels": ["orders"], "format": "json"}, needs=NEEDS),
        Example("Keys that expire", {**HERE, "patterns": ["__keyevent@*__:expired"]}, needs=NEEDS),
    )

    server: RedisServer = SERVER
    channels: list[str] = Field([], max_length=1000, description="Channels to listen to.")
    patterns: list[str] = Field(
        [], max_length=1000, description="Patterns of channels to listen to: `*` is any text, `?` a letter."
    )
    format: Format = FORMAT

    async def listen(self, ctx: TriggerContext) -> AsyncIterator[Sequence[Item]]:
        """Give each message, until the connection is lost."""
        if not self.channels and not self.patterns:
            raise NodeError("there is no channel to listen to", field="channels", retryable=False)
        async with connected(self.server, ctx.reach) as session:
            if self.channels:
                await session.send("SUBSCRIBE", *self.channels)
            if self.patterns:
                await session.send("PSUBSCRIBE", *self.patterns)
            async with aclosing(_told(session)) as telling:
                async for told in telling:
                    if told[0] == b"message":
                        yield [self._item(None, *told[1:])]
                    elif told[0] == b"pmessage":
                        yield [self._item(*told[1:])]

    def _item(self, pattern: bytes | None, channel: bytes, raw: bytes) -> Item:
        where = {"channel": word(channel), "pattern": None if pattern is None else word(pattern)}
        return Item({**where, **received(raw, self.format, "message")})


async def _told(session: Session) -> AsyncGenerator[list[Any], None]:
    """All that the server tells. One that stays silent is asked, and given up when it does not answer."""
    while True:
        coming = asyncio.ensure_future(session.receive())
        try:
            done, _ = await asyncio.wait({coming}, timeout=QUIET)
            if not done:
                await session.send("PING")
                done, _ = await asyncio.wait({coming}, timeout=QUIET)
            if not done:
                raise NodeError(f"the server has said nothing for {2 * QUIET:g} s, though it was asked")
            yield coming.result()
        finally:
            coming.cancel()
