"""Running workflows through the API, and looking at what came of it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import orjson

from a8n.runtime.instance import Instance
from tests.web import toys
from tests.web.conftest import Client, workflow


def chain(*types: str) -> dict[str, Any]:
    """A manual trigger, and nodes in a row, each with its type's name as its id."""
    nodes: list[dict[str, Any]] = [{"id": "start", "name": "Start", "type": "toy.start"}]
    for name in types:
        params = {"text": "Hello"} if name == "greet" else {}
        nodes.append({"id": name, "name": name, "type": f"toy.{name}", "params": params})
    ids = [node["id"] for node in nodes]
    return {"nodes": nodes, "connections": [{"from": a, "to": b} for a, b in pairwise(ids)]}


async def saved(client: Client, document: dict[str, Any]) -> str:
    made = await client.post("/api/workflows", document)
    return f"/api/workflows/{made['id']}"


async def finished(client: Client, execution_id: str) -> Any:
    for _ in range(500):
        row = await client.get(f"/api/executions/{execution_id}")
        if row["status"] not in ("queued", "running"):
            return row
        await asyncio.sleep(0.01)
    raise AssertionError("it does not end")


def numbers(raw: bytes) -> list[str]:
    """The ids of server-sent events."""
    return [line[4:] for line in raw.decode().splitlines() if line.startswith("id: ")]


def events(raw: bytes) -> list[tuple[str, Any]]:
    """Names and data of server-sent events."""
    found = []
    for block in raw.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        if "event" in lines:
            found.append((lines["event"], orjson.loads(lines["data"])))
    return found


