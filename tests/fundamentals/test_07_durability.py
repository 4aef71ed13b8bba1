"""7. The journal is the truth. What was recorded never runs again; everything else follows from it."""

from __future__ import annotations

from a8n import Context, Item, Kernel, Node, hookimpl
from a8n.execution import Execution
from a8n.items import JSON
from a8n.journal import MemoryJournal
from a8n.plan import Plan
from a8n.services import Services
from a8n.testing import run_workflow
from a8n.trigger import Trigger
from a8n.workflow import Workflow

SENT: list[str] = []


class Start(Trigger):
    """Begin."""

    key = "fundamentals.start"


class Note(Node):
    """Pure: running it again gives the same, so it is recorded with the next commit."""

    key = "fundamentals.note"
    effect = "pure"

    def run(self, ctx: Context) -> dict[str, JSON]:
        return {"noted": True}


class Send(Node):
    """Unsafe: what led to it, and the intent, are committed before; its result before anything follows."""

    key = "fundamentals.send"
    effect = "unsafe"

    async def run(self, ctx: Context) -> dict[str, JSON]:
        SENT.append(ctx.key)
        return {"sent": ctx.key}


class Plugin:
    """Durability."""

    register_nodes = staticmethod(hookimpl(lambda: [Note, Send]))
    register_triggers = staticmethod(hookimpl(lambda: [Start]))


KERNEL = Kernel([Plugin])
DOCUMENT = {
    "name": "Durable",
    "nodes": [
        {"id": "start", "name": "Start", "type": "fundamentals.start"},
        {"id": "note", "name": "Note", "type": "fundamentals.note"},
        {"id": "send", "name": "Send", "type": "fundamentals.send"},
        {"id": "after", "name": "After", "type": "fundamentals.note"},
    ],
    "connections": [{"from": "start", "to": "note"}, {"from": "note", "to": "send"}, {"from": "send", "to": "after"}],
}


async def test_after_a_crash_an_execution_goes_on_where_its_journal_ends() -> None:
    SENT.clear()
    journal = MemoryJournal()
    first = await run_workflow(DOCUMENT, [{}], KERNEL, journal=journal)
    assert journal.intents == [("send", (), 1)]
    assert len(SENT) == 1

    up_to_send = [record for record in journal.records if record.node != "after"]
    plan = Plan(KERNEL, Workflow.parse(DOCUMENT), "start")
    again = Execution(plan, first.info, Services(), MemoryJournal())
    again.restore(reversed(up_to_send))  # the order of the records does not matter
    assert again.advance()
    assert again.status == "succeeded"
    assert len(SENT) == 1, "a recorded step ran again"


async def test_an_effect_has_one_key_on_every_attempt() -> None:
    SENT.clear()
    journal = MemoryJournal()
    first = await run_workflow(DOCUMENT, [{}], KERNEL, journal=journal)
    before_send = [record for record in journal.records if record.node in ("start", "note")]
    again = Execution(Plan(KERNEL, Workflow.parse(DOCUMENT), "start"), first.info, Services(), MemoryJournal())
    again.restore(before_send)
    await again.run()
    assert len(SENT) == 2
    assert SENT[0] == SENT[1]


def test_items_are_what_is_recorded() -> None:
    assert Item({"a": 1}) == Item({"a": 1}, None, 5)
