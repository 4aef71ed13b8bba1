"""What flows through a node, as the panes beside its parameters ask for it."""

from __future__ import annotations

from typing import Any

import orjson

from tests.web.conftest import Client, person
from tests.web.test_executions import chain, saved

BIG = 4 * 2**20


async def ran(client: Client, path: str, *items: dict[str, Any], **body: Any) -> str:
    run = await client.post(f"{path}/run", {"mode": "sync", "items": list(items), **body})
    assert run.status == 200, run.body
    return str(run["execution_id"])


def size(reply: Any) -> int:
    return len(orjson.dumps(reply.body))


async def test_the_input_of_a_node_is_what_the_node_before_it_gave(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    execution = await ran(owner, path, *({"n": n} for n in range(120)))
    page = await owner.get(f"{path}/nodes/greet/input")
    assert page.status == 200, page.body
    assert [item["json"] for item in page["items"]] == [{"n": n} for n in range(50)]
    assert (page["total"], page["next_offset"], page["source"], page["execution"]) == (120, 50, "execution", execution)
    assert [(s["node"], s["output"], s["total"], s["source"]) for s in page["sources"]] == [
        ("slow", "main", 120, "execution")
    ]
    last = await owner.get(f"{path}/nodes/greet/input?offset=100")
    assert ([item["index"] for item in last["items"]], last["next_offset"]) == (list(range(100, 120)), None)


async def test_a_node_that_was_just_added_has_the_data_of_those_before_it(owner: Client) -> None:
    path = await saved(owner, chain("slow"))
    await ran(owner, path, {"n": 1})
    draft = chain("slow", "greet")
    page = await owner.post(f"{path}/nodes/greet/input", {"document": draft})
    assert [item["json"] for item in page["items"]] == [{"n": 1}]
    gave = await owner.post(f"{path}/nodes/greet/output", {"document": draft})
    assert (gave["source"], gave["items"], gave["status"]) == ("none", [], None)
    missing = await owner.get(f"{path}/nodes/greet/input")
    assert (missing.status, missing.paths) == (422, ["node"])


async def test_pins_win_over_what_was_recorded(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    await ran(owner, path, {"n": 1})
    draft = {**chain("slow", "greet"), "pins": {"slow": {"main": [{"pinned": 1}, {"pinned": 2}]}}}
    page = await owner.post(f"{path}/nodes/greet/input", {"document": draft})
    assert ([item["json"] for item in page["items"]], page["source"]) == ([{"pinned": 1}, {"pinned": 2}], "pin")
    assert [(s["node"], s["source"]) for s in page["sources"]] == [("slow", "pin")]
    gave = await owner.post(f"{path}/nodes/slow/output", {"document": draft})
    assert (gave["source"], gave["status"], gave["total"], gave["execution"]) == ("pin", "pinned", 2, None)
    wrong = {**draft, "pins": {"slow": {"main": [7]}}}
    refused = await owner.post(f"{path}/nodes/greet/input", {"document": wrong})
    assert (refused.status, refused.paths) == (422, ["pins.slow.main.0"])


async def test_without_any_data_the_sources_are_named_all_the_same(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    page = await owner.get(f"{path}/nodes/greet/input")
    assert (page["source"], page["total"], page["execution"]) == ("none", 0, None)
    assert [(s["node"], s["total"], s["source"]) for s in page["sources"]] == [("slow", 0, "none")]
    first = await owner.get(f"{path}/nodes/start/input")
    assert (first["ports"], first["sources"]) == ([], [])


async def test_the_latest_execution_that_has_data_of_the_node_is_taken(owner: Client) -> None:
    path = await saved(owner, chain("fail", "greet"))
    pins = {"fail": {"main": [{"n": 1}]}}
    good = await ran(owner, path, {}, pins=pins)
    bad = await ran(owner, path, {})
    page = await owner.get(f"{path}/nodes/greet/input")
    assert (page["execution"], page["total"]) == (good, 1)
    named = await owner.get(f"{path}/nodes/greet/input?execution={bad}")
    assert (named["source"], named["total"]) == ("none", 0)
    failed = await owner.get(f"{path}/nodes/fail/output")
    assert (failed["execution"], failed["status"]) == (bad, "failed")
    assert failed["error"]["message"] == "it does not work"


async def test_a_draft_with_a_missing_parameter_or_plugin_still_shows_its_data(owner: Client) -> None:
    path = await saved(owner, chain("slow"))
    await ran(owner, path, {"n": 1})
    draft = chain("slow", "greet")
    draft["nodes"][2]["params"] = {}
    assert (await owner.post(f"{path}/nodes/greet/input", {"document": draft}))["total"] == 1
    draft["nodes"][2]["type"] = "gone.node"
    draft["connections"][1]["input"] = "left"
    page = await owner.post(f"{path}/nodes/greet/input", {"document": draft})
    assert (page["ports"], page["total"]) == ([{"name": "left", "total": 1}], 1)


async def test_the_executions_of_other_workflows_and_projects_stay_out(owner: Client, member: Client) -> None:
    path, other = await saved(owner, chain("slow", "greet")), await saved(owner, chain("slow", "greet"))
    foreign = await ran(owner, other, {"n": 1})
    assert (await owner.get(f"{path}/nodes/greet/input?execution={foreign}")).status == 404
    assert (await owner.get(f"{path}/nodes/greet/input"))["source"] == "none"
    assert (await member.get(f"{other}/nodes/greet/input")).status == 404
    third = await person(owner, "third@example.org")
    assert (await third.post(f"{other}/nodes/greet/input", {})).status == 404


async def test_a_key_that_may_not_see_executions_sees_pins_alone(owner: Client) -> None:
    path = await saved(owner, {**chain("slow", "greet"), "pins": {"slow": {"main": [{"pinned": 1}]}}})
    execution = await ran(owner, path, {"n": 1}, pins={})
    made = await owner.post("/api/keys", {"name": "reader", "scopes": ["workflow:read"]})
    assert made.status == 201, made.body
    key = Client(owner.app, headers={"X-API-Key": made["key"]})
    assert (await key.get(f"{path}/nodes/greet/input"))["source"] == "pin"
    assert (await key.get(f"{path}/nodes/slow/input"))["source"] == "none"
    assert (await key.get(f"{path}/nodes/slow/input?execution={execution}")).status == 403


async def test_a_page_of_large_data_is_small_and_says_what_is_missing(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    big = {"id": 1, "body": "é" * BIG, "more": {"body": "x" * BIG}, "rows": [{"n": n} for n in range(50_000)]}
    await ran(owner, path, big, {"id": 2})
    page = await owner.get(f"{path}/nodes/greet/input")
    assert size(page) < 256 * 1024
    first, second = page["items"]
    assert (first["json"]["id"], first["whole"], second) == (
        1, False, {"index": 1, "json": {"id": 2}, "files": {}, "whole": True, "cuts": []}
    )  # fmt: skip
    cuts = {tuple(cut["path"]): cut for cut in first["cuts"]}
    text, rows = cuts["json", "body"], cuts["json", "rows"]
    assert (text["kind"], text["length"], text["kept"]) == ("text", BIG, len(first["json"]["body"]))
    assert (rows["kind"], rows["length"], rows["kept"]) == ("list", 50_000, len(first["json"]["rows"]))
    assert first["json"]["rows"] == [{"n": n} for n in range(rows["kept"])]
    assert rows["kept"] > 100


async def test_a_large_item_is_reached_whole_and_the_steps_of_an_execution_fit_a_budget(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    big = {"id": 1, "body": "é" * BIG}
    execution = await ran(owner, path, big, {"id": 2})
    steps = await owner.get(f"/api/executions/{execution}/steps?max_bytes=200000")
    assert size(steps) < 300 * 1024
    greet = steps["data"][2]
    assert greet["input"]["main"]["total"] == 2
    first, second = greet["output"]["main"]["items"]
    assert (first["json"]["id"], first["json"]["text"], first["whole"]) == (1, "Hello", False)
    assert first["cuts"][0]["path"] == ["json", "body"]
    assert (second["json"], second["whole"]) == ({"id": 2, "text": "Hello"}, True)
    address = f"/api/executions/{execution}/items?node=greet"
    whole = await owner.get(f"{address}&item=0")
    assert whole.body == {"json": {**big, "text": "Hello"}, "files": {}}
    assert whole.headers["Content-Disposition"] == 'attachment; filename="greet-main-0.json"'
    taken = await owner.get(f"{address}&item=0&side=input")
    assert taken.body == {"json": big, "files": {}}
    assert len((await owner.get(address)).body) == 2
    assert (await owner.get(f"{address}&item=2")).status == 404
    assert (await owner.get(f"/api/executions/{execution}/items?node=nobody")).status == 404
    assert (await owner.get(f"{address}&path=1")).status == 404


async def test_items_are_searched_and_paged(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    await ran(owner, path, *({"n": n, "name": "Straße" if n % 2 else "Road"} for n in range(100)))
    page = await owner.get(f"{path}/nodes/greet/input?q=STRASSE&limit=10&offset=10")
    assert [item["index"] for item in page["items"]] == list(range(21, 41, 2))
    assert (page["total"], page["matches"], page["next_offset"]) == (100, 50, 20)
    none = await owner.get(f"{path}/nodes/greet/output?q=nowhere")
    assert (none["items"], none["matches"], none["next_offset"]) == ([], 0, None)
    assert (await owner.get(f"{path}/nodes/greet/input?port=nowhere")).status == 404
    assert (await owner.get(f"{path}/nodes/greet/input?path=0")).paths == ["path"]


async def test_the_fields_of_data_are_told_with_types_and_samples(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    await ran(owner, path, {"user": {"first name": "Ada"}}, {"user": None, "n": 1})
    schema = await owner.get(f"{path}/nodes/greet/schema")
    assert (schema["total"], schema["items"], schema["whole"], schema["source"]) == (2, 2, True, "execution")
    assert [(field["expression"], field["types"], field["count"]) for field in schema["fields"]] == [
        ("json.user", ["object", "null"], 2), ('json.user["first name"]', ["text"], 1), ("json.n", ["number"], 1),
    ]  # fmt: skip
    gave = await owner.get(f"{path}/nodes/greet/schema?side=output&limit=1")
    assert [field["expression"] for field in gave["fields"]] == [
        "json.user", 'json.user["first name"]', "json.text",
    ]  # fmt: skip
    draft = {**chain("slow", "greet"), "pins": {"slow": {"main": [{"pinned": 1}]}}}
    pinned = await owner.post(f"{path}/nodes/greet/schema", {"document": draft})
    assert ([field["expression"] for field in pinned["fields"]], pinned["source"]) == (["json.pinned"], "pin")


async def test_an_item_is_followed_back_to_where_it_came_from(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    execution = await ran(owner, path, {"n": 0}, {"n": 1})
    found = await owner.get(f"/api/executions/{execution}/lineage?node=greet&item=1")
    assert [(one["node"], one["item"], one["distance"], one["child"]) for one in found["ancestors"]] == [
        ("slow", 1, 1, None), ("start", 1, 2, 0),
    ]  # fmt: skip
    assert found["whole"] is True
    assert found["across"] == [{"port": "main", "item": 1}]
    taken = await owner.get(f"/api/executions/{execution}/lineage?node=greet&side=input&item=0")
    assert taken["ancestors"][0] == {
        "node": "slow", "name": "slow", "path": [], "port": "main", "item": 0, "distance": 1, "child": None,
    }  # fmt: skip
    assert taken["across"] == [{"port": "main", "item": 0}]
    assert (await owner.get(f"/api/executions/{execution}/lineage?node=start&side=input&item=0")).status == 404
    assert (await owner.get(f"/api/executions/{execution}/lineage?node=greet&item=2")).status == 404
    assert (await owner.get(f"/api/executions/{execution}/lineage?node=greet")).status == 422
