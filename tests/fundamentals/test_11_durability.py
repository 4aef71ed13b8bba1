"""11. Durability: the journal, and going on after a crash.

Every step is written to a journal, and the journal is the truth: what is in it never runs again, and everything else
follows from it. After a crash an execution is the same workflow, handed the same journal. What running a step twice
would do decides how careful the engine is. A *pure* step may run again, so its record can wait for the next commit.
Before an *unsafe* step, all that led to it is committed, together with the intent to run it; after it, its result is,
before anything follows. So a crash leaves one thing open: was the unsafe step that had begun done? On a server the
settings of the node answer that. Here, the journal is in memory, and the step runs again, with the same key, by which
the service at the other end can tell.
"""

from __future__ import annotations

import asyncio
import sys
from typing import ClassVar

import pytest

import a8n_data
import a8n_flow
import a8n_manual
from a8n import JSON, Context, Kernel, Node, hookimpl
from a8n.testing import MemoryJournal, objects, outputs_of, resume_workflow, run_workflow
from tests.fundamentals.drawing import node, put, workflow


class Mail(Node):
    """Send a mail."""

    key = "fundamentals.mail"
    effect = "unsafe"

    sent: ClassVar[list[str]] = []
    works: ClassVar[bool] = True
    tried: ClassVar[asyncio.Event]

    async def run(self, ctx: Context) -> dict[str, JSON]:
        self.sent.append(ctx.key)
        self.tried.set()
        if not self.works:
            await asyncio.Event().wait()  # for ever
        return {"key": ctx.key}


@hookimpl
def register_nodes() -> list[type[Node]]:
    return [Mail]


@pytest.fixture(autouse=True)
def _post_office() -> None:
    Mail.sent.clear()
    Mail.works = True
    Mail.tried = asyncio.Event()


KERNEL = Kernel([a8n_data, a8n_flow, a8n_manual, sys.modules[__name__]])
LETTER = workflow(
    [put("text", text="Dear Ana"), node("mail", "fundamentals.mail"), put("after", done=True)],
    "start > text", "text > mail", "mail > after",
)  # fmt: skip


async def crash(journal: MemoryJournal) -> None:
    """Run the workflow and pull the plug while it is sending."""
    Mail.works = False
    running = asyncio.create_task(run_workflow(LETTER, [{}], KERNEL, journal=journal))
    await Mail.tried.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    Mail.works = True


async def test_what_led_to_an_unsafe_step_is_committed_before_it_and_its_result_after_it() -> None:
    journal = MemoryJournal()
    await run_workflow(LETTER, [{}], KERNEL, journal=journal)
    assert journal.commits == 2
    assert [node for node, _, _ in journal.intents] == ["mail"]


async def test_a_crash_leaves_what_was_recorded_and_one_intent() -> None:
    journal = MemoryJournal()
    await crash(journal)
    assert [record.node for record in journal.records] == ["start", "text"]
    assert journal.intents == [("mail", (), 1)]


async def test_after_a_crash_it_goes_on_where_the_journal_ends() -> None:
    journal = MemoryJournal()
    await crash(journal)
    execution = await run_workflow(LETTER, kernel=KERNEL, journal=journal)
    assert execution.status == "succeeded"
    assert [record.node for record in journal.records] == ["start", "text", "mail", "after"]


async def test_an_effect_has_the_same_key_however_often_it_is_tried() -> None:
    journal = MemoryJournal()
    await crash(journal)
    await run_workflow(LETTER, kernel=KERNEL, journal=journal)
    first, second = Mail.sent
    assert first == second


async def test_what_was_recorded_never_runs_again() -> None:
    journal = MemoryJournal()
    await run_workflow(LETTER, [{}], KERNEL, journal=journal)
    await run_workflow(LETTER, kernel=KERNEL, journal=journal)
    assert len(Mail.sent) == 1
    assert len(journal.records) == 4


async def test_the_order_of_the_records_does_not_matter() -> None:
    journal = MemoryJournal()
    await crash(journal)
    journal.records.reverse()
    assert (await run_workflow(LETTER, kernel=KERNEL, journal=journal)).status == "succeeded"
    assert len(Mail.sent) == 2


async def test_a_wait_is_a_record_too_and_holds_nobody() -> None:
    document = workflow(
        [node("approval", "flow.wait", {"resume": {"on": "webhook"}}), put("after", said={"$": "json"})],
        "start > approval", "approval > after",
    )  # fmt: skip
    execution = await run_workflow(document, [{"order": 7}], KERNEL)
    assert execution.status == "waiting"

    later = await resume_workflow(execution, {"approval": {"approved": True}})  # days later, in another process
    assert later.status == "succeeded"
    (item,) = objects(outputs_of(later, "after"))
    assert item["said"] == {"order": 7, "resume": {"approved": True}}
