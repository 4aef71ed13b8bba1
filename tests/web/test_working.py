"""The supervisor of workers: what dies or stands still is started anew, and knows when its supervisor is gone."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from a8n_web.working import Supervisor

CHILD = """
import os, sys, time
open(sys.argv[1], "a").write(f"{os.getpid()}\\n")
how = sys.argv[2]
if how == "dies":
    sys.exit(3)
while True:
    os.write(0, b".")
    time.sleep(0.05 if how == "lives" else 3600)
"""
SUPERVISOR = """
import sys
from a8n_web.working import Supervisor
command = [sys.executable, "-c", sys.argv[1], sys.argv[2], "lives"]
sys.exit(Supervisor(2, command, stall=60).run() != -15)
"""


def born(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def looked_after(file: Path, how: str, births: int) -> list[int]:
    """The processes that a supervisor has started, once they are so many."""
    supervisor = Supervisor(1, [sys.executable, "-c", CHILD, str(file), how], stall=0.3)
    [child] = supervisor._children
    until = time.monotonic() + 30
    try:
        while len(born(file)) < births:
            assert time.monotonic() < until
            child.look(restart=True)
            time.sleep(0.02)
    finally:
        child.signal(signal.SIGKILL)
        while child.alive:
            child.look(restart=False)
    return born(file)


@pytest.mark.parametrize("how", ["dies", "stands still"])
def test_a_process_that_dies_or_stands_still_is_replaced(tmp_path: Path, how: str) -> None:
    pids = looked_after(tmp_path / "born", how, 2)
    assert len(set(pids)) == 2


def test_one_that_lives_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "born"
    supervisor = Supervisor(1, [sys.executable, "-c", CHILD, str(file), "lives"], stall=0.5)
    [child] = supervisor._children
    until = time.monotonic() + 2
    while time.monotonic() < until or not born(file):
        child.look(restart=True)
        time.sleep(0.02)
    child.signal(signal.SIGKILL)
    while child.alive:
        child.look(restart=False)
    assert len(born(file)) == 1


def test_sigterm_reaches_all_and_ends_the_supervisor(tmp_path: Path) -> None:
    file = tmp_path / "born"
    process = subprocess.Popen([sys.executable, "-c", SUPERVISOR, CHILD, str(file)])
    until = time.monotonic() + 30
    while len(born(file)) < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) in (0, 1)
    for pid in born(file):
        assert not Path(f"/proc/{pid}").exists()
