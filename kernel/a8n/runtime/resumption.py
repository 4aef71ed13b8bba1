"""Taking an execution up where its journal left it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from a8n.concurrency import key_of
from a8n.journal import StepRecord
from a8n.runtime.executions import Claimed
from a8n.runtime.journal import ExecutionJournal
from a8n.runtime.orders import Order, first_item, known
from a8n.runtime.records import path_of
from a8n.runtime.runs import Run, info_of, options_in
from a8n.runtime.slots import slot_of
from a8n.workflow import Workflow

if TYPE_CHECKING:
    from a8n.runtime.runner import Runner

log = logging.getLogger("a8n.runner")


class Resumption:
    """Makes runs of claimed executions. `load_version` gives a document by workflow and version."""

    def __init__(self, runner: Runner, load_version: Callable[[str, int], Any]):
        self._runner = runner
        self._load_version = load_version

    async def resumed(self, claimed: Claimed, journal: ExecutionJournal) -> Run | None:
        """An execution as its journal left it; None for one that was put in line for its workflow's limit now."""
        options = options_in(claimed)
        document = await self._document(claimed, options)
        only = options.get("only")
        order = Order(
            claimed.workflow_id, claimed.project_id, document.name, document, claimed.version, claimed.trigger, (),
            claimed.mode, only=frozenset(only) if only is not None else None, depth=claimed.depth,
        )  # fmt: skip
        plan = self._runner.planned(order)
        records = await self._runner.journals.read(claimed.pages)
        limits = document.settings.concurrency
        if limits is not None and claimed.slot is None and claimed.epoch == 1:
            item = first_item(order._replace(records=records))
            value = key_of(limits, item, self._runner.services(claimed.project_id).vars)
            if await self._runner.slots.adopt(
                claimed.id, claimed.epoch, slot_of(claimed.workflow_id, limits, value), limits
            ):
                return None
        caller = self._runner.answers.caller(claimed.id)
        address = options.get("caller")
        if caller is None and address is not None:
            caller = self._runner.answers.remote(claimed.id, address, journal.commit)
        info = info_of(order, claimed.id, claimed.created_at)
        self._runner.observation.resumed(info, options)
        execution = self._runner.execution(plan, info, journal, caller)
        run = Run(execution, journal, claimed.slot)
        run.address = address
        payloads = {(w.node, path_of(w.path)): w.payload for w in claimed.waits if w.over}
        for waiting in claimed.waits:
            if waiting.over and waiting.kind == "children":
                place = (waiting.node, path_of(waiting.path))
                payloads[place] = await self._child_results(claimed.id, *place, records)
        kept, asked = known(records, document, payloads)
        for record in kept[len(kept) - asked :]:
            journal.record(record)
            name = plan.workflow.node(record.node)
            log.warning("execution %s waits for a decision about %s", claimed.id, name.name if name else record.node)
        execution.restore(kept, payloads)
        return run

    async def _document(self, claimed: Claimed, options: dict[str, Any]) -> Workflow:
        """What the execution runs: of a published version read once, with its plan."""
        if not claimed.version:
            return Workflow.parse(options["document"])
        plan = self._runner.known_plan(claimed.workflow_id, claimed.version, claimed.trigger)
        if plan is not None:
            return plan.workflow
        return Workflow.parse(await self._load_version(claimed.workflow_id, claimed.version))

    async def _child_results(self, parent: str, node: str, path: tuple[int, ...], records: Sequence[StepRecord]) -> Any:
        from a8n.runtime.children import results

        waits = [record.wait for record in records if (record.node, record.path) == (node, path)]
        awaited = waits[0].children if waits and waits[0] is not None else ()
        return await results(self._runner.executions, self._runner.journals, parent, node, path, awaited)
