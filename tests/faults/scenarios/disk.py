"""The disk is full."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.judge import lost
from tests.faults.load import Load
from tests.faults.scenario import NotRunError, Row, Scenario, Trial
from tests.faults.scenarios.kills import chain
from tests.live.server import put

SIZES = {"embedded": "32m", "distributed": "128m"}
FILLER = "x" * 20_000


def full(trial: Trial) -> list[Row]:
    """The data of the database is on a small tmpfs, which gets full under load and has room again."""
    home = _mounted(trial)
    cluster = trial.cluster(env={"A8N_STORE_TIMEOUT": "5"}, database=home)
    cluster.start(chain("disk", [put("a", n={"$": "json.body.n"}), put("b", n=2)]))
    ballast = home / "ballast"
    load = Load(
        cluster.urls, "/webhook/disk", clients=4, pace=0.02, body=lambda n: {"n": n, "filler": FILLER}, seed=trial.seed
    ).start()
    rounds, back = trial.size(1, 5), False
    for _ in range(rounds):
        time.sleep(1)
        trial.chaos.note("fill disk")
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(b"\0" * 4096):
                pass
        _until(lambda: any(a.status in (503, 507) for a in load.answers[-20:]), 30)
        time.sleep(2)
        ballast.unlink()
        trial.chaos.note("clear disk")
        back = _accepts_again(load)
    load.stop()
    refused = sum(answer.status in (503, 507) for answer in load.answers)
    strange = sorted({a.status for a in load.answers if not a.accepted and a.status not in (0, 503, 507)})
    dead = [process.name for process in cluster.processes if not process.alive]
    ended = cluster.settled(trial.lease * 3 + 60)
    ids = [answer.execution_id for answer in load.answers if answer.accepted]
    missing = lost(ids, cluster.store.executions(), ("hook", "a", "b"))
    broken = [f"lost {execution_id}" for execution_id in missing]
    broken += [f"answers with status {strange}"] if strange else []
    broken += [f"{', '.join(dead)} died"] if dead else []
    broken += [] if back else ["nothing was accepted after there was room again"]
    broken += [] if ended else ["some never ended"]
    figures = {"accepted": len(ids), "refused": refused, "lost": len(missing), "times full": rounds}
    passes = "acknowledged lost 0; 503 or 507; recovers without a restart"
    fault = f"the database on a tmpfs of {SIZES[trial.mode]}"
    return [Row("disk full: refuse, do not corrupt", fault, passes, figures, refused, broken)]


def _mounted(trial: Trial) -> Path:
    home = Path(tempfile.mkdtemp(prefix="a8n-disk-", dir="/tmp"))
    options = ["-t", "tmpfs", "-o", f"size={SIZES[trial.mode]},mode=777", "a8n-faults", str(home)]
    mount = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    trial.finally_(home.rmdir)
    if mount.returncode:
        raise NotRunError(f"a small disk takes the right to mount one: {mount.stderr.strip()}")
    trial.finally_(lambda: subprocess.run(["umount", "--lazy", str(home)], check=True))
    return home


def _accepts_again(load: Load) -> bool:
    """Whether a request that is sent from now on is accepted soon."""
    cleared = time.time()
    return _until(lambda: any(answer.accepted and answer.at > cleared for answer in load.answers[-20:]), 60)


def _until(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


FULL = Scenario("disk", full, smoke="embedded")
