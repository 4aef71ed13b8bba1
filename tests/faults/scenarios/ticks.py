"""Schedules fire while processes are killed and paused."""

from __future__ import annotations

import time
from collections import Counter

from a8n.items import JSON
from tests.faults.scenario import Row, Scenario, Trial
from tests.live.server import put, workflow

SCHEDULES = 4
MARK = put("mark", at={"$": "json.timestamp"})


def ticks(trial: Trial) -> list[Row]:
    """Each second a tick, of several schedules, on every process that works; the database has the last word."""
    cluster = trial.cluster(webs=4 if trial.full else 2)
    rules = [{"kind": "interval", "every": 1, "unit": "seconds"}]
    params: JSON = {"rules": rules, "misfire": "all"}
    clock: JSON = {"id": "clock", "name": "Clock", "type": "schedule.trigger", "params": params}
    documents = [workflow(f"Clock {number}", [clock, MARK], "clock > mark") for number in range(SCHEDULES)]
    ids = cluster.start(*documents)
    until = time.monotonic() + trial.size(12, 150)
    hits = 0
    while time.monotonic() < until:
        trial.chaos.sleep(0.8, 2.5)
        victims = [process for process in cluster.working if process.alive]
        if victims and hits % 3 < 2:
            trial.chaos.kill(victims[hits % len(victims)])
        elif victims:
            trial.chaos.pause(victims[hits % len(victims)], trial.lease + 0.5 if not trial.full else 5.0)
        hits += 1
        trial.chaos.sleep(0.2, 0.6)
        cluster.revive()
    time.sleep(3)
    for workflow_id in ids:
        cluster.api("POST", f"/workflows/{workflow_id}/deactivate")
    ended = cluster.settled(trial.lease * 3 + 30)
    rows = cluster.store.rows("SELECT workflow_id, at, execution_id FROM ticks")
    kept = cluster.store.executions()
    times = Counter((workflow_id, at) for workflow_id, at, _ in rows)
    missed = sum(_missed([at for workflow_id, at, _ in rows if workflow_id == wanted]) for wanted in ids)
    started = {execution_id for _, _, execution_id in rows}
    fired = sum(kept[one].done["mark", ""] == 1 for one in started if one in kept)
    double = len(kept) - len(started) + sum(count - 1 for count in times.values())
    broken = [f"{missed} ticks are missing"] if missed else []
    broken += [f"{double} executions too many"] if double else []
    broken += [f"{len(started) - fired} ticks did not run once"] if fired != len(started) else []
    broken += [] if ended else ["some never ended"]
    figures = {"ticks": len(rows), "fired": fired, "double": double, "missing": missed, "kills and pauses": hits}
    promise, fault = "a tick of a schedule fires once", "kill -9 and SIGSTOP of all processes that work, in turn"
    return [Row(promise, fault, "all fired, double 0, missing 0", figures, hits, broken)]


def _missed(times: list[int]) -> int:
    """Seconds without a tick between the first and the last."""
    return (max(times) - min(times)) // 1_000_000 + 1 - len(times) if times else 1


TICKS = Scenario("ticks", ticks)
