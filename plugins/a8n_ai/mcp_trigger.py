"""A workflow as a tool: for MCP clients, for agents, and for other workflows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import field_validator

from a8n import JSON, Example, Field, Item, Multiline, NodeError, Parameters, Trigger, hint
from a8n_ai.mcp_nodes import Offered

Fixed = hint(expr=False)
Kind = Literal["text", "number", "integer", "boolean", "list", "object"]
TYPES: Mapping[str, str] = {"text": "string", "list": "array"}
"""JSON Schema's names for kinds, where they differ."""
FITS: Mapping[str, tuple[type, ...]] = {
    "text": (str,), "number": (int, float), "integer": (int,), "boolean": (bool,), "list": (list,), "object": (dict,),
}  # fmt: skip


class Argument(Parameters):
    """One thing that has to be said in a call."""

    name: Annotated[str, Fixed] = Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$", description="Name of the argument: letters, digits and _."
    )
    kind: Annotated[Kind, Fixed] = Field("text", description="What its value is.")
    description: Annotated[str, Fixed] = Field(
        "", max_length=2_000, description="What it means, for the model that fills it in."
    )
    choices: Annotated[list[str], Fixed, hint(advanced=True)] = Field(
        default_factory=list, max_length=200, description="Of a text: what it may be; anything where none is named."
    )
    required: Annotated[bool, Fixed] = Field(True, description="Whether it has to be given; else it may be null.")

    def schema_of(self) -> dict[str, JSON]:
        """Its JSON Schema."""
        made: dict[str, JSON] = {"type": TYPES.get(self.kind, self.kind)}
        if self.choices and self.kind == "text":
            made["enum"] = list(self.choices)
        if not self.required:  # models like to send null for what they leave out
            made["type"] = [made["type"], "null"]
            if "enum" in made:
                made["enum"] = [*made["enum"], None]
        return {**made, "description": self.description} if self.description else made

    def fault(self, value: Any) -> str:
        """What is wrong with a value; an empty text where nothing is."""
        if value is None:
            return "has to be given" if self.required else ""
        fits = isinstance(value, FITS[self.kind]) and (self.kind == "boolean" or not isinstance(value, bool))
        if not fits or (isinstance(value, float) and not math.isfinite(value)):
            return f"is no {self.kind}"
        if self.kind == "text" and self.choices and value not in self.choices:
            return f"is none of {', '.join(self.choices)}"
        return ""


class ToolTrigger(Trigger):
    """Offer the workflow as a tool: to MCP clients at the address /mcp, to agents, and to other workflows.

    The item has the arguments by name, those that were left out as null. What the last node gives is the answer.
    """

    key = "ai.mcp_trigger"
    icon = "plug"
    title = "Tool"
    subtitle = "{name}"
    examples = (
        Example("Look up an order", {
            "name": "find_order",
            "description": "Find an order of our shop, with its state and where the parcel is.",
            "arguments": [{"name": "number", "kind": "integer", "description": "Number of the order."}],
            "effect": "reads",
        }),
    )  # fmt: skip

    name: Annotated[str, Fixed, hint(placeholder="find_order", mono=True)] = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}$", description="Name of the tool: letters, digits, _ and -."
    )
    description: Annotated[Multiline, Fixed, hint(rows=3)] = Field(
        min_length=1, max_length=5_000, description="What it does and when to use it: a model chooses by this text."
    )
    arguments: Annotated[list[Argument], Fixed] = Field(
        default_factory=list, max_length=50, description="What has to be said in a call."
    )
    effect: Annotated[Literal["reads", "idempotent", "unsafe"], Fixed] = Field(
        "unsafe",
        description="What calling it twice does: it only reads, it does the same again, or it may do harm. Clients ask "
        "people before they use what may.",
    )

    @field_validator("arguments")
    @classmethod
    def _names(cls, arguments: list[Argument]) -> list[Argument]:
        names = [argument.name for argument in arguments]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two arguments are called {name!r}")
        return arguments

    def offers(self) -> Offered:
        """The tool."""
        schema: JSON = {
            "type": "object",
            "properties": {argument.name: argument.schema_of() for argument in self.arguments},
            "required": [argument.name for argument in self.arguments if argument.required],
            "additionalProperties": False,
        }
        return Offered(self.name, self.description, "pure" if self.effect == "reads" else self.effect, schema)

    def called(self, arguments: Mapping[str, JSON]) -> list[Item]:
        """One item with all arguments."""
        known = {argument.name: argument for argument in self.arguments}
        for name in arguments:
            if name not in known:
                text = f"there is no argument {name[:100]!r}; there are: {', '.join(known) or 'none'}"
                raise NodeError(text, retryable=False)
        for name, argument in known.items():
            wrong = argument.fault(arguments.get(name))
            if wrong:
                raise NodeError(f"the argument {name!r} {wrong}", retryable=False)
        return [Item({name: arguments.get(name) for name in known})]

    def sample(self) -> list[Item]:
        """All arguments as null: a start by hand needs none."""
        return [Item({argument.name: None for argument in self.arguments})]
