"""One run of one workflow: asks the scheduler what is next, runs it, and tells the journal."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from a8n.calls import CalledNode, Over
from a8n.credential import Credential
from a8n.errors import NodeError
from a8n.events import Event, EventKind
from a8n.items import JSON, Item, items_of
from a8n.journal import ExecutionStatus, Journal, StepRecord, StepStatus, WaitKind, WaitRecord, now
from a8n.node import BatchNode, Context, LoopState, Step, Wait
from a8n.past import Inputs, Past
from a8n.plan import TOOLS, Plan, PlannedNode
from a8n.probe import Probe
from a8n.scheduler import Key, Path, Progress
from a8n.scope import StepScope, Surroundings
from a8n.services import Caller, ExecutionInfo, Function, Services
from a8n.step import Outputs, Retrial, StepFailedError, describe, run_awaited, run_instant, run_resumed

EPOCH = datetime.fromtimestamp(0, UTC)
INSTANT_ITEMS = 2_000
"""Above this many items a pure step is run in slices that let others have the event loop."""


class Execution(Surroundings):
    """The state of one execution in memory; all of it follows from the recorded steps.

    `begin` or `restore`, then `advance` (runs what needs no waiting) and, while that gives False, `await run()`.
    Afterwards `status`, `error` and `result` tell how it ended.
    """

    def __init__(
        self,
        plan: Plan,
        info: ExecutionInfo,
        services: Services,
        journal: Journal,
        *,
        caller: Caller | None = None,
        observer: Callable[[Event], None] | None = None,
        resume_url: Callable[[str], str] | None = None,
        patience: float = math.inf,
        probe: Probe | None = None,
    ):
        super().__init__(plan, Past(plan), info, services)
        self.plan: Plan = plan
        self.journal = journal
        self.caller = caller
        self.observer = observer
        self.probe = probe
        self.status: ExecutionStatus = "running"
        self.error: Mapping[str, JSON] | None = None
        self.steps = self.past.steps
        self.result: Mapping[str, Sequence[Item]] = {}
        """The outputs of the step that finished last."""
        self._progress = Progress(plan.graph, plan.heads)
        self._ready: deque[Key] = deque()
        self._running: dict[asyncio.Task[None], Key] = {}
        self._returned: dict[tuple[int, Path], list[Item]] = {}
        self._resume_url = resume_url
        """The URL of a step by its place, which is execution, node and path: the same whenever it is asked."""
        self._patience = patience
        """Seconds: a retry that is further away is a wait, which holds no worker."""
        self._payloads: dict[Key, JSON] = {}
        self._waiting: set[Key] = set()
        self._canceled = False

    # --- beginning -------------------------------------------------------------------------------------------

    def begin(self, items: Sequence[Item]) -> None:
        """Start with what the trigger gave."""
        at = now()
        self._notify("execution.started", at)
        trigger = self.plan.nodes[0]
        outputs = (
            {trigger.outputs[0]: [Item(item.json, item.files, i) for i, item in enumerate(items)]} if items else {}
        )
        self._finish((0, ()), StepRecord(trigger.id, (), 1, "succeeded", at, at, outputs))

    def restore(self, records: Iterable[StepRecord], payloads: Mapping[tuple[str, Path], JSON] | None = None) -> None:
        """Go on from recorded steps, in any order. `payloads` resumes waiting steps, by node id and path."""
        index = self.plan.graph.index
        known: dict[Key, StepRecord] = {(index[r.node], r.path): r for r in records if r.node in index}
        done = [record for record in known.values() if record.status in ("succeeded", "pinned")]
        if done:  # where nothing is left to run, the last of them is what the execution came to
            self.result = max(done, key=lambda record: record.finished_at).outputs
        resumed = {(index[node], path): payload for (node, path), payload in (payloads or {}).items()}
        pending: deque[Key] = deque([(0, ())])
        while pending:
            key = pending.popleft()
            record = known.get(key)
            if record is None or record.status in ("started", "failed", "canceled"):
                self._ready.append(key)
            elif record.status == "waiting":
                self.steps[key] = record
                if key in resumed:
                    pending += self._resumed(key, record, resumed[key])
                else:
                    self._waiting.add(key)
            else:
                self.past.keep(key, record)
                pending += self._progress.settle(key, carrying(record.outputs))

    def _resumed(self, key: Key, record: StepRecord, payload: JSON) -> Iterable[Key]:
        """Go on with a step whose wait is over; gives what follows where a person has decided that it is done."""
        if record.wait is None or record.wait.kind != "decision":
            self._payloads[key] = payload
            self._ready.append(key)
            return ()
        del self.steps[key]
        decision = payload or {}
        if decision.get("decision") == "retry":
            postponed = record.wait.data.get("postponed")
            if postponed is not None:  # go on where the attempt did, not at the first item
                self.steps[key] = replace(record, wait=replace(record.wait, kind="retry", data=postponed))
                self._payloads[key] = None
            self._ready.append(key)
            return ()
        at, node = now(), self.plan.nodes[key[0]]
        if decision.get("decision") == "done":
            values = decision.get("items")
            items = self.past.inputs(key)[1] if values is None else items_of(values)
            outputs = {node.outputs[0]: [Item(item.json, item.files, i) for i, item in enumerate(items)]}
            done = StepRecord(node.id, key[1], record.attempt, "succeeded", record.started_at, at, outputs)
            self.journal.record(done)
            self.past.keep(key, done)
            self.result = outputs
            return self._progress.settle(key, carrying(outputs))
        error = describe(NodeError("a person decided that this step, whose effect is unknown, counts as failed"))
        self._note_failure(key, StepRecord(node.id, key[1], record.attempt, "failed", record.started_at, at, {}, error))
        return ()

    # --- running ---------------------------------------------------------------------------------------------

    def advance(self) -> bool:
        """Run everything that needs no waiting. True when the execution has ended (or only waits)."""
        ready = self._ready
        deferred: list[Key] = []
        while ready and self.error is None:
            key = ready.popleft()
            node = self.plan.nodes[key[0]]
            if not node.instant or key in self._payloads:
                deferred.append(key)
                continue
            inputs, items = self.past.inputs(key)
            if len(items) > INSTANT_ITEMS:
                deferred.append(key)
                continue
            self._instant(key, node, inputs, items)
        ready.extend(deferred)
        if self._running or (ready and self.error is None):
            return False
        self._end()
        return True

    async def run(self) -> None:
        """Run to the end, or until nothing is left but waits. Cancelling the task cancels the execution."""
        timeout = self.plan.workflow.settings.timeout
        try:
            async with asyncio.timeout(timeout):
                while not self.advance():
                    await self._start_and_wait()
        except TimeoutError:
            await self._stop_running()
            self.error = {"kind": "TimeoutError", "message": f"the execution took longer than {timeout:g} s"}
            self._end()
        except asyncio.CancelledError:
            await self._stop_running()
            if not self._canceled:
                raise
            self.status = "canceled"
            self._notify("execution.finished", now(), status="canceled")
        except BaseException:  # the journal failed: nothing of this execution may go on
            await self._stop_running()
            raise

    def cancel(self) -> None:
        """Mark the next cancellation of the task that awaits `run` as wanted: the status becomes `canceled`."""
        self._canceled = True

    async def _start_and_wait(self) -> None:
        limit = self.plan.workflow.settings.parallel
        if len(self._ready) == 1 and not self._running:  # the common case needs no task of its own
            await self._awaited(self._ready.popleft())
            return
        while self._ready and len(self._running) < limit and self.error is None:
            key = self._ready.popleft()
            self._running[asyncio.ensure_future(self._awaited(key))] = key
        done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            del self._running[task]
            task.result()

    async def _stop_running(self) -> None:
        tasks = list(self._running)
        self._running.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _instant(self, key: Key, node: PlannedNode, inputs: Inputs, items: Sequence[Item]) -> None:
        started = now()
        ctx = self._context(key, node, inputs, items)
        if self.observer is not None:
            self._notify("step.started", started, key)
        try:
            if key[1]:
                self._within_limit(key[1])
            outputs = run_instant(node, ctx, StepScope(self, key, items), items)
            if not outputs and node.settings.always_output:
                outputs = {node.outputs[0]: [Item({})]}
            record = StepRecord(node.id, key[1], 1, "succeeded", started, now(), outputs, None, ctx.logs)
            if ctx.replied is not None:
                record.reply = ctx.replied
            self._finish(key, record)
        except (StepFailedError, NodeError) as error:
            self._failed(key, node, ctx, started, error)

    async def _awaited(self, key: Key) -> None:
        node = self.plan.nodes[key[0]]
        inputs, items = self.past.inputs(key)
        started = now()
        ctx = self._context(key, node, inputs, items)
        if self.observer is not None:
            self._notify("step.started", started, key)
        if node.effect == "unsafe":
            self.journal.intend(node.id, key[1], self._attempt(key))
            await self.journal.commit()
        try:
            if key[1]:
                self._within_limit(key[1])
            opened = await self._open(node, ctx)
            call = self._call(key, node, ctx, items, opened)
            result = await (call if self.probe is None else self.probe.around(self, node, ctx, started, call))
            if isinstance(result, Wait):
                self._suspend(key, node, ctx, started, result)
            else:
                self._finish(key, self._record(key, node, ctx, "succeeded", started, result))
        except (StepFailedError, NodeError) as error:
            self._failed(key, node, ctx, started, error)
        if node.effect == "unsafe":
            await self.journal.commit()

    def _attempt(self, key: Key) -> int:
        """The number of the attempt that begins; going on after a wait that was part of one is the same."""
        waited = self.steps.get(key)
        if waited is None or waited.wait is None:
            return 1
        return waited.attempt + 1 if waited.wait.kind == "retry" else waited.attempt

    async def _call(
        self, key: Key, node: PlannedNode, ctx: Context, items: Sequence[Item], opened: Mapping[str, Credential]
    ) -> Outputs | Wait:
        scope = StepScope(self, key, items)
        if key not in self._payloads:
            return await run_awaited(node, ctx, scope, items, opened, self._patience)
        payload, waited = self._payloads.pop(key), self.steps.pop(key)
        ctx.logs.extend(waited.logs)
        ctx.attempt = waited.attempt + 1
        if waited.wait is not None and waited.wait.kind == "retry":
            return await run_awaited(node, ctx, scope, items, opened, self._patience, waited.wait.data)
        if waited.wait is not None and not node.is_batch and "held" in waited.wait.data:
            return await run_awaited(node, ctx, scope, items, opened, self._patience, waited.wait.data, payload)
        step = node.binder.bind(scope, opened)
        if not isinstance(step, BatchNode) or waited.wait is None:
            raise NodeError(f"{node.name} cannot go on after a wait", retryable=False)
        return await run_resumed(node, ctx, step, items, waited.wait.data, payload)

    async def _open(self, node: PlannedNode, ctx: Context) -> dict[str, Credential]:
        """The credentials of a step, which then holds them."""
        opened: dict[str, Credential] = {}
        for use in node.binder.credentials:
            if self.services.credentials is None:
                raise NodeError("this process opens no credentials", retryable=False)
            opened[use.id] = await self.services.credentials.open(use.id)
        if opened:
            ctx.hold(opened)
        return opened

    # --- finishing -------------------------------------------------------------------------------------------

    def _record(
        self, key: Key, node: PlannedNode, ctx: Context, status: StepStatus, started: int, outputs: Outputs
    ) -> StepRecord:
        if node.settings.always_output and not any(outputs.values()):
            outputs = {node.outputs[0]: [Item({})]}
        record = StepRecord(node.id, key[1], ctx.attempt, status, started, now(), outputs, None, ctx.logs)
        record.children, record.reply = ctx.children, ctx.replied
        return record

    def _finish(self, key: Key, record: StepRecord) -> None:
        self.journal.record(record)
        if self.probe is not None:
            self.probe.recorded(self, self.plan.nodes[key[0]], record)
        self.past.keep(key, record)
        self.result = record.outputs
        self._ready.extend(self._progress.settle(key, record.outputs))  # no port of a step that ran here is empty
        if self.observer is not None:
            counts = {port: len(items) for port, items in record.outputs.items() if items}
            data = {"items": counts, "ms": (record.finished_at - record.started_at) / 1000}
            self._notify("step.finished", record.finished_at, key, "succeeded", data)

    def _failed(
        self, key: Key, node: PlannedNode, ctx: Context, started: int, error: StepFailedError | NodeError
    ) -> None:
        described = error.error if isinstance(error, StepFailedError) else describe(error)
        record = StepRecord(node.id, key[1], ctx.attempt, "failed", started, now(), {}, described, ctx.logs)
        self._note_failure(key, record)

    def _note_failure(self, key: Key, record: StepRecord) -> None:
        node, error = self.plan.nodes[key[0]], record.error or {}
        self.journal.record(record)
        if self.probe is not None:
            self.probe.recorded(self, node, record)
        self.steps[key] = record
        if self.error is None:
            self.error = {**error, "node": node.id, "node_name": node.name}
        self._notify("step.finished", record.finished_at, key, "failed", {"error": dict(error)})

    def _suspend(self, key: Key, node: PlannedNode, ctx: Context, started: int, wait: Wait) -> None:
        called = wait.callable or wait.form is not None
        if wait.until is None and not (called or wait.key or wait.children):
            raise NodeError(f"{node.name} waits for nothing: it would never go on", retryable=False)
        record = StepRecord(node.id, key[1], ctx.attempt, "waiting", started, now(), {}, None, ctx.logs)
        token = _token(ctx.resume_url)
        ids = [child.id for child in wait.children]
        record.wait = WaitRecord(wait.until, called, token, dict(wait.data), _kind(wait), wait.key, wait.form, ids)
        record.children = wait.children
        self.journal.record(record)
        if self.probe is not None:
            self.probe.recorded(self, node, record)
        self.steps[key] = record
        self._waiting.add(key)
        self._notify("step.finished", record.finished_at, key, "waiting")

    def _end(self) -> None:
        if self.error is not None:
            self.status = "failed"
        elif self._waiting:
            self.status = "waiting"
        else:
            self.status = "succeeded"
        kind: EventKind = "execution.waiting" if self.status == "waiting" else "execution.finished"
        self._notify(kind, now(), status=self.status)

    @property
    def wakes_at(self) -> datetime | None:
        """When the first of its waits ends by itself."""
        waits = (self.steps[key].wait for key in self._waiting)
        return min((wait.until for wait in waits if wait is not None and wait.until is not None), default=None)

    @property
    def passing(self) -> bool:
        """Whether it waits for nothing but itself: for the next attempt at a step, or for its children."""
        waits = [self.steps[key].wait for key in self._waiting]
        return bool(waits) and all(wait is not None and wait.kind in ("retry", "children") for wait in waits)

    # --- data ------------------------------------------------------------------------------------------------

    def inputs(self, key: Key) -> tuple[Inputs, Sequence[Item]]:
        """What a step took, or will: the items of each input port, and those of the first."""
        return self.past.inputs(key)

    def _context(self, key: Key, node: PlannedNode, inputs: Inputs, items: Sequence[Item]) -> Context:
        loop = self._loop(key, items) if key[1] and node.is_batch else None
        url = ""
        waits = node.is_batch or getattr(node.cls, "concurrency", 0) == 1
        if waits and self._resume_url is not None and not node.instant:
            url = self._resume_url("/".join((self.info.id, node.id, *map(str, key[1]))))
        ctx = Context(
            execution=self.info,
            node_id=node.id,
            path=key[1],
            inputs=inputs,
            items=items,
            services=self.services,
            caller=self.caller,
            loop=loop,
            progress=(lambda event: self._progressed(key, event)) if self.observer is not None else None,
            resume_url=url,
            keeping=self._keep,
        )
        if TOOLS in node.outputs:
            called = [edge.target for edge in self.plan.graph.outgoing[key[0]] if edge.port == TOOLS]
            ctx.tools = [CalledNode(self, (target, key[1]), ctx) for target in dict.fromkeys(called)]
        return ctx

    async def _keep(self, ctx: Context, unsafe: bool) -> None:
        """Record how far a step is, in the form of a retry that is due: so whoever claims the execution after a crash
        goes on there. An unsafe effect that follows is an intent of its own, as before an unsafe step."""
        if ctx.call:  # a tool is a part of the step that calls it
            return
        data = {**(ctx.position or {}), "attempts": {str(ctx.index): ctx.attempt}, "state": ctx.state}
        at = now()
        record = StepRecord(ctx.node_id, ctx.path, ctx.attempt, "waiting", at, at, {}, None, ctx.logs)
        record.wait = WaitRecord(EPOCH, False, "", data, "retry")
        self.journal.record(record)
        if unsafe:
            self.journal.intend(ctx.node_id, ctx.path, ctx.attempt + 1)
        await self.journal.commit()

    async def offered(self, key: Key, caller: Context) -> Sequence[Function] | None:
        """The functions that a node gives as a tool; None where it is one itself. Raises NodeError."""
        node = self.plan.nodes[key[0]]
        if node.cls.functions is Step.functions:
            return None
        if node.settings.disabled:
            return ()
        items = [Item({})]
        ctx = self._context(key, node, {node.inputs[0]: items}, items)
        ctx.logs = caller.logs
        opened = await self._open(node, ctx)
        try:
            async with asyncio.timeout(node.settings.timeout):
                return await node.binder.bind(StepScope(self, key, items), opened).functions(ctx)
        except NodeError:
            raise
        except Exception as error:
            raise NodeError(f"{node.name}: {describe(error)['message']}") from error

    async def called(
        self, key: Key, arguments: Mapping[str, JSON], number: str, caller: Context, function: str = "",
        over: Over | None = None,
    ) -> Sequence[Item] | Wait:  # fmt: skip
        """Run a node as a tool of another, on one item made of the arguments, or go on after its wait.

        Raises NodeError where it fails.
        """
        node = self.plan.nodes[key[0]]
        items = [Item(dict(arguments))]
        ctx = self._context(key, node, {node.inputs[0]: items}, items)
        ctx.call = f"{caller.call}.{number}" if caller.call else number
        ctx.function = function
        ctx.logs = caller.logs
        started = now()
        self._notify("step.started", started, key)
        try:
            scope = StepScope(self, key, items)
            if node.instant:
                outputs: Outputs | Wait = run_instant(node, ctx, scope, items)
            else:
                opened = await self._open(node, ctx)
                outputs = await self._as_tool(node, ctx, scope, items, opened, over)
            if isinstance(outputs, Wait):
                if outputs.callable or outputs.key or outputs.form is not None:
                    raise NodeError(f"{node.name} waits for somebody, which a tool cannot", retryable=False)
                self._notify("step.finished", now(), key, "waiting")
                return outputs
            if ctx.children:
                raise NodeError(f"{node.name} starts another workflow, which a tool cannot", retryable=False)
        except (StepFailedError, NodeError) as error:
            described = error.error if isinstance(error, StepFailedError) else describe(error)
            self._notify("step.finished", now(), key, "failed", {"error": dict(described)})
            if isinstance(error, StepFailedError):
                cause = error.cause
                raise cause if isinstance(cause, NodeError) else NodeError(str(described["message"])) from cause
            raise
        counts = {port: len(made) for port, made in outputs.items() if made}
        self._notify("step.finished", now(), key, "succeeded", {"items": counts, "ms": (now() - started) / 1000})
        return [item for port in node.outputs for item in outputs.get(port, ())]

    async def _as_tool(
        self, node: PlannedNode, ctx: Context, scope: StepScope, items: Sequence[Item],
        opened: Mapping[str, Credential], over: Over | None,
    ) -> Outputs | Wait:  # fmt: skip
        if over is None:
            return await run_awaited(node, ctx, scope, items, opened)
        if not node.is_batch:
            return await run_awaited(node, ctx, scope, items, opened, postponed=over[0], payload=over[1])
        step = node.binder.bind(scope, opened)
        assert isinstance(step, BatchNode)
        return await run_resumed(node, ctx, step, items, *over)

    def _within_limit(self, path: Path) -> None:
        """Raise NodeError when a loop has run too often."""
        limit = self.plan.workflow.settings.max_iterations
        if path[-1] >= limit:
            raise NodeError(f"the loop ran {limit} times, its limit", retryable=False)

    def _loop(self, key: Key, items: Sequence[Item]) -> LoopState | None:
        """Where a loop stands, for the node that heads it."""
        node, path = key
        nest = self.plan.graph.nest[node]
        if not nest or nest[-1] != node:
            return None
        index = path[-1]
        place = (node, path[:-1])
        if index == 0:
            self._returned[place] = []
            return LoopState(0, items, ())
        if place not in self._returned:  # after a restart
            self._returned[place] = [item for i in range(1, index) for item in self.inputs((node, (*path[:-1], i)))[1]]
        returned = self._returned[place]
        returned.extend(items)
        return LoopState(index, self.inputs((node, (*path[:-1], 0)))[1], returned)

    # --- events ----------------------------------------------------------------------------------------------

    def _progressed(self, key: Key, event: JSON) -> None:
        self._notify("step.progress", now(), key, data={"event": event})

    def _notify(
        self, kind: EventKind, at: int, key: Key | None = None, status: str = "", data: dict[str, JSON] | None = None
    ) -> None:
        if self.observer is None:
            return
        node = self.plan.nodes[key[0]].id if key is not None else ""
        path = key[1] if key is not None else ()
        self.observer(Event(kind, self.info.id, self.info.workflow_id, at, node, path, status, data or {}))


def carrying(outputs: Mapping[str, Sequence[Item]]) -> list[str]:
    """The ports on which items flow."""
    return [port for port, items in outputs.items() if items]


def _kind(wait: Wait) -> WaitKind:
    if isinstance(wait, Retrial):
        return "retry"
    if wait.form is not None:
        return "form"
    return "children" if wait.children else "reply" if wait.key else "call" if wait.callable else "time"


def _token(url: str) -> str:
    return url.rpartition("/")[2]
