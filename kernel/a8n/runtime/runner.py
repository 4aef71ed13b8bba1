"""Runs executions in this process: from the web directly, from the queue, and again after a crash."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from a8n.errors import A8nError, NodeError
from a8n.execution import Execution
from a8n.items import JSON
from a8n.journal import now
from a8n.kernel import Kernel
from a8n.plan import Plan
from a8n.runtime.errors import FencedError, StoreError
from a8n.runtime.executions import Claimed, Executions
from a8n.runtime.feed import Feed
from a8n.runtime.ids import new_id
from a8n.runtime.journal import ExecutionJournal, Journals
from a8n.runtime.orders import Order, Outcome, known, options_of
from a8n.runtime.queue import Queue
from a8n.services import Caller, ExecutionInfo, Services
from a8n.workflow import Workflow

log = logging.getLogger("a8n.runner")

MAX_DEPTH = 20
"""Of workflows that run workflows."""
SOON = 60.0
"""Seconds: a wait that ends sooner gets a timer here; all others, and those of dead processes, the reaper finds."""
PLANS = 500
"""How many compiled plans a process keeps."""


class Run:
    """An execution that this process holds."""

    __slots__ = ("caller", "done", "execution", "journal", "task")

    def __init__(self, execution: Execution, journal: ExecutionJournal):
        self.execution = execution
        self.journal = journal
        self.task: asyncio.Task[None] | None = None
        self.done: asyncio.Event | None = None

    @property
    def id(self) -> str:
        """The execution's id."""
        return self.execution.info.id

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        execution = self.execution
        items = [item for port in execution.result.values() for item in port]
        return Outcome(execution.status, execution.error, items)


@dataclass(slots=True)
class Started:
    """A started execution. `repeated` says that its idempotency key had started it before."""

    execution_id: str
    run: Run | None
    repeated: bool = False

    async def outcome(self) -> Outcome:
        """Wait for the end (or the first wait) and for its commit."""
        if self.run is None:
            raise A8nError(f"the execution {self.execution_id} does not run in this process")
        if self.run.task is not None:
            await asyncio.shield(self.run.task)
        await self.run.journal.commit()
        return self.run.outcome


