"""Ten times as much as there is room for."""

from __future__ import annotations

import time

import psutil

from a8n.runtime.settings import Settings
from tests.faults.cluster import Cluster
from tests.faults.judge import lost
from tests.faults.load import Load
from tests.faults.scenario import NotRunError, Row, Scenario, Trial
from tests.faults.scenarios.kills import calling, chain
from tests.live.server import put

ROOM = {"A8N_MAX_IN_FLIGHT": "64", "A8N_MAX_QUEUE": "60", "A8N_MAX_BACKLOG": "60", "A8N_SWEEP": "1"}
GROWTH = 300 * 2**20
"""Bytes that each process may take beyond what it had before the flood."""


def flood(trial: Trial) -> list[Row]:
    """Many more executions than the processes run, each of which takes a while."""
    known = {variable for variable, _, _ in Settings.documentation()}
    if not ROOM.keys() <= known:
        raise NotRunError(f"this version has no {', '.join(sorted(ROOM.keys() - known))}")
    sink = trial.sink(slow=0.3)
    cluster = trial.cluster(env=ROOM)
    cluster.start(chain("flood", [put("a", n=1), calling("one", sink, "GET"), put("b", n=2)]))
    before = _memory(cluster)
    load = Load(cluster.urls, "/webhook/flood", clients=32, seed=trial.seed).start()
    most, until = dict(before), time.monotonic() + (30.0 if trial.full else 6.0)
    while time.monotonic() < until:
        most = {pid: max(most.get(pid, 0), size) for pid, size in _memory(cluster).items()}
        time.sleep(0.2)
    load.stop()
    ended = cluster.settled(240)
    ids = [answer.execution_id for answer in load.answers if answer.accepted]
    missing = lost(ids, cluster.store.executions(), ("a", "one", "b"))
    refused = [answer for answer in load.answers if answer.status in (429, 503)]
    silent = sum(not answer.headers.get("retry-after", "").isdigit() for answer in refused)
    strange = sorted({answer.status for answer in load.answers if not answer.accepted} - {429, 503})
    growth = max((size - before[pid] for pid, size in most.items() if pid in before), default=0)
    broken = [f"lost {execution_id}" for execution_id in missing]
    broken += [f"{silent} refusals have no Retry-After"] if silent else []
    broken += [f"answers with status {strange}"] if strange else []
    broken += [f"a process grew by {growth >> 20} MiB"] if growth > GROWTH else []
    broken += [] if ended else ["some never ended"]
    figures = {"accepted": len(ids), "refused": len(refused), "lost": len(missing), "grew MiB": growth >> 20}
    passes = f"accepted lost 0; 429 or 503 with Retry-After; no process grows by more than {GROWTH >> 20} MiB"
    fault = "a flood of many times what there is room for"
    return [Row("back-pressure", fault, passes, figures, len(refused), broken)]


def _memory(cluster: Cluster) -> dict[int, int]:
    """Resident bytes of each process."""
    return {pid: psutil.Process(pid).memory_info().rss for process in cluster.processes for pid in process.pids}


FLOOD = Scenario("flood", flood)
