"""The list of workflows: what each row tells, and how one finds a workflow among many."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import event

from a8n.journal import now
from a8n.runtime.access import Actor
from a8n.runtime.ids import new_id
from a8n.runtime.instance import Instance
from a8n.runtime.schema import executions
from a8n.runtime.workflows import Filter, Workflows
from tests.web import toys
from tests.web.conftest import Client, person, workflow


async def saved(client: Client, **changes: Any) -> str:
    reply = await client.post("/api/workflows", {**workflow(), **changes})
    assert reply.status == 201, reply.body
    return str(reply["id"])


async def names(client: Client, query: str = "") -> list[str]:
    reply = await client.get(f"/api/workflows{query}")
    assert reply.status == 200, reply.body
    return [row["name"] for row in reply["data"]]


async def row_of(client: Client, workflow_id: str) -> dict[str, Any]:
    rows = (await client.get("/api/workflows"))["data"]
    return next(row for row in rows if row["id"] == workflow_id)


async def test_a_row_tells_what_the_draft_holds(owner: Client) -> None:
    workflow_id = await saved(owner, description="Says hello.")
    row = await row_of(owner, workflow_id)
    assert [(one["node"], one["type"], one["kind"]) for one in row["triggers"]] == [
        ("start", "toy.start", "manual"),
        ("hook", "toy.hook", "webhook"),
    ]
    assert (row["description"], row["node_count"], row["has_issues"]) == ("Says hello.", 3, False)
    assert (row["last_execution"], row["recent"], row["favourite"]) == (None, [], False)


async def test_a_row_tells_of_issues_as_they_come_and_go(owner: Client) -> None:
    account = await owner.post("/api/credentials", {"name": "Bot", "kind": "toy.account", "values": {"token": "t"}})
    send = {"id": "send", "name": "Send", "type": "toy.send", "params": {"account": {"$credential": account["id"]}}}
    workflow_id = await saved(owner, nodes=[*workflow()["nodes"], send])
    assert not (await row_of(owner, workflow_id))["has_issues"]
    await owner.delete(f"/api/credentials/{account['id']}")
    assert (await row_of(owner, workflow_id))["has_issues"]
    await owner.put(f"/api/workflows/{workflow_id}", workflow())
    assert not (await row_of(owner, workflow_id))["has_issues"]
    greet = {"id": "greet", "name": "Greet", "type": "toy.greet"}
    await owner.put(f"/api/workflows/{workflow_id}", {**workflow(), "nodes": [greet], "connections": []})
    assert (await row_of(owner, workflow_id))["has_issues"]


async def test_a_row_tells_how_the_latest_executions_went(owner: Client) -> None:
    nodes = [{"id": "start", "name": "Start", "type": "toy.start"}, {"id": "fail", "name": "Fail", "type": "toy.fail"}]
    workflow_id = await saved(owner, nodes=nodes, connections=[{"from": "start", "to": "fail"}])
    for working in [True] * 9 + [False, True, False]:
        toys.Fail.working = working
        await owner.post(f"/api/workflows/{workflow_id}/run", {"mode": "sync"})
    latest = (await owner.get(f"/api/executions?workflow={workflow_id}&limit=1"))["data"][0]
    row = await row_of(owner, workflow_id)
    assert row["recent"] == ["failed", "succeeded", "failed", *["succeeded"] * 7]
    assert row["last_execution"] == {"id": latest["id"], "status": "failed", "at": latest["finished_at"]}


async def test_every_order_goes_on_over_pages(owner: Client) -> None:
    made = [await saved(owner, name=name) for name in ("beta", "Alpha", "gamma")]
    await owner.patch(f"/api/workflows/{made[0]}", {"tags": ["x"]})
    await owner.post(f"/api/workflows/{made[1]}/run", {"mode": "sync"})
    await owner.post(f"/api/workflows/{made[2]}/run", {"mode": "sync"})
    expected = {
        "sort=name": ["Alpha", "beta", "gamma"],
        "sort=name&order=desc": ["gamma", "beta", "Alpha"],
        "sort=created": ["gamma", "Alpha", "beta"],
        "sort=updated": ["beta", "gamma", "Alpha"],
        "sort=updated&order=asc": ["Alpha", "gamma", "beta"],
        "sort=last_run": ["gamma", "Alpha", "beta"],
        "sort=last_run&order=asc": ["beta", "Alpha", "gamma"],
    }
    for query, order in expected.items():
        found, cursor = [], ""
        while cursor is not None:
            page = await owner.get(f"/api/workflows?{query}&limit=1" + (f"&cursor={cursor}" if cursor else ""))
            found += [row["name"] for row in page["data"]]
            cursor = page["next_cursor"]
        assert found == order, query
    page = await owner.get("/api/workflows?sort=name&limit=1")
    assert (await owner.get(f"/api/workflows?sort=updated&cursor={page['next_cursor']}")).paths == ["cursor"]
    assert (await owner.get("/api/workflows?sort=colour")).paths == ["sort"]


@pytest.mark.parametrize("text", ["ÜBER", "of Ana", "urgent", "say hi", "TOY.GREET", "orders/new", "Sales bo"])
async def test_a_text_is_looked_for_in_all_that_people_remember(owner: Client, text: str) -> None:
    account = await owner.post(
        "/api/credentials", {"name": "Sales Bot", "kind": "toy.account", "values": {"token": "t"}}
    )
    nodes = [
        {"id": "hook", "name": "Hook", "type": "toy.hook", "params": {"path": "orders/new"}},
        {"id": "greet", "name": "Say hi", "type": "toy.greet", "params": {"text": "x"}},
        {"id": "send", "name": "Send", "type": "toy.send", "params": {"account": {"$credential": account["id"]}}},
    ]
    changes = {"name": "Überblick", "description": "The one of Ana.", "nodes": nodes, "connections": []}
    await saved(owner, **changes, tags=["Urgent"])
    await owner.post("/api/workflows", {"name": "Other"})
    assert await names(owner, f"?q={quote(text)}") == ["Überblick"]


async def test_who_uses_a_credential_or_a_node_type(owner: Client) -> None:
    account = await owner.post("/api/credentials", {"name": "Bot", "kind": "toy.account", "values": {"token": "t"}})
    send = {"id": "send", "name": "Send", "type": "toy.send", "params": {"account": {"$credential": account["id"]}}}
    user = await saved(owner, name="User", nodes=[send], connections=[])
    await saved(owner, name="Not")
    assert await names(owner, f"?credential={account['id']}") == ["User"]
    assert await names(owner, f"?q={account['id']}") == ["User"]
    assert await names(owner, f"?q={account['id'][:6]}") == []
    assert await names(owner, "?node_type=toy.greet") == ["Not"]
    assert await names(owner, "?node_type=toy.gree") == []
    await owner.put(f"/api/workflows/{user}", {"name": "User"})
    assert await names(owner, f"?credential={account['id']}") == []


async def test_the_name_of_a_credential_that_one_does_not_see_finds_nothing(owner: Client) -> None:
    guest = await person(owner, "guest@example.org")
    project = (await owner.post("/api/projects", {"name": "P"}))["id"]
    await owner.put(f"/api/projects/{project}/members/{guest.user['id']}", {"role": "viewer"})
    secret = {"name": "Hidden", "kind": "toy.account", "values": {"token": "t"}, "project": project}
    account = (await owner.post("/api/credentials", secret))["id"]
    send = {"id": "send", "name": "Send", "type": "toy.send", "params": {"account": {"$credential": account}}}
    await saved(owner, name="User", nodes=[send], connections=[], project=project)
    assert await names(guest, "?q=hidden") == ["User"]
    await owner.delete(f"/api/projects/{project}/members/{guest.user['id']}")
    assert await names(guest, "?q=hidden") == []


async def test_tags_and_folders_are_counted(owner: Client, member: Client) -> None:
    await saved(owner, tags=["b", "A"], folder="sales/invoices")
    await saved(owner, tags=["b"], folder="sales")
    archived = await saved(owner, tags=["old"], folder="old")
    await owner.patch(f"/api/workflows/{archived}", {"archived": True})
    tags = await owner.get("/api/workflows/tags")
    assert [(tag["name"], tag["count"]) for tag in tags["data"]] == [("A", 1), ("b", 2)]
    folders = await owner.get("/api/workflows/folders")
    assert [(one["path"], one["count"], one["total"]) for one in folders["data"]] == [
        ("sales", 1, 2),
        ("sales/invoices", 1, 1),
    ]
    assert (await member.get("/api/workflows/tags"))["data"] == []


async def test_a_favourite_is_ones_own(owner: Client) -> None:
    admin = await person(owner, "admin@example.org", "admin")
    liked = await saved(owner, name="Liked")
    await saved(owner, name="Other")
    for _ in range(2):
        assert (await owner.put(f"/api/workflows/{liked}/favourite")).status == 204
    assert await names(owner, "?favourite=true") == ["Liked"]
    assert await names(owner, "?favourite=false") == ["Other"]
    assert await names(admin, "?favourite=true") == []
    assert (await owner.delete(f"/api/workflows/{liked}/favourite")).status == 204
    assert await names(owner, "?favourite=true") == []


async def test_a_copy_is_a_new_draft(owner: Client) -> None:
    original = await saved(owner, name="N" * 200, tags=["x"], folder="f", pins={"greet": {"main": [{"a": 1}]}})
    await owner.post(f"/api/workflows/{original}/activate")
    copy = await owner.post(f"/api/workflows/{original}/duplicate")
    assert copy.status == 201, copy.body
    source = await owner.get(f"/api/workflows/{original}")
    assert copy["name"] == "N" * 193 + " (copy)"
    assert (copy["active"], copy["version"], copy["revision"]) == (False, None, 1)
    for part in ("nodes", "connections", "pins", "tags", "folder", "project"):
        assert copy[part] == source[part], part
    assert (await owner.post(f"/api/workflows/{original}/duplicate", {"name": "Named"}))["name"] == "Named"


async def test_a_page_reads_the_index_and_not_the_executions(owner: Client, instance: Instance) -> None:
    """The plan of the list's one query looks executions up by index, however many there are."""
    workflow_id = await saved(owner)
    row = {
        "workflow_id": workflow_id, "project_id": "p", "version": 0, "trigger": "start", "mode": "manual",
        "status": "succeeded", "created_at": now(),
    }  # fmt: skip
    async with instance.db.begin() as connection:
        await connection.execute(executions.insert(), [{**row, "id": new_id()} for _ in range(30)])
    statements: list[Any] = []
    async with instance.db.read() as connection:
        engine = connection.engine.sync_engine

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        found = await Workflows(instance.db).list_for(Actor(owner.user["id"], "owner"), Filter(), sort="last_run")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(found.rows[0].recent.split(",")) == 10
    [(statement, parameters)] = [one for one in statements if "executions" in one[0]]
    async with instance.db.read() as connection:
        plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all()
    steps = [step for line in plan if "executions" in (step := str(line[-1]))]
    assert steps
    assert all("SEARCH" in step and "ix_executions_workflow_id_id" in step for step in steps), steps
