"""Workflows that run workflows on the real server: durable over kill -9, stopped together, and told of failures."""

from __future__ import annotations

import time

from a8n.items import JSON
from tests.live.server import Server, hook, node, put, workflow

BY_HAND: dict[str, JSON] = {"id": "hand", "name": "Hand", "type": "manual.trigger"}


def pause(seconds: float) -> dict[str, JSON]:
    return node("pause", "flow.wait", {"resume": {"on": "duration", "seconds": seconds}})


def parent(server: Server, child: str, path: str, **params: JSON) -> str:
    sub = node("sub", "flow.subworkflow", {"workflow": child, **params})
    return server.live(
        workflow("Parent", [hook(path), sub, put("after", n={"$": "json.n"})], "hook > sub", "sub > after")
    )


def executions(server: Server, workflow_id: str) -> list[dict[str, JSON]]:
    found: list[dict[str, JSON]] = server.api("GET", f"/executions?workflow={workflow_id}&limit=200")["data"]
    return found


def done(server: Server, execution_id: str, seconds: float = 30) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status = str(server.api("GET", f"/executions/{execution_id}")["status"])
        if status not in ("queued", "running", "waiting"):
            return status
        time.sleep(0.05)
    raise AssertionError("it did not end")


def test_children_survive_a_kill_and_each_runs_once(server: Server) -> None:
    child = server.live(workflow("Child", [BY_HAND, pause(1.5), put("give", n={"$": "json.body.n * 2"})],
                                 "hand > pause", "pause > give"))  # fmt: skip
    parent(server, child, "twice")
    ids = [server.hook("twice", {"n": n}).json()["execution_id"] for n in range(10)]
    time.sleep(0.5)
    server.kill()
    server.start()
    assert [done(server, execution_id) for execution_id in ids] == ["succeeded"] * 10
    rows = executions(server, child)
    assert sorted(row["parent"] for row in rows) == sorted(ids)
    assert {row["status"] for row in rows} == {"succeeded"}
    steps = server.api("GET", f"/executions/{ids[3]}/steps")["data"]
    assert steps[-1]["output"]["main"]["items"][0]["json"] == {"n": 6}


def test_a_cancel_reaches_the_children(server: Server) -> None:
    child = server.live(workflow("Child", [BY_HAND, pause(60)], "hand > pause"))
    parent(server, child, "stopped")
    execution_id = server.hook("stopped", {"n": 1}).json()["execution_id"]
    until = time.monotonic() + 20
    while not (rows := executions(server, child)) or rows[0]["status"] != "waiting":
        assert time.monotonic() < until
        time.sleep(0.05)
    server.api("POST", f"/executions/{execution_id}/cancel")
    assert done(server, execution_id) == "canceled"
    assert done(server, str(rows[0]["id"])) == "canceled"


def test_a_canceled_child_fails_its_parent(server: Server) -> None:
    child = server.live(workflow("Child", [BY_HAND, pause(60)], "hand > pause"))
    parent(server, child, "orphaned")
    execution_id = server.hook("orphaned", {"n": 1}).json()["execution_id"]
    until = time.monotonic() + 20
    while not (rows := executions(server, child)) or rows[0]["status"] != "waiting":
        assert time.monotonic() < until
        time.sleep(0.05)
    server.api("POST", f"/executions/{rows[0]['id']}/cancel")
    assert done(server, execution_id) == "failed"
    error = server.api("GET", f"/executions/{execution_id}")["error"]
    assert (error["node"], "canceled" in error["message"]) == ("sub", True)


def test_a_caller_waits_for_the_children(server: Server) -> None:
    child = server.live(workflow("Child", [BY_HAND, put("give", n={"$": "json.body.n + 1"})], "hand > give"))
    sub = node("sub", "flow.subworkflow", {"workflow": child})
    server.live(
        workflow("Parent", [hook("asked", respond={"mode": "last_node", "returns": "first"}), sub], "hook > sub")
    )
    answer = server.hook("asked", {"n": 41})
    assert (answer.status_code, answer.json()) == (200, {"n": 42})


def test_a_workflow_that_runs_itself_is_stopped_at_a_depth(server: Server) -> None:
    saved = server.api("POST", "/workflows", workflow("Self", [BY_HAND]), status=201)
    sub = node("sub", "flow.subworkflow", {"workflow": saved["id"]})
    server.api("PUT", f"/workflows/{saved['id']}", workflow("Self", [BY_HAND, sub], "hand > sub"))
    server.api("POST", f"/workflows/{saved['id']}/activate", {})
    run = server.api("POST", f"/workflows/{saved['id']}/run", {"version": "published"}, status=202)
    assert done(server, run["execution_id"]) == "failed"
    assert len(executions(server, saved["id"])) == 21


def test_a_failure_starts_the_error_workflow_once(server: Server) -> None:
    trigger: dict[str, JSON] = {"id": "error", "name": "Error", "type": "flow.error_trigger"}
    told = put("told", text={"$t": "{{ json.workflow.name }}: {{ json.execution.error.message }}"})
    alarm = server.live(workflow("Alarm", [trigger, told, node("bad", "flow.stop", {"message": "also"})],
                                 "error > told", "told > bad"))  # fmt: skip
    document = workflow("Orders", [hook("orders"), node("stop", "flow.stop", {"message": "no stock"})], "hook > stop")
    document["settings"] = {"error_workflow": alarm}
    server.live(document)
    failed = server.hook("orders", {}).json()["execution_id"]
    assert done(server, failed) == "failed"
    until = time.monotonic() + 20
    while not (rows := executions(server, alarm)) or rows[0]["status"] != "failed":
        assert time.monotonic() < until
        time.sleep(0.05)
    [row] = rows
    assert row["mode"] == "error"
    steps = server.api("GET", f"/executions/{row['id']}/steps")["data"]
    assert steps[1]["output"]["main"]["items"][0]["json"] == {"text": "Orders: no stock"}
