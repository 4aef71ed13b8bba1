"""kill -9: what was accepted is there and ends, recorded steps do not run again, effects happen with a stable key."""

from __future__ import annotations

import itertools
import time

from a8n.items import JSON
from tests.faults.cluster import Cluster, Process
from tests.faults.judge import lost, percentile, recoveries, repeated
from tests.faults.load import Load
from tests.faults.scenario import Row, Scenario, Trial
from tests.faults.sink import Sink
from tests.live.server import hook, node, put, workflow


def calling(id: str, sink: Sink, method: str = "POST") -> dict[str, JSON]:
    """An HTTP request node that brings `n` to the sink, and does so again where nobody knows whether it did."""
    params: dict[str, JSON] = {"method": method, "url": f"{sink.url}/{id}"}
    if method == "POST":
        params["body"] = {"kind": "json", "value": {"n": {"$": "node('Webhook').json.body.n"}}}
    return node(id, "http.request", params, retry={"attempts": 5, "delay": 0.2}, unknown="retry")


def chain(name: str, nodes: list[dict[str, JSON]]) -> dict[str, JSON]:
    """A workflow of these nodes in a row, after a webhook that answers once it has accepted."""
    all_nodes = [hook(name), *nodes]
    ids = [str(one["id"]) for one in all_nodes]
    return workflow(name, all_nodes, *(f"{a} > {b}" for a, b in itertools.pairwise(ids)))


def kill_one_after_another(trial: Trial, cluster: Cluster, victims: list[Process], kills: int, load: Load) -> None:
    """Kill at random times, each time when some more was accepted; what is dead is started again at once."""
    for _ in range(kills):
        before, until = load.accepted, time.monotonic() + 20
        while load.running and load.accepted < before + 5 and time.monotonic() < until:
            time.sleep(0.01)
        trial.chaos.sleep(0.1, 0.6 if trial.full else trial.lease + 1)  # so that few die three times
        victim = trial.chaos.random.choice(victims)
        trial.chaos.kill(victim)
        cluster.revive()


def accepted(trial: Trial) -> list[Row]:
    """Web processes die under load."""
    sink = trial.sink(slow=0.2)
    nodes = [put("a", n={"$": "json.body.n"}), calling("call", sink, "GET"), put("b", done=True)]
    cluster = trial.cluster(webs=4 if trial.full else 2)
    cluster.start(chain("accepted", nodes))
    posts, kills = trial.size(120, 10_000), trial.size(3, 50)
    load = Load(cluster.urls, "/webhook/accepted", clients=8, pace=0.05 if trial.full else 0.2, seed=trial.seed).start()
    kill_one_after_another(trial, cluster, cluster.webs, kills, load)
    load.until(posts)
    ended = cluster.settled(trial.lease * 3 + 60)
    kept = cluster.store.executions()
    ids = [answer.execution_id for answer in load.answers if answer.accepted]
    missing = lost(ids, kept, ("hook", "a", "call", "b"))
    crashed = [one for one in missing if one in kept and kept[one].status == "crashed"]
    missing = [one for one in missing if one not in crashed]
    cut = sum(not answer.refused and answer.status == 0 for answer in load.answers)
    taken = sum(execution.epoch > trial.usual_claims for execution in kept.values())
    broken = [f"lost {execution_id}" for execution_id in missing] + ([] if ended else ["some never ended"])
    figures = {
        "accepted": len(ids),
        "lost": len(missing),
        "died three times": len(crashed),
        "kills": kills,
        "cut off": cut,
        "taken over": taken,
    }
    fault = "kill -9 of web processes under load"
    return [
        Row(
            "an accepted webhook is never lost",
            fault,
            "lost 0; what died three times with its process is kept as crashed",
            figures,
            cut + taken,
            broken,
        )
    ]


def steps(trial: Trial) -> list[Row]:
    """Working processes die in the middle of executions of ten steps."""
    sink = trial.sink(slow=0.3)
    nodes = [
        put("a", n={"$": "json.body.n"}), calling("one", sink), put("b", n=1), calling("two", sink), put("c", n=2),
        calling("three", sink, "GET"), calling("four", sink), put("d", n=3), put("e", n=4),
    ]  # fmt: skip
    cluster = trial.cluster(webs=2, workers=3)
    cluster.start(chain("steps", nodes))
    total, kills = trial.size(60, 1000), trial.size(3, 50)
    load = Load(cluster.urls, "/webhook/steps", clients=4, pace=0.1 if trial.full else 0.3, seed=trial.seed).start()
    kill_one_after_another(trial, cluster, cluster.working, kills, load)
    load.until(total)
    ended = cluster.settled(trial.lease * 4 + 60)
    kept = cluster.store.executions()
    ids = [answer.execution_id for answer in load.answers if answer.accepted]
    missing = lost(ids, kept, ("hook", "a", "one", "b", "two", "c", "three", "four", "d", "e"))
    again = repeated(kept.values())
    times = recoveries(kept.values(), trial.chaos.times("kill"))
    p95, bound = percentile(times, 95), trial.lease + 10
    broken = [f"lost {execution_id} ({kept[execution_id].status})" for execution_id in missing if execution_id in kept]
    broken += [f"lost {execution_id}" for execution_id in missing if execution_id not in kept]
    broken += [f"{again} recorded steps were recorded again"] if again else []
    broken += [f"recovery took {p95:.1f} s (p95)"] if p95 > bound else []
    broken += [] if ended else ["some never ended"]
    taken = len(times)
    figures = {
        "executions": len(ids), "kills": kills, "taken over": taken, "lost": len(missing), "repeated": again,
        "p95 s": round(p95, 1),
    }  # fmt: skip
    passes = f"lost 0, repeated 0, recovery p95 ≤ {bound:g} s with a {trial.lease:g} s lease"
    fault = "kill -9 of working processes"
    row = Row("a recorded step never runs again, the execution goes on", fault, passes, figures, taken, broken)
    return [row, _effects(sink, ids, taken)]


def _effects(sink: Sink, ids: list[str], taken: int) -> Row:
    """What the sink saw of the same run: for each execution and node one key, however often it came."""
    keys: dict[tuple[str, str], set[str]] = {}
    for hit in sink.hits:
        if hit.key:
            name = hit.path[1:]
            keys.setdefault((hit.key.removeprefix("a8n-")[:36], name), set()).add(hit.key)
    wanted = {(execution_id, name) for execution_id in ids for name in ("one", "two", "four")}
    missing = wanted - keys.keys()
    doubles = sum(len(found) - 1 for found in keys.values())
    repeats = sum(hit.repeat for hit in sink.hits)
    broken = [f"never happened: {name} of {execution_id}" for execution_id, name in sorted(missing)]
    broken += [f"{doubles} effects came with another key the second time"] if doubles else []
    figures = {"effects": len(keys), "missing": len(missing), "sent again": repeats, "duplicates": doubles}
    passes = "missing 0; duplicates 0 where the service drops repeats"
    fault = "the same, and a sink that logs keys"
    return Row("effects happen at least once, with a stable key", fault, passes, figures, taken, broken)


ACCEPTED = Scenario("accepted", accepted, smoke="embedded")
STEPS = Scenario("steps", steps)
