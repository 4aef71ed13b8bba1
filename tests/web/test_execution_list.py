"""Executions as their list shows, filters and acts on them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web import toys
from tests.web.conftest import Client, person, workflow

NODES = [
    {"id": "start", "name": "Begin here", "type": "toy.start"},
    {"id": "fail", "name": "Fail", "type": "toy.fail"},
    {"id": "greet", "name": "Greet", "type": "toy.greet", "params": {"text": "Hello"}},
]
WIRES = [{"from": "start", "to": "fail"}, {"from": "fail", "to": "greet"}]


@pytest.fixture
async def path(owner: Client) -> str:
    """A workflow whose second step fails until `toys.Fail.working`."""
    made = await owner.post("/api/workflows", {"name": "Failing", "nodes": NODES, "connections": WIRES})
    return f"/api/workflows/{made['id']}"


async def ran(client: Client, path: str, **body: Any) -> str:
    reply = await client.post(f"{path}/run", {"mode": "sync", **body})
    assert reply.status == 200, reply.body
    return str(reply["execution_id"])


async def listed(client: Client, query: str = "") -> list[str]:
    reply = await client.get(f"/api/executions{query}")
    assert reply.status == 200, reply.body
    return [row["id"] for row in reply["data"]]


async def test_a_row_tells_its_workflow_trigger_and_duration(owner: Client, path: str) -> None:
    execution = await ran(owner, path)
    [row] = (await owner.get("/api/executions"))["data"]
    assert (row["workflow_name"], row["trigger_name"], row["trigger_kind"]) == ("Failing", "Begin here", "manual")
    assert row["duration_ms"] >= 0
    assert (await owner.get(f"/api/executions/{execution}"))["workflow_name"] == "Failing"
    await owner.delete(path)
    [row] = (await owner.get("/api/executions"))["data"]
    assert (row["workflow_name"], row["trigger_name"], row["trigger"]) == (None, None, "start")


async def test_filters_by_statuses_version_and_text(owner: Client, path: str) -> None:
    failed = await ran(owner, path)
    toys.Fail.working = True
    succeeded = await ran(owner, path)
    await owner.post(f"{path}/activate")
    published = await ran(owner, path, version="published")
    assert await listed(owner, "?status=failed&status=crashed") == [failed]
    assert await listed(owner, "?version=draft") == [succeeded, failed]
    assert await listed(owner, "?version=1") == [published]
    assert await listed(owner, "?q=IT%20DOES%20not") == [failed]
    assert await listed(owner, "?q=100%25") == []
    assert await listed(owner, f"?q={published[:-2]}") == [published]
    assert (await owner.get("/api/executions?version=x")).paths == ["version"]


async def test_many_are_retried_and_each_that_cannot_be_says_why(owner: Client, path: str) -> None:
    failed = [await ran(owner, path) for _ in range(2)]
    toys.Fail.working = True
    succeeded = await ran(owner, path)
    reply = await owner.post("/api/executions/bulk", {"action": "retry", "ids": [*failed, succeeded, "none"]})
    assert (reply.status, reply["done"], reply["next_cursor"]) == (200, failed, None)
    assert [(one["id"], one["message"]) for one in reply["refused"]] == [
        (succeeded, "it has succeeded"),
        ("none", "there is no such execution"),
    ]
    rows = {row["id"]: row["retry_of"] for row in (await owner.get("/api/executions"))["data"]}
    assert [rows[new] for new in reply["started"]] == failed


async def test_many_are_deleted_by_a_filter_page_by_page(
    owner: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from a8n_web.api import bulk

    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    for _ in range(3):
        await ran(owner, path)
    toys.Fail.working = True
    kept = await ran(owner, path)
    body: dict[str, Any] = {"action": "delete", "filter": {"status": "failed"}}
    first = await owner.post("/api/executions/bulk", body)
    assert len(first["done"]) == 2
    second = await owner.post("/api/executions/bulk", {**body, "cursor": first["next_cursor"]})
    assert (len(second["done"]), second["next_cursor"]) == (1, None)
    assert await listed(owner) == [kept]
    again = await owner.post("/api/executions/bulk", {"action": "cancel", "ids": [kept]})
    assert (again["done"], again["refused"][0]["message"]) == ([], "it has ended already")


async def test_many_are_touched_only_where_one_may_change_them(owner: Client, path: str) -> None:
    failed = await ran(owner, path)
    guest = await person(owner, "guest@example.org")
    project = (await owner.get(path))["project"]
    wanted: list[dict[str, Any]] = [{"ids": [failed]}, {"filter": {}}, {"filter": {"project": project}}]
    for body in wanted:
        reply = await guest.post("/api/executions/bulk", {"action": "delete", **body})
        assert reply["done"] == []
    shared = (await owner.post("/api/projects", {"name": "P"}))["id"]
    await owner.put(f"/api/projects/{shared}/members/{guest.user['id']}", {"role": "viewer"})
    made = await owner.post("/api/workflows", {**workflow(), "project": shared})
    seen = await ran(owner, f"/api/workflows/{made['id']}")
    assert await listed(guest) == [seen]
    wanted = [{"ids": [seen]}, {"filter": {}}]
    for body in wanted:
        assert (await guest.post("/api/executions/bulk", {"action": "delete", **body}))["done"] == []
    assert await listed(owner) == [seen, failed]


async def test_what_to_act_on_is_said_in_one_way(owner: Client) -> None:
    both: dict[str, Any] = {"action": "cancel", "ids": ["x"], "filter": {}}
    for body in ({"action": "cancel"}, both, {"action": "explode", "filter": {}}, {"action": "cancel", "ids": []}):
        assert (await owner.post("/api/executions/bulk", body)).status == 422, body


async def test_a_replay_takes_the_draft_from_a_node_on(owner: Client, path: str) -> None:
    toys.Fail.working = True
    await owner.post(f"{path}/activate")
    execution = await ran(owner, path, version="published", items=[{"name": "Ada"}])
    greet = {"id": "greet", "name": "Greet", "type": "toy.greet", "params": {"text": "Good day"}}
    new = {"id": "more", "name": "More", "type": "toy.greet", "params": {"text": "Bye"}}
    wires = [*WIRES, {"from": "greet", "to": "more"}]
    await owner.put(path, {"name": "Failing", "nodes": [*NODES[:2], greet, new], "connections": wires})
    toys.Fail.working = False
    reply = await owner.post(
        f"/api/executions/{execution}/replay", {"from": "greet", "version": "current", "mode": "sync"}
    )
    assert (reply["status"], reply["items"]) == ("succeeded", [{"name": "Ada", "text": "Bye"}])
    steps = {step["node"]: step for step in (await owner.get(f"/api/executions/{reply['execution_id']}/steps"))["data"]}
    assert steps["greet"]["output"]["main"]["items"][0]["json"]["text"] == "Good day"
    assert (await owner.get(f"/api/executions/{reply['execution_id']}"))["version"] is None
