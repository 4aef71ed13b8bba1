"""SIGSTOP past the lease: a process that wakes up again can write nothing."""

from __future__ import annotations

import time

from tests.faults.judge import lost, repeated
from tests.faults.load import Load
from tests.faults.scenario import Row, Scenario, Trial
from tests.faults.scenarios.kills import calling, chain
from tests.live.server import put

REFUSALS = ("is run by another process now", "lost the lease of execution")


def paused(trial: Trial) -> list[Row]:
    """Workers sleep longer than their leases, one after another, while they run something."""
    sink = trial.sink(slow=0.5)
    nodes = [put("a", n=1), calling("one", sink), calling("two", sink), calling("three", sink), put("b", n=2)]
    cluster = trial.cluster(webs=1, workers=2)
    cluster.start(chain("paused", nodes))
    total, pauses = trial.size(100, 1000), trial.size(2, 6)
    load = Load(cluster.urls, "/webhook/paused", total=total, clients=4, pace=0.2, seed=trial.seed).start()
    for turn in range(pauses):
        time.sleep(1)
        trial.chaos.pause(cluster.working[turn % len(cluster.working)], trial.lease * 1.5 + trial.reap * 2 + 1)
    load.join()
    ended = cluster.settled(trial.lease * 3 + 60)
    kept = cluster.store.executions()
    ids = [answer.execution_id for answer in load.answers if answer.accepted]
    missing, again = lost(ids, kept, ("a", "one", "two", "three", "b")), repeated(kept.values())
    stale = sum(execution.stale for execution in kept.values())
    refused = sum(process.said(text) for process in cluster.working for text in REFUSALS)
    taken = sum(execution.epoch > trial.usual_claims for execution in kept.values())
    broken = [f"lost {execution_id}" for execution_id in missing]
    broken += [f"{stale} stale writes were accepted"] if stale else []
    broken += [f"{again} recorded steps were recorded again"] if again else []
    broken += [] if ended else ["some never ended"]
    figures = {"pauses": pauses, "taken over": taken, "stale writes": stale, "refused": refused, "lost": len(missing)}
    promise = "a paused worker that wakes can do no harm"
    passes = "stale writes accepted 0, and some refused; lost 0"
    return [Row(promise, "SIGSTOP past the lease, SIGCONT", passes, figures, refused, broken)]


PAUSED = Scenario("paused", paused, ("distributed",))
