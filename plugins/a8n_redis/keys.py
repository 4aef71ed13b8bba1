"""Keys and their values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from a8n import JSON, Context, Duration, Example, Field, Json, Node, NodeError, Parameters, hint
from a8n_redis.formats import FORMAT, Format, packed, unpacked, word
from a8n_redis.server import RedisServer
from a8n_redis.session import connected

SERVER: Any = Field(description="Server to ask.")
KEY: Any = Field(title="Key", min_length=1, description="Name of the key.")
Name = Annotated[str, hint(placeholder="cart:42")]
Expiry = Annotated[Duration, Field(ge=timedelta(milliseconds=1), le=timedelta(days=36_500))]
HERE = {"server": {"$credential": "1"}}
NEEDS = ("redis.server",)
PAGE = 1000
"""Keys that the server looks at for one answer."""


class Value(Parameters):
    """A key's value."""

    key: str
    """Name of the key."""
    found: bool
    """Whether there is such a key."""
    value: Any
    """Its value; null where there is none."""
    expires_in: float | None
    """Seconds until it is forgotten; null where that is never."""


class Get(Node):
    """Read the value of a key.

    A key that is not there gives an item, too: `found` is false. For lists, hashes and streams there are nodes of
    their own.
    """

    key = "redis.get"
    title = "Redis: get"
    group = "database"
    subtitle = "{name}"
    effect = "idempotent"
    examples = (
        Example("A cart as JSON", {**HERE, "name": {"$t": "cart:{{ json.id }}"}, "format": "json"}, items=({"id": 42},),
                needs=NEEDS),
    )  # fmt: skip

    server: RedisServer = SERVER
    name: Name = KEY
    format: Format = FORMAT

    async def run(self, ctx: Context) -> Value:
        """Read it."""
        async with connected(self.server, ctx.reach) as session:
            raw, left = await session.ask_together(("GET", self.name), ("PTTL", self.name), field="name")
        value = unpacked(raw, self.format, f"the key {self.name[:100]!r}")
        seconds = left / 1000 if left >= 0 else None
        return Value(key=self.name, found=raw is not None, value=value, expires_in=seconds)


class WrittenValue(Parameters):
    """What became of a value."""

    key: str
    """Name of the key."""
    written: bool
    """False where the condition did not hold; the old value then stands."""


class Set(Node):
    """Write the value of a key, for a time if wanted.

    *Only if absent* makes a lock, or a mark of what was done already: `written` tells whether this item was the first.
    """

    key = "redis.set"
    title = "Redis: set"
    group = "database"
    subtitle = "{name}"
    examples = (
        Example("Remember a cart for a day", {**HERE, "name": {"$t": "cart:{{ json.id }}"}, "value": {"$": "json"},
                "expires": 86_400}, items=({"id": 42},), needs=NEEDS),
        Example("Go on only once for each order", {**HERE, "name": {"$t": "done:{{ json.id }}"}, "value": "yes",
                "only_if": "absent", "expires": 604_800}, items=({"id": 42},), needs=NEEDS),
    )  # fmt: skip

    server: RedisServer = SERVER
    name: Name = KEY
    value: Json = Field(description="What to write.")
    format: Format = FORMAT
    expires: Expiry | None = Field(None, description="Forget it after so long; empty keeps it for good.")
    keep_expiry: Annotated[bool, hint(advanced=True)] = Field(
        False, description="Without a time of its own, leave it the time that the old value had."
    )
    only_if: Literal["always", "absent", "present"] = Field(
        "always", description="Write it in any case, only where the key is not there, or only where it is."
    )

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Any:
        """The same value again changes nothing; a condition may not hold the second time."""
        return "idempotent" if params.get("only_if", "always") == "always" else "unsafe"

    async def run(self, ctx: Context) -> WrittenValue:
        """Write it."""
        command: list[str | bytes | int] = ["SET", self.name, packed(self.value, self.format, "value")]
        if self.expires is not None:
            command += ["PX", milliseconds(self.expires)]
        elif self.keep_expiry:
            command += ["KEEPTTL"]
        if self.only_if != "always":
            command += ["NX" if self.only_if == "absent" else "XX"]
        async with connected(self.server, ctx.reach) as session:
            answer = await session.ask(*command, field="name", again=self.only_if == "always")
        return WrittenValue(key=self.name, written=answer is not None)


