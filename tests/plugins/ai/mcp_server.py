"""A real MCP server on loopback, made with the official library."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, ImageContent, TextContent, ToolAnnotations

TOKEN = "t0p-secret"
PIXEL = "iVBORw0KGgo="


class Desk:
    """The server: `url` is its endpoint, and what happened to it is kept."""

    def __init__(self) -> None:
        self.root = ""
        self.parcels: list[str] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"{self.root}/mcp"

    def made(self) -> MCPServer:
        server = MCPServer("Desk")
        harmless = ToolAnnotations(read_only_hint=True)

        @server.tool(annotations=harmless)
        def weather(city: str, days: int = 1) -> dict[str, Any]:
            """Tell the weather of a city."""
            if city == "Atlantis":
                raise ToolError("Atlantis has sunk")
            return {"city": city, "days": days}

        @server.tool()
        async def send_parcel(to: str) -> str:
            """Send a parcel."""
            self.parcels.append(to)
            return f"sent to {to}"

        @server.tool(annotations=harmless)
        def draw() -> CallToolResult:
            """Draw a picture."""
            picture = ImageContent(type="image", data=PIXEL, mime_type="image/png")
            return CallToolResult(content=[TextContent(type="text", text="Here it is"), picture])

        return server


@asynccontextmanager
async def serving(app: Callable[..., Awaitable[None]]) -> AsyncIterator[str]:
    """An ASGI application on loopback; gives its address."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="auto", timeout_graceful_shutdown=0))
    running = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0.005)
    yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    running.cancel()  # its own way to stop takes two looks at the clock
    with suppress(asyncio.CancelledError):
        await running
    for one in server.servers:
        one.close()
    sock.close()


@asynccontextmanager
async def desk(**options: Any) -> AsyncIterator[Desk]:
    """The server, which takes the token only."""
    known = Desk()
    app = known.made().streamable_http_app(**options)

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        known.requests.append((scope["method"], scope["path"], headers))
        if headers.get("authorization") == f"Bearer {TOKEN}":
            await app(scope, receive, send)
            return
        start = {"type": "http.response.start", "status": 401, "headers": [(b"www-authenticate", b"Bearer")]}
        await send(start)
        await send({"type": "http.response.body", "body": b'{"error": "invalid_token"}'})

    async with serving(guarded) as root:
        known.root = root
        yield known
