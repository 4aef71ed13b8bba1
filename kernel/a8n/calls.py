"""Nodes that another node calls: what each needs to be told, and the way to run it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from a8n.items import JSON, Item
from a8n.node import Context, Wait
from a8n.params import EXPRESSION, TEXT
from a8n.plan import TOOLS, Plan, PlannedNode, upgraded
from a8n.scheduler import Key
from a8n.services import Function, Tool

ARGUMENT = re.compile(r"""(?<![\w.])json(?:\.([^\W\d]\w*)|\[\s*(?:"([^"\\]+)"|'([^'\\]+)')\s*\])""")
"""What an expression asks of the item: `json.city`, `json["city"]`."""


Over = tuple[Mapping[str, JSON], JSON]
"""The data of a wait that is over, and what ended it."""


class Calls(Protocol):
    """An execution, as far as tools need it."""

    plan: Plan

    async def called(
        self, key: Key, arguments: Mapping[str, JSON], number: str, caller: Context, function: str = "",
        over: Over | None = None,
    ) -> Sequence[Item] | Wait: ...  # fmt: skip
    async def offered(self, key: Key, caller: Context) -> Sequence[Function] | None: ...


class CalledNode:
    """Implements `a8n.services.Tool`."""

    def __init__(self, execution: Calls, key: Key, caller: Context):
        self._execution = execution
        self._key = key
        self._caller = caller
        self._node: PlannedNode = execution.plan.nodes[key[0]]
        self.name = self.node = self._node.name
        # What a node calls in its turn is not known here.
        self.effect: str = "unsafe" if TOOLS in self._node.outputs else self._node.effect

    @property
    def description(self) -> str:
        """What the node does, as the palette says it, and what its author has noted about it."""
        return "\n".join(filter(None, (self._node.type.description, self._node.settings.notes)))

    @property
    def parameters(self) -> JSON:
        """See `a8n.services.Tool`."""
        schema = self._node.type.schema()
        fields: Mapping[str, Any] = schema.get("properties", {})
        properties: dict[str, JSON] = {}
        for field, value in upgraded(self._node.type, self._node.spec).items():
            for name, alone in asked(value):
                described = fields.get(field, {})
                own = plain(described) if alone else {"type": "string"}
                text = described.get("description")
                properties.setdefault(name, {**own, **({"description": text} if text else {})})
        made: dict[str, JSON] = {"type": "object", "properties": properties, "required": list(properties)}
        if any("$ref" in str(one) for one in properties.values()):
            made["$defs"] = {name: plain(one) for name, one in schema.get("$defs", {}).items()}
        return made

    async def functions(self) -> Sequence[Tool]:
        """See `a8n.services.Tool`."""
        found = await self._execution.offered(self._key, self._caller)
        return [self] if found is None else [CalledFunction(self, one) for one in found]

    async def call(
        self, arguments: Mapping[str, JSON], number: str, function: str = "", over: Over | None = None
    ) -> Sequence[Item] | Wait:
        """See `a8n.services.Tool`."""
        return await self._execution.called(self._key, arguments, number, self._caller, function, over)

    async def resume(
        self, arguments: Mapping[str, JSON], number: str, data: Mapping[str, JSON], payload: JSON
    ) -> Sequence[Item] | Wait:
        """See `a8n.services.Tool`."""
        return await self.call(arguments, number, over=(data, payload))


class CalledFunction:
    """One of several functions of a node. Implements `a8n.services.Tool`."""

    def __init__(self, owner: CalledNode, told: Function):
        self._owner = owner
        self.node = owner.node
        self.name = told.name
        self.description = told.description
        self.effect = told.effect
        self.parameters = told.parameters

    async def functions(self) -> Sequence[Tool]:
        """See `a8n.services.Tool`."""
        return [self]

    async def call(self, arguments: Mapping[str, JSON], number: str) -> Sequence[Item] | Wait:
        """See `a8n.services.Tool`."""
        return await self._owner.call(arguments, number, self.name)

    async def resume(
        self, arguments: Mapping[str, JSON], number: str, data: Mapping[str, JSON], payload: JSON
    ) -> Sequence[Item] | Wait:
        """See `a8n.services.Tool`."""
        return await self._owner.call(arguments, number, self.name, (data, payload))


def asked(value: JSON, top: bool = True) -> Iterator[tuple[str, bool]]:
    """The names that a saved parameter asks of `json`, and whether that is all there is to the parameter."""
    if isinstance(value, dict):
        source = value.get(EXPRESSION, value.get(TEXT)) if len(value) == 1 else None
        if isinstance(source, str):
            for found in ARGUMENT.finditer(source):
                alone = top and EXPRESSION in value and found[0] == source.strip()
                yield found[1] or found[2] or found[3], alone
            return
        for child in value.values():
            yield from asked(child, False)
    elif isinstance(value, list):
        for child in value:
            yield from asked(child, False)


def plain(schema: Any) -> Any:
    """A schema without what is meant for forms."""
    if isinstance(schema, dict):
        kept = {name: child for name, child in schema.items() if name not in ("x-a8n", "title", "default")}
        return {
            name: {own: plain(one) for own, one in child.items()} if name == "properties" else plain(child)
            for name, child in kept.items()
        }
    return [plain(child) for child in schema] if isinstance(schema, list) else schema