class Count(Parameters):
    """A number that was changed."""

    key: str
    """Name of the key."""
    value: int | float
    """The number after the change."""


class Increment(Node):
    """Add to the number that a key holds, which begins at 0: for counters and limits of rates."""

    key = "redis.increment"
    title = "Redis: increment"
    group = "database"
    subtitle = "{name} + {by}"
    examples = (
        Example("Count requests per minute", {**HERE, "name": {"$t": "calls:{{ json.user }}"}, "expires": 60},
                items=({"user": "ada"},), needs=NEEDS),
    )  # fmt: skip

    server: RedisServer = SERVER
    name: Name = KEY
    by: int | float = Field(1, description="What to add; less than 0 takes away.")
    expires: Expiry | None = Field(
        None, description="Forget the number so long after it began; later changes do not prolong it."
    )

    async def run(self, ctx: Context) -> Count:
        """Add."""
        whole = isinstance(self.by, int)
        add = ("INCRBY" if whole else "INCRBYFLOAT", self.name, self.by)
        begin = [("SET", self.name, 0, "PX", milliseconds(self.expires), "NX")] if self.expires else []
        async with connected(self.server, ctx.reach) as session:
            answer = (await session.ask_together(*begin, add, field="name", again=False))[-1]
        return Count(key=self.name, value=int(answer) if whole else float(answer))


class Deleted(Parameters):
    """What was deleted."""

    deleted: int
    """How many of the keys were there."""


class Delete(Node):
    """Delete keys, whatever they hold."""

    key = "redis.delete"
    title = "Redis: delete"
    group = "database"
    subtitle = "{names}"
    effect = "idempotent"
    examples = (
        Example("Forget a cart", {**HERE, "names": [{"$t": "cart:{{ json.id }}"}]}, items=({"id": 42},), needs=NEEDS),
    )

    server: RedisServer = SERVER
    names: list[Name] = Field(title="Keys", min_length=1, max_length=100_000, description="Names of the keys.")

    async def run(self, ctx: Context) -> Deleted:
        """Delete them."""
        async with connected(self.server, ctx.reach) as session:
            return Deleted(deleted=await session.ask("DEL", *self.names, field="names"))


class FoundKey(Parameters):
    """A key."""

    key: str
    """Name of the key."""


class Keys(Node):
    """List keys by a pattern: one item for each, in no order.

    The server is asked piece by piece (SCAN), so that it goes on serving others. Keys that come or go meanwhile may be
    missing or listed.
    """

    key = "redis.keys"
    title = "Redis: keys"
    group = "database"
    subtitle = "{pattern}"
    effect = "idempotent"
    examples = (Example("All carts", {**HERE, "pattern": "cart:*"}, needs=NEEDS),)

    server: RedisServer = SERVER
    pattern: str = Field(
        "*", min_length=1, description="Which keys: `*` is any text, `?` a letter, `[ab]` one of these."
    )
    type: Literal["any", "string", "list", "set", "zset", "hash", "stream"] = Field(
        "any", description="What the keys hold."
    )
    limit: int = Field(100, ge=1, le=100_000, description="Keys at most; the rest is left out.")

    async def run(self, ctx: Context) -> list[FoundKey]:
        """Look for them."""
        asked: list[str | bytes | int] = ["SCAN", b"0", "MATCH", self.pattern, "COUNT", PAGE]
        if self.type != "any":
            asked += ["TYPE", self.type]
        names: dict[str, None] = {}
        async with connected(self.server, ctx.reach) as session:
            while True:
                asked[1], found = await session.ask(*asked, field="pattern")
                names.update((word(name), None) for name in found)
                if asked[1] == b"0" or len(names) >= self.limit:
                    return [FoundKey(key=name) for name in list(names)[: self.limit]]


def milliseconds(length: timedelta) -> int:
    """At least 1, since 0 is an error."""
    return max(1, round(length.total_seconds() * 1000))


def checked_object(value: JSON, field: str) -> dict[str, JSON]:
    """An object with at least one field. Raises NodeError."""
    if not isinstance(value, dict) or not value:
        raise NodeError("this has to be an object with at least one field", field=field, retryable=False)
    return value
