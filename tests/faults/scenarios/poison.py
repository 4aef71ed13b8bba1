"""Nodes that kill their process, eat memory, or never end."""

from __future__ import annotations

import resource
import threading
import time

from tests.faults.chaos import Chaos
from tests.faults.cluster import Cluster
from tests.faults.judge import lost
from tests.faults.load import Load
from tests.faults.scenario import Figure, Row, Scenario, Trial
from tests.faults.scenarios.kills import calling, chain
from tests.live.server import node, put
from tests.site_folder import site_folder

PLUGIN = '''
"""Poison for the fault tests."""

import asyncio
import os
import signal

from a8n import Node, hookimpl


class Kill(Node):
    """Kill the process that runs it."""

    key = "poison.kill"

    async def run(self, ctx):
        os.kill(os.getpid(), signal.SIGKILL)


class Eat(Node):
    """Take memory without end."""

    key = "poison.eat"

    async def run(self, ctx):
        eaten = []
        while True:
            eaten.append(bytearray(64 * 2**20))
            await asyncio.sleep(0)


class Stay(Node):
    """Never end."""

    key = "poison.stay"

    async def run(self, ctx):
        await asyncio.Event().wait()


@hookimpl
def register_nodes():
    return [Kill, Eat, Stay]
'''
MEMORY = 4 * 2**30
"""Bytes of address space that each process may take."""


def poison(trial: Trial) -> list[Row]:
    """Some executions are poison, many beside them are not; processes that die are started again."""
    # Beside what takes all memory, and processes that start, others starve for seconds. That is no death of theirs:
    # a lease that they would lose by it would count against what they run.
    trial.lease = max(trial.lease, 6.0)
    sink = trial.sink(slow=0.2)
    env = {"PYTHONPATH": str(site_folder(trial.folder, "poison", PLUGIN))}
    cluster = trial.cluster(webs=1, workers=2, env=env)
    good = chain("good", [put("a", n=1), calling("one", sink, "GET"), put("b", n=2)])
    cluster.start(
        good,
        chain("kill", [put("a", n=1), node("x", "poison.kill", unknown="retry")]),
        chain("eat", [put("a", n=1), node("x", "poison.eat", unknown="retry")]),
        chain("stay", [put("a", n=1), node("x", "poison.stay", timeout=2, unknown="retry")]),
    )
    stop = threading.Event()
    keeper = trial.chaos.meanwhile(lambda: _keep(trial.chaos, cluster, stop))
    load = Load(cluster.urls, "/webhook/good", clients=4, pace=0.1 if trial.full else 0.4, seed=trial.seed).start()
    doses = trial.size(1, 3)
    bad = {
        kind: Load(cluster.urls, f"/webhook/{kind}", total=doses, clients=1, seed=trial.seed).start().join()
        for kind in ("eat", "stay", "kill")
    }
    goods, until = trial.size(60, 1000), time.monotonic() + trial.lease * 30 + 60
    poisoned = {a.execution_id: kind for kind, one in bad.items() for a in one.answers if a.accepted}
    while time.monotonic() < until and (load.accepted < goods or not _over(cluster, set(poisoned))):
        time.sleep(0.2)
    load.stop()
    ended = cluster.settled(trial.lease * 4 + 60)
    stop.set()
    keeper.join()
    trial.chaos.check()
    return [_row(trial, cluster, load, poisoned, ended)]


def _row(trial: Trial, cluster: Cluster, load: Load, poisoned: dict[str, str], ended: bool) -> Row:
    kept = cluster.store.executions()
    ids = [answer.execution_id for answer in load.answers if answer.accepted]
    missing = lost(ids, kept, ("a", "one", "b"))
    fates: dict[str, set[str]] = {}
    for execution_id, kind in poisoned.items():
        fates.setdefault(kind, set()).add(kept[execution_id].status if execution_id in kept else "gone")
    deaths = len(trial.chaos.times("died"))
    broken = [f"not finished: {execution_id}" for execution_id in missing]
    broken += [] if fates.get("kill") == {"crashed"} else [f"what killed its process is {fates.get('kill')}"]
    broken += [] if fates.get("stay") == {"failed"} else [f"what never ends is {fates.get('stay')}"]
    broken += [] if fates.get("eat", set()) <= {"failed", "crashed"} else [f"what eats memory is {fates.get('eat')}"]
    broken += [] if ended else ["some never ended"]
    figures: dict[str, Figure] = {
        "others": len(ids),
        "finished": len(ids) - len(missing),
        "poison": len(poisoned),
        "deaths": deaths,
    }
    figures |= {kind: "/".join(sorted(statuses)) for kind, statuses in fates.items()}
    passes = "killers crashed after 3 claims, endless ones failed by their timeout; the others finish 100 %"
    fault = "nodes that kill their process, eat memory, never end"
    hits = max(deaths, sum(process.said("died") for process in cluster.workers))
    if trial.mode == "distributed":
        hits = max(hits, sum(kept[one].epoch >= 3 for one in poisoned if one in kept))
    return Row("a poison execution costs only itself", fault, passes, figures, hits, broken)


def _over(cluster: Cluster, ids: set[str]) -> bool:
    ended = {row[0] for row in cluster.store.rows("SELECT id FROM executions WHERE finished_at IS NOT NULL")}
    return ids <= ended


def _keep(chaos: Chaos, cluster: Cluster, stop: threading.Event) -> None:
    """What systemd or Kubernetes would do: start again what died. And bound the memory of each process."""
    bounded: set[int] = set()
    while not stop.wait(0.1):
        for process in cluster.processes:
            if not process.alive:
                chaos.note(f"died {process.name}")
                process.start()
            for pid in set(process.pids) - bounded:
                try:
                    resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
                except ProcessLookupError:
                    continue
                bounded.add(pid)


POISON = Scenario("poison", poison)
