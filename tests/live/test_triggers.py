"""Schedules of the real server: on time, across a kill -9, and as the API tells of them."""

from __future__ import annotations

import time

from a8n.items import JSON
from tests.live.server import Server, put, workflow


def schedule(**params: JSON) -> dict[str, JSON]:
    return {"id": "clock", "name": "Clock", "type": "schedule.trigger", "params": params}


def started(server: Server, workflow_id: str) -> list[str]:
    """The times that the executions of a schedule began with, by the items of their triggers."""
    rows = server.api("GET", f"/executions?workflow={workflow_id}&limit=200")["data"]
    found = []
    for row in rows:
        steps = server.api("GET", f"/executions/{row['id']}/steps")["data"]
        found.append(steps[0]["output"]["main"]["items"][0]["json"]["timestamp"])
    return sorted(found)


def test_a_schedule_fires_each_second_once_over_a_kill(server: Server) -> None:
    rules = [{"kind": "interval", "every": 1, "unit": "seconds"}]
    document = workflow("Clock", [schedule(rules=rules, misfire="all"), put("mark", at={"$": "json.timestamp"})],
                        "clock > mark")  # fmt: skip
    saved = server.api("POST", "/workflows", document, status=201)
    live = server.api("POST", f"/workflows/{saved['id']}/activate", {})
    assert len(live["triggers"][0]["next"]) == 5
    time.sleep(2.5)
    server.kill()
    time.sleep(2.5)
    server.start()
    time.sleep(2.5)
    server.api("POST", f"/workflows/{saved['id']}/deactivate", {})
    times = started(server, saved["id"])
    assert len(times) == len(set(times))
    seconds = [time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) for text in times]
    assert seconds == [seconds[0] + index for index in range(len(seconds))]
    assert len(seconds) >= 6


def test_a_schedule_is_previewed_and_looked_at(server: Server) -> None:
    rules = [{"kind": "cron", "line": "0 9 * * 1"}]
    answer = server.api(
        "POST", "/schedules/preview",
        {"type": "schedule.trigger", "params": {"rules": rules}, "timezone": "Europe/Berlin", "count": 3},
    )  # fmt: skip
    assert len(answer["data"]) == 3
    assert all(text[11:16] in ("07:00", "08:00") for text in answer["data"])
    wrong = server.api(
        "POST", "/schedules/preview", {"type": "schedule.trigger", "params": {"rules": [{"kind": "cron"}]}}, status=422
    )
    assert wrong["errors"][0]["path"].startswith("params.rules.0")
    workflow_id = server.live(workflow("Weekly", [schedule(rules=rules)]))
    [state] = server.api("GET", f"/workflows/{workflow_id}/triggers")["data"]
    assert (state["kind"], len(state["next"]), state["failures"]) == ("schedule", 5, 0)
