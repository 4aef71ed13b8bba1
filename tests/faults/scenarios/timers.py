"""Everything is stopped while timers become due."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from tests.faults.judge import Kept
from tests.faults.load import Load
from tests.faults.scenario import Row, Scenario, Trial
from tests.faults.scenarios.kills import chain
from tests.live.server import node, put


def timers(trial: Trial) -> list[Row]:
    """Waits until dates of the next seconds; all processes are killed before and started after most of them."""
    cluster = trial.cluster()
    wait = node("pause", "flow.wait", {"resume": {"on": "date", "at": {"$": "json.body.at"}}})
    cluster.start(chain("timers", [wait, put("after", done=True)]))
    total = trial.size(80, 1000)
    begin, spread = time.time() + total / 50 + 2, 10.0 if trial.full else 6.0

    def body(n: int) -> dict[str, str]:
        return {"at": datetime.fromtimestamp(begin + n * spread / total, UTC).isoformat()}

    load = Load(cluster.urls, "/webhook/timers", total=total, clients=8, body=body, seed=trial.seed).start().join()
    late = time.time() > begin
    time.sleep(max(0.0, begin + 1 - time.time()))
    waiting = cluster.store.counts().get("waiting", 0)
    for process in cluster.processes:
        trial.chaos.kill(process)
    time.sleep(max(0.0, begin + spread * 0.75 - time.time()))
    cluster.revive()
    ended = cluster.settled(spread + trial.lease * 3 + 30)
    kept = cluster.store.executions()
    mine = [kept[answer.execution_id] for answer in load.answers if answer.accepted and answer.execution_id in kept]
    fired = sum(execution.done["after", ""] >= 1 for execution in mine)
    twice = sum(max(execution.done["after", ""], execution.done["pause", ""]) > 1 for execution in mine)
    early = sum(_early(execution) for execution in mine)
    wanted = sum(answer.accepted for answer in load.answers)
    broken = [f"{wanted - fired} never fired"] if fired < wanted else []
    broken += [f"{twice} fired twice"] if twice else []
    broken += [f"{early} fired early"] if early else []
    broken += [] if ended else ["some never ended"]
    figures = {"timers": wanted, "fired": fired, "twice": twice, "early": early, "down when due": waiting}
    promise, fault = "timers fire once, never early, never lost", "all processes killed across the due times"
    return [Row(promise, fault, "all fired, twice 0, early 0", figures, 0 if late else waiting, broken)]


def _early(execution: Kept) -> bool:
    """Whether the step after the wait began before the wait's time."""
    until = [s.data["wait"]["until"] for s in execution.steps if s.status == "waiting" and s.data]
    after = [s.started_at for s in execution.steps if s.node == "after"]
    return bool(until and after and min(after) < max(until))


TIMERS = Scenario("timers", timers)
