"""Credentials: what goes in never comes out, and only those who may can use it."""

from __future__ import annotations

from typing import Any

import pytest

from a8n.runtime.instance import Instance
from tests.web.conftest import Client, person

SECRET = "s3cret-of-the-service"
NEW = {"name": "Bot", "kind": "toy.account", "values": {"user": "ana", "token": SECRET}}


async def made(client: Client, **changes: Any) -> str:
    reply = await client.post("/api/credentials", {**NEW, **changes})
    assert reply.status == 201, reply.body
    return f"/api/credentials/{reply['id']}"


async def test_a_secret_is_in_no_answer(owner: Client, instance: Instance) -> None:
    path = await made(owner)
    replies = [
        await owner.post("/api/credentials", {**NEW, "name": "Second"}),
        await owner.get(path),
        await owner.get("/api/credentials"),
        await owner.patch(path, {"name": "Renamed"}),
        await owner.post("/api/credentials", {**NEW, "name": "Third", "values": {"token": SECRET, "other": SECRET}}),
        await owner.post("/api/credentials", {**NEW, "name": "Renamed"}),
        await owner.post(f"{path}/test"),
        await owner.get("/api/audit"),
        await owner.get("/api/credential-kinds"),
    ]
    assert [reply.status for reply in replies] == [201, 200, 200, 200, 422, 409, 200, 200, 200]
    assert all(SECRET not in str(reply.body) for reply in replies)
    async with instance.db.read() as connection:
        rows = (await connection.exec_driver_sql("SELECT sealed FROM credentials")).all()
    assert all(SECRET.encode() not in bytes(row[0]) for row in rows)


async def test_values_have_to_fit_the_kind(owner: Client) -> None:
    assert (await owner.post("/api/credentials", {**NEW, "kind": "toy.none"})).paths == ["kind"]
    assert (await owner.post("/api/credentials", {**NEW, "values": {}})).paths == ["values.token"]
    assert (await owner.post("/api/credentials", {**NEW, "values": {"token": 5}})).paths == ["values.token"]
    assert (await owner.post("/api/credentials", {**NEW, "hosts": ["https://x/"]})).paths == ["hosts.0"]


async def test_what_is_not_mentioned_stays(owner: Client) -> None:
    path = await made(owner)
    await owner.patch(path, {"values": {"user": "eve"}})
    assert (await owner.post(f"{path}/test"))["message"] == "signed in as eve with •••••"
    await owner.patch(path, {"values": {"user": None}})
    assert (await owner.post(f"{path}/test"))["message"] == "signed in as somebody with •••••"
    assert (await owner.patch(path, {"values": {"token": None}})).paths == ["values.token"]


@pytest.mark.parametrize("token", ["wrong-token", "crash-token"])
async def test_a_failed_test_tells_why_and_hides_the_secret(owner: Client, token: str) -> None:
    path = await made(owner, values={"token": token})
    reply = await owner.post(f"{path}/test")
    assert (reply.status, reply["ok"]) == (200, False)
    assert token not in reply["message"]
    assert "•••••" in reply["message"]


async def test_other_hosts_ask_for_the_secret_again(owner: Client) -> None:
    path = await made(owner, hosts=["api.example.com"])
    for hosts in (["evil.example"], []):
        reply = await owner.patch(path, {"hosts": hosts})
        assert reply.status == 422
        assert "enter the secret again" in reply["detail"]
    change = {"hosts": ["evil.example"], "values": {"token": "another secret"}}
    assert (await owner.patch(path, change))["hosts"] == ["evil.example"]


async def test_who_uses_a_credential(owner: Client) -> None:
    path = await made(owner)
    credential = path.rpartition("/")[2]
    node = {"id": "n", "name": "N", "type": "toy.send", "params": {"account": {"$credential": credential}}}
    await owner.post("/api/workflows", {"name": "User", "nodes": [node]})
    await owner.post("/api/workflows", {"name": "Not"})
    assert [entry["name"] for entry in (await owner.get(path))["used_by"]] == ["User"]


