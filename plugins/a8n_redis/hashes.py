"""Hashes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from a8n import JSON, Context, Example, Field, Json, Node, Parameters
from a8n_redis.formats import FORMAT, Format, packed, unpacked, word
from a8n_redis.keys import HERE, KEY, NEEDS, SERVER, Name, checked_object
from a8n_redis.server import RedisServer
from a8n_redis.session import Session, connected


class Read(Parameters):
    """Read fields."""

    kind: Literal["get"] = Field("get", description="What to do.")
    fields: list[str] = Field([], max_length=10_000, description="Fields to read; empty reads all.")


class Write(Parameters):
    """Write fields, and leave the others."""

    kind: Literal["set"] = Field("set", description="What to do.")
    values: Json = Field(description="Object whose fields are written, such as the item's data.")


class Add(Parameters):
    """Add to the number in a field, which begins at 0."""

    kind: Literal["increment"] = Field("increment", description="What to do.")
    field: str = Field(description="Field with the number.")
    by: int | float = Field(1, description="What to add; less than 0 takes away.")


class Remove(Parameters):
    """Delete fields. A hash without fields is gone."""

    kind: Literal["delete"] = Field("delete", description="What to do.")
    fields: list[str] = Field(min_length=1, max_length=10_000, description="Fields to delete.")


Operation = Annotated[Read | Write | Add | Remove, Field(discriminator="kind")]


class HashNode(Node):
    """Read and write the fields of a hash: an object under one key.

    *Get* gives an item with `found` and `values`, an object; fields that are not there are null in it. *Set* tells how
    many fields are new, *increment* the new number, *delete* how many fields were there.
    """

    key = "redis.hash"
    title = "Redis: hash"
    group = "database"
    subtitle = "{operation.kind} {name}"
    examples = (
        Example("Write a customer", {**HERE, "name": {"$t": "customer:{{ json.id }}"},
                "operation": {"kind": "set", "values": {"$": "json"}}}, items=({"id": 42, "name": "Ada"},),
                needs=NEEDS),
        Example("A customer's name", {**HERE, "name": "customer:42", "operation": {"kind": "get", "fields": ["name"]}},
                needs=NEEDS),
    )  # fmt: skip

    server: RedisServer = SERVER
    name: Name = KEY
    operation: Operation = Field(description="What to do with the hash.")
    format: Format = FORMAT

    @classmethod
    def effect_of(cls, params: Mapping[str, JSON]) -> Any:
        """All but an increment come to the same when they are done again."""
        operation = params.get("operation")
        kind = operation.get("kind") if isinstance(operation, dict) else None
        return "idempotent" if kind in ("get", "set", "delete") else "unsafe"

    async def run(self, ctx: Context) -> dict[str, JSON]:
        """Do it."""
        async with connected(self.server, ctx.reach) as session:
            match self.operation:
                case Read(fields=fields):
                    return await self._read(session, fields)
                case Write(values=values):
                    pairs = checked_object(values, "operation.values").items()
                    flat = [part for name, value in pairs for part in (name, self._packed(value))]
                    return {"key": self.name, "added": await session.ask("HSET", self.name, *flat, field="name")}
                case Add(field=field, by=by):
                    whole = isinstance(by, int)
                    command = "HINCRBY" if whole else "HINCRBYFLOAT"
                    answer = await session.ask(command, self.name, field, by, field="operation.field", again=False)
                    return {"key": self.name, "value": int(answer) if whole else float(answer)}
                case Remove(fields=fields):
                    return {"key": self.name, "deleted": await session.ask("HDEL", self.name, *fields, field="name")}

    def _packed(self, value: JSON) -> bytes:
        return packed(value, self.format, "operation.values")

    async def _read(self, session: Session, fields: list[str]) -> dict[str, JSON]:
        if fields:
            asked = ("EXISTS", self.name), ("HMGET", self.name, *fields)
            found, values = await session.ask_together(*asked, field="name")
            pairs = list(zip(fields, values, strict=True))
        else:
            flat = await session.ask("HGETALL", self.name, field="name")
            pairs = [(word(name), value) for name, value in zip(flat[::2], flat[1::2], strict=True)]
            found = pairs
        what = f"of the hash {self.name[:100]!r}"
        read = {name: unpacked(raw, self.format, f"the field {name[:100]!r} {what}") for name, raw in pairs}
        return {"key": self.name, "found": bool(found), "values": read}
