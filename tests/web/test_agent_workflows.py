"""Workflows as tools of an agent: called with checked arguments, waited for, and only within the project."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

import a8n_ai
import a8n_data
import a8n_flow
import a8n_manual
from a8n import Kernel
from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings
from tests.plugins.ai.conftest import Says, Service, service
from tests.web import toys
from tests.web.conftest import Client
from tests.web.test_mcp import live, tool

__all__ = ["service"]


@pytest.fixture
async def instance(settings: Settings) -> AsyncIterator[Instance]:
    kernel = Kernel(plugins=[toys, a8n_ai, a8n_data, a8n_flow, a8n_manual])
    opened = await Instance.open(replace(settings, egress_allow=("127.0.0.0/8",)), kernel)
    yield opened
    await opened.close(grace=0)


async def agent(client: Client, service: Service, child: str, **params: Any) -> dict[str, Any]:
    """The answer of an agent whose tool is a workflow."""
    values = {"base_url": f"{service.root}/v1", "api_key": service.key}
    account = await client.post("/api/credentials", {"kind": "ai.openai", "name": "Model", "values": values})
    assert account.status == 201, account.body
    given = {"account": {"$credential": account["id"]}, "model": "small", "prompt": "Greet people."}
    document = {
        "name": "Agent",
        "nodes": [
            {"id": "start", "name": "Start", "type": "manual.trigger"},
            {"id": "agent", "name": "Agent", "type": "ai.agent", "params": given},
            {"id": "sub", "name": "Desk", "type": "flow.subworkflow", "params": {"workflow": child, **params}},
        ],
        "connections": [{"from": "start", "to": "agent"}, {"from": "agent", "output": "tools", "to": "sub"}],
    }
    saved = await client.post("/api/workflows", document)
    assert saved.status == 201, saved.body
    ran = await client.post(f"/api/workflows/{saved['id']}/run", {"mode": "sync"})
    assert ran["status"] == "succeeded", ran.body
    made: dict[str, Any] = ran["items"][0]
    return made


async def test_an_agent_calls_a_workflow_as_its_trigger_says(owner: Client, service: Service) -> None:
    child = await live(owner, tool())
    service.script(
        Says(calls=[("Desk_greet", {"who": "Ada"}), ("Desk_greet", {"who": "Tim"})]),
        Says(calls=[("Desk_greet", {"who": "Eve"})]),
        Says("All greeted."),
    )
    made = await agent(owner, service, child)
    calls = [call["result"] for step in made["steps"] for call in step["calls"]]
    assert calls == [{"text": "Hello Ada"}, {"text": "Hello Tim"}, {"text": "Hello Eve"}]
    [told] = [one["function"] for one in service.asked[0].body["tools"]]
    assert (told["name"], told["description"]) == ("Desk_greet", "Desk, greet: Greet somebody.")
    assert told["parameters"]["required"] == ["who"]
    rows = (await owner.get(f"/api/executions?workflow={child}"))["data"]
    assert [(row["mode"], row["status"]) for row in rows] == [("child", "succeeded")] * 3


async def test_a_workflow_that_waits_is_waited_for(owner: Client, service: Service) -> None:
    wait = {"id": "wait", "name": "Wait", "type": "flow.wait", "params": {"resume": {"on": "duration", "seconds": 0.1}}}
    child = await live(owner, tool("greet", wait))
    service.script(Says(calls=[("Desk_greet", {"who": "Ada"})]), Says("Done."))
    made = await agent(owner, service, child)
    assert made["steps"][0]["calls"][0]["result"]["who"] == "Ada"


async def test_a_workflow_that_fails_is_told_to_the_model(owner: Client, service: Service) -> None:
    stop = {"id": "stop", "name": "Stop", "type": "flow.stop", "params": {"message": "nobody is at home"}}
    child = await live(owner, tool("greet", stop))
    service.script(Says(calls=[("Desk_greet", {"who": "Ada"})]), Says("Nobody there."))
    made = await agent(owner, service, child)
    assert "nobody is at home" in made["steps"][0]["calls"][0]["error"]


async def test_arguments_that_do_not_fit_start_nothing(owner: Client, service: Service) -> None:
    child = await live(owner, tool())
    service.script(Says(calls=[("Desk_greet", {"whom": "Ada"})]), Says("Hm."))
    made = await agent(owner, service, child)
    assert "'who' is a required property" in made["steps"][0]["calls"][0]["error"]
    assert (await owner.get(f"/api/executions?workflow={child}"))["data"] == []


async def test_a_workflow_that_declares_nothing_takes_any_object(owner: Client, service: Service) -> None:
    fields = {"fields": [{"name": "text", "value": {"$t": "Hi {{ json.who }}"}}], "mode": "only"}
    nodes = [
        {"id": "start", "name": "Start", "type": "manual.trigger"},
        {"id": "set", "name": "Set", "type": "data.set", "params": fields},
    ]
    child = await live(owner, {"name": "Say hi", "nodes": nodes, "connections": [{"from": "start", "to": "set"}]})
    service.script(Says(calls=[("Desk_Say_hi", {"who": "Ada"})]), Says("Done."))
    made = await agent(owner, service, child)
    assert made["steps"][0]["calls"][0]["result"] == {"text": "Hi Ada"}


async def test_a_workflow_of_another_project_is_no_tool(owner: Client, member: Client, service: Service) -> None:
    child = await live(member, tool())
    with pytest.raises(AssertionError, match="workflow"):
        await agent(owner, service, child)
    assert service.asked == []


async def test_a_step_that_waits_again_hears_of_its_new_runs_alone(owner: Client) -> None:
    """Run workflow, once for each item: one after the other, and what each gave comes once."""
    fields = {"fields": [{"name": "n", "value": {"$": "json.n * 2"}}], "mode": "only"}
    start = {"id": "start", "name": "Start", "type": "manual.trigger"}
    double = {"id": "set", "name": "Set", "type": "data.set", "params": fields}
    child = await live(owner, {"name": "C", "nodes": [start, double], "connections": [{"from": "start", "to": "set"}]})
    sub = {"id": "sub", "name": "Sub", "type": "flow.subworkflow", "params": {"workflow": child, "send": "each"}}
    document = {"name": "P", "nodes": [start, sub], "connections": [{"from": "start", "to": "sub"}]}
    parent = (await owner.post("/api/workflows", document))["id"]
    ran = await owner.post(f"/api/workflows/{parent}/run", {"mode": "sync", "items": [{"n": n} for n in range(4)]})
    assert ran["items"] == [{"n": n * 2} for n in range(4)]
