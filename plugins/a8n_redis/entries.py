"""Starting at new entries of a stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Annotated, Any, Literal

from a8n import JSON, Example, Field, Item, ListenTrigger, NodeError, Parameters, TriggerContext
from a8n_redis.formats import FORMAT, Format, word
from a8n_redis.keys import HERE, NEEDS, SERVER, Name
from a8n_redis.server import RedisServer
from a8n_redis.session import PATIENCE, Session, connected
from a8n_redis.streams import entry_of

BLOCK = 20_000
"""Milliseconds that the server waits for new entries before it says that there are none."""
OLDEST = "0-0"
Start = Literal["new", "oldest"]
START: Any = Field("new", description="Where to begin when the workflow goes live first: what comes from now on, or "
                   "the oldest entry.")  # fmt: skip


class Cursor(Parameters):
    """By a place of its own: this trigger gets every entry, whoever else reads the stream."""

    kind: Literal["cursor"] = Field("cursor", description="How the stream is read.")
    start: Start = START


class Group(Parameters):
    """As a consumer of a group, which is made if it is not there: each entry goes to one consumer of the group."""

    kind: Literal["group"] = Field("group", description="How the stream is read.")
    name: str = Field(min_length=1, max_length=200, description="Name of the group.")
    consumer: str = Field(
        "", max_length=200, description="Name of this consumer, which nobody else may bear; empty makes one up."
    )
    start: Start = START


By = Annotated[Cursor | Group, Field(discriminator="kind")]


class NewEntry(ListenTrigger):
    """Start when an entry comes into a stream.

    The place in the stream is stored together with the execution that an entry starts, so none is missed and none
    comes twice, whatever breaks; what came while nobody listened is made up for. In a group, entries are acknowledged
    once their execution is stored.
    """

    key = "redis.stream_entry"
    title = "Redis: stream entry"
    icon = "icon.svg"
    subtitle = "{stream}"
    examples = (
        Example("Each order", {**HERE, "stream": "orders"}, needs=NEEDS),
        Example("Orders, shared with other consumers", {**HERE, "stream": "orders", "format": "json",
                "by": {"kind": "group", "name": "shipping"}}, needs=NEEDS),
    )  # fmt: skip

    server: RedisServer = SERVER
    stream: Name = Field(min_length=1, description="Key of the stream.")
    by: By = Field(Cursor(), description="How the stream is read.")
    batch: int = Field(1, ge=1, le=1000, description="Entries at most that start one execution together.")
    format: Format = FORMAT

    async def listen(self, ctx: TriggerContext) -> AsyncIterator[Sequence[Item]]:
        """Give new entries, until the connection is lost."""
        async with connected(self.server, ctx.reach) as session:
            self._settle(ctx.state)
            by = self.by
            coming = self._of_group(session, ctx, by) if isinstance(by, Group) else self._of_all(session, ctx.state)
            async with aclosing(coming) as entries:
                async for found in entries:
                    yield [Item(entry_of(self.stream, raw, self.format)) for raw in found]

    def _settle(self, state: dict[str, JSON]) -> None:
        """Forget what was kept of another stream."""
        group = self.by.name if isinstance(self.by, Group) else None
        place = [self.server.where, self.server.database, self.stream, group]
        if state.get("place") != place:
            state.clear()
            state["place"] = place

    # --- by a place of its own -------------------------------------------------------------------------------

    async def _of_all(self, session: Session, state: dict[str, JSON]) -> AsyncGenerator[list[Any], None]:
        newest = await self._newest(session)
        last = state.get("last")
        if last is None:
            state["last"] = OLDEST if self.by.start == "oldest" else newest
            yield []
        elif _order(last) > _order(newest):
            state["last"] = newest  # the stream was made anew, or a server took over that lacked the latest
            yield []
        while True:
            asked = ("XREAD", "COUNT", self.batch, "BLOCK", BLOCK, "STREAMS", self.stream, state["last"])
            answer = await session.ask(*asked, field="stream", wait=BLOCK / 1000 + PATIENCE)
            for _, found in answer or ():
                state["last"] = word(found[-1][0])
                yield found

    async def _newest(self, session: Session) -> str:
        """The ID of the newest entry that there has been."""
        if not await session.ask("EXISTS", self.stream):
            return OLDEST
        flat = await session.ask("XINFO", "STREAM", self.stream, field="stream")
        facts = dict(zip(flat[::2], flat[1::2], strict=True))
        return word(facts[b"last-generated-id"])

    # --- as a consumer of a group ----------------------------------------------------------------------------

    async def _of_group(self, session: Session, ctx: TriggerContext, group: Group) -> AsyncGenerator[list[Any], None]:
        state = ctx.state
        consumer = group.consumer or f"a8n-{ctx.workflow_id}-{ctx.node_id}"
        if state.get("last") is None:
            state["last"] = OLDEST if group.start == "oldest" else await self._newest(session)
            yield []
        await self._make(session, group, state["last"])
        await self._acknowledge(session, state, group)
        after = "0"  # first what was handed to us before, and is not acknowledged
        while True:
            asked = ("XREADGROUP", "GROUP", group.name, consumer, "COUNT", self.batch, "BLOCK", BLOCK, "STREAMS",
                     self.stream, after)  # fmt: skip
            answer = await session.ask(*asked, field="stream", wait=BLOCK / 1000 + PATIENCE)
            entries = [entry for _, found in answer or () for entry in found]
            if not entries:
                after = ">"
                continue
            state["done"] = [word(entry[0]) for entry in entries]
            state["last"] = max(state["last"], state["done"][-1], key=_order)
            yield [entry for entry in entries if entry[1] is not None]  # without those that were deleted meanwhile
            await self._acknowledge(session, state, group)

    async def _make(self, session: Session, group: Group, begin: str) -> None:
        """Make the group where there is none; one that was lost goes on where we stood."""
        try:
            await session.ask("XGROUP", "CREATE", self.stream, group.name, begin, "MKSTREAM", field="stream")
        except NodeError as error:
            if "BUSYGROUP" not in error.message:
                raise

    async def _acknowledge(self, session: Session, state: dict[str, JSON], group: Group) -> None:
        """Tell what has been stored; after a crash, too."""
        if done := state.get("done"):
            await session.ask("XACK", self.stream, group.name, *done, field="stream")
            state["done"] = []


def _order(id: str) -> tuple[int, int]:
    """IDs are two numbers: 1700000000000-0."""
    time, _, number = id.partition("-")
    return int(time), int(number or 0)
