"""Stop means stop."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from a8n.items import JSON
from tests.faults.load import Load
from tests.faults.scenario import Row, Scenario, Trial
from tests.faults.scenarios.kills import calling
from tests.live.server import hook, node, workflow

BOUND = 5.0


def cancel(trial: Trial) -> list[Row]:
    """Cancel executions that call the sink in a loop without an end in sight."""
    sink = trial.sink(slow=1.5)
    rows: dict[str, JSON] = {"name": "list", "value": {"$": "range(1000) | list"}}
    nodes = [
        hook("cancel"),
        node("make", "data.set", {"mode": "only", "fields": [rows]}),
        node("split", "data.split_out", {"field": "list"}),
        node("loop", "flow.loop", {"batch_size": 1}),
        calling("call", sink, "GET"),
    ]
    wires = ("hook > make", "make > split", "split > loop", "loop.loop > call", "call > loop")
    cluster = trial.cluster()
    cluster.start(workflow("cancel", nodes, *wires))
    total = trial.size(30, 200)
    load = Load(cluster.urls, "/webhook/cancel", total=total, clients=8, seed=trial.seed).start().join()
    ids = [answer.execution_id for answer in load.answers if answer.accepted]
    time.sleep(3)
    running = cluster.store.counts().get("running", 0)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: cluster.api("POST", f"/executions/{one}/cancel"), ids))
    told = time.time()
    trial.chaos.note("cancel all")
    time.sleep(BOUND + 3)
    late = [hit for hit in sink.hits if hit.at > told + BOUND]
    kept = cluster.store.executions()
    steps = sum(s.started_at / 1e6 > told + BOUND for one in ids for s in kept[one].steps)
    left = [one for one in ids if kept[one].status != "canceled"]
    last = max((hit.at - told for hit in sink.hits), default=0.0)
    broken = [f"{len(late)} calls and {steps} steps began later than {BOUND:g} s"] if late or steps else []
    broken += [f"{len(left)} are not canceled: {sorted({kept[one].status for one in left})}"] if left else []
    figures = {"canceled": len(ids) - len(left), "later steps": steps, "last step s": round(max(last, 0.0), 1)}
    passes = f"no new step later than {BOUND:g} s"
    return [Row("stop means stop", f"cancel {total} running", passes, figures, running, broken)]


CANCEL = Scenario("cancel", cancel, smoke="embedded")
