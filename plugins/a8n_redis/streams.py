"""Streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from a8n import JSON, Context, Example, Field, Json, Node, Parameters, hint
from a8n_redis.formats import FORMAT, Format, packed, received, word
from a8n_redis.keys import HERE, KEY, NEEDS, SERVER, Name, checked_object
from a8n_redis.server import RedisServer
from a8n_redis.session import connected

EntryId = Annotated[str, Field(pattern=r"^(\d{1,20}(-\d{1,20})?|[-+])$")]


class Append(Parameters):
    """Add an entry at the end of the stream, which is made if it is not there."""

    kind: Literal["add"] = Field("add", description="What to do.")
    values: Json = Field(description="Object whose fields are the entry, such as the item's data.")
    max_length: int | None = Field(
        None, ge=1, description="Entries to keep at most; the oldest are dropped. Empty keeps all."
    )
    exact: Annotated[bool, hint(advanced=True)] = Field(
        False, description="Drop to the very number; otherwise some more are kept, which is much less work."
    )


class Range(Parameters):
    """Read entries and leave them: one item for each."""

    kind: Literal["range"] = Field("range", description="What to do.")
    first: EntryId = Field("-", description="ID of the first entry, or milliseconds since 1970; - is the oldest.")
    last: EntryId = Field("+", description="ID of the last entry, or milliseconds since 1970; + is the newest.")
    newest_first: bool = Field(False, description="Read from the newest to the oldest.")
    count: int = Field(100, ge=1, le=100_000, description="Entries at most.")


Operation = Annotated[Append | Range, Field(discriminator="kind")]


class StreamNode(Node):
    """Add an entry to a stream, or read a range of it. To start at new entries there is a trigger."""

    key = "redis.stream"
    title = "Redis: stream"
    group = "database"
    subtitle = "{operation.kind} {name}"
    examples = (
        Example("Tell of an order", {**HERE, "name": "orders",
                "operation": {"kind": "add", "values": {"$": "json"}, "max_length": 10_000}}, items=({"id": 42},),
                needs=NEEDS),
        Example("The latest ten", {**HERE, "name": "orders",
                "operation": {"kind": "range", "newest_first": True, "count": 10}}, needs=NEEDS),
    )  # fmt: skip

    server: RedisServer = SERVER
    name: Name = KEY
    operation: Operation = Field(description="What to do with the stream.")
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
                case Append() as entry:
                    command = ["XADD", self.name, *_trimming(entry), "*", *self._fields(entry.values)]
                    added = await session.ask(*command, field="name", again=False)
                    return {"stream": self.name, "id": word(added)}
                case Range() as part:
                    ends = (part.last, part.first) if part.newest_first else (part.first, part.last)
                    asked = ("XREVRANGE" if part.newest_first else "XRANGE", self.name, *ends, "COUNT", part.count)
                    entries = await session.ask(*asked, field="name")
                    return [entry_of(self.name, one, self.format) for one in entries]

    def _fields(self, values: JSON) -> list[str | bytes]:
        pairs = checked_object(values, "operation.values").items()
        return [part for name, value in pairs for part in (name, packed(value, self.format, "operation.values"))]


def _trimming(entry: Append) -> list[str | int]:
    if entry.max_length is None:
        return []
    return ["MAXLEN", "=" if entry.exact else "~", entry.max_length]


def entry_of(stream: str, raw: Any, form: Format) -> dict[str, JSON]:
    """An entry as data. Fields that are of another format are null, with their bytes under `base64`."""
    number, flat = raw
    values: dict[str, JSON] = {}
    odd: dict[str, JSON] = {}
    error: JSON = None
    for name, value in zip(flat[::2], flat[1::2], strict=True):
        found = received(value, form)
        values[word(name)] = found["value"]
        if "error" in found:
            odd[word(name)] = found["base64"]
            error = error or f"the field {word(name)[:100]!r}: {found['error']}"
    entry: dict[str, JSON] = {"stream": stream, "id": word(number), "values": values}
    return {**entry, "error": error, "base64": odd} if error else entry
