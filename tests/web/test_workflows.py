"""Workflows through the API: saving, conflicts, going live, versions, and one part at a time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from a8n.runtime.checkpoints import KEPT
from tests.web.conftest import Client, person, workflow

NODE = {"id": "n", "name": "N", "type": "toy.greet", "params": {"text": "Hi"}}


async def saved(client: Client, document: dict[str, Any] | None = None) -> Any:
    reply = await client.post("/api/workflows", document or workflow())
    assert reply.status == 201, reply.body
    return reply.body


# --- what a draft may be -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"nodes": [NODE, NODE]}, "nodes.n.id"),
        ({"nodes": [{**NODE, "id": "no slug!"}]}, "nodes.no slug!.id"),
        ({"nodes": [NODE], "connections": [{"from": "n", "to": "x"}]}, "connections.0.to"),
        ({"settings": {"timezone": "Mars/Olympus"}}, "settings.timezone"),
        ({"settings": {"timeout": -1}}, "settings.timeout"),
        ({"nodes": [{**NODE, "settings": {"retry": {"attempts": 1000}}}]}, "nodes.n.settings.retry.attempts"),
        ({"colour": "red"}, "colour"),
        ({"name": ""}, "name"),
        ({"folder": "a\nb"}, "folder"),
        ({"tags": [1]}, "tags.0"),
        ({"nodes": [{**NODE, "params": {"text": 5}}]}, "nodes.n.params.text"),
        ({"nodes": [{**NODE, "params": {"text": {"$": "1 +"}}}]}, "nodes.n.params.text"),
        ({"nodes": [{**NODE, "params": {"text": "x", "other": 1}}]}, "nodes.n.params.other"),
    ],
)
async def test_what_can_never_be_right_is_refused_with_its_place(
    owner: Client, change: dict[str, Any], path: str
) -> None:
    reply = await owner.post("/api/workflows", change)
    assert reply.status == 422
    assert path in reply.paths
    assert (await owner.get("/api/workflows"))["data"] == []


@pytest.mark.parametrize(
    ("node", "code"),
    [
        ({**NODE, "params": {}}, "missing"),
        ({**NODE, "type": "nobody.has_this"}, "unknown_type"),
        ({**NODE, "type": "toy.send", "params": {}}, "missing"),
        ({**NODE, "params": {"text": {"$": 'node("Gone").json'}}}, "unknown_node"),
    ],
)
async def test_what_is_not_finished_is_saved_and_told(owner: Client, node: dict[str, Any], code: str) -> None:
    made = await saved(owner, {"nodes": [node]})
    assert [issue["code"] for issue in made["issues"]] == [code]
    assert (await owner.get(f"/api/workflows/{made['id']}"))["issues"] == made["issues"]
    assert (await owner.post(f"/api/workflows/{made['id']}/activate")).status == 422


async def test_a_lenient_save_keeps_what_is_wrong_in_a_parameter(owner: Client) -> None:
    document = {"nodes": [{**NODE, "params": {"text": {"$": "1 +"}}}]}
    made = await owner.post("/api/workflows?lenient=true", document)
    assert made.status == 201
    assert [issue["path"] for issue in made["issues"]] == ["nodes.n.params.text"]


async def test_a_document_goes_out_and_in_again_unchanged(owner: Client) -> None:
    made = await saved(owner, {**workflow(), "tags": ["a", "b c"], "folder": "x/y"})
    again = await owner.put(f"/api/workflows/{made['id']}", made)
    assert again.status == 200
    for key in ("nodes", "connections", "settings", "notes", "tags", "folder", "name"):
        assert again[key] == made[key]


async def test_validating_saves_nothing(owner: Client) -> None:
    bad = await owner.post("/api/workflows/validate", {"nodes": [{**NODE, "params": {}}, NODE]})
    assert bad["valid"] is False
    assert {issue["path"] for issue in bad["issues"]} == {"nodes.n.id", "nodes.n.name"}
    assert (await owner.post("/api/workflows/validate", workflow()))["valid"] is True
    assert (await owner.get("/api/workflows"))["data"] == []


# --- saving at the same time -------------------------------------------------------------------------------------


async def test_a_lost_update_is_refused(owner: Client) -> None:
    made = await saved(owner)
    path, tag = f"/api/workflows/{made['id']}", '"1"'
    first = await owner.put(path, workflow(name="First"), headers={"If-Match": tag})
    assert first.headers["ETag"] == '"2"'
    second = await owner.put(path, workflow(name="Second"), headers={"If-Match": tag})
    assert second.status == 412
    assert second.headers["ETag"] == '"2"'
    assert (await owner.get(path))["name"] == "First"
    assert (await owner.delete(path, headers={"If-Match": tag})).status == 412
    assert (await owner.put(path, workflow(), headers={"If-Match": "junk"})).status == 400
    assert (await owner.get(path, headers={"If-None-Match": '"2"'})).status == 304


async def test_of_many_saves_on_one_revision_one_wins(owner: Client) -> None:
    made = await saved(owner)
    path = f"/api/workflows/{made['id']}"
    replies = await asyncio.gather(
        *(owner.put(path, workflow(name=f"W{i}"), headers={"If-Match": '"1"'}) for i in range(8))
    )
    assert sorted(reply.status for reply in replies) == [200, *[412] * 7]


async def test_a_patch_replaces_only_what_it_names(owner: Client) -> None:
    made = await saved(owner, {**workflow(), "tags": ["a"]})
    path = f"/api/workflows/{made['id']}"
    changed = await owner.patch(path, {"name": "Other", "settings": {"timeout": 5}})
    assert (changed["name"], changed["settings"]["timeout"], changed["tags"]) == ("Other", 5, ["a"])
    assert changed["nodes"] == made["nodes"]
    filed = await owner.patch(path, {"tags": ["b"], "folder": "f", "archived": True})
    assert (filed["tags"], filed["folder"], filed["archived"], filed["name"]) == (["b"], "f", True, "Other")
    assert (await owner.patch(path, {"colour": 1})).status == 422
    assert (await owner.patch(path, {"nodes": 5})).status == 422


# --- lists -------------------------------------------------------------------------------------------------------


async def test_lists_have_pages_and_filters(owner: Client) -> None:
    for number in range(5):
        filing = {"tags": ["even"] if number % 2 == 0 else [], "folder": "a/b" if number < 2 else "c"}
        await saved(owner, {**workflow(name=f"W{number}"), **filing})
    seen, cursor = [], ""
    while True:
        page = await owner.get(f"/api/workflows?limit=2{cursor}")
        seen += [row["name"] for row in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ["W4", "W3", "W2", "W1", "W0"]

    async def names(query: str) -> set[str]:
        return {row["name"] for row in (await owner.get(f"/api/workflows?{query}"))["data"]}

    assert await names("tag=even") == {"W0", "W2", "W4"}
    assert await names("folder=a") == {"W0", "W1"}
    assert await names("q=w3") == {"W3"}
    assert await names("q=%25") == set()
    assert await names("active=true") == set()
    assert await names("archived=true") == set()


# --- going live --------------------------------------------------------------------------------------------------


async def test_activating_publishes_and_tells_what_is_listened_to(owner: Client, instance: Any) -> None:
    made = await saved(owner)
    path = f"/api/workflows/{made['id']}"
    live = await owner.post(f"{path}/activate")
    assert live.status == 200, live.body
    assert live["version"] == 1
    hook = next(trigger for trigger in live["triggers"] if trigger["node"] == "hook")
    assert hook["methods"] == ["POST"]
    assert hook["url"].endswith("/webhook/greet")
    assert instance.hooks.find("POST", "greet") is not None
    assert [(row["method"], row["path"]) for row in (await owner.get("/api/webhooks"))["data"]] == [("POST", "greet")]

    assert (await owner.post(f"{path}/activate"))["version"] == 1  # nothing changed
    await owner.patch(path, {"nodes": [{**node, "position": [9, 9]} for node in made["nodes"]]})
    assert (await owner.post(f"{path}/activate"))["version"] == 1  # only moved
    await owner.patch(f"{path}/nodes/greet", {"params": {"text": "Bye"}})
    assert (await owner.post(f"{path}/activate"))["version"] == 2

    off = await owner.post(f"{path}/deactivate")
    assert off["active"] is False
    assert instance.hooks.find("POST", "greet") is None
    assert (await owner.get("/api/webhooks"))["data"] == []


async def test_a_webhook_belongs_to_one_workflow(owner: Client) -> None:
    first, second = (
        await saved(owner, workflow(path="a/{id}", name="First")),
        await saved(owner, workflow(path="a/{x}")),
    )
    assert (await owner.post(f"/api/workflows/{first['id']}/activate")).status == 200
    clash = await owner.post(f"/api/workflows/{second['id']}/activate")
    assert clash.status == 409
    assert "'First'" in clash["detail"]
    assert clash.paths == ["nodes.hook.params.path"]
    assert (await owner.get(f"/api/workflows/{second['id']}"))["active"] is False
    await owner.delete(f"/api/workflows/{first['id']}")
    assert (await owner.post(f"/api/workflows/{second['id']}/activate")).status == 200


async def test_a_clash_tells_a_stranger_no_name(owner: Client) -> None:
    other = await person(owner, "other@example.org")
    mine, theirs = await saved(owner, workflow(name="Secret plan")), await saved(other)
    await owner.post(f"/api/workflows/{mine['id']}/activate")
    clash = await other.post(f"/api/workflows/{theirs['id']}/activate")
    assert clash.status == 409
    assert "Secret" not in clash["detail"]
    assert "another project" in clash["detail"]


async def test_of_many_activations_of_one_path_one_wins(owner: Client) -> None:
    ids = [(await saved(owner))["id"] for _ in range(5)]
    replies = await asyncio.gather(*(owner.post(f"/api/workflows/{one}/activate") for one in ids))
    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409, 409]


# --- versions ----------------------------------------------------------------------------------------------------


async def test_versions_are_kept_compared_and_restored(owner: Client) -> None:
    made = await saved(owner)
    path = f"/api/workflows/{made['id']}"
    await owner.post(f"{path}/activate", {"name": "first", "note": "it works"})
    await owner.patch(f"{path}/nodes/greet", {"params": {"text": "Bye"}})
    await owner.post(f"{path}/nodes", {"type": "toy.greet", "name": "New", "params": {"text": "x"}})
    difference = await owner.get(f"{path}/diff")
    assert [node["name"] for node in difference["nodes"]["added"]] == ["New"]
    assert difference["nodes"]["changed"][0]["changes"] == [{"path": "params.text", "before": "Hello", "after": "Bye"}]
    await owner.post(f"{path}/activate")

    versions = (await owner.get(f"{path}/versions"))["data"]
    assert [(entry["version"], entry["live"], entry["name"]) for entry in versions] == [
        (2, True, ""),
        (1, False, "first"),
    ]
    assert (await owner.get(f"{path}/versions/1"))["document"]["nodes"][2]["params"] == {"text": "Hello"}
    assert (await owner.get(f"{path}/versions/9")).status == 404
    assert (await owner.get(f"{path}/diff?from=2&to=1"))["nodes"]["removed"][0]["name"] == "New"
    back = await owner.post(f"{path}/versions/1/restore")
    assert len(back["nodes"]) == 3
    assert back["version"] == 2  # what runs stays until the draft is activated


async def test_checkpoints_are_marked_once_kept_and_compared(owner: Client) -> None:
    made = await saved(owner)
    path = f"/api/workflows/{made['id']}"
    first = await owner.post(f"{path}/checkpoints")
    assert (first.status, first["revision"]) == (201, made["revision"])
    assert (await owner.post(f"{path}/checkpoints"))["id"] == first["id"]
    await owner.patch(f"{path}/nodes/greet", {"params": {"text": "Bye"}})
    second = await owner.post(f"{path}/checkpoints")
    assert [entry["id"] for entry in (await owner.get(f"{path}/checkpoints"))["data"]] == [second["id"], first["id"]]

    assert (await owner.get(f"{path}/checkpoints/{first['id']}"))["document"]["nodes"][2]["params"] == {"text": "Hello"}
    difference = await owner.get(f"{path}/diff?from={first['id']}")
    assert difference["nodes"]["changed"][0]["changes"] == [{"path": "params.text", "before": "Hello", "after": "Bye"}]

    other = await saved(owner)
    for nowhere in (f"{path}/checkpoints/{other['id']}", f"/api/workflows/{other['id']}/checkpoints/{first['id']}"):
        assert (await owner.get(nowhere)).status == 404
    assert (await owner.get(f"{path}/diff?from={other['id']}")).status == 404
    assert (await owner.get(f"{path}/diff?from=nonsense")).status == 422
    nobody = await person(owner, "nobody@example.org")
    assert (await nobody.get(f"{path}/checkpoints")).status == 404


async def test_an_old_checkpoint_makes_room(owner: Client) -> None:
    made = await saved(owner)
    path = f"/api/workflows/{made['id']}"
    marked = []
    for turn in range(KEPT + 2):
        await owner.patch(f"{path}/nodes/greet", {"params": {"text": f"{turn}"}})
        marked.append((await owner.post(f"{path}/checkpoints"))["id"])
    assert [entry["id"] for entry in (await owner.get(f"{path}/checkpoints"))["data"]] == marked[:1:-1]


# --- one part at a time ------------------------------------------------------------------------------------------


async def test_nodes_are_added_changed_renamed_and_deleted(owner: Client) -> None:
    made = await saved(owner)
    path = f"/api/workflows/{made['id']}"
    added = await owner.post(f"{path}/nodes", {"type": "toy.greet"})
    assert added.status == 201
    assert (added["id"], added["name"]) == ("greet_2", "Greet 2")
    assert [issue["code"] for issue in added["issues"]] == ["missing"]

    text = {"$t": 'Hi {{ node("Greet").json.x }} and node("Greet")'}
    filled = await owner.patch(f"{path}/nodes/greet_2", {"params": {"text": text}})
    assert filled["issues"] == []
    renamed = await owner.patch(f"{path}/nodes/greet", {"name": "Welcome"})
    assert renamed["name"] == "Welcome"
    other = await owner.get(f"/api/nodes/greet_2?workflow_id={made['id']}")
    assert other["params"]["text"] == {"$t": 'Hi {{ node("Welcome").json.x }} and node("Greet")'}

    assert (await owner.put(f"{path}/nodes/greet", {**NODE, "id": "other"})).paths == ["id"]
    assert (await owner.post(f"{path}/nodes", {"type": "toy.greet", "id": "greet"})).status == 409
    assert (await owner.delete(f"{path}/nodes/greet")).status == 204
    read = await owner.get(path)
    assert [node["id"] for node in read["nodes"]] == ["start", "hook", "greet_2"]
    assert read["connections"] == []
    assert (await owner.get(f"{path}/nodes/greet")).status == 404


async def test_connections_are_added_and_deleted(owner: Client) -> None:
    made = await saved(owner, {"nodes": [NODE, {**NODE, "id": "m", "name": "M"}]})
    wire = {"workflow_id": made["id"], "from": "n", "to": "m"}
    added = await owner.post("/api/connections", wire)
    assert added.status == 201
    assert added["id"] == "n.main.m.main"
    assert (await owner.post("/api/connections", wire)).status == 409
    assert (await owner.post("/api/connections", {**wire, "to": "x"})).status == 422
    assert (await owner.post("/api/connections", {"from": "n", "to": "m"})).paths == ["workflow_id"]
    listed = await owner.get(f"/api/connections?workflow_id={made['id']}")
    assert [entry["id"] for entry in listed["data"]] == ["n.main.m.main"]
    path = f"/api/workflows/{made['id']}/connections/n.main.m.main"
    assert (await owner.delete(path)).status == 204
    assert (await owner.delete(path)).status == 404


async def test_people_who_add_nodes_at_the_same_time_lose_none(owner: Client) -> None:
    made = await saved(owner, {"nodes": []})
    bodies = [{"type": "toy.greet", "params": {"text": str(i)}} for i in range(4)]
    replies = await asyncio.gather(*(owner.post(f"/api/workflows/{made['id']}/nodes", body) for body in bodies))
    assert [reply.status for reply in replies] == [201] * 4
    nodes = (await owner.get(f"/api/workflows/{made['id']}/nodes"))["data"]
    assert {node["params"]["text"] for node in nodes} == {"0", "1", "2", "3"}


# --- ids inside of bodies ----------------------------------------------------------------------------------------


def sending(credential: str) -> dict[str, Any]:
    node = {**NODE, "type": "toy.send", "params": {"account": {"$credential": credential}}}
    return {"nodes": [{"id": "s", "name": "S", "type": "toy.start"}, node], "connections": [{"from": "s", "to": "n"}]}


async def test_a_credential_of_another_project_cannot_be_named(owner: Client, member: Client) -> None:
    secret = {"name": "c", "kind": "toy.account", "values": {"token": "secret-token"}}
    credential = (await owner.post("/api/credentials", secret))["id"]
    refused = await member.post("/api/workflows", sending(credential))
    nowhere = await member.post("/api/workflows", sending("018f0000-0000-7000-8000-000000000000"))
    assert refused.status == nowhere.status == 422
    assert refused["errors"] == nowhere["errors"]
    draft = await saved(member, {"nodes": []})
    path = f"/api/workflows/{draft['id']}"
    assert (await member.put(path, sending(credential))).status == 422
    assert (await member.put(f"{path}?lenient=true", sending(credential))).status == 422
    assert (await saved(owner, sending(credential)))["issues"] == []


async def test_a_deleted_credential_is_an_issue_and_not_an_obstacle(owner: Client) -> None:
    secret = {"name": "c", "kind": "toy.account", "values": {"token": "secret-token"}}
    credential = (await owner.post("/api/credentials", secret))["id"]
    made = await saved(owner, sending(credential))
    await owner.delete(f"/api/credentials/{credential}")
    path = f"/api/workflows/{made['id']}"
    again = await owner.put(path, {**sending(credential), "name": "Still saved"})
    assert again.status == 200
    assert [issue["code"] for issue in again["issues"]] == ["credential"]
    run = await owner.post(f"{path}/run", {"mode": "sync"})
    assert run["status"] == "failed"
    assert "does not exist in this project" in run["error"]["message"]


async def test_a_credential_of_the_wrong_kind_is_an_issue(owner: Client) -> None:
    other = {"name": "c", "kind": "toy.other", "values": {"token": "secret-token"}}
    credential = (await owner.post("/api/credentials", other))["id"]
    made = await saved(owner, sending(credential))
    assert [issue["code"] for issue in made["issues"]] == ["credential_kind"]


async def test_an_error_workflow_is_one_of_the_same_project(owner: Client, member: Client) -> None:
    mine = await saved(owner)
    theirs = await member.post("/api/workflows", {"settings": {"error_workflow": mine["id"]}})
    assert theirs.paths == ["settings.error_workflow"]
    assert (await owner.post("/api/workflows", {"settings": {"error_workflow": mine["id"]}})).status == 201


async def test_a_standing_trigger_goes_live_and_tells_how_it_fares(owner: Client) -> None:
    node = {"id": "poll", "name": "Poll", "type": "toy.poll"}
    made = await owner.post("/api/workflows", {"name": "polls", "nodes": [node]})
    path = f"/api/workflows/{made['id']}"
    assert (await owner.get(f"{path}/triggers"))["data"] == []
    live = await owner.post(f"{path}/activate")
    assert [(trigger["node"], trigger["kind"]) for trigger in live["triggers"]] == [("poll", "poll")]
    async with asyncio.timeout(20):
        while not (state := (await owner.get(f"{path}/triggers"))["data"][0])["failures"]:
            await asyncio.sleep(0.05)
    assert (state["node"], state["kind"], state["held"]) == ("poll", "poll", False)
    assert state["error"].startswith("NotImplementedError")
    off = await owner.post(f"{path}/deactivate")
    assert (off["triggers"], off["problems"]) == ([], [])
    assert (await owner.get(f"{path}/triggers"))["data"] == []
    unknown = await owner.post("/api/schedules/preview", {"type": "toy.poll"})
    assert (unknown.status, unknown.paths) == (422, ["type"])
