"""Tools of MCP servers, against a real one: by themselves, and behind an agent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

import a8n_ai
import a8n_manual
from a8n import Kernel, NodeError
from a8n.runtime.egress import EgressClient
from a8n.testing import MemoryJournal, Services, credential, objects, outputs_of, resume_workflow, run, run_workflow
from a8n_ai.mcp_accounts import McpServer, McpSignIn
from a8n_ai.mcp_nodes import McpCall, McpTools

from .conftest import Says, Service
from .mcp_server import TOKEN, Desk, desk

KERNEL = Kernel([a8n_ai, a8n_manual])


@pytest.fixture(params=["sse", "json"])
async def server(request: Any) -> AsyncIterator[Desk]:
    """A server that answers by events, or by plain JSON and without sessions."""
    plain = request.param == "json"
    async with desk(json_response=plain, stateless_http=plain) as made:
        yield made


@pytest.fixture
async def one() -> AsyncIterator[Desk]:
    """A server, where it does not matter how it answers."""
    async with desk() as made:
        yield made


def account(server: Desk, token: str = TOKEN) -> McpServer:
    return credential(McpServer, url=server.url, token=token)


async def call(server: Desk, services: Services, tool: str, arguments: Any, **params: Any) -> dict[str, Any]:
    given = {"server": account(server), "tool": tool, "arguments": arguments, **params}
    [made] = (await run(McpCall, given, services=services))["main"]
    return {**made.json, **({"files": made.files} if made.files else {})}


# --- one tool by itself ----------------------------------------------------------------------------------------


async def test_it_calls_a_tool(server: Desk, services: Services) -> None:
    made = await call(server, services, "weather", {"city": "Rome", "days": 2})
    assert made["data"] == {"city": "Rome", "days": 2}
    assert '"Rome"' in made["text"]
    keys = {headers["idempotency-key"] for method, _, headers in server.requests if method == "POST"}
    assert len(keys) == 1


async def test_pictures_are_files(one: Desk, services: Services) -> None:
    made = await call(one, services, "draw", {})
    assert (made["text"], made["files"]["image"].mime) == ("Here it is", "image/png")


async def test_a_tool_that_fails_says_why(one: Desk, services: Services) -> None:
    with pytest.raises(NodeError, match=r"the tool weather failed: .*Atlantis has sunk"):
        await call(one, services, "weather", {"city": "Atlantis"})


async def test_a_tool_that_is_not_there(one: Desk, services: Services) -> None:
    with pytest.raises(NodeError, match=r"(?i)unknown tool"):
        await call(one, services, "launch_rocket", {})


async def test_the_test_button_counts_the_tools(one: Desk, services: Services) -> None:
    assert await account(one).check(services.http) == "3 tools, such as weather"


async def test_a_wrong_token_names_the_field(one: Desk, services: Services) -> None:
    params = {"server": account(one, "guess"), "tool": "weather", "arguments": {}}
    with pytest.raises(NodeError, match="answered 401") as caught:
        await run(McpCall, params, services=services)
    assert (caught.value.field, caught.value.retryable) == ("server", False)
    assert "guess" not in str(caught.value)


async def test_it_goes_nowhere_that_egress_forbids(one: Desk) -> None:
    closed = EgressClient(())
    with pytest.raises(NodeError, match=r"127\.0\.0\.1"):
        await account(one).check(closed)
    assert one.requests == []
    await closed.close()


async def test_live_choices(one: Desk, services: Services) -> None:
    assert services.http is not None
    found = await McpCall.tools_of(account(one), "a", services.http)
    assert [choice.value for choice in found] == ["weather", "send_parcel", "draw"]


# --- behind an agent -------------------------------------------------------------------------------------------


def document(tools: dict[str, Any], **params: Any) -> dict[str, Any]:
    given = {"account": {"$credential": "acc"}, "model": "small", "prompt": {"$": "json.task"}, **params}
    desk = {"server": {"$credential": "mcp"}, **tools}
    return {
        "name": "Agent",
        "nodes": [
            {"id": "start", "name": "Start", "type": "manual.trigger", "params": {}},
            {"id": "agent", "name": "Agent", "type": "ai.agent", "params": given},
            {"id": "desk", "name": "Desk", "type": "ai.mcp_tools", "params": desk},
        ],
        "connections": [
            {"from": "start", "output": "main", "to": "agent", "input": "main"},
            {"from": "agent", "output": "tools", "to": "desk", "input": "main"},
        ],
    }


async def execute(
    server: Desk, service: Service, services: Services, tools: dict[str, Any] | None = None, /, **params: Any
) -> Any:
    options = {name: params.pop(name) for name in ("journal",) if name in params}
    known = {"acc": service.openai, "mcp": account(server)}
    return await run_workflow(
        document(tools or {}, **params), [{"task": "Weather?"}], KERNEL, services=services, credentials=known, **options
    )


async def test_an_agent_uses_the_tools_of_a_server(server: Desk, service: Service, services: Services) -> None:
    service.script(Says(calls=[("Desk_weather", {"city": "Rome"})]), Says("Fine."))
    execution = await execute(server, service, services)
    assert execution.status == "succeeded", execution.error
    [made] = objects(outputs_of(execution, "agent"))
    assert made["steps"][0]["calls"][0]["result"] == {"data": {"city": "Rome", "days": 1}}
    told = {tool["function"]["name"]: tool["function"] for tool in service.asked[0].body["tools"]}
    assert list(told) == ["Desk_weather", "Desk_send_parcel", "Desk_draw"]
    assert told["Desk_weather"]["description"] == "Desk, weather: Tell the weather of a city."
    assert told["Desk_weather"]["parameters"]["required"] == ["city"]


async def test_only_the_tools_that_were_named(one: Desk, service: Service, services: Services) -> None:
    service.script(Says(calls=[("Desk_send_parcel", {"to": "Ann"})]), Says("Hm."))
    execution = await execute(one, service, services, {"tools": ["weather"]})
    [made] = objects(outputs_of(execution, "agent"))
    assert "there is no tool 'Desk_send_parcel'; there are: Desk_weather" in made["steps"][0]["calls"][0]["error"]
    assert one.parcels == []


async def test_a_named_tool_that_the_server_lacks(one: Desk, service: Service, services: Services) -> None:
    execution = await execute(one, service, services, {"tools": ["wether"]})
    assert execution.error["message"] == "the MCP server has no tool 'wether'; it has: draw, send_parcel, weather"
    assert service.asked == []


async def test_arguments_that_do_not_fit_are_not_sent(one: Desk, service: Service, services: Services) -> None:
    service.script(Says(calls=[("Desk_weather", {"days": 2})]), Says("Hm."))
    execution = await execute(one, service, services)
    [made] = objects(outputs_of(execution, "agent"))
    assert "'city' is a required property" in made["steps"][0]["calls"][0]["error"]


async def test_a_failing_tool_is_told_to_the_model(one: Desk, service: Service, services: Services) -> None:
    service.script(Says(calls=[("Desk_weather", {"city": "Atlantis"})]), Says("Gone."))
    await execute(one, service, services)
    assert "Atlantis has sunk" in service.asked[1].body["messages"][-1]["content"]


@pytest.mark.parametrize("name", ["Desk", "Desk/send_parcel"])
async def test_a_person_approves(one: Desk, service: Service, services: Services, name: str) -> None:
    service.script(Says(calls=[("Desk_send_parcel", {"to": "Ann"})]), Says("Done"))
    execution = await execute(one, service, services, approve=[name])
    assert (execution.status, one.parcels) == ("waiting", []), execution.error
    [wait] = [record.wait for record in execution.steps.values() if record.status == "waiting"]
    assert wait.form.title == "May the agent use send_parcel of Desk?"
    answers = {wait.form.fields[0].name: "yes", "note": ""}
    execution = await resume_workflow(execution, {"agent": {"form": answers}})
    assert (execution.status, one.parcels) == ("succeeded", ["Ann"]), execution.error


async def test_the_node_alone_says_what_it_is_for(one: Desk, services: Services) -> None:
    with pytest.raises(NodeError, match="connect it to the output `tools`"):
        await run(McpTools, {"server": account(one)}, services=services)


@pytest.mark.parametrize(("tool", "arguments", "intents"), [("send_parcel", {"to": "Ann"}, 1), ("draw", {}, 0)])
async def test_what_may_not_happen_twice_is_announced(
    one: Desk, service: Service, services: Services, tool: str, arguments: dict[str, Any], intents: int
) -> None:
    """So that after a crash in its middle the agent's setting for unknown effects decides."""
    journal = MemoryJournal()
    service.script(Says(calls=[(f"Desk_{tool}", arguments)]), Says("Done"))
    execution = await execute(one, service, services, journal=journal)
    assert (execution.status, len(journal.intents)) == ("succeeded", intents), execution.error


