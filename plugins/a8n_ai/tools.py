"""The tools of an agent: nodes of any plugin, as a model knows them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from a8n import JSON, Context, Item, NodeError
from a8n_ai.structured import Shape

MAX_RESULT = 100_000
"""Characters of a tool's result that a model gets to read."""


class Toolbox:
    """The tools of one step by the names that the model knows them under."""

    def __init__(self, ctx: Context):
        self._tools: dict[str, Any] = {}
        for tool in ctx.tools:
            name = base = re.sub(r"[^A-Za-z0-9_-]+", "_", tool.name).strip("_")[:60] or "tool"
            number = 2
            while name in self._tools:
                name, number = f"{base}_{number}", number + 1
            self._tools[name] = tool
        self._shapes = {name: Shape(tool.parameters, "tools") for name, tool in self._tools.items()}

    @property
    def functions(self) -> list[dict[str, Any]]:
        """What the model is told of them."""
        return [
            {"type": "function", "function": {
                "name": name, "description": f"{tool.name}: {tool.description}"[:1000], "parameters": tool.parameters,
            }}
            for name, tool in self._tools.items()
        ]  # fmt: skip

    @property
    def titles(self) -> set[str]:
        """The names of the nodes."""
        return {tool.name for tool in self._tools.values()}

    def title(self, call: dict[str, JSON]) -> str:
        """The name of the node that a call is for."""
        return str(self._tools[call["name"]].name)

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

    async def use(self, call: dict[str, JSON], number: str) -> JSON:
        """Make a call that nothing is wrong with, and give what came of it. Raises NodeError."""
        items: Sequence[Item] = await self._tools[call["name"]].call(call["arguments"], number)
        found = [item.json for item in items]
        return found[0] if len(found) == 1 else found


def told(result: JSON) -> str:
    """A result as the model reads it."""
    try:
        text = json.dumps(result, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise NodeError(f"the tool's result is no JSON: {error}", retryable=False) from None
    return text if len(text) <= MAX_RESULT else f"{text[:MAX_RESULT]}… ({len(text):,} characters, cut here)"
