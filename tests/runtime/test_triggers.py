"""Schedules, polls, listeners and subscriptions: once each, whatever races, dies or fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from a8n import Item, Kernel, ListenTrigger, PollTrigger, ScheduleTrigger, Trigger, TriggerContext, hookimpl
from a8n.errors import InvalidError
from a8n.items import JSON
from a8n.journal import StepRecord, WaitRecord, now
from a8n.runtime import revisions
from a8n.runtime.ids import new_id
from a8n.runtime.instance import Instance
from a8n.runtime.schema import executions, projects, schedules, ticks, waits, workflow_versions, workflows
from a8n.runtime.settings import Settings
from a8n.trigger import Misfire
from a8n.workflow import Workflow
from tests.runtime.cluster import KEY

SECOND = 1_000_000
HOUR = 3600 * SECOND


class Every(ScheduleTrigger):
    """Fires each so many seconds of the epoch."""

    key = "toy.every"

    seconds: int = 60
    misfire: Misfire = "last"

    def next_after(self, moment: datetime, timezone: str) -> datetime:
        passed = moment.timestamp() // self.seconds
        return datetime.fromtimestamp((passed + 1) * self.seconds, moment.tzinfo)

    @property
    def catch_up(self) -> Misfire:
        return self.misfire


class Broken(Every):
    """Fails when it fires."""

    key = "toy.broken"

    def fire(self, at: datetime, timezone: str) -> list[Item]:
        raise SystemExit("no")


class Rubbish(Every):
    """Answers with no time after the one it is asked about."""

    key = "toy.rubbish"

    fault: str = "still"

    def next_after(self, moment: datetime, timezone: str) -> datetime:
        if self.fault == "block":
            threading.Event().wait(30)
        if self.fault == "exit":
            raise SystemExit
        answers: dict[str, Any] = {"naive": datetime.now() + timedelta(days=1), "text": "noon"}
        answer: datetime = answers.get(self.fault, moment)
        return answer


class Poll(PollTrigger):
    """Gives the next number of a shared list, one at a time."""

    key = "toy.poll"

    there: ClassVar[list[int]] = []
    gate: ClassVar[asyncio.Event | None] = None
    looks: ClassVar[int] = 0
    cursor: ClassVar[Any] = None
    raises: ClassVar[BaseException | None] = None

    def every(self) -> float:
        return 1.0

    def reply_to(self, item: Item) -> str | Sequence[str] | None:
        number = item.json["n"]
        if number > 200:
            return [f"mail-{number}", "any mail"]
        return f"mail-{number}" if number > 100 else None

    def starts(self, item: Item) -> bool:
        return bool(item.json["n"] < 300)

    async def poll(self, ctx: TriggerContext, cursor: JSON) -> tuple[Sequence[Item], JSON]:
        Poll.looks += 1
        if self.gate is not None:
            await self.gate.wait()
        if Poll.raises is not None:
            raise Poll.raises
        if Poll.cursor is not None:
            return [], Poll.cursor
        after = cursor or 0
        found = [number for number in self.there if number > after][:1]
        return [Item({"n": number}) for number in found], max([after, *found])


class Listen(ListenTrigger):
    """Yields what is put into a shared queue; counts how many listen at once."""

    key = "toy.listen"

    queue: ClassVar[asyncio.Queue[int]]
    open: ClassVar[int] = 0
    most: ClassVar[int] = 0

    async def listen(self, ctx: TriggerContext) -> AsyncIterator[Sequence[Item]]:
        Listen.open += 1
        Listen.most = max(Listen.most, Listen.open)
        try:
            while True:
                number = await self.queue.get()
                if number == -2:
                    raise asyncio.CancelledError
                if number < 0:
                    raise ConnectionError("the line is cut")
                ctx.state["heard"] = [*ctx.state.get("heard", []), number]
                yield [Item({"n": number})] if number else ()
        finally:
            Listen.open -= 1


class OtherPoll(Poll):
    """Another type of the same kind."""

    key = "toy.other_poll"


class Subscribe(Trigger):
    """Subscribes at a service that is a list."""

    key = "toy.subscribe"

    fails: bool = False
    service: ClassVar[list[str]] = []

    async def activate(self, ctx: TriggerContext) -> None:
        if self.fails:
            raise ValueError("the service says no")
        ctx.state.setdefault("id", f"s{len(self.service)}")
        self.service.append(str(ctx.state["id"]))

    async def deactivate(self, ctx: TriggerContext) -> None:
        self.service.remove(str(ctx.state["id"]))


class Toys:
    """The plugin of these triggers."""

    @hookimpl
    def register_triggers(self) -> list[type[Trigger]]:
        return [Every, Broken, Rubbish, Poll, Listen, OtherPoll, Subscribe]


@pytest.fixture(autouse=True)
def fresh() -> None:
    Poll.there, Poll.gate, Poll.looks, Poll.cursor, Poll.raises = [], None, 0, None, None
    Listen.queue, Listen.open, Listen.most = asyncio.Queue(), 0, 0
    Subscribe.service = []


@pytest.fixture
async def given(database_url: str, tmp_path: Path) -> Settings:
    await revisions.upgrade(database_url)
    keys: Any = {"jwt_secret_key": "s" * 40, "encryption_keys": (KEY,)}
    return Settings(database_url=database_url, data_dir=tmp_path / "data", lease=2.0, reap=0.1, **keys)


@pytest.fixture
async def processes(given: Settings) -> AsyncIterator[list[Instance]]:
    """Three processes that share a database; none makes rounds by itself."""
    given.data_dir.mkdir()
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(3):
            instance = await Instance.open(given, Kernel(plugins=[Toys()]))
            stack.push_async_callback(instance.close, 0.5)
            await instance.rounds.stop(0)
            found.append(instance)
        yield found


async def live(instance: Instance, kind: str, workflow: str = "w1", version: int = 1, **params: JSON) -> None:
    """Publish a workflow of one trigger."""
    node = {"id": "t", "name": "T", "type": kind, "params": params}
    document = Workflow.parse({"name": "Toy", "nodes": [node]})
    raw = orjson.dumps(document.dump())
    async with instance.db.begin() as connection:
        if version == 1:
            await connection.execute(projects.insert().values(id=f"p{workflow}", name="P", created_at=1))
            await connection.execute(
                workflows.insert().values(
                    id=workflow, project_id=f"p{workflow}", name="Toy", revision=1, draft=raw, active=True,
                    published=1, created_at=1, updated_at=1,
                )
            )  # fmt: skip
        await connection.execute(
            workflow_versions.insert().values(
                workflow_id=workflow, version=version, hash=str(version), document=raw, created_at=1
            )
        )
        await connection.execute(workflows.update().where(workflows.c.id == workflow).values(published=version))
        standing = instance.rounds.standing
        await standing.register(connection, workflow, await standing.needed(workflow, document))


async def change(instance: Instance, **values: Any) -> None:
    async with instance.db.begin() as connection:
        await connection.execute(schedules.update().values(**values))


async def row(instance: Instance) -> Any:
    async with instance.db.read() as connection:
        return (await connection.execute(schedules.select())).one()


async def count(instance: Instance, table: Any = executions) -> int:
    async with instance.db.read() as connection:
        return len((await connection.execute(table.select())).all())


async def until(instance: Instance, wanted: int) -> None:
    async with asyncio.timeout(20):
        while await count(instance) < wanted:
            await asyncio.sleep(0.02)


async def ended(instance: Instance) -> None:
    """The polls that this process makes are over."""
    async with asyncio.timeout(20):
        while instance.rounds.holdings.held("poll"):
            await asyncio.sleep(0.005)


async def listening(wanted: int = 1) -> None:
    async with asyncio.timeout(20):
        while Listen.open != wanted:
            await asyncio.sleep(0.005)


class TestSchedules:
    async def test_a_tick_fires_once_whoever_tries(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.every", seconds=3600)
        due = now() // HOUR * HOUR  # the last full hour, minutes ago at most
        await change(processes[0], next_at=due)
        await asyncio.gather(*(process.rounds.clockwork.look() for process in processes for _ in range(3)))
        assert await count(processes[0]) == await count(processes[0], ticks) == 1
        assert (await row(processes[0])).next_at == due + HOUR
        assert await processes[1].rounds.clockwork.look() == pytest.approx((due + HOUR - now()) / SECOND, abs=5)

    async def test_a_clock_that_goes_back_fires_nothing_twice(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.every", seconds=3600)
        due = now() // HOUR * HOUR
        for _ in range(2):
            await change(processes[0], next_at=due)
            await processes[0].rounds.clockwork.look()
        assert await count(processes[0]) == 1

    @pytest.mark.parametrize(("misfire", "fired"), [("none", 0), ("last", 1), ("all", 5)])
    async def test_what_a_stop_missed(self, processes: list[Instance], misfire: str, fired: int) -> None:
        moment = now() // SECOND
        # About an hour, of which at least two minutes are over (missed) and one is left (so that no tick comes now).
        period = next(hour for hour in range(3600, 4600) if 120 < moment % hour < hour - 60)
        await live(processes[0], "toy.every", seconds=period, misfire=misfire)
        hour = period * SECOND
        last = now() // hour * hour
        await change(processes[0], next_at=last - 4 * hour)
        await processes[0].rounds.clockwork.look()
        assert await count(processes[0]) == fired
        assert (await row(processes[0])).next_at > last
        async with processes[0].db.read() as connection:
            times = sorted(tick.at for tick in (await connection.execute(ticks.select())).all())
        assert times == [last - (fired - 1 - index) * hour for index in range(fired)]

    async def test_what_is_made_up_for_is_bounded_and_said(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.every", seconds=1, misfire="all")
        await change(processes[0], next_at=(now() // SECOND - 5000) * SECOND)
        await processes[0].rounds.clockwork.look()
        assert await count(processes[0]) == await count(processes[0], ticks) == 1000
        assert "more than 1,000 times were missed" in (await row(processes[0])).error

    async def test_one_that_fails_is_reported_and_stops_no_other(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.broken")
        await live(processes[0], "toy.every", "w2")
        await change(processes[0], next_at=now() - SECOND)
        await processes[0].rounds.clockwork.look()
        assert await count(processes[0]) == 1
        [broken, *_] = await processes[0].rounds.standing.rows("w1")
        assert (broken.failures, "SystemExit" in broken.error) == (1, True)
        assert broken.next_at < now() < broken.lease_until  # it pauses, and its time is not lost

    async def test_one_that_cannot_run_here_does_not_make_the_loop_spin(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.every")
        broken = orjson.dumps({"name": "B", "nodes": [
            {"id": "t", "name": "T", "type": "toy.every"}, {"id": "x", "name": "X", "type": "not.there"},
        ], "connections": [{"from": "t", "to": "x"}]})  # fmt: skip
        async with processes[0].db.begin() as connection:
            await connection.execute(workflow_versions.update().values(document=broken))
        await change(processes[0], next_at=1)
        for _ in range(2):
            assert await processes[0].rounds.clockwork.look() is None
        found = await row(processes[0])
        assert (found.next_at, found.failures, "not.there" in found.error) == (1, 0, True)

    @pytest.mark.parametrize("fault", ["still", "naive", "text", "block", "exit"])
    async def test_a_rule_that_makes_no_sense_is_refused_and_stops_nobody(
        self, processes: list[Instance], fault: str
    ) -> None:
        with pytest.raises(InvalidError, match=r"nodes\.t: it cannot tell when it fires"):
            await live(processes[0], "toy.rubbish", fault=fault)

    async def test_eight_clockworks_fire_each_of_many_ticks_once(self, given: Settings) -> None:
        async with AsyncExitStack() as stack:
            found = []
            for _ in range(8):
                instance = await Instance.open(given, Kernel(plugins=[Toys()]))
                stack.push_async_callback(instance.close, 0)
                await instance.rounds.stop(0)
                found.append(instance)
            for number in range(5):
                await live(found[0], "toy.every", f"w{number}", seconds=1, misfire="all")
            await change(found[0], next_at=(now() // SECOND - 20) * SECOND)
            for _ in range(2):
                await asyncio.gather(*(instance.rounds.clockwork.look() for instance in found))
            assert await count(found[0]) == await count(found[0], ticks) >= 5 * 20

    async def test_the_rounds_fire_at_the_time(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.every", seconds=1)
        processes[0].rounds = type(processes[0].rounds)(processes[0])
        processes[0].rounds.start()
        await until(processes[0], 3)
        async with processes[0].db.read() as connection:
            found = (await connection.execute(ticks.select())).all()
        assert all(tick.at % SECOND == 0 and tick.created_at >= tick.at for tick in found)


class TestPolls:
    async def test_each_find_starts_one_execution_whoever_looks(self, processes: list[Instance]) -> None:
        Poll.there = [1, 2, 3]
        await live(processes[0], "toy.poll")
        for expected in (1, 2, 3, 3):
            await change(processes[0], next_at=1)
            await asyncio.gather(*(process.rounds.polls.look() for process in processes))
            await asyncio.gather(*(ended(process) for process in processes))
            assert await count(processes[0]) == expected
        assert Poll.looks == 4
        assert orjson.loads((await row(processes[0])).cursor) == 3

    async def test_a_poll_that_lost_its_row_starts_nothing(self, processes: list[Instance]) -> None:
        Poll.there, Poll.gate = [1], asyncio.Event()
        await live(processes[0], "toy.poll")
        await processes[0].rounds.polls.look()
        await asyncio.sleep(0.05)
        await change(processes[0], lease_until=1)  # its process was paused
        await processes[1].rounds.polls.look()
        await asyncio.sleep(0.05)
        Poll.gate.set()
        await asyncio.gather(*(ended(process) for process in processes[:2]))
        assert Poll.looks == 2
        assert await count(processes[0]) == 1

    async def test_an_error_backs_off_and_keeps_the_cursor(self, processes: list[Instance]) -> None:
        Poll.cursor = object()
        await live(processes[0], "toy.poll")
        await processes[0].rounds.polls.look()
        await ended(processes[0])
        found = await row(processes[0])
        assert (found.failures, found.owner, found.cursor) == (1, None, None)
        assert "not JSON" in found.error
        assert found.next_at > now() + 10 * SECOND

    async def test_publishing_anew_keeps_the_cursor_and_another_type_does_not(self, processes: list[Instance]) -> None:
        Poll.there = [1]
        await live(processes[0], "toy.poll")
        await processes[0].rounds.polls.look()
        await ended(processes[0])
        await live(processes[0], "toy.poll", version=2)
        assert orjson.loads((await row(processes[0])).cursor) == 1
        await live(processes[0], "toy.other_poll", version=3)
        found = await row(processes[0])
        assert (found.type, found.cursor) == ("toy.other_poll", None)

    @pytest.mark.parametrize(
        "error", [SystemExit("no"), KeyboardInterrupt(), asyncio.CancelledError(), ValueError("no")],
        ids=lambda error: type(error).__name__,
    )  # fmt: skip
    async def test_whatever_it_raises_is_a_failure_of_its_own(
        self, processes: list[Instance], error: BaseException
    ) -> None:
        Poll.raises = error
        await live(processes[0], "toy.poll")
        await processes[0].rounds.polls.look()
        await ended(processes[0])
        found = await row(processes[0])
        assert (found.failures, found.owner) == (1, None)
        assert found.next_at > now() + 10 * SECOND

    async def test_a_long_poll_keeps_its_lease_while_its_process_lives(self, processes: list[Instance]) -> None:
        Poll.there, Poll.gate = [1], asyncio.Event()
        await live(processes[0], "toy.poll")
        await processes[0].rounds.polls.look()
        before = (await row(processes[0])).lease_until
        await processes[0].rounds.holdings.renew()
        assert (await row(processes[0])).lease_until > before
        await processes[1].rounds.polls.look()
        Poll.gate.set()
        await ended(processes[0])
        assert (Poll.looks, await count(processes[0])) == (1, 1)

    async def test_the_end_of_a_process_hands_its_poll_back(self, processes: list[Instance]) -> None:
        Poll.there, Poll.gate = [1], asyncio.Event()
        await live(processes[0], "toy.poll")
        await processes[0].rounds.polls.look()
        await asyncio.sleep(0)
        await processes[0].rounds.holdings.stop(0.05)
        Poll.gate.set()
        await processes[1].rounds.polls.look()
        await ended(processes[1])
        assert await count(processes[0]) == 1

    async def test_what_fails_after_it_was_taken_over_changes_nothing(self, processes: list[Instance]) -> None:
        Poll.raises, Poll.gate = ValueError("no"), asyncio.Event()
        await live(processes[0], "toy.poll")
        await processes[0].rounds.polls.look()
        await change(processes[0], owner="somebody else")
        Poll.gate.set()
        await ended(processes[0])
        found = await row(processes[0])
        assert (found.owner, found.failures) == ("somebody else", 0)


async def waiting(instance: Instance, project: str, key: str) -> str:
    """An execution with a step that waits for a reply."""
    at = now()
    journal = instance.journals.begin(
        id=new_id(), workflow_id="w9", project_id=project, version=1, trigger="t", mode="test", created_at=at
    )
    wait = WaitRecord(None, False, "", {}, "reply", key)
    journal.record(StepRecord("mail", (), 1, "waiting", at, at, wait=wait))
    journal.finish("waiting")
    await journal.commit()
    return journal.id


class TestReplies:
    @pytest.fixture(autouse=True)
    def _nobody_goes_on(self, processes: list[Instance], monkeypatch: pytest.MonkeyPatch) -> None:
        """What is woken stays as it was left: its workflow is not there, so running it would end it at once."""
        for process in processes:
            monkeypatch.setattr(process.runner.queue, "wake", lambda *_: None)

    async def test_a_reply_ends_the_wait_for_it_and_starts_nothing(self, processes: list[Instance]) -> None:
        Poll.there = [101]
        mine = await waiting(processes[0], "pw1", "mail-101")
        theirs = await waiting(processes[0], "another project", "mail-101")
        await live(processes[0], "toy.poll")
        await processes[0].rounds.polls.look()
        await ended(processes[0])
        assert await count(processes[0]) == 2
        async with processes[0].db.read() as connection:
            found = {row.execution_id: row for row in await connection.execute(waits.select())}
        assert orjson.loads(found[mine].payload) == {"json": {"n": 101}, "files": {}}
        assert found[theirs].resumed_at is None
        assert orjson.loads((await row(processes[0])).cursor) == 101

    async def test_a_reply_that_nobody_waits_for_starts_an_execution(self, processes: list[Instance]) -> None:
        Poll.there = [102]
        await live(processes[0], "toy.poll")
        await processes[0].rounds.polls.look()
        await ended(processes[0])
        assert await count(processes[0]) == 1

    async def test_of_several_keys_the_first_that_is_waited_for_counts(self, processes: list[Instance]) -> None:
        Poll.there = [201]
        anything = await waiting(processes[0], "pw1", "any mail")
        this = await waiting(processes[0], "pw1", "mail-201")
        await live(processes[0], "toy.poll")
        await processes[0].rounds.polls.look()
        await ended(processes[0])
        async with processes[0].db.read() as connection:
            found = {row.execution_id: row.resumed_at for row in await connection.execute(waits.select())}
        assert found[this] is not None
        assert found[anything] is None
        assert await count(processes[0]) == 2

    async def test_what_starts_nothing_may_still_be_a_reply(self, processes: list[Instance]) -> None:
        Poll.there = [301, 302]
        this = await waiting(processes[0], "pw1", "mail-302")
        await live(processes[0], "toy.poll")
        await processes[0].rounds.polls.look()
        await ended(processes[0])
        assert await count(processes[0]) == 1
        assert orjson.loads((await row(processes[0])).cursor) == 301
        await change(processes[0], next_at=processes[0].db.clock())
        await processes[0].rounds.polls.look()
        await ended(processes[0])
        async with processes[0].db.read() as connection:
            found = {row.execution_id: row.resumed_at for row in await connection.execute(waits.select())}
        assert found[this] is not None

    async def test_of_many_replies_one_counts(self, processes: list[Instance]) -> None:
        await waiting(processes[0], "p", "k")
        steerings = [process.runner.steering for process in processes]
        counted = await asyncio.gather(
            *(steering.reply("p", "k", index) for index, steering in enumerate(steerings * 5))
        )
        assert sum(counted) == 1


class TestListeners:
    async def test_one_process_listens_and_hands_over_when_it_stops(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.listen")
        for _ in range(3):
            await asyncio.gather(*(process.rounds.listeners.look() for process in processes))
            await asyncio.sleep(0.02)
        assert Listen.open == 1
        Listen.queue.put_nowait(1)
        await until(processes[0], 1)
        owner = (await row(processes[0])).owner
        [holder] = [process for process in processes if process.id == owner]
        await holder.rounds.holdings.stop(1)
        others = [process for process in processes if process is not holder]
        await asyncio.gather(*(process.rounds.listeners.look() for process in others))
        Listen.queue.put_nowait(2)
        await until(processes[0], 2)
        assert Listen.most == 1

    async def test_a_dead_owner_is_followed_when_its_lease_ends(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.listen")
        await processes[0].rounds.listeners.look()
        await processes[0].rounds.holdings.stop_work([("w1", "t")])  # it died without a word
        await processes[1].rounds.listeners.look()
        assert (await row(processes[0])).owner == processes[0].id
        await change(processes[0], lease_until=1)
        await processes[1].rounds.listeners.look()
        Listen.queue.put_nowait(1)
        await until(processes[0], 1)

    async def test_what_a_paused_owner_gives_starts_nothing(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.listen")
        await processes[0].rounds.listeners.look()
        await asyncio.sleep(0.02)
        await listening()
        await change(processes[0], owner="somebody else")
        Listen.queue.put_nowait(1)
        async with asyncio.timeout(20):
            while Listen.open:
                await asyncio.sleep(0.01)
        assert await count(processes[0]) == 0

    @pytest.mark.parametrize("end", [-1, -2], ids=["cut", "cancels itself"])
    async def test_a_broken_line_is_opened_again(self, processes: list[Instance], end: int) -> None:
        await live(processes[0], "toy.listen")
        await processes[0].rounds.listeners.look()
        await listening()
        Listen.queue.put_nowait(end)
        await listening(0)
        await processes[0].rounds.holdings.renew()
        Listen.queue.put_nowait(5)
        await until(processes[0], 1)

    async def test_what_was_yielded_is_stored_also_when_the_process_stops(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.listen")
        await processes[0].rounds.listeners.look()
        await listening()
        Listen.queue.put_nowait(1)
        await asyncio.sleep(0)  # it is yielded, and not stored yet
        await processes[0].rounds.holdings.stop(1)
        assert await count(processes[0]) + Listen.queue.qsize() == 1
        assert (await row(processes[0])).owner is None

    async def test_what_it_keeps_is_stored_with_what_it_yields(self, processes: list[Instance]) -> None:
        async def kept() -> Any:
            state = (await row(processes[0])).state
            return orjson.loads(state) if state else None

        await live(processes[0], "toy.listen")
        await processes[0].rounds.listeners.look()
        await listening()
        Listen.queue.put_nowait(1)
        await until(processes[0], 1)
        assert await kept() == {"heard": [1]}
        Listen.queue.put_nowait(0)  # yields nothing
        async with asyncio.timeout(20):
            while await kept() != {"heard": [1, 0]}:
                await asyncio.sleep(0.02)
        assert await count(processes[0]) == 1
        Listen.queue.put_nowait(-1)  # the line is cut, and opened again
        Listen.queue.put_nowait(2)
        await until(processes[0], 2)
        assert await kept() == {"heard": [1, 0, 2]}
        owner = processes[0]
        await owner.rounds.holdings.stop(1)
        await processes[1].rounds.listeners.look()
        Listen.queue.put_nowait(3)
        await until(processes[0], 3)
        assert await kept() == {"heard": [1, 0, 2, 3]}

    async def test_publishing_anew_opens_the_connection_anew(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.listen")
        await processes[0].rounds.listeners.look()
        await listening()
        await live(processes[0], "toy.listen", version=2)
        await processes[0].rounds.listeners.look()
        Listen.queue.put_nowait(1)
        await until(processes[0], 1)
        async with processes[0].db.read() as connection:
            assert (await connection.execute(executions.select())).one().version == 2
        assert (Listen.open, Listen.most) == (1, 1)

    async def test_an_owner_that_cannot_renew_stops_before_its_lease_ends(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.listen")
        await processes[0].rounds.listeners.look()
        await listening()
        async with asyncio.timeout(20):
            while Listen.open:
                await asyncio.sleep(0.02)
        assert (await row(processes[0])).owner == processes[0].id  # nobody has told it

    async def test_connections_are_spread_also_over_a_process_that_comes_later(self, processes: list[Instance]) -> None:
        for number in range(6):
            await live(processes[0], "toy.listen", f"w{number}")
        first, second, _ = processes
        await first.rounds.listeners.look()
        await listening(6)
        await second.rounds.listeners.look()  # asks
        await first.rounds.holdings.renew()  # hands over
        await second.rounds.holdings.renew()  # begins
        await listening(6)
        assert [len(process.rounds.holdings.held("listen")) for process in (first, second)] == [3, 3]
        for _ in range(3):  # nobody wants more
            for process in (first, second):
                await process.rounds.listeners.look()
                await process.rounds.holdings.renew()
        assert [len(process.rounds.holdings.held("listen")) for process in (first, second)] == [3, 3]
        assert Listen.most == 6

    async def test_a_process_without_the_plugin_leaves_the_rows_to_others(
        self, processes: list[Instance], given: Settings
    ) -> None:
        bare = await Instance.open(given, Kernel(plugins=[]))
        await bare.rounds.stop(0)
        for number, kind in enumerate(("toy.listen", "toy.poll", "toy.every")):
            await live(processes[0], kind, f"w{number}")
        await change(processes[0], next_at=1)
        rounds = bare.rounds
        assert [await look() for look in (rounds.clockwork.look, rounds.polls.look, rounds.listeners.look)] == [
            None
        ] * 3
        assert (rounds.holdings.held("listen"), rounds.holdings.held("poll")) == ([], [])
        async with bare.db.read() as connection:
            found = (await connection.execute(schedules.select())).all()
        assert {(one.owner, one.failures, one.error) for one in found} == {(None, 0, "")}
        await bare.close(0)


class TestSubscriptions:
    async def test_what_was_subscribed_is_undone_by_what_it_is_known_by(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.subscribe")
        subscriptions = processes[0].rounds.subscriptions
        await subscriptions.activate("w1")
        await processes[1].rounds.subscriptions.activate("w1")  # after a crash: once more, with its state
        assert Subscribe.service == ["s0", "s0"]
        assert await subscriptions.deactivate(await processes[2].rounds.subscriptions.held("w1")) == []
        assert Subscribe.service == ["s0"]
        Subscribe.service.clear()
        [problem] = await subscriptions.deactivate(await subscriptions.held("w1"))
        assert "T could not unsubscribe at its service: ValueError" in problem

    async def test_what_a_crash_left_unsubscribed_is_subscribed(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.subscribe")
        await processes[1].rounds.subscriptions.look()
        assert Subscribe.service == []  # whoever publishes is about to
        await change(processes[0], next_at=1)
        for process in processes:
            await process.rounds.subscriptions.look()
        assert Subscribe.service == ["s0"]
        assert (await row(processes[0])).next_at is None

    async def test_a_service_that_says_no_is_named(self, processes: list[Instance]) -> None:
        await live(processes[0], "toy.subscribe", fails=True)
        with pytest.raises(InvalidError, match=r"nodes\.t: it could not subscribe .* the service says no"):
            await processes[0].rounds.subscriptions.activate("w1")


def test_the_toy_schedule_is_one() -> None:
    moment = datetime.fromisoformat("2026-01-01T00:00:30+00:00")
    assert Every(seconds=60).next_after(moment, "UTC") - moment == timedelta(seconds=30)
