"""Asking: which updates are answers, and where they lead."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.plugins.telegram.bot_api import BotApi, RefusedError, person
from tests.plugins.telegram.conftest import account

from a8n import Item, NodeError
from a8n.testing import Services, StepWaits, objects, run
from a8n_telegram.ask import Ask
from a8n_telegram.updates import item_of, keys_of

CHOICE = {"kind": "choice", "choices": ["S", "M", "L"], "per_row": 2}
TYPED = {"kind": "text"}


def params(api: BotApi, **values: Any) -> dict[str, Any]:
    return {"bot": account(api), "chat": "42", "text": "Refund?", **values}


async def waits(api: BotApi, services: Services, **values: Any) -> Any:
    with pytest.raises(StepWaits) as caught:
        await run(Ask, params(api, **values), [{"id": 1}, {"id": 2}], services=services)
    return caught.value.wait


def update(kind: str, **content: Any) -> Item:
    item = item_of({"update_id": 5, kind: content})
    assert item is not None
    return item


def pressed(data: str, message: int = 101, chat: int = 42, user: int = 7) -> Item:
    at = {"message_id": message, "chat": {"id": chat, "type": "private"}}
    return update("callback_query", id="cb5", data=data, message=at, **{"from": person(user)})


def written(text: str | None, chat: int = 42, user: int = 7, **more: Any) -> Item:
    kind = "private" if chat > 0 else "supergroup"
    return update("message", message_id=9, chat={"id": chat, "type": kind}, text=text, **{"from": person(user)}, **more)


async def answered(api: BotApi, services: Services, sent: Item, **values: Any) -> dict[str, list[Any]]:
    given = params(api, **values)
    outputs = await run(Ask, given, [{"id": 1}, {"id": 2}], services=services, resume=sent.as_data())
    return {port: objects(items) for port, items in outputs.items() if items}


# --- the question ----------------------------------------------------------------------------------------------


async def test_approve_and_decline_are_buttons(api: BotApi, services: Services) -> None:
    wait = await waits(api, services)
    (asked,) = api.sent("sendMessage")
    (row,) = json.loads(asked["reply_markup"])["inline_keyboard"]
    assert [(one["text"], one["callback_data"]) for one in row] == [("Approve", "a8n:0"), ("Decline", "a8n:1")]
    assert wait.key == "telegram:123456:42:101"
    assert timedelta(days=6.9) < wait.until - datetime.now(UTC) < timedelta(days=7)
    assert keys_of("123456", pressed("a8n:0").json) == [wait.key]


@pytest.mark.parametrize(("data", "port"), [("a8n:0", "approved"), ("a8n:1", "declined")])
async def test_a_press_leads_to_its_output(api: BotApi, services: Services, data: str, port: str) -> None:
    outputs = await answered(api, services, pressed(data))
    assert list(outputs) == [port]
    assert [(one["id"], one["answer"]["approved"], one["answer"]["from"]["id"]) for one in outputs[port]] == [
        (1, port == "approved", 7), (2, port == "approved", 7),
    ]  # fmt: skip
    assert api.sent("answerCallbackQuery") == [{"callback_query_id": "cb5"}]
    (closed,) = api.sent("editMessageReplyMarkup")
    assert closed["message_id"] == "101"


async def test_one_of_several_choices(api: BotApi, services: Services) -> None:
    outputs = await answered(api, services, pressed("a8n:2"), answer=CHOICE)
    assert outputs["answered"][0]["answer"]["choice"] == "L"
    (asked,) = api.sent("sendMessage")
    assert [len(row) for row in json.loads(asked["reply_markup"])["inline_keyboard"]] == [2, 1]


async def test_in_a_chat_with_one_person_what_is_written_next_is_the_answer(api: BotApi, services: Services) -> None:
    wait = await waits(api, services, answer=TYPED)
    assert wait.key == "telegram:123456:42"
    assert json.loads(api.sent("sendMessage")[0]["reply_markup"])["force_reply"] is True
    assert wait.key in keys_of("123456", written("Yes, all of it").json)
    assert wait.key in keys_of("123456", written("Yes", reply_to_message={"message_id": 101}).json)
    assert keys_of("123456", written("/cancel").json) == []
    outputs = await answered(api, services, written("Yes, all of it"), answer=TYPED)
    assert outputs["answered"][1]["answer"]["text"] == "Yes, all of it"


@pytest.mark.parametrize(("chat", "values"), [("-1001", {}), ("42", {"replies_only": True})])
async def test_else_it_has_to_be_a_reply(api: BotApi, services: Services, chat: str, values: Any) -> None:
    wait = await waits(api, services, chat=chat, answer={**TYPED, **values})
    assert wait.key == f"telegram:123456:{chat}:101"
    assert wait.key in keys_of("123456", written("Yes", int(chat), reply_to_message={"message_id": 101}).json)
    assert wait.key not in keys_of("123456", written("Yes", int(chat)).json)
    assert wait.key not in keys_of("123456", written("Yes", int(chat), reply_to_message={"message_id": 90}).json)
    assert wait.key not in keys_of("999999", written("Yes", int(chat), reply_to_message={"message_id": 101}).json)


async def test_a_form_behind_a_button(api: BotApi, services: Services) -> None:
    form = {"kind": "form", "fields": [{"name": "dish", "required": True}], "button": "Fill in"}
    wait = await waits(api, services, answer=form)
    assert ([field.name for field in wait.form.fields], wait.key) == (["dish"], "")
    ((button,),) = json.loads(api.sent("sendMessage")[0]["reply_markup"])["inline_keyboard"]
    assert (button["text"], button["url"].startswith("http")) == ("Fill in", True)
    payload = {"form": {"dish": "soup"}, "submitted_at": "x"}
    outputs = await run(Ask, params(api, answer=form), services=services, resume=payload)
    assert objects(outputs["answered"])[0]["answer"]["form"] == {"dish": "soup"}


# --- what is no answer ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["", "a8n:", "a8n:7", "a8n:-1", "a8n:x", "other", "a8n:00000000001", "a8n:²"])
async def test_data_of_other_buttons_is_passed_over(api: BotApi, services: Services, data: str) -> None:
    with pytest.raises(StepWaits) as caught:
        await answered(api, services, pressed(data), answer=CHOICE)
    assert caught.value.wait.key == "telegram:123456:42:101"
    assert api.sent("editMessageReplyMarkup") == []


@pytest.mark.parametrize(("users", "counts"), [(["@User7"], True), (["7"], True), (["@boss", "8"], False)])
async def test_who_may_answer_can_be_said(api: BotApi, services: Services, users: list[str], counts: bool) -> None:
    if counts:
        assert "approved" in await answered(api, services, pressed("a8n:0"), users=users)
        return
    with pytest.raises(StepWaits):
        await answered(api, services, pressed("a8n:0"), users=users)
    assert api.sent("answerCallbackQuery")[0]["text"] == "You may not answer this."


async def test_without_an_answer_time_runs_out_and_the_buttons_go(api: BotApi, services: Services) -> None:
    outputs = await run(Ask, params(api), [{"id": 1}], services=services, resume=lambda record: None)
    assert objects(outputs["timed_out"]) == [{"id": 1}]
    assert len(api.sent("editMessageReplyMarkup")) == 1


async def test_no_answer_is_lost_for_what_is_only_for_the_eye(api: BotApi, services: Services) -> None:
    await waits(api, services)
    api.on_answerCallbackQuery = api.on_editMessageReplyMarkup = _refuse  # type: ignore[method-assign]
    assert "approved" in await answered(api, services, pressed("a8n:0"))


def _refuse(call: Any) -> Any:
    raise RefusedError(400, "Bad Request: query is too old")


@pytest.mark.parametrize(
    ("values", "field"),
    [({"chat": "nobody"}, "chat"), ({"within": "PT1S"}, "within")],
)
async def test_what_cannot_be_asked_names_the_field(
    api: BotApi, services: Services, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(NodeError) as caught:
        await run(Ask, params(api, **values), services=services)
    assert caught.value.field == field
    assert api.calls == []
