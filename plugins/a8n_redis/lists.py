"""Lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from a8n import JSON, Context, Example, Field, Json, Node, Parameters
from a8n_redis.formats import FORMAT, Format, packed, received, unpacked
from a8n_redis.keys import HERE, KEY, NEEDS, SERVER, Name
from a8n_redis.server import RedisServer
from a8n_redis.session import Session, connected

Side = Literal["left", "right"]


class Push(Parameters):
    """Add values at an end of the list, which is made if it is not there."""

    kind: Literal["push"] = Field("push", description="What to do.")
    values: list[Json] = Field(min_length=1, max_length=10_000, description="Values to add, one after the other.")
    side: Side = Field("right", description="End to add them at.")
    max_length: int | None = Field(
        None, ge=1, description="Values to keep at most; those at the other end are dropped. Empty keeps all."
    )


class Pop(Parameters):
    """Take values from an end of the list: one item for each, none where the list is empty."""

    kind: Literal["pop"] = Field("pop", description="What to do.")
    side: Side = Field("left", description="End to take them from.")
    count: int = Field(1, ge=1, le=10_000, description="Values to take at most.")


class Range(Parameters):
    """Read values and leave them: one item for each."""

    kind: Literal["range"] = Field("range", description="What to do.")
    first: int = Field(0, description="Place of the first value: 0 is the left end, -1 the last on the right.")
    count: int = Field(100, ge=1, le=100_000, description="Values at most.")


Operation = Annotated[Push | Pop | Range, Field(discriminator="kind")]


class ListNode(Node):
    """Push to a list, pop from it, or read it: for queues, stacks and logs of the latest.

    Push gives an item with the new `length`, the others one item per value. A value that was popped and has another
    format is not lost: its item has `error`, and its bytes under `base64`.
    """

    key = "redis.list"
    title = "Redis: list"
    group = "database"
    subtitle = "{operation.kind} {name}"
    examples = (
        Example("Put an order into a queue", {**HERE, "name": "orders", "format": "json",
                "operation": {"kind": "push", "values": [{"$": "json"}]}}, items=({"id": 42},), needs=NEEDS),
        Example("Take ten orders out of it", {**HERE, "name": "orders", "format": "json",
                "operation": {"kind": "pop", "count": 10}}, needs=NEEDS),
        Example("The last five lines", {**HERE, "name": "log", "operation": {"kind": "range", "first": -5}},
                needs=NEEDS),
    )  # fmt: skip

    server: RedisServer = SERVER
    name: Name = KEY
    operation: Operation = Field(description="What to do with the list.")
    format: Format = FORMAT

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Any:
        """Reading changes nothing."""
        operation = params.get("operation")
        return "idempotent" if isinstance(operation, dict) and operation.get("kind") == "range" else "unsafe"

    async def run(self, ctx: Context) -> Any:
        """Do it."""
        async with connected(self.server, ctx.reach) as session:
            match self.operation:
                case Push() as push:
                    return {"key": self.name, "length": await self._push(session, push)}
                case Pop() as pop:
                    values = await self._pop(session, pop)
                    return [{"key": self.name, **received(raw, self.format)} for raw in values]
                case Range() as part:
                    what = f"the list {self.name[:100]!r}"
                    values = await self._range(session, part)
                    return [{"key": self.name, "value": unpacked(raw, self.format, what)} for raw in values]

    async def _push(self, session: Session, push: Push) -> int:
        values = [packed(value, self.format, "operation.values") for value in push.values]
        left = push.side == "left"
        add = ("LPUSH" if left else "RPUSH", self.name, *values)
        if push.max_length is None:
            return int(await session.ask(*add, field="name", again=False))
        kept = (0, push.max_length - 1) if left else (-push.max_length, -1)
        length, _ = await session.ask_together(add, ("LTRIM", self.name, *kept), field="name", again=False)
        return min(int(length), push.max_length)

    async def _pop(self, session: Session, pop: Pop) -> list[bytes]:
        command = "LPOP" if pop.side == "left" else "RPOP"
        count = (pop.count,) if pop.count > 1 else ()  # servers before 6.2 take no number
        answer = await session.ask(command, self.name, *count, field="name", again=False)
        if answer is None:
            return []
        return answer if isinstance(answer, list) else [answer]

    async def _range(self, session: Session, part: Range) -> list[bytes]:
        last = part.first + part.count - 1
        if part.first < 0 <= last:
            last = -1
        values: list[bytes] = await session.ask("LRANGE", self.name, part.first, last, field="name")
        return values