class Runner:
    """Starts, resumes, cancels and recovers executions."""

    def __init__(
        self,
        kernel: Kernel,
        executions: Executions,
        journals: Journals,
        feed: Feed,
        services: Callable[[str], Services],
        *,
        load_version: Callable[[str, int], Any],
        resume_url: Callable[[str], str],
    ):
        self.kernel = kernel
        self.executions = executions
        self.journals = journals
        self.feed = feed
        self.queue: Queue | None = None
        self._services = services
        self._load_version = load_version
        self._resume_url = resume_url
        self._plans: OrderedDict[tuple[str, int, str], Plan] = OrderedDict()
        self._runs: dict[str, Run] = {}
        self._prepared: dict[str, Run] = {}

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

    def prepare(self, order: Order, plan: Plan, caller: Caller | None = None) -> Run:
        """An execution that has begun in memory: its first commit makes it known to the database."""
        execution_id = new_id()
        created = now()
        info = ExecutionInfo(
            id=execution_id,
            workflow_id=order.workflow_id,
            workflow_name=order.workflow_name,
            project_id=order.project_id,
            mode=order.mode,
            started_at=datetime.fromtimestamp(created / 1e6, UTC),
            timezone=order.document.settings.timezone,
            version=order.version,
            depth=order.depth,
        )
        journal = self.journals.begin(
            id=execution_id,
            workflow_id=order.workflow_id,
            project_id=order.project_id,
            version=order.version,
            trigger=order.trigger,
            mode=order.mode,
            created_at=created,
            parent_id=order.parent_id,
            retry_of=order.retry_of,
            depth=order.depth,
            priority=order.priority,
            options=options_of(order),
        )
        run = Run(self._execution(plan, info, journal, caller), journal)
        if order.retry_of is not None:
            run.execution.observer = self._observe
        if order.records:
            for record in order.records:
                journal.record(record)
            run.execution.restore(order.records)
        else:
            run.execution.begin(order.items)
        return run

    def drive(self, run: Run) -> bool:
        """Run what needs no waiting. True when it has ended; otherwise a task goes on with it."""
        if run.execution.advance():
            run.journal.finish(run.execution.status, run.execution.error)
            return True
        self._runs[run.id] = run
        run.task = asyncio.ensure_future(self._drive(run))
        return False

    async def start(self, order: Order, *, caller: Caller | None = None, idempotency_key: str | None = None) -> Started:
        """Start an execution in this process; `outcome` waits for it. Returns after the acceptance is durable.

        With an idempotency key that was used before, nothing starts and the first execution's id is given.
        Raises InvalidError when the workflow cannot run.
        """
        plan = self._planned(order)
        run = self.prepare(order, plan, caller)
        if idempotency_key is not None:
            first = await run.journal.accept(order.workflow_id, idempotency_key)
            if first != run.id:
                return Started(first, self._runs.get(first), repeated=True)
        self.drive(run)
        await run.journal.commit()
        return Started(run.id, run)

    async def submit(self, order: Order) -> str:
        """Accept an execution and let the queue run it. Returns its id after the commit."""
        run = self.prepare(order, self._planned(order))
        await run.journal.commit()
        self.hand_over(run)
        return run.id

    def hand_over(self, run: Run) -> None:
        """Let the queue go on with an execution that has begun and is committed."""
        self._prepared[run.id] = run
        assert self.queue is not None
        self.queue.wake([run.id])

    def _planned(self, order: Order) -> Plan:
        if order.depth > MAX_DEPTH:
            raise NodeError(f"workflows call each other more than {MAX_DEPTH} deep", retryable=False)
        if order.pins or order.only is not None:
            return Plan(self.kernel, order.document, order.trigger, only=order.only)
        return self.plan(order.workflow_id, order.version, order.document, order.trigger)

    def _execution(
        self, plan: Plan, info: ExecutionInfo, journal: ExecutionJournal, caller: Caller | None
    ) -> Execution:
        return Execution(
            plan,
            info,
            self._services(info.project_id),
            journal,
            caller=caller,
            observer=self._observe if self._observed(info) else None,
            resume_url=self._resume_url,
        )

    def _observed(self, info: ExecutionInfo) -> bool:
        """Events are made where somebody could see them: for runs from the editor, for plugins that listen."""
        return info.mode != "webhook" or self.feed.watched(info.workflow_id) or self.kernel.manager.observed

    def _observe(self, event: Any) -> None:
        self.feed.publish(event)
        if self.kernel.manager.observed:
            self.kernel.manager.emit(event)

    # --- working ---------------------------------------------------------------------------------------------

    async def work(self, execution_id: str) -> None:
        """What a queue message does: run an execution that is due, if nobody else has it."""
        run = self._prepared.pop(execution_id, None)
        if run is None:
            if execution_id in self._runs:
                return
            claimed = await self.executions.claim(execution_id)
            if claimed is None:
                return
            if claimed.cancel_requested:
                await self._canceled(claimed)
                return
            try:
                run = await self._resumed(claimed)
            except StoreError:  # the lease ends, and somebody tries again
                raise
            except Exception as error:
                await self.executions.fail(claimed, _described(error))
                return
        if not self.drive(run) and run.task is not None:
            await run.task
        await self._committed(run)

    async def _canceled(self, claimed: Claimed) -> None:
        journal = self.journals.resume(claimed)
        journal.finish("canceled")
        with contextlib.suppress(FencedError):
            await journal.commit()

    async def _resumed(self, claimed: Claimed) -> Run:
        """An execution as its journal left it."""
        options = orjson.loads(claimed.options) if claimed.options else {}
        if claimed.version:
            document = Workflow.parse(await self._load_version(claimed.workflow_id, claimed.version))
        else:
            document = Workflow.parse(options["document"])
        only = options.get("only")
        order = Order(
            claimed.workflow_id, claimed.project_id, document.name, document, claimed.version, claimed.trigger, (),
            claimed.mode, only=frozenset(only) if only is not None else None, depth=claimed.depth,
        )  # fmt: skip
        plan = self._planned(order)
        journal = self.journals.resume(claimed)
        info = ExecutionInfo(
            claimed.id, claimed.workflow_id, document.name, claimed.project_id, claimed.mode,
            datetime.fromtimestamp(claimed.created_at / 1e6, UTC), document.settings.timezone, claimed.version,
            claimed.depth,
        )  # fmt: skip
        execution = self._execution(plan, info, journal, None)
        records = await self.journals.load(claimed.id)
        execution.restore(known(records, document), await self.executions.payloads(claimed.id))
        return Run(execution, journal)

    async def _drive(self, run: Run) -> None:
        execution = run.execution
        try:
            await execution.run()
        except asyncio.CancelledError:  # the process stops: the lease is given back, somebody goes on
            with contextlib.suppress(Exception):
                await run.journal.commit()
                await self.executions.release(run.id, run.journal.epoch)
            raise
        except FencedError:
            log.warning("execution %s is run by another process now", run.id)
            return
        except StoreError as error:
            log.warning("execution %s waits for its lease to end: %s", run.id, error)
            return
        except Exception as error:
            log.exception("execution %s broke", run.id)
            execution.status, execution.error = "failed", _described(error)
        finally:
            self._runs.pop(run.id, None)
        run.journal.finish(execution.status, execution.error)
        await self._committed(run)

    async def _committed(self, run: Run) -> None:
        """Commit the end of a run; one that waits is woken when it is time, or at once if that has come already."""
        try:
            await run.journal.commit()
        except StoreError as error:
            log.warning("the end of execution %s is not recorded, so it will be run again: %s", run.id, error)
            return
        if run.execution.status == "waiting" and self.queue is not None:
            self.queue.wake([run.id])
            until = run.execution.wakes_at
            if until is not None:
                delay = until.timestamp() - time.time()
                if delay < SOON:
                    asyncio.get_running_loop().call_later(max(delay, 0), self.queue.wake, [run.id])

    # --- steering --------------------------------------------------------------------------------------------

    async def cancel(self, execution_id: str) -> bool:
        """Stop an execution, wherever it runs. False when it had ended already."""
        run = self._runs.get(execution_id)
        if run is None or run.task is None:
            return await self.executions.cancel(execution_id)
        run.execution.cancel()
        run.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([run.task])
        await self._committed(run)
        return run.execution.status == "canceled"

    async def resume(self, token: str, payload: JSON) -> bool:
        """Go on with a waiting step. False when the token is unknown or was used."""
        digest = hashlib.sha256(token.encode()).hexdigest()
        execution_id = await self.executions.resume(digest, payload)
        if execution_id is None:
            return False
        assert self.queue is not None
        self.queue.wake([execution_id])
        return True

    def observe(self, execution_id: str) -> bool:
        """Make events of a running execution from now on, for somebody who watches. False when it is not here."""
        run = self._runs.get(execution_id)
        if run is not None and run.execution.observer is None:
            run.execution.observer = self._observe
        return run is not None

    def live(self, execution_id: str) -> Run | None:
        """The execution, if this process runs it."""
        return self._runs.get(execution_id)

    @property
    def in_flight(self) -> list[Run]:
        """All executions that this process holds."""
        return [*self._runs.values(), *self._prepared.values()]

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


def _described(error: Exception) -> dict[str, JSON]:
    known = isinstance(error, A8nError)
    message = str(error) if known else f"an internal error ({type(error).__name__})"
    return {"kind": type(error).__name__, "message": message}
