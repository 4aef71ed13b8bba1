"""The journal of an execution over the group-commit writer: what is durable when, and what comes back."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest

from a8n.errors import NodeError
from a8n.items import FileRef, Item
from a8n.journal import WaitRecord, now
from a8n.runtime.database import Database
from a8n.runtime.errors import FencedError, StoreError
from a8n.runtime.executions import insert
from a8n.runtime.journal import ExecutionJournal
from a8n.runtime.schema import files, waits
from a8n.runtime.settings import Settings
from tests.runtime.store import Store, opened, step, watch


@pytest.fixture
async def store(database: Database, settings: Settings) -> AsyncIterator[Store]:
    async with opened(database, settings) as made:
        yield made


class TestRecording:
    async def test_what_was_recorded_comes_back(self, store: Store) -> None:
        ref = FileRef(hash="a" * 64, name="a.pdf", mime="application/pdf", size=3)
        records = [
            step("start", {"n": 1}),
            step("loop", {"text": "ü\u2028", "none": None, "deep": [{"x": [1.5, True]}]}, path=(0, 12)),
            step("files", outputs={"true": [Item({}, {"pdf": ref}, (0, 1))], "false": [Item({"a": 1})]}),
            step("broken", status="failed", error={"kind": "NodeError", "message": "no"}, logs=["one", "two"]),
        ]
        journal = store.begin()
        for record in records:
            journal.record(record)
        await journal.commit()
        assert await store.journals.load(journal.id) == records

    async def test_nothing_is_stored_before_the_commit(self, store: Store) -> None:
        journal = store.begin()
        journal.record(step("start", {"n": 1}))
        assert await store.executions.get(journal.id) is None
        await journal.commit()
        assert await store.status(journal.id) == "running"

    async def test_an_execution_that_ends_before_its_first_commit_is_one_page(self, store: Store) -> None:
        pages = watch(store.writer)
        journal = store.begin()
        for name in ("start", "set", "if"):
            journal.record(step(name, {"n": 1}))
        journal.finish("succeeded")
        await journal.commit()
        row = await store.executions.get(journal.id)
        assert row is not None
        assert (row.status, row.lease_until, row.epoch) == ("succeeded", None, 1)
        assert row.finished_at >= row.started_at == row.created_at
        assert [(page.row is not None, page.change) for page in pages] == [(True, None)]
        assert pages[0].steps is not None
        assert pages[0].steps[2] == 3

    async def test_a_later_end_changes_the_row(self, store: Store) -> None:
        journal = store.begin()
        await journal.commit()
        journal.finish("failed", {"message": "why", "bad": "\ud800", "number": math.inf})
        await journal.commit()
        row = await store.executions.get(journal.id)
        assert row is not None
        assert (row.status, row.lease_until) == ("failed", None)
        assert row.error == rb'{"message":"why","bad":"\\ud800","number":"inf"}'

    async def test_a_commit_without_news_writes_nothing(self, store: Store) -> None:
        journal = store.begin()
        await journal.commit()
        pages = watch(store.writer)
        await journal.commit()
        assert pages == []

    async def test_a_step_that_runs_long_after_others_does_not_hold_them_back(self, store: Store) -> None:
        """What is older than a second is written with the next record, without being asked."""
        journal = store.begin()
        pages = watch(store.writer)
        journal.record(step("quick", {"n": 1}))
        assert pages == []
        journal.record(step("slow", {"n": 2}, finished_at=now() + 2_000_000))
        assert len(pages) == 1
        await journal.commit()
        assert len(pages) == 1

    async def test_an_intent_counts_until_the_step_is_recorded(self, store: Store) -> None:
        journal = store.begin()
        journal.intend("mail", (), 1)
        await journal.commit()
        assert [r.status for r in await store.journals.load(journal.id)] == ["started"]
        journal.record(step("mail", {"sent": True}))
        await journal.commit()
        assert [r.status for r in await store.journals.load(journal.id)] == ["succeeded"]

    async def test_a_step_that_is_recorded_again_replaces_its_record(self, store: Store) -> None:
        journal = store.begin()
        journal.record(step("a", {"n": 1}))
        await journal.commit()
        journal.record(step("a", {"n": 2}))
        journal.record(step("a", {"n": 3}))
        await journal.commit()
        (record,) = await store.journals.load(journal.id)
        assert record.outputs["main"][0].json == {"n": 3}

    async def test_many_executions_at_once_do_not_mix(self, store: Store) -> None:
        async def run(number: int) -> str:
            journal = store.begin()
            journal.record(step("start", {"n": number}))
            await journal.commit()
            journal.record(step("end", {"n": number * 2}))
            journal.finish("succeeded")
            await journal.commit()
            return journal.id

        ids = await asyncio.gather(*(run(number) for number in range(300)))
        for number in (0, 137, 299):
            records = await store.journals.load(ids[number])
            assert [r.outputs["main"][0].json["n"] for r in records] == [number, number * 2]
            assert await store.status(ids[number]) == "succeeded"


class TestOutputs:
    @pytest.mark.parametrize(
        ("value", "place"),
        [
            (math.nan, r"main\[0\].json.a is a number that is not finite \(nan\)"),
            ([None, -math.inf], r"main\[0\].json.a\[1\] is a number that is not finite \(-inf\)"),
            ({1: 2}, r"main\[0\].json.a is an object with a key that is not text \(1\)"),
            ("a\0b", r"main\[0\].json.a is text with a NUL character"),
            ("\ud800", r"main\[0\].json.a is text with half a character"),
            ({"\udc00": 1}, r"a key of main\[0\].json.a is text with half a character"),
            (b"x", r"main\[0\].json.a is a value of type bytes"),
            ({1, 2}, r"main\[0\].json.a is a value of type set"),
            (datetime(2020, 1, 1), r"main\[0\].json.a is a value of type datetime"),
            (2**64, r"main\[0\].json.a is a whole number of more than 64 bits"),
            (object(), r"main\[0\].json.a is a value of type object"),
        ],
        ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
    )
    async def test_what_is_not_json_is_refused_with_its_place(self, store: Store, value: Any, place: str) -> None:
        journal = store.begin()
        with pytest.raises(NodeError, match=place) as caught:
            journal.record(step("a", {"a": value}))
        assert not caught.value.retryable

    async def test_endless_nesting_is_refused(self, store: Store) -> None:
        value: dict[str, Any] = {}
        value["a"] = value
        with pytest.raises(NodeError, match="nested too deeply"):
            store.begin().record(step("a", value))

    @pytest.mark.parametrize("value", ["a\\u0000b", "\\\\u0000", None, "null", 2**64 - 1, -(2**63), uuid4()])
    async def test_what_only_looks_wrong_is_kept(self, store: Store, value: Any) -> None:
        journal = store.begin()
        journal.record(step("a", {"a": value, "none": None}))
        await journal.commit()
        (record,) = await store.journals.load(journal.id)
        assert record.outputs["main"][0].json["a"] == (
            str(value) if hasattr(value, "hex") and not isinstance(value, int) else value
        )

    async def test_a_failure_is_recorded_whatever_it_says(self, store: Store) -> None:
        journal = store.begin()
        error = {"message": "bad \0 \ud800 text", "value": {1: math.nan}, "when": datetime(2020, 1, 1, tzinfo=UTC)}
        journal.record(step("a", status="failed", error=error, logs=["\ud800"]))
        await journal.commit()
        (record,) = await store.journals.load(journal.id)
        assert record.error == {
            "message": "bad \ufffd \\ud800 text", "value": {"1": "nan"}, "when": "2020-01-01 00:00:00+00:00",
        }  # fmt: skip
        assert record.logs == ["\\ud800"]

    async def test_an_output_above_the_limit_is_refused(self, database: Database, settings: Settings) -> None:
        async with opened(database, replace(settings, max_output=10_000)) as store:
            with pytest.raises(NodeError, match=r"the output is 10,0\d\d bytes, above the limit of 10,000 bytes"):
                store.begin().record(step("a", {"text": "x" * 10_000}))

    async def test_a_large_output_goes_to_the_blob_store(self, database: Database, settings: Settings) -> None:
        async with opened(database, replace(settings, inline_output=1000)) as store:
            journal = store.begin()
            journal.record(step("start", {"n": 1}))
            journal.record(step("large", {"text": "x" * 5000}))
            journal.record(step("end", {"n": 2}))
            journal.finish("succeeded")
            await journal.commit()
            rows = {row.node: row for row in await store.executions.steps(journal.id)}
            blob = rows["large"].blob
            assert rows["large"].data is None
            assert blob is not None
            assert orjson.loads(await store.blobs.get(blob)) == await store.journals.data(rows["large"])
            assert await store.executions.referenced([blob, "b" * 64]) == {blob}
            records = await store.journals.load(journal.id)
            assert {r.node: len(str(r.outputs["main"][0].json)) for r in records}["large"] > 5000

            store.blobs.path(blob).unlink()
            with pytest.raises(NodeError, match="the output of large is no longer stored"):
                await store.journals.load(journal.id)

    async def test_two_branches_with_large_outputs_commit_at_once(self, database: Database, settings: Settings) -> None:
        async with opened(database, replace(settings, inline_output=1000)) as store:
            journal = store.begin()

            async def branch(name: str) -> None:
                for index in range(5):
                    journal.record(step(name, {"text": name * 2000}, path=(index,)))
                    await journal.commit()
                    found = await store.executions.steps(journal.id)
                    assert (name, str(index)) in {(row.node, row.path) for row in found}

            await asyncio.gather(branch("a"), branch("b"), branch("c"))
            assert len(await store.journals.load(journal.id)) == 15

    async def test_files_on_items_are_referenced(self, store: Store) -> None:
        ref = await store.blobs.save(b"abc", "a.txt")
        journal = store.begin()
        for node in ("a", "b"):
            journal.record(step(node, outputs={"main": [Item({}, {"one": ref, "two": ref})]}))
        await journal.commit()
        assert await store.executions.referenced([ref.hash]) == {ref.hash}
        await store.executions.delete([journal.id])
        assert await store.executions.referenced([ref.hash]) == set()


class TestFencing:
    async def test_a_stale_holder_writes_nothing(self, store: Store) -> None:
        stale = store.begin()
        stale.record(step("start", {"n": 1}))
        await stale.commit()
        await store.rewind(stale.id)
        claimed = await store.claim(stale.id)
        assert claimed is not None
        stale.record(step("late", {"n": 2}))
        stale.finish("succeeded")
        with pytest.raises(FencedError):
            await stale.commit()
        assert await store.status(stale.id) == "running"
        assert [r.node for r in await store.journals.load(stale.id)] == ["start"]

        holder = store.journals.resume(claimed)
        holder.record(step("next", {"n": 3}))
        holder.finish("succeeded")
        await holder.commit()
        assert await store.status(stale.id) == "succeeded"

    async def test_its_neighbours_in_the_group_are_written(self, store: Store) -> None:
        journals = [store.begin() for _ in range(20)]
        await asyncio.gather(*(journal.commit() for journal in journals))
        await store.rewind(journals[7].id)
        assert await store.claim(journals[7].id)
        for journal in journals:
            journal.record(step("next", {"n": 1}))
        results = await asyncio.gather(*(journal.commit() for journal in journals), return_exceptions=True)
        assert [type(result) for result in results] == [FencedError if i == 7 else type(None) for i in range(20)]
        assert len(await store.journals.load(journals[6].id)) == 1
        assert await store.journals.load(journals[7].id) == []

    async def test_once_fenced_always_fenced(self, store: Store) -> None:
        journal = store.begin()
        await journal.commit()
        await store.executions.delete([journal.id])
        journal.record(step("a"))
        with pytest.raises(FencedError):
            await journal.commit()
        journal.record(step("b"))
        with pytest.raises(FencedError):
            await journal.commit()

    async def test_of_two_that_record_in_one_group_the_holder_wins(self, store: Store) -> None:
        execution_id = await store.queued()
        claimed = await store.claim(execution_id)
        assert claimed is not None
        holder = store.journals.resume(claimed)
        stale = store.journals.resume(replace(claimed, epoch=claimed.epoch - 1))
        stale.record(step("a", {"by": "stale"}))
        holder.record(step("a", {"by": "holder"}))
        results = await asyncio.gather(stale.commit(), holder.commit(), return_exceptions=True)
        assert [type(result) for result in results] == [FencedError, type(None)]
        (_, record) = await store.journals.load(execution_id)
        assert record.outputs["main"][0].json == {"by": "holder"}


class TestFailures:
    async def test_a_bad_record_costs_only_its_execution(self, store: Store) -> None:
        journals = [store.begin() for _ in range(30)]
        for index, journal in enumerate(journals):
            journal.record(step("start", {"n": index}))
            journal.finish("nonsense" if index in (3, 17) else "succeeded")  # type: ignore[arg-type]  # that is the point
        results = await asyncio.gather(*(journal.commit() for journal in journals), return_exceptions=True)
        assert [i for i, result in enumerate(results) if result is not None] == [3, 17]
        assert isinstance(results[3], StoreError)
        assert "the store refused a record" in str(results[3])
        assert await store.status(journals[4].id) == "succeeded"
        assert await store.executions.get(journals[3].id) is None
        assert await store.journals.load(journals[3].id) == []

    async def test_an_id_that_is_taken_harms_nobody(self, store: Store) -> None:
        first = store.begin()
        await first.commit()
        again, other = store.begin(id=first.id), store.begin()
        results = await asyncio.gather(again.commit(), other.commit(), return_exceptions=True)
        assert [type(result) for result in results] == [StoreError, type(None)]

    async def test_a_cancelled_commit_does_not_lose_the_records(self, store: Store) -> None:
        journal = store.begin()
        journal.record(step("start", {"n": 1}))
        waiting = asyncio.ensure_future(journal.commit())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        await journal.commit()
        assert len(await store.journals.load(journal.id)) == 1

    async def test_closing_writes_what_was_submitted(self, database: Database, settings: Settings) -> None:
        async with opened(database, settings) as store:
            journal = store.begin()
            pending = asyncio.ensure_future(journal.commit())
            await asyncio.sleep(0)
        await pending
        assert await store.status(journal.id) == "running"
        with pytest.raises(StoreError, match="stopping"):
            await store.begin().commit()


class TestIdempotency:
    async def test_a_repeat_gets_the_first_execution(self, store: Store) -> None:
        first, again = store.begin(), store.begin()
        assert await first.accept("hook", "k1") == first.id
        assert await again.accept("hook", "k1") == first.id
        assert await store.executions.get(again.id) is None
        with pytest.raises(StoreError):
            await again.commit()

    async def test_other_scopes_and_keys_are_apart(self, store: Store) -> None:
        pairs = [("hook", "k1"), ("hook", "k2"), ("other", "k1"), ("hook", "x" * 1000), ("hook", "x" * 1001)]
        for pair in pairs:
            journal = store.begin()
            assert await journal.accept(*pair) == journal.id

    async def test_of_many_at_once_one_is_the_first(self, store: Store) -> None:
        journals = [store.begin() for _ in range(40)]
        for journal in journals:
            journal.record(step("start", {"n": 1}))
        ids = await asyncio.gather(*(journal.accept("hook", "k") for journal in journals))
        assert len(set(ids)) == 1
        stored = [journal.id for journal in journals if await store.executions.get(journal.id) is not None]
        assert stored == [ids[0]]


class TestWaits:
    def waiting(self, journal: ExecutionJournal, token: str, until: datetime | None = None) -> None:
        wait = WaitRecord(until, True, token, {"kept": [1]})
        journal.record(step("pause", status="waiting", wait=wait))
        journal.finish("waiting")

    async def test_the_token_is_kept_as_a_hash_only(self, store: Store) -> None:
        journal = store.begin()
        self.waiting(journal, "secret-token")
        await journal.commit()
        (record,) = await store.journals.load(journal.id)
        assert record.wait == WaitRecord(None, True, "", {"kept": [1]})
        async with store.database.read() as connection:
            (row,) = (await connection.execute(waits.select())).all()
        assert row.token_hash == hashlib.sha256(b"secret-token").hexdigest()
        assert "secret-token" not in str(await store.executions.steps(journal.id))

    async def test_a_wait_is_over_when_its_step_goes_on(self, store: Store) -> None:
        journal = store.begin()
        self.waiting(journal, "t")
        await journal.commit()
        assert await store.executions.resume(hashlib.sha256(b"t").hexdigest(), {"ok": 1}) == journal.id
        claimed = await store.claim(journal.id)
        assert claimed is not None
        assert await store.payloads(journal.id) == {("pause", ()): {"ok": 1}}
        resumed = store.journals.resume(claimed)
        resumed.record(step("pause", {"answer": 1}))
        resumed.finish("succeeded")
        await resumed.commit()
        assert await store.payloads(journal.id) == {}
        assert [r.status for r in await store.journals.load(journal.id)] == ["succeeded"]

    async def test_a_step_may_wait_again(self, store: Store) -> None:
        journal = store.begin()
        self.waiting(journal, "first")
        await journal.commit()
        first, second = (hashlib.sha256(token).hexdigest() for token in (b"first", b"second"))
        await store.executions.resume(first, 1)
        claimed = await store.claim(journal.id)
        assert claimed is not None
        resumed = store.journals.resume(claimed)
        self.waiting(resumed, "second")
        await resumed.commit()
        assert await store.claim(journal.id) is None
        assert await store.executions.resume(first, 1) is None
        assert await store.executions.resume(second, 2) == journal.id

    async def test_an_execution_that_ends_leaves_no_waits(self, store: Store) -> None:
        journal = store.begin()
        self.waiting(journal, "t")
        await journal.commit()
        journal.finish("failed", {"message": "the other branch"})
        await journal.commit()
        assert await store.executions.resume(hashlib.sha256(b"t").hexdigest(), 1) is None


async def test_deleting_takes_everything(store: Store) -> None:
    journal = store.begin()
    journal.record(step("a", outputs={"main": [Item({}, {"f": FileRef(hash="a" * 64)})]}))
    await journal.accept("hook", "k")
    assert await store.executions.delete([journal.id]) == 1
    assert await store.executions.steps(journal.id) == []
    async with store.database.read() as connection:
        assert (await connection.execute(files.select())).all() == []
    again = store.begin()
    assert await again.accept("hook", "k") == again.id


async def test_a_sealed_page_is_written_by_its_caller(database: Database, settings: Settings) -> None:
    async with opened(database, settings) as store:
        journal = store.enqueue()
        journal.record(step("start", {"n": 1}, {"text": "x" * store.journals.inline_output}))
        page = await journal.sealed()
        assert await store.executions.get(journal.id) is None
        async with database.begin() as connection:
            await insert(connection, page)
        [record] = await store.journals.load(journal.id)
        assert [item.json.get("n") for item in record.outputs["main"]] == [1, None]
        assert await store.executions.due(10) == [journal.id]
