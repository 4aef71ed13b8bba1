"""Pages that stay open: what a workflow tells its tabs, and what the list of executions hears."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from a8n.runtime.instance import Instance
from a8n_web import news
from tests.web import toys
from tests.web.conftest import Client, person, workflow


@pytest.fixture
async def saved(owner: Client) -> Any:
    return (await owner.post("/api/workflows", workflow())).body


def kinds(events: list[tuple[str, Any]]) -> list[str]:
    return [name for name, _ in events]


async def test_a_tab_hears_of_a_save_and_from_which_tab_it_comes(owner: Client, saved: Any) -> None:
    path = f"/api/workflows/{saved['id']}"
    async with owner.watch(f"{path}/events") as watch:
        [(_, now)] = await watch.until("workflow.current")
        assert (now["revision"], now["active"], now["version"]) == (1, False, None)
        await owner.put(path, workflow(name="New"), headers={"X-A8N-Tab": "tab-1"})
        [(_, told)] = await watch.until("workflow.saved")
        assert (told["revision"], told["client"], told["by"]) == (2, "tab-1", {"id": owner.user["id"], "name": "Olga"})
        assert told["workflow_id"] == saved["id"]
        await owner.patch(path, {"tags": ["x"]})
        [(_, told)] = await watch.until("workflow.saved")
        assert (told["revision"], told["client"]) == (3, None)


async def test_a_tab_hears_of_switching_on_and_off(owner: Client, saved: Any) -> None:
    path = f"/api/workflows/{saved['id']}"
    async with owner.watch(f"{path}/events") as watch:
        await watch.until("workflow.current")
        await owner.post(f"{path}/activate")
        assert (await watch.until("workflow.activated"))[-1][1]["version"] == 1
        await owner.post(f"{path}/deactivate")
        await watch.until("workflow.deactivated")


async def test_a_tab_hears_of_executions_and_not_of_their_steps(owner: Client, saved: Any) -> None:
    path = f"/api/workflows/{saved['id']}"
    other = (await owner.post("/api/workflows", workflow(path="other"))).body
    async with owner.watch(f"{path}/events") as watch:
        await watch.until("workflow.current")
        await owner.post(f"/api/workflows/{other['id']}/run", {"mode": "sync"})
        for mode in ("sync", "async"):
            ran = await owner.post(f"{path}/run", {"mode": mode})
            events = await watch.until("execution.finished")
            assert kinds(events) == ["execution.started", "execution.finished"]
            assert {data["execution_id"] for _, data in events} == {ran["execution_id"]}
            assert events[-1][1]["status"] == "succeeded"
        again = await owner.post(f"/api/executions/{ran['execution_id']}/replay", {"from": "greet"})
        events = await watch.until("execution.finished")
        assert kinds(events) == ["execution.started", "execution.finished"]
        assert {data["execution_id"] for _, data in events} == {again["execution_id"]}


async def test_who_comes_while_something_runs_hears_of_its_end(owner: Client) -> None:
    toys.Slow.gate = asyncio.Event()
    nodes = [{"id": "start", "name": "Start", "type": "toy.start"}, {"id": "slow", "name": "Slow", "type": "toy.slow"}]
    made = await owner.post(
        "/api/workflows", {"name": "W", "nodes": nodes, "connections": [{"from": "start", "to": "slow"}]}
    )
    path = f"/api/workflows/{made['id']}"
    first, second = [(await owner.post(f"{path}/run"))["execution_id"] for _ in range(2)]
    async with owner.watch(f"{path}/events") as watch:
        await watch.until("workflow.current")
        await owner.post(f"/api/executions/{second}/cancel")
        assert (await watch.until("execution.finished"))[-1][1]["status"] == "canceled"
        toys.Slow.gate.set()
        [(_, told)] = await watch.until("execution.finished")
        assert (told["execution_id"], told["status"]) == (first, "succeeded")


async def test_a_captured_request_is_told(owner: Client, instance: Instance, saved: Any) -> None:
    from a8n.items import Item
    from a8n.trigger import Request

    path = f"/api/workflows/{saved['id']}"
    await owner.post(f"/api/webhooks/{saved['id']}/listen")
    found = instance.hooks.find("POST", "greet")
    assert found is not None
    async with owner.watch(f"{path}/events") as watch:
        await watch.until("workflow.current")
        request = Request("POST", "greet", {}, {}, {}, b"{}", {})
        instance.live.capture(found.hook, request, [Item({"body": {}})])
        [(_, told)] = await watch.until("webhook.captured")
    captures = (await owner.get(f"/api/webhooks/{saved['id']}/captures"))["data"]
    assert (told["id"], told["node"]) == (captures[0]["id"], "hook")


async def test_the_list_of_executions_hears_of_what_one_may_see(owner: Client) -> None:
    guest = await person(owner, "guest@example.org")
    project = (await owner.post("/api/projects", {"name": "P"}))["id"]
    await owner.put(f"/api/projects/{project}/members/{guest.user['id']}", {"role": "viewer"})
    private = (await owner.post("/api/workflows", workflow()))["id"]
    shared = (await owner.post("/api/workflows", {**workflow(path="b"), "project": project}))["id"]
    async with guest.watch("/api/executions/events") as watch:
        await owner.post(f"/api/workflows/{private}/run", {"mode": "sync"})
        await owner.post(f"/api/workflows/{shared}/run", {"mode": "sync"})
        events = await watch.until("execution.finished")
        assert kinds(events) == ["execution.started", "execution.finished"]
        assert {data["workflow_id"] for _, data in events} == {shared}


async def test_of_very_many_executions_a_page_hears_how_many_there_were(
    owner: Client, saved: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "BURST", 4)
    async with owner.watch(f"/api/workflows/{saved['id']}/events") as watch:
        await watch.until("workflow.current")
        for _ in range(5):
            await owner.post(f"/api/workflows/{saved['id']}/run", {"mode": "sync"})
        told, missed = 0, 0
        while told + missed < 10:
            events = await watch.until("executions.missed")
            told += len(events) - 1
            missed += events[-1][1]["count"]
        assert (told + missed, missed > 0) == (10, True)


async def test_who_may_not_any_more_hears_nothing_more(
    owner: Client, member: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "FIRST_CHECK", 0.05)
    monkeypatch.setattr(news, "CHECK", 0.05)
    mine = (await member.post("/api/workflows", workflow()))["id"]
    async with member.watch(f"/api/workflows/{mine}/events") as watch:
        await watch.until("workflow.current")
        await owner.patch(f"/api/users/{member.user['id']}", {"disabled": True})
        await watch.ended()
