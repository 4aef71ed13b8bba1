"""Talking to an MCP server: the official client, whose requests all go through the guarded one.

Each exchange is a connection of its own, which is made, used and closed. Nothing of it has to survive between the steps
of an agent, or a crash.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import ValidationError

from a8n import JSON, HttpClient, NodeError
from a8n_ai import transport
from a8n_ai.libraries import library
from a8n_ai.mcp_accounts import McpAccount

Made = TypeVar("Made")
PATIENCE = 60.0
"""Seconds for an exchange that lists tools."""
MAX_TOOLS = 500
"""Tools that one server may have."""
MAX_PAGES = 50
MAX_BYTES = 16 * 2**20
"""Of one answer, and of one event in it."""


async def listed(http: HttpClient, account: McpAccount, seconds: float = PATIENCE) -> Sequence[Any]:
    """All tools of a server, as the client describes them. Raises NodeError."""
    return await _talk(http, account, seconds, _tools)


async def called(
    http: HttpClient, account: McpAccount, tool: str, arguments: Mapping[str, JSON], seconds: float,
    progress: Callable[[float, float | None, str | None], Awaitable[None]] | None = None, key: str = "",
) -> Any:  # fmt: skip
    """What came of a call, as the client describes it. Raises NodeError where the call could not be made.

    The protocol has no idempotency keys; `key` goes along in the header that is used for them elsewhere, and that
    servers such as a8n itself heed.
    """
    types = library("mcp_types", "mcp")

    async def call(client: Any) -> Any:
        # The client's own `call_tool` holds the result against the server's schema, whose patterns could keep it
        # busy for ever: both come from outside.
        request = types.CallToolRequest(params=types.CallToolRequestParams(name=tool, arguments=dict(arguments)))
        try:
            return await client.session.send_request(request, types.CallToolResult, progress_callback=progress)
        except library("mcp", "mcp").MCPError as error:
            if error.code != types.HEADER_MISMATCH:
                raise
        # The server wants arguments repeated in headers, which the client knows of once it has listed the tools.
        await _tools(client)
        return await client.session.send_request(request, types.CallToolResult, progress_callback=progress)

    return await _talk(http, account, seconds, call, {"Idempotency-Key": key} if key else {})


async def _tools(client: Any) -> list[Any]:
    found: list[Any] = []
    cursor = None
    for _ in range(MAX_PAGES):
        page = await client.list_tools(cursor=cursor)
        found += page.tools
        cursor = page.next_cursor
        if len(found) > MAX_TOOLS:
            break
        if not cursor:
            return found
    raise NodeError(f"the server lists more than {MAX_TOOLS} tools, or does not end its list", retryable=False)


async def _talk(
    http: HttpClient, account: McpAccount, seconds: float, work: Callable[[Any], Awaitable[Made]],
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Made:  # fmt: skip
    """Connect, work, and close. Raises NodeError for whatever goes wrong."""
    mcp, httpx2 = library("mcp", "mcp"), library("httpx2", "mcp")
    connect = library("mcp.client.streamable_http", "mcp").streamable_http_client
    trouble = transport.Trouble()
    way = httpx2.AsyncClient(
        transport=transport.transport(httpx2, http, trouble, MAX_BYTES), timeout=seconds, trust_env=False,
        headers={**headers, **account.headers()}, follow_redirects=False,
    )  # fmt: skip
    try:
        async with (
            asyncio.timeout(seconds),
            way,
            mcp.Client(
                connect(account.url, http_client=way, max_sse_event_size=MAX_BYTES),
                client_info=_ourselves(),
                cache=None,
            ) as client,
        ):
            return await work(client)
    except TimeoutError as error:
        raise NodeError(f"the MCP server did not answer within {seconds:g} s", field="server") from error
    except Exception as error:
        raise _told(error, trouble) from error


def _ourselves() -> Any:
    return library("mcp_types", "mcp").Implementation(name="a8n", version="1")


def _told(error: Any, trouble: transport.Trouble) -> NodeError:
    """An error of the client as ours. Those of its tasks come in groups; the first one is what happened."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, NodeError):
        return error
    if trouble.last is not None:
        return _placed(trouble.last)
    said = (str(error).strip().splitlines() or [""])[0][:1000]
    refused = isinstance(error, library("mcp", "mcp").MCPError)
    if refused and error.code != library("mcp_types", "mcp").PARSE_ERROR:
        return NodeError(f"the MCP server refused: {said}", retryable=False)
    if refused or isinstance(error, ValidationError | json.JSONDecodeError):
        text = f"the MCP server does not answer as the protocol wants: {said}"
        return NodeError(text, field="server", retryable=False)
    return NodeError(f"the MCP server could not be asked: {type(error).__name__}: {said}", field="server")


def _placed(error: NodeError) -> NodeError:
    """What the transport says, with the field of ours that it is about."""
    hints = {
        "account": "does the credential have the right token, and may it do this?",
        "model": "is this the address of the server's MCP endpoint?",
    }
    known = error.field in hints
    return NodeError(
        error.message, field="server" if known or not error.field else error.field,
        hint=hints[str(error.field)] if known else error.hint,
        retryable=error.retryable, retry_after=error.retry_after,
    )  # fmt: skip
