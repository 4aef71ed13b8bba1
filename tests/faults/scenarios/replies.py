"""Many answer the same question at the same moment."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from tests.faults.load import Load, parallel
from tests.faults.scenario import Row, Scenario, Trial
from tests.live.server import hook, node, put, workflow

PARALLEL = 20


def replies(trial: Trial) -> list[Row]:
    """Twenty resumes of each wait, spread over the web processes; one counts."""
    cluster = trial.cluster()
    nodes = [
        hook("ask", respond={"mode": "respond_node"}),
        node("pause", "flow.wait", {"resume": {"on": "webhook", "announce": "reply"}}),
        put("after", done=True),
    ]
    cluster.start(workflow("ask", nodes, "hook > pause", "pause > after"))
    total = trial.size(15, 200)
    load = Load(cluster.urls, "/webhook/ask", total=total, clients=4, seed=trial.seed).start().join()
    asked = [answer for answer in load.answers if answer.accepted]
    counted = refused = other = 0
    for turn, answer in enumerate(asked):
        path = urlsplit(json.loads(answer.body)["resume_url"]).path
        got = parallel(cluster.urls[turn % len(cluster.urls)], path, PARALLEL)
        counted += sum(one.accepted for one in got)
        refused += sum(one.status in (404, 409, 410) for one in got)
        other += sum(not one.accepted and one.status not in (404, 409, 410) for one in got)
    ended = cluster.settled(trial.lease * 2 + 30)
    kept = cluster.store.executions()
    after = sum(kept[answer.execution_id].done["after", ""] for answer in asked)
    broken = [f"{after} steps after {len(asked)} waits"] if after != len(asked) else []
    broken += [f"{counted} replies were taken"] if counted != len(asked) else []
    broken += [f"{other} strange answers"] if other else []
    broken += [] if ended else ["some never ended"]
    figures = {"waits": len(asked), "resumes": len(asked) * PARALLEL, "taken": counted, "steps after": after}
    fault = f"{PARALLEL} parallel resumes of each wait"
    return [Row("a reply counts once", fault, "steps after the wait = waits", figures, refused, broken)]


REPLIES = Scenario("replies", replies)
