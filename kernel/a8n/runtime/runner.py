"""Runs executions in this process: from the web directly, from the queue, and again after a crash."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import orjson

from a8n.concurrency import key_of
from a8n.errors import InvalidError, NodeError
from a8n.events import Event
from a8n.execution import Execution
from a8n.items import Item
from a8n.journal import StepRecord, now
from a8n.kernel import Kernel
from a8n.plan import Plan
from a8n.runtime import faults
from a8n.runtime.answers import Answers
from a8n.runtime.backlog import Backlog
from a8n.runtime.claims import Claims
from a8n.runtime.errors import FencedError, RepeatedError, StoreError
from a8n.runtime.executions import ENDED, POISON, Claimed, Executions
from a8n.runtime.feed import EXECUTIONS, Feed
from a8n.runtime.journal import ExecutionJournal, Journals
from a8n.runtime.metrics import Metrics
from a8n.runtime.observation import Observation
from a8n.runtime.orders import Order, Outcome, first_item
from a8n.runtime.queue import Queue
from a8n.runtime.resumption import Resumption
from a8n.runtime.runs import Run, Started, age, described, fields_of, info_of, options_in, type_of
from a8n.runtime.signals import Signals
from a8n.runtime.slots import BusyError, Slots, slot_of
from a8n.runtime.steering import Steering
from a8n.runtime.writer import OPTIONS, Page
from a8n.services import Caller, ExecutionInfo, Services
from a8n.workflow import Workflow

log = logging.getLogger("a8n.runner")

MAX_DEPTH = 20
"""Of workflows that run workflows."""
SOON = 60.0
"""Seconds: a wait that ends sooner gets a timer here; all others, and those of dead processes, the reaper finds."""
PATIENCE = 1.0
"""Seconds that a step sleeps until its next attempt; for longer it waits, which holds no worker."""
PLANS = 500
"""How many compiled plans a process keeps."""
ABSENT = 60.0
"""Seconds for which a process leaves an execution to others that it cannot run for want of a plugin."""
MISSING = frozenset({"unknown_type", "newer_version", "plugin_error"})
"""What another process, with other plugins, may not find wrong."""
BY_HAND = ("manual", "test", "chat")
"""Modes of executions that somebody watches in the editor."""


class Runner:
    """Starts, resumes, cancels and recovers executions.

    One that `works` runs what it starts. One that does not runs only what needs no waiting, and leaves the rest to
    the workers: a workflow of pure steps is answered without a detour through the queue.
    """

    def __init__(
        self,
        kernel: Kernel,
        executions: Executions,
        journals: Journals,
        feed: Feed,
        services: Callable[[str], Services],
        *,
        load_version: Callable[[str, int], Any],
        error_page: Callable[[Run], Any],
        resume_url: Callable[[str], str],
        answers: Answers,
        signals: Signals,
        works: bool = True,
        shared: bool = False,
        observation: Observation | None = None,
    ):
        self.kernel = kernel
        self.executions = executions
        self.journals = journals
        self.feed = feed
        self.queue: Queue
        self.slots: Slots
        self.backlog: Backlog
        self.limited = False
        """Whether the number of running executions is limited: then each is stored first, and runs when claimed."""
        self.answers = answers
        self.claims = Claims(executions)
        self.works = works
        self.observation = observation or Observation(Metrics())
        self._shared = shared
        """The queue is shared with other processes."""
        self.steering = Steering(self, signals)
        self.services = services
        self._resumption = Resumption(self, load_version)
        self._error_page = error_page
        self._resume_url = resume_url
        self._plans: OrderedDict[tuple[str, int, str], Plan] = OrderedDict()
        self._runs: dict[str, Run] = {}
        self._prepared: dict[str, Run] = {}
        self._absent: dict[str, float] = {}
        self._stranded: dict[str, int] = {}
        """Executions that the database kept us from going on with, and their epochs."""
        journals.wake = self._wake

    def _wake(self, ids: Any) -> None:
        self.queue.wake(ids)

    # --- starting --------------------------------------------------------------------------------------------

    def plan(self, workflow_id: str, version: int, document: Workflow, trigger: str) -> Plan:
        """The plan of a published version, compiled once. Drafts are compiled each time."""
        if version == 0:
            return Plan(self.kernel, document, trigger)
        key = (workflow_id, version, trigger)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = Plan(self.kernel, document, trigger)
            if len(self._plans) > PLANS:
                self._plans.popitem(last=False)
        return plan

    def known_plan(self, workflow_id: str, version: int, trigger: str) -> Plan | None:
        """The plan of a published version, if this process has compiled it."""
        return self._plans.get((workflow_id, version, trigger))

    def prepare(
        self, order: Order, plan: Plan, caller: Caller | None = None, *, awaited: bool = False,
        slot: str | None = None,
    ) -> Run:  # fmt: skip
        """An execution that has begun in memory: its first commit makes it known to the database.

        One with a slot is not to be driven: it is stored, and claimed when its turn comes.
        """
        fields = fields_of(order)
        info = info_of(order, fields["id"], fields["created_at"])
        limits = order.document.settings.concurrency
        self.observation.begun(info, fields, here=slot is None)
        if slot is None or limits is None:
            journal = self.journals.begin(**fields)
        else:
            journal = self.journals.enqueue(**fields, slot=slot, slot_limit=limits.limit)
        run = Run(self.execution(plan, info, journal, caller), journal)
        if awaited or caller is not None:
            run.awaited = True
            self.answers.expect(run.id, caller)
        if order.retry_of is not None:
            run.execution.observer = self._observe
        if order.records:
            for record in order.records:
                journal.record(record)
            run.execution.restore(order.records)
            self.feed.announce(Event("execution.started", run.id, info.workflow_id, fields["created_at"]))
        else:
            run.execution.begin(order.items)
        return run

    def drive(self, run: Run) -> bool:
        """Run what needs no waiting. True when it has ended or was handed to a worker; else a task goes on with it."""
        execution = run.execution
        if execution.advance():
            if execution.error is not None and execution.plan.workflow.settings.error_workflow is not None:
                run.task = asyncio.ensure_future(self._finish(run))
                return False
            run.journal.finish(execution.status, execution.error)
            self.observation.ended(execution.info, execution.status, execution.error)
            return True
        if not self.works:
            self._hand_back(run)
            return True
        self._runs[run.id] = run
        run.task = asyncio.ensure_future(self._drive(run))
        return False

    async def start(
        self, order: Order, *, caller: Caller | None = None, idempotency_key: str | None = None, awaited: bool = False
    ) -> Started:
        """Start an execution; `outcome` waits for it. Returns after the acceptance is durable.

        With an idempotency key that was used before, nothing starts and the first execution's id is given.
        An execution of a workflow with a concurrency limit is stored and run when its turn comes, here or elsewhere.
        Raises InvalidError when the workflow cannot run, BusyError when its limit skips this execution.
        """
        plan = self.planned(order)
        if order.document.settings.concurrency is not None:
            return await self._in_line(order, plan, caller, idempotency_key, awaited=awaited)
        run = self.prepare(order, plan, caller, awaited=awaited)
        try:
            return await self._accept(run, order, idempotency_key)
        except BaseException:
            self.answers.forget(run.id)
            raise

    async def _accept(self, run: Run, order: Order, key: str | None) -> Started:
        """Make an execution durable, under its idempotency key if it has one, and let it run."""
        if key is not None:
            first = await run.journal.accept(order.workflow_id, key)
            if first != run.id:
                self.answers.forget(run.id)
                self.observation.ended(run.execution.info, "repeated")
                return Started(first, self._runs.get(first), repeated=True)
        if self.limited:
            self._hand_back(run)
        else:
            self.drive(run)
        await self.accepted(run)
        return Started(run.id, run)

    async def submit(self, order: Order) -> str:
        """Accept an execution and let the queue run it. Returns its id after the commit. Raises as `start` does."""
        plan = self.planned(order)
        if order.document.settings.concurrency is not None:
            return (await self._in_line(order, plan, None, None, awaited=False)).execution_id
        run = self.prepare(order, plan)
        if not self._shared and not self.limited and self.backlog.is_needed:  # the database holds a long queue
            self._hand_back(run)
            await run.journal.commit()
            self.backlog.added()
            return run.id
        if self._shared or self.limited:
            self._hand_back(run)
        await self.accepted(run)
        if not self._shared and not self.limited:
            self._prepared[run.id] = run
            self.queue.wake([run.id], order.priority)
        return run.id

    async def _in_line(
        self, order: Order, plan: Plan, caller: Caller | None, key: str | None, *, awaited: bool
    ) -> Started:
        """Store an execution of a limited workflow, and let it run when its turn comes."""
        limits = order.document.settings.concurrency
        assert limits is not None
        value = key_of(limits, first_item(order), self.services(order.project_id).vars)
        slot = slot_of(order.workflow_id, limits, value)
        run = self.prepare(order, plan, caller, awaited=awaited, slot=slot)
        page = await run.journal.sealed((order.workflow_id, key) if key is not None else None)
        if run.awaited:
            self._note_caller(page)
        try:
            entry = await self.slots.accept(page, limits)
        except BaseException as error:
            self.answers.forget(run.id)
            if isinstance(error, RepeatedError):
                return Started(error.execution_id, self._runs.get(error.execution_id), repeated=True)
            raise
        if entry.skipped:
            self.answers.forget(run.id)
            raise BusyError(run.id, limits.limit)
        return Started(run.id, None)

    @faults.around("accept")
    async def accepted(self, run: Run) -> None:
        """Return when an execution is durable; one that was handed back is then woken up."""
        await run.journal.commit()
        if run.execution.status == "queued":
            self.queue.wake([run.id], run.journal.priority)

    async def page(self, order: Order) -> Page:
        """A queued execution that somebody else writes together with what starts it, see `executions.insert`.

        Wake it up after the commit. Raises InvalidError when the workflow cannot run.
        """
        self.planned(order)
        fields = fields_of(order)
        self.observation.begun(info_of(order, fields["id"], fields["created_at"]), fields, here=False)
        journal = self.journals.enqueue(**fields)
        at: int = fields["created_at"]
        items = [Item(item.json, item.files, index) for index, item in enumerate(order.items)]
        port = self.kernel.catalogue[type_of(order)].cls.outputs[0]
        journal.record(StepRecord(order.trigger, (), 1, "succeeded", at, at, {port: items} if items else {}))
        return await journal.sealed()

    def _hand_back(self, run: Run) -> None:
        """Let a worker go on with an execution that has begun here; `accepted` then makes it known."""
        run.execution.status = "queued"
        self.observation.ended(run.execution.info, "queued")
        page = run.journal.finish("queued")
        if run.awaited:
            self._note_caller(page)

    def _note_caller(self, page: Page) -> None:
        """Let whoever runs it know that this process waits for it."""
        if page.row is not None:
            options = orjson.loads(page.row[OPTIONS]) if page.row[OPTIONS] else {}
            page.row[OPTIONS] = orjson.dumps({**options, "caller": self.answers.address})

    def planned(self, order: Order) -> Plan:
        """The plan of an order. Raises InvalidError, and NodeError for one that is nested too deeply."""
        if order.depth > MAX_DEPTH:
            raise NodeError(f"workflows call each other more than {MAX_DEPTH} deep", retryable=False)
        if order.pins or order.only is not None:
            return Plan(self.kernel, order.document, order.trigger, only=order.only)
        return self.plan(order.workflow_id, order.version, order.document, order.trigger)

    def execution(self, plan: Plan, info: ExecutionInfo, journal: ExecutionJournal, caller: Caller | None) -> Execution:
        """An execution in memory, with all that this process gives it."""
        return Execution(
            plan,
            info,
            self.services(info.project_id),
            journal,
            caller=caller,
            observer=self._observer_of(info),
            resume_url=self._resume_url,
            patience=PATIENCE,
            probe=self.observation,
        )

    def _observer_of(self, info: ExecutionInfo) -> Callable[[Event], None] | None:
        """Events are made where somebody could see them: for runs from the editor, for plugins that listen.

        Who has the workflow open, or the list of executions, sees how they begin and end, and nothing in between.
        """
        if (
            (info.mode != "webhook" and not self._shared)
            or info.mode in BY_HAND
            or self.feed.watched(info.id)
            or self.kernel.manager.observed
        ):
            return self._observe
        if self.feed.watched(info.workflow_id) or self.feed.watched(EXECUTIONS):
            return self._outline
        return None

    def _outline(self, event: Event) -> None:
        if event.kind.startswith("execution."):
            self.feed.announce(event)

    def _observe(self, event: Event) -> None:
        self.feed.publish(event)
        if self.kernel.manager.observed:
            self.kernel.manager.emit(event)

    # --- working ---------------------------------------------------------------------------------------------

    async def work(self, execution_id: str) -> None:
        """What a queue message does: run an execution that is due, if nobody else has it."""
        run = self._prepared.pop(execution_id, None)
        if run is None:
            if execution_id in self._runs or self._absent.get(execution_id, 0) > time.monotonic():
                return
            claimed = await self.claims.claim(execution_id)
            if claimed is not None:
                self.observation.metrics.claimed([claimed.claims])
                try:
                    await self._go_on(await self._begun(claimed))
                finally:
                    self.claims.over(execution_id)
            return
        await self._go_on(run)

    async def _go_on(self, run: Run | None) -> None:
        """Run what there is to run, to its end or its first wait."""
        if run is None:
            return
        if not self.drive(run) and run.task is not None:
            await run.task
        else:
            await self._committed(run)
        self.backlog.ended()

    async def _begun(self, claimed: Claimed) -> Run | None:
        """A claimed execution, ready to go on; None where that has ended it or left it to others."""
        journal = self.journals.resume(claimed)
        try:
            run = await self._resumption.resumed(claimed, journal)
            if run is None:
                return None
        except StoreError:
            self._stranded[claimed.id] = claimed.epoch
            raise
        except Exception as error:
            missing = isinstance(error, InvalidError) and all(p.code in MISSING for p in error.problems)
            if missing and self._shared:
                await self._leave(claimed, error)
            else:
                journal.finish("failed", described(error))
                log.error("execution %s could not begin: %s", claimed.id, error)
                self.observation.metrics.ended("failed", claimed.mode, claimed.workflow_id, age(claimed.created_at))
                await self._told(claimed, journal, Outcome("failed", described(error), ()))
            return None
        if claimed.cancel_requested:
            run.execution.status = "canceled"
        elif claimed.poisonous:
            run.execution.status, run.execution.error = "crashed", POISON
        else:
            return run
        log.log(logging.INFO if claimed.cancel_requested else logging.ERROR, "execution %s: %s", run.id, run.outcome)
        await self._finish(run)
        self.told_end(run.id, claimed.workflow_id, run.execution.status)
        return None

    async def release_stranded(self) -> None:
        """Hand back what the database kept us from going on with: nobody died, so nothing counts towards poison."""
        while self._stranded:
            execution_id, epoch = next(iter(self._stranded.items()))
            released = await self.executions.release(execution_id, epoch)
            del self._stranded[execution_id]
            if released:
                self.queue.wake([execution_id])

    async def _leave(self, claimed: Claimed, error: Exception) -> None:
        """This process lacks what the execution needs: others may have it."""
        moment = time.monotonic()
        self._absent = {known: until for known, until in self._absent.items() if until > moment}
        self._absent[claimed.id] = moment + ABSENT
        log.error("execution %s is left to other processes: %s", claimed.id, error)
        await self.executions.release(claimed.id, claimed.epoch, error=described(error))

    async def _told(self, claimed: Claimed, journal: ExecutionJournal, outcome: Outcome) -> None:
        """Commit the end of an execution that never began here, and tell who waits for it."""
        with contextlib.suppress(FencedError):
            await journal.commit()
            self._free(claimed.slot)
            self.told_end(claimed.id, claimed.workflow_id, outcome.status)
            self.answers.ended(claimed.id, outcome, options_in(claimed).get("caller"))
            if journal.parent is not None:
                self.queue.wake([journal.parent[0]])

    def told_end(self, execution_id: str, workflow_id: str, status: str) -> None:
        """Tell of the end of an execution that nobody ran then."""
        self.feed.publish(Event("execution.finished", execution_id, workflow_id, now(), status=status))

    def _free(self, slot: str | None) -> None:
        if slot is not None:
            self.slots.freed([slot])

    async def _drive(self, run: Run) -> None:
        execution = run.execution
        self.observation.driven(execution.info)
        try:
            await execution.run()
        except asyncio.CancelledError:  # the process stops: the lease is given back, somebody goes on
            self.observation.ended(execution.info, "queued")
            with contextlib.suppress(Exception):
                await run.journal.commit()
                await self.executions.release(run.id, run.journal.epoch)
                self.queue.wake([run.id], run.journal.priority)
            raise
        except FencedError:
            log.warning("execution %s is run by another process now", run.id)
            self.observation.ended(execution.info, "lost")
            return
        except StoreError as error:
            log.warning("execution %s goes on when the database is back: %s", run.id, error)
            self.observation.ended(execution.info, "lost")
            self._stranded[run.id] = run.journal.epoch
            return
        except Exception as error:
            log.exception("execution %s broke", run.id)
            execution.status, execution.error = "failed", described(error)
        finally:
            self._runs.pop(run.id, None)
        await self._finish(run)

    async def _finish(self, run: Run) -> None:
        """Take note of the end of a run, with what it starts, and commit it."""
        execution = run.execution
        if execution.status in ("failed", "crashed") and execution.plan.workflow.settings.error_workflow is not None:
            page = await self._error_page(run)
            if page is not None:
                run.journal.spawn([page])
        run.journal.finish(execution.status, execution.error)
        self.observation.ended(execution.info, execution.status, execution.error)
        await self._committed(run)

    async def _committed(self, run: Run) -> None:
        """Commit the end of a run and tell who waits for it; one that waits is woken when it is time."""
        execution = run.execution
        try:
            await run.journal.commit()
        except StoreError as error:
            log.warning("the end of execution %s is not recorded, so it will be run again: %s", run.id, error)
            if not isinstance(error, FencedError):
                self._stranded[run.id] = run.journal.epoch
            return
        if execution.status in ENDED:
            self._free(run.slot)
            if run.journal.parent is not None:
                self.queue.wake([run.journal.parent[0]], run.journal.priority)
            if execution.status != "succeeded":
                await self.steering.cancel_children(run.id)
        outcome = run.outcome
        if outcome.settled:
            self.answers.ended(run.id, outcome, run.address)
        if execution.status == "waiting":
            self._wake_in_time(run)

    def _wake_in_time(self, run: Run) -> None:
        """At once where its wait is over already, and when the first of them ends, if that is soon."""
        self.queue.wake([run.id], run.journal.priority)
        until = run.execution.wakes_at
        if until is not None:
            delay = until.timestamp() - time.time()
            if delay < SOON:
                asyncio.get_running_loop().call_later(max(delay, 0), self.queue.wake, [run.id], run.journal.priority)

    # --- waiting for the end ---------------------------------------------------------------------------------

    async def ended_here(self, started: Started) -> Outcome | None:
        """How an execution ended (or what it waits for) that this process ran itself, after the commit; else None."""
        run = started.run
        if run is None:
            return None
        if run.task is not None:
            await asyncio.shield(run.task)
        await self.accepted(run)
        if run.outcome.settled:
            self.answers.forget(run.id)
            return run.outcome
        return None

    # --- what is held ----------------------------------------------------------------------------------------

    def observe(self, execution_id: str) -> bool:
        """Make events of a running execution from now on, for somebody who watches. False when it is not here."""
        run = self._runs.get(execution_id)
        if run is not None and run.execution.observer != self._observe:
            run.execution.observer = self._observe
        return run is not None

    def outline(self, topic: str) -> None:
        """Tell from now on how running executions of a workflow, or all of them (EXECUTIONS), end."""
        for run in self._runs.values():
            if run.execution.observer is None and topic in (run.execution.info.workflow_id, EXECUTIONS):
                run.execution.observer = self._outline

    def live(self, execution_id: str) -> Run | None:
        """The execution, if this process runs it."""
        return self._runs.get(execution_id)

    @property
    def in_flight(self) -> list[Run]:
        """All executions that this process holds."""
        return [*self._runs.values(), *self._prepared.values()]

    @property
    def load(self) -> int:
        """How many executions this process holds."""
        return len(self._runs) + len(self._prepared)

    async def stop(self, grace: float) -> None:
        """Give what runs `grace` seconds to end, then hand it back."""
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
