"""Tools of MCP servers: for an agent, and by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from a8n import JSON, Choice, Context, Example, Field, HttpClient, Item, Json, Node, NodeError, hint, options
from a8n_ai.mcp_accounts import AnyMcp
from a8n_ai.mcp_client import called, listed
from a8n_ai.mcp_results import brief, item, parameters


class Offered(NamedTuple):
    """A tool of a server, as an agent is told of it."""

    name: str
    description: str
    effect: str
    parameters: JSON


class McpNode(Node):
    """What the nodes for MCP share."""

    group = "ai"
    icon = "plug"

    server: AnyMcp = Field(description="The MCP server.")
    timeout: Annotated[float, hint(advanced=True, expr=False)] = Field(
        60.0, ge=1, le=600, description="Seconds that one call may take."
    )

    async def use(self, ctx: Context, tool: str, arguments: dict[str, JSON]) -> Item:
        """What a call of a tool gives. Raises NodeError."""

        async def tell(done: float, of: float | None, text: str | None) -> None:
            ctx.emit({"kind": "progress", "tool": tool, "done": done, "of": of, "text": text})

        result = await called(ctx.http, self.server, tool, arguments, self.timeout, tell, ctx.key)
        return await item(ctx, tool, result)


class McpCall(McpNode):
    """Call a tool of an MCP server.

    Gives the `text` of the answer, its structured content as `data`, and `links` to resources; pictures, sounds and
    other bytes are files of the item.
    """

    key = "ai.mcp_call"
    title = "Call an MCP tool"
    subtitle = "{tool}"
    examples = (
        Example(
            "Look for an issue",
            {"server": {"$credential": "1"}, "tool": "search_issues", "arguments": {"query": {"$": "json.title"}}},
            ({"title": "Crash at start"},),
            needs=("ai.mcp",),
        ),
    )

    tool: str = Field(description="Name of the tool.", min_length=1, max_length=300)
    arguments: Json = Field(default_factory=dict, description="What the tool is called with, as an object by name.")

    async def run(self, ctx: Context) -> Item:
        """Call it."""
        if not isinstance(self.arguments, dict):
            raise NodeError("arguments are an object", field="arguments", retryable=False)
        return await self.use(ctx, self.tool, self.arguments)

    @staticmethod
    @options("tool")
    async def tools_of(server: AnyMcp, search: str, http: HttpClient) -> list[Choice]:
        """The tools of the server."""
        return await _choices(http, server, search)


class McpTools(McpNode):
    """Let an agent use the tools of an MCP server: connect it to the agent's output `tools`.

    The server is asked for its tools each time the agent begins or goes on. What it says of them, and what they
    answer, is read by the model: connect only servers that you trust with what the agent knows. A tool that the
    server calls read-only or idempotent may be called again after a crash; for all others the agent's setting for
    unknown effects decides.
    """

    key = "ai.mcp_tools"
    title = "MCP tools"
    subtitle = "{tools}"
    examples = (
        Example(
            "Two tools of a server, for an agent",
            {"server": {"$credential": "1"}, "tools": ["search_issues", "read_issue"]},
            needs=("ai.mcp",),
        ),
    )

    tools: Annotated[list[str], hint(expr=False)] = Field(
        default_factory=list,
        max_length=200,
        description="Names of the tools that the agent may use; all where none is.",
    )

    async def functions(self, ctx: Context) -> Sequence[Offered]:
        """The tools, as the server describes them now."""
        found = {tool.name: tool for tool in await listed(ctx.http, self.server, self.timeout)}
        unknown = [name for name in self.tools if name not in found]
        if unknown:
            known = ", ".join(sorted(found)[:20]) or "none"
            text = f"the MCP server has no tool {unknown[0]!r}; it has: {known}"
            raise NodeError(text, field="tools", retryable=False)
        return [
            Offered(
                name, found[name].description or "", _effect(found[name]), parameters(name, found[name].input_schema)
            )
            for name in self.tools or found
        ]

    async def run(self, ctx: Context) -> Item:
        """Make the call of an agent."""
        if not ctx.function:
            raise NodeError(
                "this node is for agents: connect it to the output `tools` of one",
                hint="the node Call an MCP tool calls one by itself",
                retryable=False,
            )
        made = await self.use(ctx, ctx.function, dict(ctx.item.json))
        return Item(brief(made.json), made.files)

    @staticmethod
    @options("tools")
    async def tools_of(server: AnyMcp, search: str, http: HttpClient) -> list[Choice]:
        """The tools of the server."""
        return await _choices(http, server, search)


def _effect(tool: Any) -> str:
    hints = tool.annotations
    harmless = hints is not None and (hints.read_only_hint or hints.idempotent_hint)
    return "idempotent" if harmless else "unsafe"


async def _choices(http: HttpClient, server: AnyMcp, search: str) -> list[Choice]:
    tools = await listed(http, server)
    return [
        Choice(value=tool.name, label=tool.title or tool.name) for tool in tools if search.lower() in tool.name.lower()
    ]
