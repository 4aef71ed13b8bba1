"""Finding the form of a waiting step by its token, in both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from a8n.forms import Form
from a8n.journal import StepRecord, WaitRecord, now
from a8n.runtime import forms
from a8n.runtime.database import Database
from a8n.runtime.settings import Settings
from a8n.runtime.waits import digest
from tests.runtime.store import opened

FORM = Form.model_validate({"title": "Well?", "fields": [{"name": "ok", "kind": "boolean"}]})
LARGE = FORM.model_copy(update={"description": "x" * 15_000, "thanks": "y" * 2_000})


def waiting(node: str, token: str, form: Form | None) -> StepRecord:
    until = datetime.now(UTC) + timedelta(days=1)
    record = StepRecord(node, (), 1, "waiting", now(), now())
    record.wait = WaitRecord(until, True, token, {}, "form" if form is not None else "call", form=form)
    return record


@pytest.mark.parametrize("form", [FORM, LARGE], ids=["in its page", "in the blob store"])
async def test_a_form_is_found_until_it_is_sent(database: Database, settings: Settings, form: Form) -> None:
    async with opened(database, replace(settings, inline_output=10_000)) as store:
        journal = store.begin()
        journal.record(waiting("other", "t0", FORM.model_copy(update={"title": "Another"})))
        journal.record(waiting("ask", "t1", form))
        journal.record(waiting("call", "t2", None))
        await journal.commit()
        assert await forms.find(database, store.journals, "t1") == forms.WaitingForm(form, True)
        assert await forms.find(database, store.journals, "t2") is None
        assert await forms.find(database, store.journals, "t3") is None
        assert await store.executions.resume(digest("t1"), {"form": {}}) == journal.id
        assert await forms.find(database, store.journals, "t1") == forms.WaitingForm(form, False)
        journal.record(StepRecord("ask", (), 1, "succeeded", now(), now()))
        await journal.commit()
        assert await forms.find(database, store.journals, "t1") is None
