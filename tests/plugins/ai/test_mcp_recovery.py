"""kill -9 while an agent uses the tools of an MCP server: what was recorded is not called again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.live.server import Server, hook, node, workflow

from .conftest import Says, Service
from .mcp_server import TOKEN, Desk, desk
from .test_agent_recovery import mortal

__all__ = ["mortal"]


@pytest.fixture
async def post() -> AsyncIterator[Desk]:
    """The server whose tool sends parcels."""
    async with desk() as made:
        yield made


def parcels(server: Server, service: Service, post: Desk) -> str:
    """A workflow with an agent that sends parcels by MCP; gives the execution that was started."""
    model = {"kind": "ai.openai", "name": "M", "values": {"base_url": f"{service.root}/v1", "api_key": service.key}}
    tools = {"kind": "ai.mcp", "name": "Post", "values": {"url": post.url, "token": TOKEN}}
    first, second = (server.api("POST", "/credentials", one, status=201)["id"] for one in (model, tools))
    agent = {"account": {"$credential": first}, "model": "small", "prompt": "Send parcels."}
    nodes = [
        hook("parcels"),
        node("agent", "ai.agent", agent),
        node("post", "ai.mcp_tools", {"server": {"$credential": second}, "tools": ["send_parcel"]}),
    ]
    server.live(workflow("Parcels", nodes, "hook > agent", "agent.tools > post"))
    return str(server.hook("parcels", {}).json()["execution_id"])


async def test_a_recorded_call_is_not_made_again(mortal: Server, service: Service, post: Desk) -> None:
    service.script(Says(calls=[("post_send_parcel", {"to": "ann"})]))
    service.hold_after = 1
    execution_id = await asyncio.to_thread(parcels, mortal, service, post)
    await service.held.wait()
    await asyncio.to_thread(mortal.kill)
    assert post.parcels == ["ann"]

    service.hold_after = None
    service.script(Says("It is on its way."))
    await asyncio.to_thread(mortal.start)
    row = await asyncio.to_thread(mortal.ended, execution_id)
    assert (row["status"], post.parcels) == ("succeeded", ["ann"])
