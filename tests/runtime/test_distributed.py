"""Web and worker processes on PostgreSQL and Redis: who runs what, who is told, and what it costs to lose Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from a8n.events import Event
from a8n.runtime import revisions
from a8n.runtime.errors import StoreUnavailableError
from a8n.runtime.feed import EXECUTIONS, Numbered
from a8n.runtime.instance import Instance
from a8n.runtime.runs import Started
from a8n.runtime.schema import executions as rows
from a8n.runtime.settings import Settings
from a8n.services import Reply
from tests.redis_server import RedisServer
from tests.runtime.cluster import Effect, Failing, RareToys, heard, order, process, settings


class Caller:
    """A web request that waits."""

    fleeting = True

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.chunks: list[bytes] = []

    def reply(self, reply: Reply) -> None:
        self.replies.append(reply)

    def stream(self, chunk: bytes) -> None:
        self.chunks.append(chunk)


@pytest.fixture(autouse=True)
def toys() -> None:
    Effect.ran.clear()
    Effect.gate = None
    Failing.left.clear()
    return


@pytest.fixture
async def given(postgres_url: str, redis_url: str, tmp_path: Path) -> Settings:
    await revisions.upgrade(postgres_url)
    return settings(postgres_url, redis_url, tmp_path / "data")


@pytest.fixture
async def web(given: Settings) -> AsyncIterator[Instance]:
    async with process(given, "web") as instance:
        await heard(instance)
        yield instance


async def status(instance: Instance, execution_id: str) -> str:
    row = await instance.executions.get(execution_id)
    assert row is not None
    return str(row.status)


async def ended(instance: Instance, execution_id: str) -> str:
    while (found := await status(instance, execution_id)) in ("queued", "running"):
        await asyncio.sleep(0.02)
    return found


async def test_a_web_process_runs_pure_steps_itself(web: Instance) -> None:
    started = await web.runner.start(order("toy.mark"), awaited=True)
    outcome = await web.outcome(started)
    assert (outcome.status, [item.json for item in outcome.items]) == ("succeeded", [{"n": 1, "marked": True}])


async def test_it_leaves_effects_to_a_worker_and_is_told_the_result(web: Instance, given: Settings) -> None:
    started = await web.runner.start(order("toy.mark", "toy.effect", "toy.mark"), awaited=True)
    assert await status(web, started.execution_id) == "queued"
    assert Effect.ran == []
    async with process(given, "worker"):
        outcome = await web.outcome(started)
    assert (outcome.status, outcome.items[0].json) == ("succeeded", {"n": 1, "marked": True})
    assert Effect.ran == [f"a8n-{started.execution_id}-n1-0-0"]
    records = await web.journals.load(started.execution_id)
    assert [record.node for record in records] == ["start", "n0", "n1", "n2"]


async def test_what_a_worker_answers_reaches_the_caller(web: Instance, given: Settings) -> None:
    caller = Caller()
    async with process(given, "worker"):
        started = await web.runner.start(order("toy.answer"), caller=caller)
        assert (await web.outcome(started)).status == "succeeded"
    assert b"".join(caller.chunks) == b"one two"
    assert [(reply.status, reply.headers, reply.body) for reply in caller.replies] == [
        (201, {"x-toy": "yes"}, b"hello")
    ]
    kept = await web.journals.reply(started.execution_id)
    assert kept is not None
    assert (kept.status, kept.body) == (201, b"hello")


async def test_live_events_of_a_worker_reach_who_watches_elsewhere(web: Instance, given: Settings) -> None:
    async with process(given, "worker") as worker:
        await heard(worker)
        started = await web.runner.start(order("toy.effect", "toy.mark", mode="manual"))
        async with asyncio.timeout(20):
            seen = [numbered async for numbered in web.feed.watch(started.execution_id)]
    told = [(numbered.event.kind, numbered.event.node) for numbered in seen]
    assert told[0] == ("execution.started", "")
    assert told[-1] == ("execution.finished", "")
    assert ("step.finished", "n1") in told
    numbers = [numbered.number for numbered in seen]
    assert numbers == sorted(set(numbers))
    async with process(given, "web") as other:
        async with asyncio.timeout(20):
            rest = [numbered async for numbered in other.feed.watch(started.execution_id, after=numbers[2])]
    assert [numbered.number for numbered in rest] == numbers[3:]


async def test_who_has_a_workflow_open_hears_of_it_in_any_process(web: Instance, given: Settings) -> None:
    Effect.gate = asyncio.Event()
    async with process(given, "worker") as worker, process(given, "web") as other:
        await heard(worker)
        await heard(other)
        wanted = order("toy.effect", mode="webhook")

        async def watched(topic: str) -> list[Event]:
            return [numbered.event async for numbered in until_ended(other.feed.watch(topic))]

        watchers = [asyncio.ensure_future(watched(topic)) for topic in (wanted.workflow_id, EXECUTIONS)]
        async with asyncio.timeout(20):
            while not all(
                web.feed.watched(topic) and worker.feed.watched(topic) for topic in (wanted.workflow_id, EXECUTIONS)
            ):
                await asyncio.sleep(0.01)
        web.feed.announce(Event("workflow.saved", "", wanted.workflow_id, 1, data={"revision": 2}))
        started = await web.runner.start(wanted)
        Effect.gate.set()
        async with asyncio.timeout(20):
            of_workflow, of_all = await asyncio.gather(*watchers)
    assert [event.kind for event in of_workflow] == ["workflow.saved", "execution.started", "execution.finished"]
    assert [event.kind for event in of_all] == ["execution.started", "execution.finished"]
    assert {event.execution_id for event in of_all} == {started.execution_id}


async def until_ended(watching: AsyncIterator[Numbered]) -> AsyncIterator[Numbered]:
    async for numbered in watching:
        yield numbered
        if numbered.event.kind == "execution.finished":
            return


async def test_a_cancel_reaches_the_worker_that_runs_it(web: Instance, given: Settings) -> None:
    Effect.gate = asyncio.Event()
    async with process(given, "worker") as worker:
        await heard(worker)
        execution_id = await web.runner.submit(order("toy.effect"))
        while await status(web, execution_id) != "running":
            await asyncio.sleep(0.01)
        assert await web.runner.steering.cancel(execution_id)
        assert await ended(web, execution_id) == "canceled"
    assert Effect.ran == []


async def test_without_redis_the_database_wakes_the_workers(web: Instance, given: Settings) -> None:
    async with process(given, "worker"):
        assert web.bus is not None
        web.bus.send = lambda *command: None  # type: ignore[method-assign]  # every message is lost
        started = await web.runner.start(order("toy.effect"), awaited=True)
        assert (await web.outcome(started)).status == "succeeded"
    assert len(Effect.ran) == 1


async def test_processes_start_without_redis_and_use_it_when_it_is_there(
    given: Settings, redis_server: RedisServer, redis_url: str
) -> None:
    if redis_url != redis_server.url:
        pytest.fail("this test stops Redis: run it without REDIS_URL")
    redis_server.kill()
    try:
        async with process(given, "web") as web, process(given, "worker"):
            assert web.bus is not None
            assert not web.bus.connected
            started = await web.runner.start(order("toy.effect"), awaited=True)
            assert (await web.outcome(started)).status == "succeeded"
            redis_server.start()
            await heard(web)
            started = await web.runner.start(order("toy.effect"), awaited=True)
            assert (await web.outcome(started)).status == "succeeded"
    finally:
        if redis_server.process is None:
            redis_server.start()
    assert len(Effect.ran) == 2


async def test_messages_that_name_nothing_do_no_harm(web: Instance, given: Settings) -> None:
    assert web.bus is not None
    key = web.bus.key("queue", "executions.1")
    await web.bus.run([("RPUSH", key, b"\xff\x00"), ("RPUSH", key, b"{}"), ("RPUSH", key, b'{"actor_name": "x"}')])
    web.runner.queue.wake(["no-such-execution"])
    started = await web.runner.start(order("toy.effect"), awaited=True)
    async with process(given, "worker"):
        assert (await web.outcome(started)).status == "succeeded"


async def test_a_worker_that_stops_hands_its_work_to_another(web: Instance, given: Settings) -> None:
    Effect.gate = asyncio.Event()
    async with process(given, "worker") as first:
        execution_id = await web.runner.submit(order("toy.effect", settings={"n0": {"unknown": "retry"}}))
        while not first.runner.in_flight:
            await asyncio.sleep(0.01)
    assert await status(web, execution_id) == "queued"
    Effect.gate.set()
    async with process(given, "worker"):
        assert await ended(web, execution_id) == "succeeded"
    assert len(Effect.ran) == 1


async def test_a_worker_without_the_plugin_leaves_it_to_one_that_has_it(web: Instance, given: Settings) -> None:
    async with process(given, "web", RareToys()) as other, process(given, "worker") as poor:
        execution_id = await other.runner.submit(order("toy.rare"))
        while not (row := await web.executions.get(execution_id)) or not row.error:
            await asyncio.sleep(0.01)
        assert (row.status, b"toy.rare" in row.error) == ("queued", True)
        assert poor.runner.in_flight == []
        async with process(given, "worker", RareToys()):
            assert await ended(web, execution_id) == "succeeded"
        row = await web.executions.get(execution_id)
        assert row is not None
        assert row.error is None


async def test_a_far_retry_is_a_wait_and_the_caller_waits_with_it(web: Instance, given: Settings) -> None:
    retry = {"attempts": 3, "delay": 0, "jitter": 0}
    async with process(given, "worker"):
        started = await web.runner.start(
            order("toy.failing", params={"n0": {"times": 1}}, settings={"n0": {"retry": retry}}), awaited=True
        )
        while await status(web, started.execution_id) != "waiting":
            await asyncio.sleep(0.01)
        outcome = await web.outcome(started)
    assert outcome.status == "succeeded"
    [record] = [record for record in await web.journals.load(started.execution_id) if record.node == "n0"]
    assert record.attempt == 2


async def test_an_effect_of_a_dead_process_asks_a_person(web: Instance, given: Settings) -> None:
    """The intent is stored, the record is not, and the lease has ended."""
    execution_id = await web.runner.submit(order("toy.effect", "toy.mark"))
    [claimed] = await web.executions.claim(execution_id)
    journal = web.journals.resume(claimed)
    journal.intend("n0", (), 1)
    await journal.commit()
    async with web.db.begin() as connection:
        await connection.execute(rows.update().values(lease_until=1))
    async with process(given, "worker"):
        assert await ended(web, execution_id) == "waiting"
        steps = {record.node: record for record in await web.journals.load(execution_id)}
        wait = steps["n0"].wait
        assert wait is not None
        assert wait.kind == "decision"
        assert not await web.runner.steering.decide(execution_id, "n1", "", {"decision": "retry"})
        assert await web.runner.steering.decide(execution_id, "n0", "", {"decision": "done", "items": [{"id": 7}]})
        assert not await web.runner.steering.decide(execution_id, "n0", "", {"decision": "fail"})
        while await status(web, execution_id) != "succeeded":
            await asyncio.sleep(0.02)
    assert Effect.ran == []
    steps = {record.node: record for record in await web.journals.load(execution_id)}
    assert steps["n1"].outputs["main"][0].json == {"id": 7, "marked": True}


async def test_a_refused_execution_leaves_nobody_waiting(web: Instance) -> None:
    await web.writer.close()  # whatever comes is refused
    with pytest.raises(StoreUnavailableError):
        await web.runner.start(order("toy.mark"), awaited=True, idempotency_key="k")
    run = web.runner.prepare(order("toy.mark"), web.runner.planned(order("toy.mark")), awaited=True)
    web.runner.drive(run)
    with pytest.raises(StoreUnavailableError):
        await web.outcome(Started(run.id, run))
    assert web.answers._expected == {}
