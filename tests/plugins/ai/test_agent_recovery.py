"""kill -9 in the middle of a conversation: the agent goes on in another process, and no recorded call runs again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live.server import Server, hook, node, workflow

from .conftest import Says, Service


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Server]:
    """A server to be killed."""
    server = Server(tmp_path / "data").start()
    server.sign_up()
    yield server
    server.close()


def parcels(server: Server, service: Service, unknown: str) -> str:
    """A workflow with an agent that sends parcels by HTTP; gives the execution that was started."""
    account = {
        "kind": "ai.openai",
        "name": "Model",
        "values": {"base_url": f"{service.root}/v1", "api_key": service.key},
    }
    credential = server.api("POST", "/credentials", account, status=201)["id"]
    agent = {"account": {"$credential": credential}, "model": "small", "prompt": "Send parcels."}
    send = {"method": "POST", "url": {"$t": service.root + "/parcels/{{ json.name }}"}}
    nodes = [hook("parcels"), node("agent", "ai.agent", agent, unknown=unknown), node("send", "http.request", send)]
    server.live(workflow("Parcels", nodes, "hook > agent", "agent.tools > send"))
    return str(server.hook("parcels", {}).json()["execution_id"])


def sent(service: Service) -> list[str]:
    return [asked.path for asked in service.others if asked.path.startswith("/parcels/")]


async def test_a_killed_server_goes_on_after_the_last_recorded_call(mortal: Server, service: Service) -> None:
    service.script(Says(calls=[("send", {"name": "ann"})]), Says(calls=[("send", {"name": "bob"})]))
    service.hold_after = 2
    execution_id = await asyncio.to_thread(parcels, mortal, service, "ask")
    await service.held.wait()
    await asyncio.to_thread(mortal.kill)
    assert sent(service) == ["/parcels/ann", "/parcels/bob"]

    service.hold_after = None
    service.script(Says("Both are on their way."))
    await asyncio.to_thread(mortal.start)
    row = await asyncio.to_thread(mortal.ended, execution_id)
    assert row["status"] == "succeeded"
    assert sent(service) == ["/parcels/ann", "/parcels/bob"]
    roles = [message["role"] for message in service.asked[-1].body["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "tool"]


@pytest.mark.parametrize(("unknown", "status", "times"), [("ask", "waiting", 1), ("fail", "failed", 1),
                                                         ("retry", "succeeded", 2)])  # fmt: skip
async def test_of_a_call_that_was_under_way_the_settings_decide(
    mortal: Server, service: Service, unknown: str, status: str, times: int
) -> None:
    service.script(Says(calls=[("send", {"name": "ann"})]), Says("It is on its way."))
    service.hold_path = "/parcels/ann"
    execution_id = await asyncio.to_thread(parcels, mortal, service, unknown)
    await service.held.wait()
    await asyncio.to_thread(mortal.kill)
    service.hold_path = ""
    await asyncio.to_thread(mortal.start)
    row = await asyncio.to_thread(mortal.ended, execution_id)
    assert (row["status"], len(sent(service))) == (status, times)
