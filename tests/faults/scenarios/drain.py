"""Every process is told to stop, one after another, under load."""

from __future__ import annotations

import time

from tests.faults.judge import lost, repeated
from tests.faults.load import Load
from tests.faults.scenario import Row, Scenario, Trial
from tests.faults.scenarios.kills import calling, chain
from tests.live.server import put


def drain(trial: Trial) -> list[Row]:
    """SIGTERM, wait for the end, start again, go on with the next."""
    sink = trial.sink(slow=0.3)
    nodes = [put("a", n=1), calling("one", sink), put("b", n=2), calling("two", sink), put("c", n=3)]
    cluster = trial.cluster(env={"A8N_GRACE": "15"})
    cluster.start(chain("drain", nodes))
    load = Load(cluster.urls, "/webhook/drain", clients=4, pace=0.1 if trial.full else 0.3, seed=trial.seed).start()
    codes, running = [], 0
    for _ in range(trial.size(1, 5)):
        for process in cluster.processes:
            time.sleep(0.7)
            running += cluster.store.counts().get("running", 0)
            trial.chaos.note(f"terminate {process.name}")
            codes.append(process.terminate())
            process.start()
    time.sleep(1)
    load.stop()
    ended = cluster.settled(trial.lease * 2 + 60)
    kept = cluster.store.executions()
    ids = [answer.execution_id for answer in load.answers if answer.accepted]
    missing, again = lost(ids, kept, ("a", "one", "b", "two", "c")), repeated(kept.values())
    errors = sum(answer.status >= 500 for answer in load.answers)
    cut = sum(not answer.refused and answer.status == 0 for answer in load.answers)
    repeats = sum(hit.repeat for hit in sink.hits)
    broken = [f"lost {execution_id}" for execution_id in missing]
    broken += [f"{errors} answers were 5xx"] if errors else []
    broken += [f"{repeats} effects were sent again"] if repeats else []
    broken += [f"{again} recorded steps were recorded again"] if again else []
    broken += [f"exit codes {sorted(set(codes))}"] if any(codes) else []
    broken += [] if ended else ["some never ended"]
    figures = {"accepted": len(ids), "stops": len(codes), "5xx": errors, "repeats": repeats, "lost": len(missing),
               "idle connections closed": cut}  # fmt: skip
    passes = "5xx 0, repeats 0, lost 0"
    return [Row("drain", "SIGTERM one by one under load", passes, figures, running, broken)]


DRAIN = Scenario("drain", drain)