async def test_after_a_crash_no_recorded_call_is_made_again(one: Desk, service: Service, services: Services) -> None:
    journal, asked_again = MemoryJournal(), asyncio.Event()

    def dies(body: Any) -> Says:
        asked_again.set()
        return Says(status=503, body={})

    service.script(Says(calls=[("Desk_send_parcel", {"to": "Ann"})]), dies)
    running = asyncio.create_task(execute(one, service, services, journal=journal))
    await asked_again.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    service.script(Says("It is on its way."))
    execution = await execute(one, service, services, journal=journal)
    assert (execution.status, one.parcels) == ("succeeded", ["Ann"]), execution.error


def test_how_servers_know_us() -> None:
    url = "https://mcp.example.com/mcp"
    assert credential(McpServer, url=url).headers() == {}
    assert credential(McpServer, url=url, token="t").headers() == {"Authorization": "Bearer t"}
    assert credential(McpServer, url=url, token="t", header="X-API-Key").headers() == {"X-API-Key": "t"}
    ours = {"authorize_url": f"{url}/authorize", "token_url": f"{url}/token", "client_id": "a8n", "scopes": ["read"]}
    person = credential(McpSignIn, url=url, **ours)
    assert (person.oauth().scopes, person.oauth().extra) == (("read",), {"resource": url})
    with pytest.raises(NodeError, match="nobody has signed in"):
        person.headers()
    person.holding("t0k")
    assert person.headers() == {"Authorization": "Bearer t0k"}
