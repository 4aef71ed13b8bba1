"""Redis forgets everything, and goes away."""

from __future__ import annotations

import time

from tests.faults.judge import lost, repeated
from tests.faults.load import Load
from tests.faults.scenario import Row, Scenario, Trial
from tests.faults.scenarios.kills import calling, chain
from tests.live.server import put


def redis(trial: Trial) -> list[Row]:
    """FLUSHALL again and again, then no server for a while, under load."""
    sink = trial.sink(slow=0.2)
    nodes = [put("a", n=1), calling("one", sink), put("b", n=2), calling("two", sink, "GET"), put("c", n=3)]
    cluster = trial.cluster()
    assert cluster.redis is not None
    cluster.start(chain("redis", nodes))
    total, flushes = trial.size(80, 1000), trial.size(3, 12)
    away, pause = (60.0 * max(trial.scale, 0.2), 5.0) if trial.full else (4.0, 0.7)
    seconds = flushes * pause + away
    pace = 4 * seconds / total
    load = Load(cluster.urls, "/webhook/redis", total=total, clients=4, pace=pace, seed=trial.seed).start()
    hit = 0
    for _ in range(flushes):
        time.sleep(pause)
        trial.chaos.note("flush redis")
        hit += _open(cluster.store.counts())
        cluster.redis.flush()
    trial.chaos.note("kill redis")
    hit += _open(cluster.store.counts())
    cluster.redis.kill()
    time.sleep(away)
    cluster.redis.start()
    load.join()
    ended = cluster.settled(trial.lease * 2 + 60)
    kept = cluster.store.executions()
    ids = [answer.execution_id for answer in load.answers if answer.accepted]
    missing, again = lost(ids, kept, ("a", "one", "b", "two", "c")), repeated(kept.values())
    errors = sum(answer.status >= 500 for answer in load.answers)
    broken = [f"lost {execution_id}" for execution_id in missing]
    broken += [f"{again} recorded steps were recorded again"] if again else []
    broken += [f"{errors} requests were answered with 5xx"] if errors else []
    broken += [] if ended else ["some never ended"]
    figures = {"executions": len(ids), "flushes": flushes, "away s": away, "lost": len(missing), "5xx": errors}
    fault = f"FLUSHALL every {pause:g} s; no server for {away:g} s"
    return [Row("losing Redis loses nothing", fault, "lost 0, 5xx 0", figures, hit, broken)]


def _open(counts: dict[str, int]) -> int:
    return counts.get("queued", 0) + counts.get("running", 0)


REDIS = Scenario("redis", redis, ("distributed",))
