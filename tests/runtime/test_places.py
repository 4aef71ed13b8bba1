"""Limits per project and over all processes, and turns of the projects in the queue."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from a8n.runtime.database import Database
from a8n.runtime.executions import Executions
from a8n.runtime.settings import Settings
from tests.runtime.processes import Work, ended, order, processes
from tests.runtime.store import opened


@pytest.mark.parametrize(
    "limits", [{"project_concurrency": 2}, {"concurrency": 3}, {"concurrency": 3, "project_concurrency": 2}]
)
async def test_never_more_than_the_limits(database: Database, tmp_path: Path, limits: dict[str, int]) -> None:
    async with processes(database, tmp_path, 2, **limits) as both:
        orders = [order(n=n, who="ab"[n % 2], project_id="ab"[n % 2]) for n in range(24)]
        started = await asyncio.gather(*(both[n % 2].runner.start(one) for n, one in enumerate(orders)))
        assert await ended(both[0], [one.execution_id for one in started]) == ["succeeded"] * 24
        assert len(Work.began) == 24
        assert max(Work.most.values()) <= limits.get("project_concurrency", 3)
        assert Work.most_of_all <= limits.get("concurrency", 4)


async def test_a_long_queue_of_one_project_does_not_hold_up_another(database: Database, tmp_path: Path) -> None:
    async with processes(database, tmp_path, max_in_flight=2) as (one,):
        Work.gate = asyncio.Event()
        ids = [await one.runner.submit(order(n=n, project_id="busy")) for n in range(120)]
        ids.append(await one.runner.submit(order(n=1000, project_id="other")))
        assert one.runner.load <= 4, "the rest waits in the database"
        Work.gate.set()
        Work.gate = None
        assert set(await ended(one, ids)) == {"succeeded"}
        assert Work.began.index(1000) < 60


async def test_the_queue_is_given_in_turns(database: Database, settings: Settings) -> None:
    async with opened(database, settings) as store:
        a = [await store.queued(project_id="a") for _ in range(5)]
        urgent = await store.queued(project_id="a", priority=0)
        b = [await store.queued(project_id="b") for _ in range(2)]
        assert await store.executions.due(4) == [urgent, b[0], a[0], b[1]]
        assert await store.executions.due(100) == [urgent, b[0], a[0], b[1], *a[1:]]


async def test_a_full_project_is_passed_over(database: Database, settings: Settings) -> None:
    async with opened(database, settings) as store:
        a = [await store.queued(project_id="a") for _ in range(3)]
        b = await store.queued(project_id="b")
        limited = Executions(database, project_places=1)
        assert await limited.claim(a[0], a[1])
        assert await limited.due(10) == [b]
        assert await limited.claim(a[1]) == []
        assert await limited.claim(b)


async def test_a_place_is_kept_over_the_death_of_a_process(database: Database, settings: Settings) -> None:
    async with opened(database, replace(settings, lease=30.0)) as store:
        limited = Executions(database, places=1)
        mine = await store.queued()
        assert await limited.claim(mine)
        await store.rewind(mine)
        (again,) = await limited.claim(mine)
        assert again.epoch == 2
