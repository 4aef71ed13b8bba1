"""The database goes away, or answers nobody."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable

import httpx

from tests.faults.cluster import Cluster
from tests.faults.judge import lost, repeated
from tests.faults.load import Load
from tests.faults.scenario import Row, Scenario, Trial
from tests.faults.scenarios.kills import calling, chain
from tests.live.server import put

READY_SECONDS = 10.0


def away(trial: Trial) -> list[Row]:
    """Crash and restart it, pause it (or lock the file of SQLite), under load."""
    sink = trial.sink(slow=0.2)
    nodes = [put("a", n=1), calling("one", sink, "GET"), put("b", n=2)]
    cluster = trial.cluster(env={"A8N_STORE_TIMEOUT": "1"})
    cluster.start(chain("away", nodes))
    load = Load(cluster.urls, "/webhook/away", clients=4, pace=0.05, seed=trial.seed).start()
    restarts, pause = trial.size(2, 10), 20.0 if trial.full else 4.0
    times = []
    for _ in range(restarts):
        trial.chaos.sleep(0.5, 1.5)
        times.append(_until_ready(cluster, lambda: _restart(trial, cluster)))
    times.append(_until_ready(cluster, lambda: _pause(trial, cluster, pause)))
    time.sleep(1)
    load.stop()
    ended = cluster.settled(trial.lease * 3 + 60)
    kept = cluster.store.executions()
    ids = [answer.execution_id for answer in load.answers if answer.accepted]
    false = [execution_id for execution_id in ids if execution_id not in kept]
    missing = lost(ids, kept, ("a", "one", "b"))
    again = repeated(kept.values())
    refused = sum(answer.status in (503, 507) for answer in load.answers)
    strange = sorted({a.status for a in load.answers if not a.accepted and a.status not in (0, 503, 507)})
    broken = [f"a false yes: {execution_id}" for execution_id in false]
    broken += [f"lost {execution_id}" for execution_id in missing]
    broken += [f"{again} recorded steps were recorded again"] if again else []
    broken += [f"ready {max(times):.1f} s after it was back"] if max(times) > READY_SECONDS else []
    broken += [f"answers with status {strange}"] if strange else []
    broken += [] if ended else ["some never ended"]
    figures = {
        "accepted": len(ids), "refused": refused, "false yes": len(false), "lost": len(missing), "repeated": again,
        "ready after s": round(max(times), 1),
    }  # fmt: skip
    what = "the file locked" if cluster.postgres is None else f"crash × {restarts}"
    fault = f"{what}, {'locked' if cluster.postgres is None else 'SIGSTOP'} for {pause:g} s"
    passes = f"false yes 0, lost 0, repeated 0; ready ≤ {READY_SECONDS:g} s after it is back"
    return [Row("database away: no false yes, quick return", fault, passes, figures, refused, broken)]


def _restart(trial: Trial, cluster: Cluster) -> None:
    if cluster.postgres is None:
        _pause(trial, cluster, 2.5)
        return
    trial.chaos.note("crash postgres")
    cluster.postgres.restart()


def _pause(trial: Trial, cluster: Cluster, seconds: float) -> None:
    trial.chaos.note("stop database")
    if cluster.postgres is not None:
        cluster.postgres.pause()
        time.sleep(seconds)
        cluster.postgres.go_on()
        return
    file = cluster.folder / "data" / "a8n.db"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        other.execute("ROLLBACK")


def _until_ready(cluster: Cluster, act: Callable[[], None]) -> float:
    """Do something to the database; gives how many seconds after it is over every web process is ready."""
    act()
    start = time.monotonic()
    for url in cluster.urls:
        while time.monotonic() < start + 60:
            with contextlib.suppress(httpx.TransportError):
                if cluster.http.get(f"{url}/readyz").status_code == 200:
                    break
            time.sleep(0.05)
    return time.monotonic() - start


AWAY = Scenario("database", away, smoke="embedded")
