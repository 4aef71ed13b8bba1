"""MCP servers that do what they should not: a clear error each time, and never a hang."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from a8n import HttpClient, NodeError
from a8n.testing import Services, credential, run
from a8n_ai import mcp_client
from a8n_ai.mcp_accounts import McpServer
from a8n_ai.mcp_nodes import McpCall
from a8n_ai.mcp_results import parameters
from a8n_ai.tools import Toolbox

from .mcp_server import serving

Answer = Callable[[dict[str, Any]], Any]
EVENTS = "text/event-stream"


class Odd:
    """Answers as a test says; without a word of it a server with one tool."""

    def __init__(self, **answers: Any):
        self.answers = answers
        self.calls = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if scope["method"] != "POST":
            await plain(send, 405, b"")
            return
        asked = json.loads(body)
        method = asked["method"].replace("/", "_")
        if method == "tools_call":
            self.calls += 1
        answer = self.answers.get(method)
        if callable(answer):
            await answer(send, asked)
        elif "id" not in asked:
            await plain(send, 202, b"")
        else:
            await told(send, asked, answer if answer is not None else usual(asked))


def usual(asked: dict[str, Any]) -> Any:
    tool = {"name": "echo", "inputSchema": {"type": "object"}}
    return {
        "initialize": {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "odd", "version": "1"},
        },
        "tools/list": {"tools": [tool]},
        "tools/call": {"content": [{"type": "text", "text": "echo"}]},
    }.get(asked["method"], {})


async def told(send: Any, asked: dict[str, Any], result: Any) -> None:
    whole: dict[str, Any] = {"jsonrpc": "2.0", "id": asked["id"]}
    if asked["method"] == "server/discover":
        whole["error"] = {"code": -32601, "message": "Method not found"}
    else:
        whole["result"] = result
    await plain(send, 200, json.dumps(whole).encode(), "application/json")


async def plain(send: Any, status: int, body: bytes, kind: str = "text/plain", *more: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind.encode()), *more]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def odd(**answers: Any) -> AsyncIterator[tuple[Odd, dict[str, Any]]]:
    """The server, and the parameters of a call of its tool."""
    server = Odd(**answers)
    async with serving(server) as root:
        account = credential(McpServer, url=f"{root}/mcp")
        yield server, {"server": account, "tool": "echo", "arguments": {}, "timeout": 2}


def ways(services: Services) -> HttpClient:
    assert services.http is not None
    return services.http


async def failing(services: Services, **answers: Any) -> NodeError:
    async with odd(**answers) as (_, params):
        with pytest.raises(NodeError) as caught:
            await run(McpCall, params, services=services)
        return caught.value


async def test_a_plain_server_without_events_is_enough(services: Services) -> None:
    async with odd() as (server, params):
        [made] = (await run(McpCall, params, services=services))["main"]
        assert (made.json["text"], server.calls) == ("echo", 1)


async def test_a_stream_that_never_ends(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_client, "MAX_BYTES", 100_000)

    async def endless(send: Any, asked: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", EVENTS.encode())]})
        for _ in range(2_000):  # far more than anybody should take
            await send({"type": "http.response.body", "body": b": more\n\n" * 1000, "more_body": True})
            await asyncio.sleep(0)

    error = await failing(services, tools_call=endless)
    assert "100,000 bytes" in str(error)


async def test_an_answer_that_never_comes(services: Services) -> None:
    async def silent(send: Any, asked: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", EVENTS.encode())]})
        await send({"type": "http.response.body", "body": b": wait\n\n", "more_body": True})
        await asyncio.Event().wait()

    async with odd(tools_call=silent) as (_, params):
        with pytest.raises(NodeError, match=r"did not answer within 0.3 s"):
            await mcp_client.called(ways(services), params["server"], "echo", {}, 0.3)


async def test_a_stream_that_breaks_off(services: Services) -> None:
    async def broken(send: Any, asked: Any) -> None:
        await plain(send, 200, b": nothing\n\n", EVENTS)

    assert "ended without a response" in str(await failing(services, tools_call=broken))


@pytest.mark.parametrize(
    ("status", "kind", "body", "says"),
    [
        (200, "text/html", b"<p>Hello</p>", "Unexpected content type: text/html"),
        (200, "application/json", b"{", "does not answer as the protocol wants"),
        (200, "application/json", b'{"jsonrpc": "2.0", "id": 9, "result": 3}', "MCP server"),
        (500, "text/plain", b"oh no", "answered 500"),
        (429, "application/json", b'{"error": "slow down"}', "answered 429: slow down"),
    ],
)
async def test_answers_that_are_none(services: Services, status: int, kind: str, body: bytes, says: str) -> None:
    async def answer(send: Any, asked: Any) -> None:
        await plain(send, status, body, kind)

    assert says in str(await failing(services, tools_call=answer))


@pytest.mark.parametrize("result", [3, {"content": 7}])
async def test_results_that_are_none(services: Services, result: Any) -> None:
    async def answer(send: Any, asked: Any) -> None:
        await told(send, asked, result)

    assert "does not answer as the protocol wants" in str(await failing(services, tools_call=answer))


async def test_a_file_that_is_no_base64(services: Services) -> None:
    content = [{"type": "image", "data": "!!", "mimeType": "image/png"}]
    assert "gave a file that is no base64" in str(await failing(services, tools_call={"content": content}))


async def test_a_redirect_leads_nowhere_else(services: Services) -> None:
    async def away(send: Any, asked: Any) -> None:
        await plain(send, 307, b"", "text/plain", (b"location", b"http://169.254.169.254/latest"))

    assert "not followed" in str(await failing(services, tools_call=away))


async def test_a_list_that_never_ends(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp_client, "MAX_PAGES", 3)

    async def more(send: Any, asked: Any) -> None:
        await told(send, asked, {**usual(asked), "nextCursor": "again"})

    async with odd(tools_list=more) as (_, params):
        with pytest.raises(NodeError, match=r"lists more than 500 tools, or does not end its list"):
            await mcp_client.listed(ways(services), params["server"])


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "object", "properties": {"a": {"type": "strange"}}}, "no valid JSON Schema"),
        ({"type": "array"}, "are no object"),
        ({"type": "object", "properties": {"a": {"$ref": "http://169.254.169.254/"}}}, "not in their schema"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/gone"}}}, "not in their schema"),
        ({"type": "object", "description": "x" * 60_000}, "more than 50,000 characters"),
    ],
)
def test_schemas_that_are_refused(schema: Any, says: str) -> None:
    with pytest.raises(NodeError, match=says) as caught:
        parameters("echo", schema)
    assert caught.value.field == "tools"


def test_patterns_are_left_to_the_server() -> None:
    """`(a+)+$` could keep the checker busy for ever; an argument that is called `pattern` stays."""
    given = {
        "type": "object",
        "properties": {"pattern": {"type": "string", "pattern": "(a+)+$"}},
        "patternProperties": {},
    }
    assert parameters("echo", given) == {"type": "object", "properties": {"pattern": {"type": "string"}}}


class Told:
    """A tool as an agent gets it."""

    def __init__(self, node: str, name: str):
        self.node, self.name = node, name
        self.description, self.effect, self.parameters = "d", "pure", {"type": "object", "properties": {}}


def test_names_of_several_servers_do_not_clash() -> None:
    tools = [Told("A", "read"), Told("B", "read"), Told("A", "re ad!"), Told("A", "re_ad"), Told("Ü", "x" * 300)]
    names = [function["function"]["name"] for function in Toolbox(tools).functions]
    assert names == ["A_read", "B_read", "A_re_ad", "A_re_ad_2", "x" * 60]
    assert all(len(name) <= 64 for name in names)
