"""Wait: for a while, for a date, for a call."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from a8n import Item, NodeError
from a8n.testing import FakeCaller, InvalidError, StepWaits, objects, run
from a8n_flow import Pause

ITEMS = [{"n": 1}, {"n": 2}]


async def waits(resume: dict[str, Any], **options: Any) -> Any:
    with pytest.raises(StepWaits) as caught:
        await run(Pause, {"resume": resume}, ITEMS, **options)
    return caught.value.wait


async def test_a_duration_is_a_stored_wait() -> None:
    before = datetime.now(UTC)
    wait = await waits({"on": "duration", "seconds": 90})
    assert timedelta(seconds=90) <= wait.until - before < timedelta(seconds=150)
    assert not wait.callable


async def test_the_items_go_on_when_the_time_has_come() -> None:
    outputs = await run(Pause, {"resume": {"on": "duration", "seconds": 90}}, ITEMS, resume=None)
    assert objects(outputs["main"]) == ITEMS


async def test_no_time_is_no_wait() -> None:
    assert objects((await run(Pause, {"resume": {"on": "duration", "seconds": 0}}, ITEMS))["main"]) == ITEMS


async def test_a_date_in_the_zone_it_names() -> None:
    year = datetime.now(UTC).year + 1
    wait = await waits({"on": "date", "at": f"{year}-05-01T09:00:00+02:00"})
    assert wait.until == datetime(year, 5, 1, 7, tzinfo=UTC)


async def test_a_date_that_has_passed_does_not_wait() -> None:
    assert objects((await run(Pause, {"resume": {"on": "date", "at": 0}}, ITEMS))["main"]) == ITEMS


@pytest.mark.parametrize("at", ["soon", "", "2026-13-01", "9999-01-01", 1e300])
async def test_what_is_no_date_to_wait_for_is_named(at: Any) -> None:
    with pytest.raises(NodeError) as caught:
        await run(Pause, {"resume": {"on": "date", "at": at}}, ITEMS)
    assert caught.value.field == "resume.at"


@pytest.mark.parametrize("seconds", [-1, 1e12, "long"])
async def test_impossible_durations_are_refused_on_save(seconds: Any) -> None:
    with pytest.raises(InvalidError, match="seconds"):
        await run(Pause, {"resume": {"on": "duration", "seconds": seconds}})


async def test_a_call_brings_its_payload_to_every_item() -> None:
    wait = await waits({"on": "webhook"})
    assert wait.callable
    assert wait.until is None
    outputs = await run(Pause, {"resume": {"on": "webhook"}}, ITEMS, resume={"body": {"ok": True}})
    assert objects(outputs["main"]) == [{**item, "resume": {"body": {"ok": True}}} for item in ITEMS]
    assert [item.source for item in outputs["main"]] == [0, 1]


async def test_a_call_that_does_not_come() -> None:
    wait = await waits({"on": "webhook", "timeout": 60})
    assert wait.until is not None
    outputs = await run(Pause, {"resume": {"on": "webhook", "timeout": 60}}, ITEMS[:1], resume=None)
    assert objects(outputs["main"]) == [{"n": 1, "resume": None}]
    with pytest.raises(NodeError, match="in time"):
        await run(Pause, {"resume": {"on": "webhook", "timeout": 60, "on_timeout": "error"}}, ITEMS, resume=None)


async def test_the_caller_can_be_told_where_to_resume() -> None:
    caller = FakeCaller()
    await waits({"on": "webhook", "announce": "reply"}, caller=caller)
    assert caller.answer is not None
    assert caller.answer.status == 202
    assert json.loads(caller.answer.body)["resume_url"].startswith("https://a8n.test/resume/")


async def test_files_stay_on_the_items() -> None:
    from a8n import FileRef

    ref = FileRef(hash="a" * 64)
    outputs = await run(Pause, {"resume": {"on": "webhook"}}, [Item({}, {"f": ref})], resume={})
    assert outputs["main"][0].files == {"f": ref}


FORM = {"on": "form", "title": {"$t": "Refund {{ json.n }}?"}, "fields": [{"name": "ok", "kind": "boolean"}]}


async def test_a_form_waits_with_what_the_person_sees() -> None:
    wait = await waits({**FORM, "timeout": 60})
    assert (wait.kind, wait.callable) == ("form", True)
    assert wait.until is not None
    assert wait.form.title == "Refund 1?"
    assert [field.name for field in wait.form.fields] == ["ok"]


async def test_the_answers_of_a_form_go_on_with_every_item() -> None:
    payload = {"form": {"ok": True}, "submitted_at": "2026-05-01T09:00:00.000Z"}
    outputs = await run(Pause, {"resume": FORM}, ITEMS, resume=payload)
    assert objects(outputs["main"]) == [{**item, "resume": payload} for item in ITEMS]


async def test_a_form_that_nobody_fills_in() -> None:
    assert objects((await run(Pause, {"resume": FORM}, ITEMS[:1], resume=None))["main"]) == [{"n": 1, "resume": None}]
    with pytest.raises(NodeError, match="nobody filled in the form in time"):
        await run(Pause, {"resume": {**FORM, "on_timeout": "error"}}, ITEMS, resume=None)


async def test_a_form_that_is_none_is_refused_on_save() -> None:
    with pytest.raises(InvalidError, match="fields"):
        await run(Pause, {"resume": {**FORM, "fields": [{"name": "a b"}]}})
