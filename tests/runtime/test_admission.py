"""Admission control: when new runs are refused, and when they are taken again."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from a8n.runtime import memory
from a8n.runtime.admission import Admission, Load, OverloadedError
from a8n.runtime.database import Database
from a8n.runtime.settings import Settings
from tests.runtime.store import opened

NOTHING = Load(0, 0)


def refused(admission: Admission) -> str:
    admission.look()
    try:
        admission.check()
    except OverloadedError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (Load(10, 0), "this process has 10 executions to work off; try again in 2 s"),
        (Load(0, 10), "more slowly than they are made"),
        (Load(9, 9), ""),
    ],
)
async def test_what_a_process_holds(database: Database, settings: Settings, load: Load, words: str) -> None:
    now = [NOTHING]
    admission = Admission(dataclasses.replace(settings, max_backlog=10), database, lambda: now[0])
    assert refused(admission) == ""
    now[0] = load
    found = refused(admission)
    assert bool(found) == bool(words)
    assert words in found
    now[0] = NOTHING
    assert refused(admission) == ""


async def test_memory_counts_while_something_is_in_hand(database: Database, settings: Settings) -> None:
    now = [Load(1, 0)]
    admission = Admission(dataclasses.replace(settings, max_memory=1), database, lambda: now[0])
    assert "no memory to spare" in refused(admission)
    now[0] = NOTHING
    assert refused(admission) == "", "freed memory may stay with the process, which would refuse for ever"


async def test_a_long_queue_in_the_database(database: Database, settings: Settings) -> None:
    admission = Admission(dataclasses.replace(settings, max_queue=3), database, lambda: NOTHING)
    async with opened(database, settings) as store:
        for _ in range(3):
            assert refused(admission) == ""
            await store.queued()
            await admission.look_at_the_queue()
        assert "3 executions wait to be run; try again in 15 s" in refused(admission)
        await store.executions.claim(*await store.executions.due(1))
        await admission.look_at_the_queue()
        assert refused(admission) == ""


def test_the_smallest_limit_of_container_and_host_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_host = memory.memory_limit(0)
    assert of_host > 0
    (tmp_path / "memory.max").write_text("1000000\n")
    monkeypatch.setattr(memory, "CGROUPS", (tmp_path / "none", tmp_path / "memory.max"))
    assert memory.memory_limit(0) == 800_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.memory_limit(0) >= of_host
    assert memory.memory_limit(5) == 5


def test_the_memory_of_this_process() -> None:
    before = memory.resident()
    kept = bytearray(b"x" * 64 * 2**20)
    assert memory.resident() - before > 32 * 2**20
    del kept
