"""Workflows as tools of MCP clients: the official client against a real server, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import httpx2
import mcp
import pytest
from mcp.client.streamable_http import streamable_http_client

import a8n_ai
import a8n_data
import a8n_flow
from a8n import Kernel
from a8n.runtime.egress import EgressClient
from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings
from a8n.testing import credential
from a8n_ai import mcp_client
from a8n_ai.mcp_accounts import McpServer
from a8n_web.server import application
from tests.plugins.ai.mcp_server import serving
from tests.web import toys
from tests.web.conftest import Client, Reply, person

MODES = ["legacy", "auto", "2026-07-28"]
META = "io.modelcontextprotocol/"


@pytest.fixture
async def instance(settings: Settings) -> AsyncIterator[Instance]:
    opened = await Instance.open(settings, Kernel(plugins=[toys, a8n_ai, a8n_data, a8n_flow]))
    yield opened
    await opened.close(grace=0)


def tool(name: str = "greet", *nodes: dict[str, Any], **params: Any) -> dict[str, Any]:
    """A workflow that is a tool: it greets by name, unless other nodes are given."""
    arguments = [
        {"name": "who", "description": "Whom to greet."},
        {"name": "times", "kind": "integer", "required": False},
    ]
    given = {"name": name, "description": "Greet somebody.", "arguments": arguments, "effect": "reads", **params}
    text = {"fields": [{"name": "text", "value": {"$t": "Hello {{ json.who }}"}}], "mode": "only"}
    rest = nodes or ({"id": "set", "name": "Set", "type": "data.set", "params": text},)
    start = {"id": "tool", "name": "Tool", "type": "ai.mcp_trigger", "params": given}
    ids = ["tool", *(node["id"] for node in rest)]
    wires = [{"from": one, "to": other} for one, other in pairwise(ids)]
    return {"name": f"Say {name}", "nodes": [start, *rest], "connections": wires}


async def live(client: Client, document: dict[str, Any]) -> str:
    """Save a workflow and make it live."""
    saved = await client.post("/api/workflows", document)
    assert saved.status == 201, saved.body
    activated = await client.post(f"/api/workflows/{saved['id']}/activate")
    assert activated.status == 200, activated.body
    urls = [one["url"] for one in activated.body["triggers"] if one["type"] == "ai.mcp_trigger"]
    assert all(url.endswith("/mcp") for url in urls)
    return str(saved["id"])


async def key_of(client: Client, *scopes: str) -> str:
    return str((await client.post("/api/keys", {"name": "mcp", "scopes": list(scopes or ["workflow:run"])}))["key"])


@asynccontextmanager
async def connected(client: Client, mode: str = "auto") -> AsyncIterator[mcp.Client]:
    """The official client, with an API key, over HTTP."""
    headers = {"Authorization": f"Bearer {await key_of(client)}"}
    async with (
        serving(application(client.app.extensions["a8n"].instance)) as root,
        httpx2.AsyncClient(headers=headers, trust_env=False) as http,
        mcp.Client(streamable_http_client(f"{root}/mcp", http_client=http), mode=mode) as made,
    ):
        yield made


@pytest.mark.parametrize("mode", MODES)
async def test_a_workflow_is_listed_and_called(owner: Client, mode: str) -> None:
    await live(owner, tool())
    async with connected(owner, mode) as client:
        [found] = (await client.list_tools()).tools
        assert (found.name, found.title, found.description) == ("greet", "Say greet", "Greet somebody.")
        assert found.annotations is not None
        assert found.annotations.read_only_hint
        assert found.input_schema == {
            "type": "object",
            "properties": {
                "who": {"type": "string", "description": "Whom to greet."},
                "times": {"type": ["integer", "null"]},
            },
            "required": ["who"],
            "additionalProperties": False,
        }
        result = await client.call_tool("greet", {"who": "Ada"})
        assert (result.is_error, result.structured_content) == (False, {"text": "Hello Ada"})
        assert result.content[0].text == '{"text":"Hello Ada"}'  # type: ignore[union-attr]  # a text, by the server


MISFITS: list[tuple[dict[str, Any], str]] = [
    ({}, "the argument 'who' has to be given"),
    ({"who": 7}, "the argument 'who' is no text"),
    ({"who": "Ada", "times": True}, "the argument 'times' is no integer"),
    ({"who": "Ada", "loud": True}, "there is no argument 'loud'; there are: who, times"),
]


async def test_arguments_that_do_not_fit_start_nothing(owner: Client) -> None:
    await live(owner, tool())
    for arguments, says in MISFITS:
        reply = await ask(owner, "tools/call", {"name": "greet", "arguments": arguments})
        assert (reply["result"]["isError"], reply["result"]["content"][0]["text"]) == (True, says)
    assert (await owner.get("/api/executions"))["data"] == []


# --- by hand -----------------------------------------------------------------------------------------------------


async def ask(client: Client, method: str, params: Any = None, **headers: str) -> Reply:
    """A request as a client with a handshake sends it."""
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    return await client.post("/mcp", message, headers={"Accept": "application/json", **headers})


async def names(client: Client) -> list[str]:
    return [found["name"] for found in (await ask(client, "tools/list"))["result"]["tools"]]


async def called(client: Client, name: str = "greet", arguments: Any = None, **headers: str) -> dict[str, Any]:
    reply = await ask(client, "tools/call", {"name": name, "arguments": arguments or {"who": "Ada"}}, **headers)
    assert reply.status == 200, reply.body
    result: dict[str, Any] = reply["result"]
    return result


def code(text: str) -> dict[str, Any]:
    """A node that fails with a text."""
    return {"id": "stop", "name": "Stop", "type": "flow.stop", "params": {"message": text}}


async def test_several_items_are_a_list(owner: Client) -> None:
    split = {"id": "split", "name": "Split", "type": "data.split_out", "params": {"field": "parts"}}
    parts = {"fields": [{"name": "parts", "value": [{"n": 1}, {"n": 2}]}], "mode": "only"}
    await live(owner, tool("greet", {"id": "set", "name": "Set", "type": "data.set", "params": parts}, split))
    items = (await called(owner))["structuredContent"]["items"]
    assert len(items) == 2


async def test_a_workflow_that_fails_says_why(owner: Client) -> None:
    await live(owner, tool("greet", code("nobody is at home")))
    result = await called(owner)
    assert result["isError"]
    assert "nobody is at home" in result["content"][0]["text"]


async def test_a_workflow_that_waits_is_told_of(owner: Client) -> None:
    wait = {"id": "wait", "name": "Wait", "type": "flow.wait", "params": {"resume": {"on": "webhook"}}}
    await live(owner, tool("greet", wait))
    result = await called(owner)
    assert (result["isError"], result["structuredContent"]["status"]) == (False, "waiting")
    row = (await owner.get(f"/api/executions/{result['structuredContent']['execution_id']}")).body
    assert (row["status"], row["mode"]) == ("waiting", "mcp")


async def test_a_result_that_is_too_large_is_not_sent(owner: Client) -> None:
    large = {"fields": [{"name": "text", "value": {"$": "'x' * 600000"}}, {"name": "more", "value": "y" * 500_000}]}
    await live(owner, tool("greet", {"id": "set", "name": "Set", "type": "data.set", "params": large}))
    result = await called(owner)
    assert result["isError"]
    assert "characters, which is too much" in result["content"][0]["text"]


async def test_progress_is_told_step_by_step(owner: Client) -> None:
    await live(owner, tool())
    heard: list[tuple[float, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, message))

    async with connected(owner) as client:
        await client.call_tool("greet", {"who": "Ada"}, progress_callback=hear)
    assert heard in ([], [(1, "set succeeded")], [(1, "tool succeeded"), (2, "set succeeded")])


async def test_the_same_key_starts_one_execution(owner: Client) -> None:
    await live(owner, tool())
    header = {"Idempotency-Key": "k1"}
    assert await called(owner, **header) == await called(owner, **header)
    assert len((await owner.get("/api/executions"))["data"]) == 1
    [row] = (await owner.get("/api/audit?action=workflow.run"))["data"]
    assert row["user"] == owner.user["id"]


async def test_one_a8n_uses_the_workflows_of_another_each_call_once(owner: Client) -> None:
    await live(owner, tool())
    egress = EgressClient(("127.0.0.0/8",))
    async with serving(application(owner.app.extensions["a8n"].instance)) as root:
        account = credential(McpServer, url=f"{root}/mcp", token=await key_of(owner))
        assert await account.check(egress) == "1 tools, such as greet"
        for _ in range(2):
            result = await mcp_client.called(egress, account, "greet", {"who": "Ada"}, 10, key="a8n-1")
            assert result.structured_content == {"text": "Hello Ada"}
    assert len((await owner.get("/api/executions"))["data"]) == 1
    await egress.close()


# --- who sees and runs what --------------------------------------------------------------------------------------


async def test_strangers_and_keys_without_the_scope_are_refused(owner: Client, stranger: Client) -> None:
    await live(owner, tool())
    refused = await ask(stranger, "tools/list")
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="a8n"')
    assert (await ask(Client(owner.app, "a8n_guess"), "tools/list")).status == 401
    reader = Client(owner.app, await key_of(owner, "workflow:read"))
    assert (await ask(reader, "tools/call", {"name": "greet"})).status == 403


async def test_only_tools_of_projects_where_one_may_run(owner: Client) -> None:
    boss, editor, viewer, outsider = [await person(owner, f"p{n}@example.org") for n in range(4)]
    project = (await boss.post("/api/projects", {"name": "Shared"}))["id"]
    for one, role in ((editor, "editor"), (viewer, "viewer")):
        await boss.put(f"/api/projects/{project}/members/{one.user['id']}", {"role": role})
    await live(boss, {**tool(), "project": project})
    assert [await names(one) for one in (boss, editor, viewer, outsider)] == [["greet"], ["greet"], [], []]
    for one in (viewer, outsider):
        reply = await ask(one, "tools/call", {"name": "greet", "arguments": {"who": "Ada"}})
        assert reply["error"] == {"code": -32602, "message": "Unknown tool: greet"}
    assert (await called(Client(owner.app, await key_of(editor))))["structuredContent"] == {"text": "Hello Ada"}


async def test_tools_of_one_name_are_told_apart(owner: Client, member: Client) -> None:
    first, second = await live(owner, tool()), await live(member, tool())
    assert await names(member) == ["greet"]
    assert await names(owner) == sorted(f"greet_{one[-6:]}" for one in (first, second))
    assert not (await called(owner, f"greet_{second[-6:]}"))["isError"]
    project = (await member.get(f"/api/workflows/{second}"))["project"]
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    for client, found in ((owner, ["greet"]), (member, ["greet"])):
        tools = (await client.post(f"/mcp?project={project}", listing))["result"]["tools"]
        assert [one["name"] for one in tools] == found


async def test_what_is_switched_off_is_no_tool(owner: Client) -> None:
    workflow = await live(owner, tool())
    await owner.post(f"/api/workflows/{workflow}/deactivate")
    assert await names(owner) == []
    draft = await owner.post("/api/workflows", tool("draft"))
    assert draft.status == 201
    assert await names(owner) == []


# --- the protocol ------------------------------------------------------------------------------------------------


OFFERS: list[tuple[Any, str]] = [
    ("2025-03-26", "2025-03-26"),
    ("2025-06-18", "2025-06-18"),
    ("1999-01-01", "2025-11-25"),
    (7, "2025-11-25"),
]


async def test_versions_are_negotiated(owner: Client) -> None:
    for wanted, given in OFFERS:
        result = (await ask(owner, "initialize", {"protocolVersion": wanted, "capabilities": {}}))["result"]
        assert (result["protocolVersion"], result["serverInfo"]["name"]) == (given, "a8n")
        assert result["capabilities"] == {"tools": {"listChanged": False}}


async def test_a_version_that_is_not_spoken(owner: Client) -> None:
    reply = await ask(owner, "ping", **{"MCP-Protocol-Version": "2031-01-01"})
    assert (reply.status, reply["error"]["code"], reply["error"]["data"]["requested"]) == (400, -32022, "2031-01-01")


MESSAGES: list[tuple[dict[str, Any], int, int]] = [
    ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, 400, -32600),
    ({"jsonrpc": "2.0", "id": 1, "method": 7}, 400, -32600),
    ({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}, 400, -32600),
    ({"jsonrpc": "2.0", "id": True, "method": "ping"}, 400, -32600),
    ({"jsonrpc": "2.0", "id": None, "method": "ping"}, 400, -32600),
    ({"jsonrpc": "2.0", "id": 1, "method": "resources/list"}, 200, -32601),
    ({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"cursor": 7}}, 200, -32602),
    ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 7}}, 200, -32602),
    ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x", "arguments": []}}, 200, -32602),
    ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x"}}, 200, -32602),
]


async def test_messages_that_are_none(owner: Client) -> None:
    for message, status, number in MESSAGES:
        reply = await owner.post("/mcp", message)
        assert (reply.status, reply["error"]["code"]) == (status, number)


async def test_notifications_and_answers_are_taken(owner: Client) -> None:
    for message in ({"method": "notifications/initialized"}, {"id": 3, "result": {}}):
        assert (await owner.post("/mcp", {"jsonrpc": "2.0", **message})).status == 202


BODIES = [(b"{", 400), (b"[]", 422), (b'{"id": NaN}', 400), (b"[" * 500, 400)]


async def test_bodies_that_are_none(owner: Client) -> None:
    for data, status in BODIES:
        assert (await owner.post("/mcp", data=data)).status == status


async def test_no_stream_is_offered_and_no_session_kept(owner: Client) -> None:
    for method in ("GET", "DELETE"):
        assert (await owner(method, "/mcp")).status == 405


ORIGINS = [
    ("http://evil.example", 403),
    ("http://evil.example:5678", 403),
    ("null", 403),
    ("http://[::1", 403),
    ("http://localhost:5678", 200),
]


async def test_pages_of_other_sites_are_refused(owner: Client) -> None:
    """Also where their name leads here: `Host` is then theirs, too."""
    for origin, status in ORIGINS:
        host = origin.rpartition("/")[2]
        assert (await ask(owner, "ping", Origin=origin, Host=host)).status == status


def stateless(method: str, **params: Any) -> dict[str, Any]:
    meta = {f"{META}protocolVersion": "2026-07-28", f"{META}clientCapabilities": {}}
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": meta, **params}}


DISAGREED: list[tuple[dict[str, str], dict[str, Any], int]] = [
    ({"Mcp-Method": "tools/call"}, stateless("tools/list"), -32020),
    ({"Mcp-Method": "tools/list"}, stateless("tools/list", _meta={}), -32602),
    ({"Mcp-Method": "tools/call", "Mcp-Name": "other"}, stateless("tools/call", name="greet"), -32020),
    ({"Mcp-Method": "tools/call", "Mcp-Name": "=?base64?!?="}, stateless("tools/call", name="greet"), -32020),
    ({"Mcp-Method": "ping"}, stateless("ping"), -32601),
]


async def test_without_a_handshake_headers_and_body_have_to_agree(owner: Client) -> None:
    for headers, message, number in DISAGREED:
        reply = await owner.post("/mcp", message, headers={"MCP-Protocol-Version": "2026-07-28", **headers})
        assert (reply.status, reply["error"]["code"]) == (404 if number == -32601 else 400, number)
