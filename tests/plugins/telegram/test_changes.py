"""Editing, deleting, small signs and downloads."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plugins.telegram.bot_api import TOKEN, BotApi, RefusedError
from tests.plugins.telegram.conftest import account

from a8n import Item, Node, NodeError
from a8n.testing import Services, objects, run
from a8n_telegram.change import Delete, Edit
from a8n_telegram.download import Download
from a8n_telegram.signs import AnswerCallback, ChatAction


async def done(node: type[Node], api: BotApi, services: Services, item: Any = None, **params: Any) -> list[Any]:
    outputs = await run(node, {"bot": account(api), **params}, [item or {"n": 1}], services=services)
    return list(outputs["main"])


async def test_a_text_is_changed_and_its_buttons_go_away(api: BotApi, services: Services) -> None:
    changes = {"chat": "42", "message": 7, "change": {"kind": "text", "text": "<b>Done</b>"}, "parse_mode": "html"}
    (item,) = await done(Edit, api, services, **changes)
    assert item.json == {"message_id": 7, "chat_id": 42, "changed": True}
    (asked,) = api.sent("editMessageText")
    assert (asked["message_id"], asked["text"], asked["parse_mode"]) == ("7", "<b>Done</b>", "HTML")
    assert "reply_markup" not in asked


async def test_a_caption_and_buttons_are_changed(api: BotApi, services: Services) -> None:
    buttons = {"kind": "inline", "buttons": [{"text": "A", "data": "a"}]}
    await done(Edit, api, services, chat="42", message=7, change={"kind": "caption", "caption": "New"})
    await done(Edit, api, services, chat="42", message=7, change={"kind": "buttons"}, buttons=buttons)
    assert api.sent("editMessageCaption")[0]["caption"] == "New"
    assert '"callback_data":"a"' in api.sent("editMessageReplyMarkup")[0]["reply_markup"].replace(" ", "")


async def test_what_is_so_already_is_no_error(api: BotApi, services: Services) -> None:
    api.refusals.append(RefusedError(400, "Bad Request: message is not modified: specified new message content …"))
    (item,) = await done(Edit, api, services, chat="42", message=7, change={"kind": "text", "text": "Done"})
    assert item.json["changed"] is False


async def test_a_message_that_is_gone_cannot_be_changed(api: BotApi, services: Services) -> None:
    with pytest.raises(NodeError, match="message to edit not found"):
        await done(Edit, api, services, chat="42", message=404, change={"kind": "text", "text": "Done"})


async def test_messages_are_deleted(api: BotApi, services: Services) -> None:
    (item,) = await done(Delete, api, services, chat="-1001", messages=[7, 8])
    assert item.json == {"deleted": [7, 8]}
    assert api.sent("deleteMessages")[0]["chat_id"] == "-1001"


async def test_a_pressed_button_is_answered_and_the_item_goes_on(api: BotApi, services: Services) -> None:
    (item,) = await done(AnswerCallback, api, services, callback="cb1", text="Noted", alert=True)
    assert item.json == {"n": 1}
    assert api.sent("answerCallbackQuery") == [{"callback_query_id": "cb1", "text": "Noted", "show_alert": "true"}]


async def test_a_button_that_was_pressed_long_ago_is_told(api: BotApi, services: Services) -> None:
    with pytest.raises(NodeError, match="too old") as caught:
        await done(AnswerCallback, api, services, callback="old")
    assert not caught.value.retryable


async def test_the_bot_types(api: BotApi, services: Services) -> None:
    await done(ChatAction, api, services, chat="42")
    assert api.sent("sendChatAction") == [{"chat_id": "42", "action": "typing"}]


async def test_a_file_is_fetched(api: BotApi, services: Services) -> None:
    api.files["AgAC"] = ("photos/file 1.jpg", b"picture")
    assert services.files is not None
    there = Item({"n": 1}, {"a": await services.files.save(b"a", "a.txt", "text/plain")})
    (item,) = await done(Download, api, services, there, file="AgAC", into="picture")
    assert set(item.files) == {"a", "picture"}
    assert (item.files["picture"].name, await services.files.read(item.files["picture"])) == ("file 1.jpg", b"picture")
    assert objects([item]) == [{"n": 1}]


@pytest.mark.parametrize(
    ("files", "params", "said"),
    [
        ({}, {}, "wrong file_id"),
        ({"f": ("photos/f.bin", b"x" * (20 * 2**20 + 1))}, {}, "file is too big"),
        ({"f": ("photos/f.bin", b"x" * (2 * 2**20))}, {"largest": 1}, "1,048,576"),
        ({"f": ("/var/lib/bot/f.bin", b"x")}, {}, "keeps files to itself"),
    ],
)
async def test_what_cannot_be_fetched_is_told_without_the_token(
    api: BotApi, services: Services, files: Any, params: Any, said: str
) -> None:
    api.files.update(files)
    with pytest.raises(NodeError) as caught:
        await done(Download, api, services, file="f", **params)
    assert said in caught.value.message
    assert TOKEN not in f"{caught.value.message} {caught.value.hint}"
