"""The way of a first user: sign up, sign in, save a workflow, read it, run it."""

from __future__ import annotations

from tests.web.conftest import PASSWORD, Client, workflow


async def test_the_first_account_owns_the_instance_and_signs_in(stranger: Client) -> None:
    state = await stranger.get("/api/users/sign-up")
    assert state.body == {"first": True, "open": True}

    made = await stranger.post("/api/users/sign-up", {"email": "Ana@Example.org", "password": PASSWORD, "name": "Ana"})
    assert made.status == 201
    assert made["user"]["role"] == "owner"
    assert made["user"]["email"] == "ana@example.org"

    signed = await stranger.post("/api/users/sign-in", {"email": "ana@example.org", "password": PASSWORD})
    assert signed.status == 200
    assert signed["token_type"] == "Bearer"
    me = await Client(stranger.app, signed["access_token"]).get("/api/users/me")
    assert me["name"] == "Ana"


async def test_a_workflow_is_saved_read_run_and_found(owner: Client) -> None:
    made = await owner.post("/api/workflows", workflow())
    assert made.status == 201, made.body
    assert made["issues"] == []
    assert made.headers["ETag"] == '"1"'
    workflow_id = made["id"]

    read = await owner.get(f"/api/workflows/{workflow_id}")
    assert read["nodes"][2]["params"] == {"text": "Hello"}
    assert read["connections"][0] == {"from": "start", "output": "main", "to": "greet", "input": "main"}

    run = await owner.post(f"/api/workflows/{workflow_id}/run", {"mode": "sync", "items": [{"n": 1}]})
    assert run.status == 200, run.body
    assert run["status"] == "succeeded"
    assert run["items"] == [{"n": 1, "text": "Hello"}]

    found = await owner.get(f"/api/executions?workflow={workflow_id}")
    assert [row["id"] for row in found["data"]] == [run["execution_id"]]
    listed = await owner.get("/api/workflows")
    assert [row["name"] for row in listed["data"]] == ["Greet"]


async def test_node_types_are_listed_with_an_etag(owner: Client) -> None:
    types = await owner.get("/api/node-types")
    assert {entry["key"] for entry in types["data"]} >= {"toy.greet", "toy.hook", "toy.send"}
    again = await owner.get("/api/node-types", headers={"If-None-Match": types.headers["ETag"]})
    assert again.status == 304
    one = await owner.get("/api/node-types/toy.greet")
    assert one["params"]["properties"]["text"]["description"] == "The greeting."
