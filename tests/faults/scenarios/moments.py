"""Processes die, fail and dawdle at every moment between a request and the record of its last effect."""

from __future__ import annotations

import threading
import time

from tests.faults.chaos import Chaos
from tests.faults.cluster import Cluster
from tests.faults.judge import lost, repeated
from tests.faults.load import Load
from tests.faults.scenario import Row, Scenario, Trial
from tests.faults.scenarios.kills import calling, chain
from tests.live.server import put

KILLS = ",".join(
    f"{point}:kill@0.004"
    for point in ("before_accept", "after_accept", "before_claim", "after_claim", "before_intent", "after_intent",
                  "before_effect", "after_effect", "before_commit", "after_commit", "after_reap")
)  # fmt: skip
RAISED = "asked for by A8N_FAULT"
RAISES = (
    "after_accept:raise@0.05,before_claim:raise@0.05,after_claim:raise@0.01,before_commit:raise@0.01,"
    "after_commit:raise@0.01,before_effect:delay=0.2@0.1,after_effect:raise@0.02,before_reap:raise@0.1"
)


def moments(trial: Trial) -> list[Row]:
    """First deaths at fault points, then errors and delays at them."""
    sink = trial.sink(slow=0.1)
    nodes = [put("a", n=1), calling("one", sink), put("b", n=2), calling("two", sink), put("c", n=3)]
    cluster = trial.cluster(webs=1, workers=2)
    cluster.start(chain("moments", nodes))
    stop = threading.Event()
    total = trial.size(80, 2000)
    answers = []
    for faults in (KILLS, RAISES):
        _arm(cluster, faults, trial.seed)
        keeper = trial.chaos.meanwhile(lambda: _keep(trial.chaos, cluster, stop))
        load = Load(cluster.urls, "/webhook/moments", total=total, clients=4, pace=0.05, seed=trial.seed)
        answers += load.start().join().answers
        time.sleep(trial.lease)
        stop.set()
        keeper.join()
        trial.chaos.check()
        stop.clear()
    deaths = len(trial.chaos.times("died")) + sum(process.said("a worker ended with") for process in cluster.workers)
    _arm(cluster, "", trial.seed)
    ended = cluster.settled(trial.lease * 6 + 60)
    kept = cluster.store.executions()
    ids = [answer.execution_id for answer in answers if answer.accepted]
    crashed = {one for one in ids if one in kept and kept[one].status == "crashed"}
    missing = lost([one for one in ids if one not in crashed], kept, ("a", "one", "b", "two", "c"))
    again = repeated(kept.values())
    refused = sum(answer.status >= 500 for answer in answers)
    raised = refused + sum(process.said(RAISED) for process in cluster.processes)
    broken = [f"lost {one} ({kept[one].status if one in kept else 'gone'})" for one in missing]
    broken += [f"{again} recorded steps were recorded again"] if again else []
    broken += [] if ended else ["some never ended"]
    figures = {
        "accepted": len(ids), "deaths": deaths, "errors": raised, "lost": len(missing), "repeated": again,
        "given up after three claims": len(crashed),
    }  # fmt: skip
    broken += [f"{len(crashed)} of {len(ids)} were given up"] if len(crashed) > len(ids) // 20 else []
    promise = "it does not matter at which moment a process dies"
    fault = "kill, raise and delay at each fault point"
    passes = "lost 0, repeated 0; what three claims in a row were broken for is kept as crashed"
    return [Row(promise, fault, passes, figures, min(deaths, raised), broken)]


def _arm(cluster: Cluster, faults: str, seed: int) -> None:
    """Start every process anew with these faults."""
    for process in cluster.processes:
        process.kill()
        process.env = {**process.env, "A8N_FAULT": faults, "A8N_FAULT_SEED": str(seed)}
    for process in cluster.processes:
        process.spawn()


def _keep(chaos: Chaos, cluster: Cluster, stop: threading.Event) -> None:
    """Start again what dies."""
    while not stop.wait(0.05):
        for process in cluster.processes:
            if not process.alive:
                chaos.note(f"died {process.name}")
                process.spawn()


MOMENTS = Scenario("moments", moments, smoke="embedded")
