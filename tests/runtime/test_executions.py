"""Executions as rows: who may run one, what is due, and finding them again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from a8n.journal import WaitRecord, now
from a8n.runtime.claims import Claims
from a8n.runtime.database import Database
from a8n.runtime.executions import Executions, Filter
from a8n.runtime.ids import new_id
from a8n.runtime.schema import projects, workflows
from a8n.runtime.settings import Settings
from a8n.runtime.waits import Waiting
from tests.runtime.store import Store, opened, step


@pytest.fixture
async def store(database: Database, settings: Settings) -> AsyncIterator[Store]:
    async with opened(database, settings) as made:
        yield made


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def waiting(store: Store, token: str = "", until: int | None = None) -> str:
    """An execution whose step `pause` waits for a token or a time."""
    journal = store.begin()
    moment = datetime.fromtimestamp(until / 1e6, UTC) if until is not None else None
    wait = WaitRecord(moment, bool(token), token, {})
    journal.record(step("pause", status="waiting", wait=wait))
    journal.finish("waiting")
    await journal.commit()
    return journal.id


class TestClaiming:
    async def test_a_queued_execution_is_claimed_once(self, store: Store) -> None:
        execution_id = await store.queued(options=b'{"a": 1}', depth=2)
        claimed = await store.claim(execution_id)
        assert claimed is not None
        assert (claimed.id, claimed.epoch, claimed.options, claimed.depth) == (execution_id, 1, b'{"a": 1}', 2)
        assert await store.claim(execution_id) is None
        row = await store.executions.get(execution_id)
        assert row is not None
        assert (row.status, row.claims) == ("running", 1)
        assert abs(row.lease_until - now() - 30_000_000) < 5_000_000

    async def test_many_claimers_share_the_work_without_overlap(self, store: Store) -> None:
        ids = {await store.queued() for _ in range(40)}
        claimed: list[str] = []

        async def claimer() -> None:
            while due := await store.executions.due(3):
                claimed.extend(each.id for each in await store.executions.claim(*due))

        await asyncio.gather(*(claimer() for _ in range(8)))
        assert len(claimed) == 40
        assert set(claimed) == ids

    async def test_of_many_claims_of_one_execution_one_succeeds(self, store: Store) -> None:
        execution_id = await store.queued()
        claims = await asyncio.gather(*(store.claim(execution_id) for _ in range(20)))
        assert len([claimed for claimed in claims if claimed is not None]) == 1

    async def test_a_lease_that_ended_is_taken_over(self, store: Store) -> None:
        journal = store.begin()
        await journal.commit()
        assert await store.claim(journal.id) is None
        assert await store.executions.due(10) == []
        await store.rewind(journal.id)
        assert await store.executions.due(10) == [journal.id]
        claimed = await store.claim(journal.id)
        assert claimed is not None
        assert claimed.epoch == 2

    async def test_what_has_ended_is_never_claimed(self, store: Store) -> None:
        journal = store.begin()
        journal.finish("succeeded")
        await journal.commit()
        assert await store.claim(journal.id) is None
        assert await store.claim(new_id()) is None

    async def test_renewing_holds_the_lease(self, store: Store) -> None:
        mine, lost, unknown = store.begin(), store.begin(), store.begin()
        await mine.commit()
        await lost.commit()
        for journal in (mine, lost):
            await store.rewind(journal.id)
        assert await store.claim(lost.id)
        held = {journal.id: journal.epoch for journal in (mine, lost, unknown)}
        assert await store.executions.renew(held) == [lost.id, unknown.id]
        assert await store.executions.due(10) == []

    async def test_handing_back(self, store: Store) -> None:
        journal = store.begin()
        await journal.commit()
        assert await store.executions.release(journal.id, journal.epoch)
        assert not await store.executions.release(journal.id, journal.epoch)
        assert await store.executions.due(10) == [journal.id]

    async def test_leaving_it_to_others_says_why(self, store: Store) -> None:
        claimed = await store.claim(await store.queued())
        assert claimed is not None
        assert await store.executions.release(claimed.id, claimed.epoch, {"message": "the plugin is not here"})
        row = await store.executions.get(claimed.id)
        assert row is not None
        assert (row.status, b"not here" in row.error) == ("queued", True)

    async def test_many_are_claimed_together_and_each_once(self, store: Store) -> None:
        ids = [await store.queued() for _ in range(20)]
        claims = [Claims(store.executions) for _ in range(3)]
        found = await asyncio.gather(*(one.claim(execution_id) for one in (*claims, claims[0]) for execution_id in ids))
        assert sorted(claimed.id for claimed in found if claimed is not None) == sorted(ids)
        assert all(claimed.pages for claimed in found if claimed is not None)

    async def test_of_two_wake_ups_in_one_process_one_gets_it(self, store: Store) -> None:
        """Both would run it, under one epoch, and neither would be fenced."""
        execution_id = await store.queued()
        claims = Claims(store.executions)
        found = await asyncio.gather(claims.claim(execution_id), claims.claim(execution_id))
        assert len([claimed for claimed in found if claimed is not None]) == 1

    async def test_urgent_ones_come_first(self, store: Store) -> None:
        usual, bulk, urgent = [await store.queued(priority=priority) for priority in (1, 2, 0)]
        assert await store.executions.due(10) == [urgent, usual, bulk]
        assert await store.executions.due(2) == [urgent, usual]


async def test_looking_for_what_is_due_reads_no_finished_executions(sqlite_url: str) -> None:
    """On SQLite, whose planner does not look at how few rows a test has."""
    database = await Database.open(sqlite_url)
    await database.prepare()
    query = Executions(database)._due(10).compile(database.engine.sync_engine)
    values = tuple(query.construct_params()[name] for name in query.positiontup or ())
    async with database.read() as connection:
        plan = [row.detail for row in await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)]
    assert any("ix_executions_due" in line for line in plan)
    assert not any(line.startswith("SCAN executions") for line in plan)
    await database.close()


class TestPoison:
    async def crash(self, store: Store, execution_id: str) -> bool:
        await store.rewind(execution_id)
        claimed = await store.claim(execution_id)
        return claimed is not None and not claimed.poisonous

    async def test_three_claims_without_a_new_step_are_enough(self, store: Store) -> None:
        execution_id = await store.queued()
        assert [await self.crash(store, execution_id) for _ in range(4)] == [True, True, True, False]

    async def test_on_their_last_chance_they_run_one_at_a_time(self, store: Store) -> None:
        """Of executions that died together only one may be the cause: the others must not die beside it again."""
        ids = [await store.queued() for _ in range(3)]

        async def claimed(claims: Claims) -> list[str]:
            for execution_id in ids:
                await store.rewind(execution_id)
            found = await asyncio.gather(*(claims.claim(execution_id) for execution_id in ids))
            return [one.id for one in found if one is not None]

        assert [len(await claimed(Claims(store.executions))) for _ in range(2)] == [3, 3]
        process = Claims(store.executions)
        (first,) = await claimed(process)
        ids.remove(first)
        assert await store.executions.due(10) == ids
        assert await claimed(process) == []
        process.over(first)
        assert len(await claimed(process)) == 1

    async def test_an_execution_that_began_here_counts_its_first_run(self, store: Store) -> None:
        journal = store.begin()
        journal.record(step("start", {"n": 1}))
        await journal.commit()
        assert [await self.crash(store, journal.id) for _ in range(3)] == [True, True, False]

    async def test_a_newly_recorded_step_counts_anew(self, store: Store) -> None:
        execution_id = await store.queued()
        for index in range(6):
            await store.rewind(execution_id)
            claimed = await store.claim(execution_id)
            assert claimed is not None
            journal = store.journals.resume(claimed)
            journal.record(step("loop", {"n": 1}, path=(index,)))
            await journal.commit()

    async def test_an_intent_is_no_progress(self, store: Store) -> None:
        execution_id = await store.queued()
        for _ in range(3):
            await store.rewind(execution_id)
            claimed = await store.claim(execution_id)
            assert claimed is not None
            journal = store.journals.resume(claimed)
            journal.intend("mail", (), 1)
            await journal.commit()
        assert not await self.crash(store, execution_id)

    async def test_an_orderly_end_of_a_run_is_no_crash(self, store: Store) -> None:
        execution_id = await store.queued()
        for _ in range(6):
            claimed = await store.claim(execution_id)
            assert claimed is not None
            await store.executions.release(execution_id, claimed.epoch)


class TestCancelling:
    async def test_a_queued_or_waiting_one_ends_at_once(self, store: Store) -> None:
        for execution_id in (await store.queued(), await waiting(store, "t")):
            assert await store.executions.cancel(execution_id)
            assert await store.status(execution_id) == "canceled"
            assert not await store.executions.cancel(execution_id)
        assert await store.executions.resume(digest("t"), 1) is None

    async def test_the_process_that_runs_it_is_asked(self, store: Store) -> None:
        journal, other = store.begin(), store.begin()
        await journal.commit()
        await other.commit()
        assert await store.executions.cancel(journal.id)
        assert await store.executions.cancel_requests([journal.id, other.id]) == [journal.id]
        assert await store.status(journal.id) == "running"

    async def test_one_whose_process_died_ends_at_once(self, store: Store) -> None:
        journal = store.begin()
        await journal.commit()
        await store.rewind(journal.id)
        assert await store.executions.cancel(journal.id)
        assert await store.status(journal.id) == "canceled"

    async def test_a_request_outlives_the_process_that_was_asked(self, store: Store) -> None:
        journal = store.begin()
        await journal.commit()
        await store.executions.cancel(journal.id)
        await store.rewind(journal.id)
        claimed = await store.claim(journal.id)
        assert claimed is not None
        assert claimed.cancel_requested

    async def test_what_does_not_exist(self, store: Store) -> None:
        assert not await store.executions.cancel(new_id())


class TestWaits:
    async def test_a_timer_is_due_at_its_time_and_not_before(self, store: Store) -> None:
        early = await waiting(store, until=now() - 1)
        late = await waiting(store, until=now() + 3_600_000_000)
        assert await store.executions.due(10) == [early]
        assert await store.claim(late) is None
        claimed = await store.claim(early)
        assert claimed is not None
        assert claimed.waits == [Waiting("pause", "", "time", True, None)]
        assert await store.payloads(early) == {("pause", ()): None}

    async def test_of_many_resumes_one_counts(self, store: Store) -> None:
        execution_id = await waiting(store, "token")
        answers = await asyncio.gather(*(store.executions.resume(digest("token"), index) for index in range(20)))
        assert [answer for answer in answers if answer is not None] == [execution_id]
        payload = await store.payloads(execution_id)
        assert payload == {("pause", ()): answers.index(execution_id)}
        assert await store.executions.due(10) == [execution_id]

    async def test_a_timer_that_was_taken_leaves_nothing_to_resume(self, store: Store) -> None:
        execution_id = await waiting(store, "token", until=now() - 1)
        assert await store.claim(execution_id) is not None
        assert await store.executions.resume(digest("token"), "late") is None
        assert await store.payloads(execution_id) == {("pause", ()): None}

    async def test_resume_and_timer_race_to_one_result(self, store: Store) -> None:
        for index in range(10):
            execution_id = await waiting(store, f"t{index}", until=now() - 1)
            resumed, claimed = await asyncio.gather(
                store.executions.resume(digest(f"t{index}"), "answer"), store.claim(execution_id)
            )
            assert claimed is not None
            expected = "answer" if resumed is not None else None
            assert await store.payloads(execution_id) == {("pause", ()): expected}

    async def test_a_resume_before_the_execution_waits_is_not_lost(self, store: Store) -> None:
        """Another branch still runs; the execution is due as soon as it waits."""
        journal = store.begin()
        journal.record(step("pause", status="waiting", wait=WaitRecord(None, True, "token", {})))
        await journal.commit()
        assert await store.executions.resume(digest("token"), "quick") == journal.id
        assert await store.claim(journal.id) is None
        journal.finish("waiting")
        await journal.commit()
        assert await store.executions.due(10) == [journal.id]
        assert await store.claim(journal.id) is not None

    async def test_a_token_nobody_gave_out(self, store: Store) -> None:
        await waiting(store, until=now())
        assert await store.executions.resume(digest(""), 1) is None


class TestLooking:
    async def filled(self, store: Store) -> list[str]:
        async with store.database.begin() as connection:
            await connection.execute(projects.insert().values(id="p1", name="P", personal=False, created_at=1))
            for name in ("Orders 100%", "Mails"):
                await connection.execute(
                    workflows.insert().values(
                        id=name, project_id="p1", name=name, revision=1, draft=b"{}", created_at=1, updated_at=1
                    )
                )
        ids = []
        for index in range(7):
            journal = store.begin(
                workflow_id="Mails" if index % 2 else "Orders 100%", project_id=f"p{index % 3}",
                created_at=1000 + index, mode="webhook" if index < 3 else "schedule",
            )  # fmt: skip
            journal.finish("failed" if index == 4 else "succeeded", {"message": 'no "Käse"'} if index == 4 else None)
            await journal.commit()
            ids.append(journal.id)
        return ids

    @pytest.mark.parametrize(
        ("where", "found"),
        [
            (Filter(), [6, 5, 4, 3, 2, 1, 0]),
            (Filter(workflow="Mails"), [5, 3, 1]),
            (Filter(projects=["p0", "p2"]), [6, 5, 3, 2, 0]),
            (Filter(projects=[]), []),
            (Filter(statuses=["failed", "crashed"]), [4]),
            (Filter(mode="webhook"), [2, 1, 0]),
            (Filter(trigger="start", since=1002, until=1005), [4, 3, 2]),
            (Filter(trigger="other"), []),
            (Filter(text="orders"), [6, 4, 2, 0]),
            (Filter(text="100%"), [6, 4, 2, 0]),
            (Filter(text="%"), [6, 4, 2, 0]),
            (Filter(text="_"), []),
            (Filter(text='NO "Käs'), [4]),
            (Filter(version=0), []),
            (Filter(version=1, mode="webhook"), [2, 1, 0]),
        ],
    )
    async def test_filters(self, store: Store, where: Filter, found: list[int]) -> None:
        ids = await self.filled(store)
        assert [ids.index(row.id) for row in (await store.executions.list(where)).rows] == found
        assert sum((await store.executions.counts(where)).values()) == len(found)
        assert (await store.executions.list(Filter(text=ids[3]))).rows[0].id == ids[3]

    async def test_pages(self, store: Store) -> None:
        ids = await self.filled(store)
        seen, cursor = [], None
        while True:
            page = await store.executions.list(Filter(), cursor=cursor, limit=3)
            seen += [row.id for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == ids[::-1]

    async def test_counts(self, store: Store) -> None:
        await self.filled(store)
        assert await store.executions.counts(Filter()) == {"succeeded": 6, "failed": 1}

    async def test_steps_in_the_order_in_which_they_began(self, store: Store) -> None:
        journal = store.begin()
        for name, at in (("b", 2), ("a", 1), ("c", 3)):
            journal.record(step(name, started_at=at))
        await journal.commit()
        assert [row.node for row in await store.executions.steps(journal.id)] == ["a", "b", "c"]
