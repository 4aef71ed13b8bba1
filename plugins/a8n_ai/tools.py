"""The tools of an agent: nodes of any plugin, as a model knows them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from a8n import JSON, Context, Item, NodeError, Wait
from a8n_ai.structured import Shape

Over = tuple[Mapping[str, JSON], JSON]
"""What a tool kept for its wait, and what ended that."""
MAX_TOOLS = 128
"""Tools of one agent: more are refused by the services of models."""
MAX_RESULT = 100_000
"""Characters of a tool's result that a model gets to read."""


class Toolbox:
    """The tools of one step by the names that the model knows them under."""

    def __init__(self, tools: Iterable[Any]):
        self._tools: dict[str, Any] = {}
        for tool in tools:
            # Of a node with many it begins with the node's, so that no server passes its tool off as another's.
            title = tool.name if tool.name == tool.node else f"{tool.node[:20]}_{tool.name}"
            name = base = re.sub(r"[^A-Za-z0-9_-]+", "_", title).strip("_")[:60] or "tool"
            number = 2
            while name in self._tools:
                name, number = f"{base}_{number}", number + 1
            self._tools[name] = tool
        self._shapes = {name: Shape(tool.parameters, "tools") for name, tool in self._tools.items()}

    @classmethod
    async def of(cls, ctx: Context) -> Toolbox:
        """All that there is to call. Raises NodeError where a node cannot tell what it offers."""
        found = [one for tool in ctx.tools for one in await tool.functions()]
        if len(found) > MAX_TOOLS:
            text = f"the agent has {len(found)} tools; a model is told of {MAX_TOOLS} at most"
            raise NodeError(text, hint="name those that it needs in the nodes of MCP servers", retryable=False)
        return cls(found)

    @property
    def functions(self) -> list[dict[str, Any]]:
        """What the model is told of them."""
        return [
            {"type": "function", "function": {
                "name": name, "description": _described(tool), "parameters": tool.parameters,
            }}
            for name, tool in self._tools.items()
        ]  # fmt: skip

    @property
    def titles(self) -> set[str]:
        """The names that tools are known by: those of their nodes, and of the functions that these give."""
        return {name for known in self._tools for name in self.names(known)}

    def names(self, known: str) -> set[str]:
        """The names of the tool that the model knows under this one."""
        tool = self._tools[known]
        return {tool.node, tool.name, f"{tool.node}/{tool.name}"}

    def title(self, call: dict[str, JSON]) -> str:
        """What people call the tool of a call."""
        tool = self._tools[call["name"]]
        return tool.name if tool.name == tool.node else f"{tool.name} of {tool.node}"

    def wrong(self, call: dict[str, JSON]) -> str:
        """What keeps a call that a model has asked for from being made: an empty text where nothing does."""
        if call["name"] not in self._tools:
            known = ", ".join(self._tools) or "none"
            return f"there is no tool {call['name'][:100]!r}; there are: {known}"
        if "broken" in call:
            return f"the arguments are no JSON object: {call['broken'][:500]}"
        return self._shapes[call["name"]].fault(call["arguments"])

    def unsafe(self, call: dict[str, JSON]) -> bool:
        """Whether the call must not be made twice."""
        return bool(self._tools[call["name"]].effect == "unsafe")

    async def use(self, call: dict[str, JSON], number: str, over: Over | None = None) -> JSON | Wait:
        """Make a call that nothing is wrong with, or go on with it, and give what came of it. Raises NodeError."""
        tool, arguments = self._tools[call["name"]], call["arguments"]
        items: Sequence[Item] | Wait
        items = await (tool.call(arguments, number) if over is None else tool.resume(arguments, number, *over))
        if isinstance(items, Wait):
            return items
        found = [_told(item) for item in items]
        return found[0] if len(found) == 1 else found


def _told(item: Item) -> JSON:
    """An item; of its files a model gets to know that they are there."""
    if not item.files:
        return item.json
    return {**item.json, "files": {name: f"{ref.mime}, {ref.size:,} bytes" for name, ref in item.files.items()}}


def _described(tool: Any) -> str:
    title = tool.name if tool.name == tool.node else f"{tool.node}, {tool.name}"
    return f"{title}: {tool.description}"[:1000]


def told(result: JSON) -> str:
    """A result as the model reads it."""
    try:
        text = json.dumps(result, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise NodeError(f"the tool's result is no JSON: {error}", retryable=False) from None
    return text if len(text) <= MAX_RESULT else f"{text[:MAX_RESULT]}… ({len(text):,} characters, cut here)"