async def test_a_credential_is_tried_before_it_is_saved(owner: Client) -> None:
    path = await made(owner)
    new = {"kind": "toy.account", "values": {"user": "eve", "token": SECRET}}
    tried = await owner.post("/api/credentials/test", new)
    assert (tried["ok"], tried["message"]) == (True, "signed in as eve with •••••")
    wrong = await owner.post("/api/credentials/test", {"kind": "toy.account", "values": {"token": "wrong-token"}})
    assert (wrong["ok"], "wrong-token" in wrong["message"]) == (False, False)
    changed = {"kind": "toy.account", "values": {"user": "eve"}, "id": path.rpartition("/")[2]}
    assert (await owner.post("/api/credentials/test", changed))["message"] == "signed in as eve with •••••"
    assert (await owner.post("/api/credentials/test", {**changed, "id": None})).paths == ["values.token"]
    assert (await owner.post("/api/credentials/test", {**changed, "kind": "toy.other"})).paths == ["kind"]
    assert len((await owner.get("/api/credentials"))["data"]) == 1
    assert (await owner.post(f"{path}/test"))["message"] == "signed in as ana with •••••"
    assert SECRET not in str((await owner.get("/api/audit")).body)
    stranger = await person(owner, "stranger@example.org")
    assert (await stranger.post("/api/credentials/test", changed)).status == 404


async def test_a_credential_tells_when_a_node_used_it_last(owner: Client) -> None:
    path = await made(owner)
    assert (await owner.get(path))["last_used_at"] is None
    nodes = [
        {"id": "start", "name": "Start", "type": "toy.start"},
        {"id": "n", "name": "N", "type": "toy.send", "params": {"account": {"$credential": path.rpartition("/")[2]}}},
    ]
    body = {"name": "User", "nodes": nodes, "connections": [{"from": "start", "to": "n"}]}
    workflow = await owner.post("/api/workflows", body)
    await owner.post(f"/api/workflows/{workflow['id']}/run", {"mode": "sync"})
    used = (await owner.get(path))["last_used_at"]
    await owner.post(f"/api/workflows/{workflow['id']}/run", {"mode": "sync"})
    assert used is not None
    assert (await owner.get(path))["last_used_at"] == used


async def test_a_key_that_is_gone_is_a_clear_error(owner: Client, instance: Instance) -> None:
    path = await made(owner)
    async with instance.db.begin() as connection:
        await connection.exec_driver_sql("UPDATE credentials SET project_id = project_id, kind = 'toy.other'")
    reply = await owner.post(f"{path}/test")
    assert reply.status == 409
    assert "changed or moved" in reply["detail"]


# --- live choices ------------------------------------------------------------------------------------------------


async def test_live_choices_use_the_credential(owner: Client) -> None:
    account = {"$credential": (await made(owner)).rpartition("/")[2]}
    path = "/api/node-types/toy.send/options/channel"
    choices = await owner.post(path, {"params": {"account": account}, "search": "gen"})
    assert [choice["value"] for choice in choices["data"]] == ["general"]
    assert (await owner.post(path, {"search": "x"})).paths == ["params.account"]
    expression = await owner.post(path, {"params": {"account": {"$": "json.x"}}})
    assert expression.paths == ["params.account"]
    assert (await owner.post("/api/node-types/toy.send/options/none", {})).status == 404
    assert (await owner.post("/api/node-types/none/options/none", {})).status == 404


async def test_a_service_that_refuses_is_a_problem_without_the_secret(owner: Client) -> None:
    account = {"$credential": (await made(owner, values={"token": "wrong-token"})).rpartition("/")[2]}
    reply = await owner.post("/api/node-types/toy.send/options/channel", {"params": {"account": account}})
    assert reply.status == 502
    assert reply["detail"] == "no channels for •••••"


async def test_a_viewer_cannot_use_what_a_viewer_sees(owner: Client) -> None:
    viewer = await person(owner, "viewer@example.org")
    project = (await owner.post("/api/projects", {"name": "P"}))["id"]
    await owner.put(f"/api/projects/{project}/members/{viewer.user['id']}", {"role": "viewer"})
    path = await made(owner, project=project)
    assert (await viewer.get(path)).status == 200
    assert (await viewer.post(f"{path}/test")).status == 403
    body = {"params": {"account": {"$credential": path.rpartition("/")[2]}}}
    assert (await viewer.post("/api/node-types/toy.send/options/channel", body)).status == 403