async def test_a_run_is_accepted_and_ends_in_the_background(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    accepted = await owner.post(f"{path}/run", {"items": [{"n": 1}, {"n": 2}]})
    assert accepted.status == 202
    row = await finished(owner, accepted["execution_id"])
    assert (row["status"], row["mode"], row["version"]) == ("succeeded", "manual", None)
    assert row["document"]["nodes"][0]["id"] == "start"


async def test_steps_show_what_each_took_and_gave(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    items = [{"n": n} for n in range(5)]
    run = await owner.post(f"{path}/run", {"mode": "sync", "items": items})
    steps = (await owner.get(f"/api/executions/{run['execution_id']}/steps?limit=2&offset=1"))["data"]
    assert [step["node"] for step in steps] == ["start", "slow", "greet"]
    greet = steps[2]
    assert greet["input"]["main"] == {"total": 5, "items": [{"json": {"n": n}, "files": {}} for n in (1, 2)]}
    assert greet["output"]["main"]["items"][0]["json"] == {"n": 1, "text": "Hello"}
    only = (await owner.get(f"/api/executions/{run['execution_id']}/steps?node=slow&limit=0"))["data"]
    assert [(step["node"], step["output"]["main"]) for step in only] == [("slow", {"total": 5, "items": []})]


async def test_a_failed_execution_is_retried_from_the_step_that_failed(owner: Client) -> None:
    path = await saved(owner, chain("greet", "fail"))
    run = await owner.post(f"{path}/run", {"mode": "sync", "items": [{"n": 1}]})
    assert (run["status"], run["error"]["node"], run["error"]["hint"]) == ("failed", "fail", "try again")
    toys.Fail.working = True
    again = await owner.post(f"/api/executions/{run['execution_id']}/retry", {"mode": "sync"})
    assert again.status == 200, again.body
    assert (again["status"], again["items"]) == ("succeeded", [{"n": 1, "text": "Hello"}])
    row = await owner.get(f"/api/executions/{again['execution_id']}")
    assert row["retry_of"] == run["execution_id"]


async def test_a_retry_may_take_the_draft_as_it_is_now(owner: Client) -> None:
    path = await saved(owner, chain("greet", "fail"))
    run = await owner.post(f"{path}/run", {"mode": "sync"})
    await owner.patch(f"{path}/nodes/fail", {"type": "toy.greet", "params": {"text": "mended"}})
    original = await owner.post(f"/api/executions/{run['execution_id']}/retry", {"mode": "sync"})
    assert original["status"] == "failed"
    current = await owner.post(f"/api/executions/{run['execution_id']}/retry", {"mode": "sync", "version": "current"})
    assert current["items"] == [{"text": "mended"}]


async def test_a_replay_runs_anew_from_the_chosen_step(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    run = await owner.post(f"{path}/run", {"mode": "sync", "items": [{"n": 1}]})
    old = {s["node"]: s for s in (await owner.get(f"/api/executions/{run['execution_id']}/steps"))["data"]}
    body = {"from": "greet", "mode": "sync"}
    again = await owner.post(f"/api/executions/{run['execution_id']}/replay", body)
    assert again["items"] == [{"n": 1, "text": "Hello"}]
    new = {s["node"]: s for s in (await owner.get(f"/api/executions/{again['execution_id']}/steps"))["data"]}
    assert new["slow"]["started_at"] == old["slow"]["started_at"]  # taken over
    assert new["greet"]["started_at"] >= old["greet"]["finished_at"]
    missing = await owner.post(f"/api/executions/{run['execution_id']}/replay", {"from": "x"})
    assert missing.paths == ["from"]


async def test_runs_up_to_a_node_from_a_node_and_with_pinned_data(owner: Client) -> None:
    path = await saved(owner, chain("fail", "slow", "greet"))
    pins = {"fail": {"main": [{"pinned": True}]}}
    run = await owner.post(f"{path}/run", {"mode": "sync", "to": "slow", "pins": pins})
    assert (run["status"], run["items"]) == ("succeeded", [{"pinned": True}])
    onward = await owner.post(f"{path}/run", {"mode": "sync", "from": "greet", "execution": run["execution_id"]})
    assert onward["items"] == [{"pinned": True, "text": "Hello"}]
    unknown = await owner.post(f"{path}/run", {"pins": {"x": {"main": [{}]}}})
    assert unknown.paths == ["pins.x"]
    assert (await owner.post(f"{path}/run", {"to": "nowhere"})).status == 422
    assert (await owner.post(f"{path}/run", {"trigger": "greet"})).status == 422
    assert (await owner.post(f"{path}/run", {"version": "published"})).status == 422


async def test_an_idempotency_key_starts_one_execution(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    key = {"Idempotency-Key": "order-17"}
    replies = await asyncio.gather(*(owner.post(f"{path}/run", {"mode": "sync"}, headers=key) for _ in range(5)))
    assert {reply["execution_id"] for reply in replies} == {replies[0]["execution_id"]}
    assert sorted(reply["repeated"] for reply in replies) == [False, True, True, True, True]
    assert {reply["status"] for reply in replies} == {"succeeded"}
    assert len((await owner.get("/api/executions"))["data"]) == 1


async def test_an_execution_is_watched_while_it_runs_and_after(owner: Client) -> None:
    path = await saved(owner, chain("slow", "greet"))
    streamed = await owner.post(f"{path}/run", {"mode": "stream"})
    assert streamed.headers["Content-Type"].startswith("text/event-stream")
    names = [name for name, _ in events(streamed.body)]
    assert names[0] == "execution.started"
    assert names[-1] == "execution.finished"
    assert names.count("step.finished") >= 2
    execution_id = events(streamed.body)[0][1]["execution_id"]
    whole = await owner.get(f"/api/executions/{execution_id}/events")
    assert [name for name, _ in events(whole.body)] == names
    rest = await owner.get(f"/api/executions/{execution_id}/events", headers={"Last-Event-ID": numbers(whole.body)[2]})
    assert [name for name, _ in events(rest.body)] == names[3:]


async def test_watching_what_ended_long_ago_tells_what_it_recorded(owner: Client, instance: Instance) -> None:
    path = await saved(owner, chain("greet"))
    run = await owner.post(f"{path}/run", {"mode": "sync"})
    instance.feed._kept.clear()
    reply = await owner.get(f"/api/executions/{run['execution_id']}/events")
    told = [(name, data["node"], data["status"]) for name, data in events(reply.body)]
    assert told[-2:] == [("step.finished", "greet", "succeeded"), ("execution.finished", None, "succeeded")]
    last = numbers(reply.body)[-1]
    again = await owner.get(f"/api/executions/{run['execution_id']}/events", headers={"Last-Event-ID": last})
    assert [name for name, _ in events(again.body)] == ["execution.finished"]


async def test_cancelling_stops_what_runs(owner: Client) -> None:
    toys.Slow.gate = asyncio.Event()
    path = await saved(owner, chain("slow", "greet"))
    run = await owner.post(f"{path}/run", {})
    execution = f"/api/executions/{run['execution_id']}"
    while (await owner.get(execution))["status"] != "running":
        await asyncio.sleep(0.01)
    assert (await owner.delete(execution)).status == 409
    assert (await owner.post(f"{execution}/retry")).status == 409
    assert (await owner.post(f"{execution}/cancel")).status == 200
    assert (await finished(owner, run["execution_id"]))["status"] == "canceled"
    assert (await owner.delete(execution)).status == 204
    assert (await owner.get(execution)).status == 404


async def test_executions_are_filtered_and_paged(owner: Client) -> None:
    good, bad = await saved(owner, chain("greet")), await saved(owner, chain("fail"))
    for path in (good, good, bad):
        await owner.post(f"{path}/run", {"mode": "sync"})

    async def count(query: str) -> int:
        return len((await owner.get(f"/api/executions?{query}"))["data"])

    assert await count("") == 3
    assert await count("status=failed") == 1
    assert await count("status=failed&status=succeeded") == 3
    assert await count(f"workflow={good.rpartition('/')[2]}") == 2
    assert await count("from=2999-01-01T00:00:00Z") == 0
    assert await count("to=2999-01-01T00:00:00Z") == 3
    assert (await owner.get("/api/insights")).body == {"total": 3, "statuses": {"succeeded": 2, "failed": 1}}
    page = await owner.get("/api/executions?limit=2")
    rest = await owner.get(f"/api/executions?limit=2&cursor={page['next_cursor']}")
    assert (len(page["data"]), len(rest["data"]), rest["next_cursor"]) == (2, 1, None)
    assert (await owner.get("/api/executions?status=odd")).status == 422


async def test_published_versions_run_as_they_were(owner: Client) -> None:
    path = await saved(owner, workflow())
    await owner.post(f"{path}/activate")
    await owner.patch(f"{path}/nodes/greet", {"params": {"text": "Changed"}})
    run = await owner.post(f"{path}/run", {"mode": "sync", "version": "published"})
    assert run["items"] == [{"text": "Hello"}]
    row = await owner.get(f"/api/executions/{run['execution_id']}")
    assert (row["version"], row["mode"]) == (1, "api")
