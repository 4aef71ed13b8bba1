"""Concurrency limits of workflows, with several processes over one database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from a8n.errors import InvalidError, NodeError
from a8n.runtime.database import Database
from a8n.runtime.executions import insert
from a8n.runtime.instance import Instance
from a8n.runtime.orders import Order
from a8n.runtime.schema import executions
from a8n.runtime.slots import BusyError
from tests.runtime.processes import Work, ended, order, processes, until


def limited(n: int = 0, who: str = "", *nodes: str, **concurrency: Any) -> Any:
    return order(*nodes, n=n, who=who, concurrency={"limit": 1, **concurrency})


async def status(instance: Instance, execution_id: str) -> tuple[str, bool]:
    row = await instance.executions.get(execution_id)
    assert row is not None
    return row.status, row.held


async def stored(instance: Instance, wanted: Order, *, awaited: bool = False) -> str:
    """An execution that somebody else stored: a schedule, or a parent that waits for it."""
    page = await instance.runner.page(wanted)
    async with instance.db.begin() as connection:
        await insert(connection, page)
        if awaited:
            mine = executions.update().where(executions.c.id == page.execution_id)
            await connection.execute(mine.values(parent_node="n9", parent_path=""))
    return page.execution_id


async def test_never_more_than_the_limit_whatever_processes_race(database: Database, tmp_path: Path) -> None:
    async with processes(database, tmp_path, 3) as all_of_them:
        submitted = [
            all_of_them[n % 3].runner.submit(limited(n, "ab"[n % 2], limit=3, key="json.who")) for n in range(30)
        ]
        ids = await asyncio.gather(*submitted)
        assert await ended(all_of_them[0], list(ids)) == ["succeeded"] * 30
        assert {who: most <= 3 for who, most in Work.most.items()} == {"a": True, "b": True}
        assert len(Work.began) == 30, "each ran once"


async def test_first_come_first_served(database: Database, tmp_path: Path) -> None:
    async with processes(database, tmp_path) as (one,):
        ids = [await one.runner.submit(limited(n)) for n in range(8)]
        assert await ended(one, ids) == ["succeeded"] * 8
        assert Work.began == list(range(8))


async def test_a_waiting_execution_keeps_its_place(database: Database, tmp_path: Path) -> None:
    async with processes(database, tmp_path) as (one,):
        first = await one.runner.submit(limited(1, "", "sleep"))
        assert (await one.outcome_of(first)).status == "waiting"
        second = await one.runner.submit(limited(2, "", "work"))
        await one.reaper.look()
        await one.slots.look()
        assert await status(one, second) == ("queued", True)
        assert await one.runner.steering.cancel(first)
        assert await ended(one, [second]) == ["succeeded"]


async def test_skip_ends_the_newcomer_and_says_so(database: Database, tmp_path: Path) -> None:
    async with processes(database, tmp_path) as (one,):
        Work.gate = asyncio.Event()
        first = await one.runner.submit(limited(1, on_conflict="skip"))
        with pytest.raises(BusyError, match="1 times already") as refused:
            await one.runner.start(limited(2, on_conflict="skip"))
        row = await one.executions.get(refused.value.execution_id)
        assert row is not None
        assert (row.status, b"skipped" in row.error) == ("canceled", True)
        Work.gate.set()
        assert await ended(one, [first]) == ["succeeded"]
        third = await one.runner.submit(limited(3, on_conflict="skip"))
        assert await ended(one, [third]) == ["succeeded"]


async def test_cancel_oldest_stops_it_wherever_it_runs(database: Database, tmp_path: Path) -> None:
    async with processes(database, tmp_path, 2) as (one, two):
        Work.gate = asyncio.Event()
        first = await one.runner.submit(limited(1, on_conflict="cancel_oldest"))
        await until(lambda: Work.began == [1])
        second = await two.runner.submit(limited(2, on_conflict="cancel_oldest"))
        assert await ended(one, [first]) == ["canceled"]
        await until(lambda: Work.began == [1, 2])
        assert Work.most == {"": 1}
        Work.gate.set()
        assert await ended(one, [second]) == ["succeeded"]


async def test_of_a_burst_cancel_oldest_leaves_the_latest(database: Database, tmp_path: Path) -> None:
    async with processes(database, tmp_path) as (one,):
        Work.gate = asyncio.Event()
        ids = [await one.runner.submit(limited(n, on_conflict="cancel_oldest")) for n in range(5)]
        await until(lambda: 4 in Work.began)
        Work.gate.set()
        assert await ended(one, ids) == ["canceled"] * 4 + ["succeeded"]


@pytest.mark.parametrize("how", ["cancel", "delete", "fail", "crash"])
async def test_every_end_makes_room(database: Database, tmp_path: Path, how: str) -> None:
    async with processes(database, tmp_path, reap=600) as (one,):
        first = await one.runner.submit(limited(1, "", "sleep"))
        assert (await one.outcome_of(first)).status == "waiting"
        second = await one.runner.submit(limited(2))
        if how == "cancel":
            await one.executions.cancel(first)
        elif how == "delete":
            await one.executions.delete([first])
        else:
            async with one.db.begin() as connection:
                worn = {"claims": 9, "recorded": 99} if how == "crash" else {"version": 99}
                abandoned = executions.update().where(executions.c.id == first)
                await connection.execute(abandoned.values(**worn, status="running", lease_until=1))
            await one.runner.work(first)
            # Woken by its wait, a worker may have been quicker than this call.
            assert await ended(one, [first]) == [{"crash": "crashed", "fail": "failed"}[how]]
        assert await ended(one, [second]) == ["succeeded"]


async def test_a_place_that_nobody_gave_away_is_found(database: Database, tmp_path: Path) -> None:
    async with processes(database, tmp_path) as (one,):
        Work.gate = asyncio.Event()
        first = await one.runner.submit(limited(1))
        second = await one.runner.submit(limited(2))
        one.slots.freed = one.executions.freed = lambda slots: None  # type: ignore[method-assign]  # a death in between
        Work.gate.set()
        assert await ended(one, [first, second]) == ["succeeded", "succeeded"]


async def test_what_was_stored_without_its_slot_is_put_in_line_before_it_runs(
    database: Database, tmp_path: Path
) -> None:
    async with processes(database, tmp_path, reap=600) as (one,):
        Work.gate = asyncio.Event()
        first = await one.runner.submit(limited(1))
        await until(lambda: Work.began == [1])
        second = await stored(one, limited(2))
        await one.runner.work(second)
        assert await status(one, second) == ("queued", True)
        Work.gate.set()
        assert await ended(one, [first, second]) == ["succeeded", "succeeded"]
        assert Work.most == {"": 1}


async def test_a_repeated_key_starts_nothing(database: Database, tmp_path: Path) -> None:
    async with processes(database, tmp_path, 2) as (one, two):
        first = await one.runner.start(limited(1), idempotency_key="k")
        again = await two.runner.start(limited(2), idempotency_key="k")
        assert (again.execution_id, again.repeated) == (first.execution_id, True)
        assert await ended(one, [first.execution_id]) == ["succeeded"]
        assert Work.began == [1]


async def test_a_child_shares_the_turn_of_its_own_workflow(database: Database, tmp_path: Path) -> None:
    async with processes(database, tmp_path, reap=600) as (one,):
        parent = await one.runner.submit(limited(1, "", "sleep"))
        assert (await one.outcome_of(parent)).status == "waiting"
        child = await stored(one, limited(2)._replace(parent_id=parent, depth=1), awaited=True)
        await one.runner.work(child)
        assert (await status(one, child))[0] == "succeeded", "it would wait for its parent, for ever"
        loose = await stored(one, limited(3)._replace(parent_id=parent, depth=1))
        await one.runner.work(loose)
        assert await status(one, loose) == ("queued", True), "nobody waits for this one"


async def test_a_key_without_a_value_refuses_the_run(database: Database, tmp_path: Path) -> None:
    async with processes(database, tmp_path) as (one,):
        with pytest.raises(NodeError, match=r"key of the workflow's concurrency limit.*customer"):
            await one.runner.start(limited(1, key="json.customer.id"))


@pytest.mark.parametrize(
    ("key", "words"), [("json.", "settings.concurrency.key: ."), ('node("x").json.a', "not node"), ("now", "not now")]
)
async def test_a_key_that_cannot_be_is_refused(database: Database, tmp_path: Path, key: str, words: str) -> None:
    async with processes(database, tmp_path) as (one,):
        with pytest.raises(InvalidError, match=words) as refused:
            await one.runner.start(limited(1, key=key))
        assert [problem.path for problem in refused.value.problems] == ["settings.concurrency.key"]
