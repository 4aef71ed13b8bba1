"""Sending: what reaches Telegram, and what becomes of its refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.plugins.telegram.bot_api import TOKEN, BotApi, RefusedError
from tests.plugins.telegram.conftest import account

from a8n import Item, NodeError
from a8n.runtime.egress import EgressClient
from a8n.testing import Services, credential, objects, run
from a8n_telegram.credentials import TelegramBot
from a8n_telegram.send import Send


async def sends(api: BotApi, services: Services, item: Any = None, **params: Any) -> dict[str, Any]:
    given = {"bot": account(api), "chat": "42", "content": {"kind": "text", "text": "Hi"}, **params}
    outputs = await run(Send, given, [item or {}], services=services)
    (sent,) = objects(outputs["main"])
    return sent


async def fails(api: BotApi, services: Services, item: Any = None, **params: Any) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await sends(api, services, item, **params)
    return caught.value


async def pictures(services: Services, *names: str) -> Item:
    assert services.files is not None
    return Item({}, {name: await services.files.save(name.encode(), f"{name}.png", "image/png") for name in names})


# --- the account -----------------------------------------------------------------------------------------------


async def test_the_test_button_says_who_the_bot_is(api: BotApi, services: Services) -> None:
    assert await account(api).check(services.http) == "signed in as @shop_bot (Shop)"


@pytest.mark.parametrize("token", ["123456:wrong", "nonsense", "", "1 2:3"])
async def test_a_wrong_token_says_what_to_do_and_is_not_shown(api: BotApi, services: Services, token: str) -> None:
    with pytest.raises(NodeError) as caught:
        await account(api, token=token).check(services.http)
    assert not caught.value.retryable
    assert "BotFather" in f"{caught.value.message} {caught.value.hint}"
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://example.org", "api.telegram.org", "https://x/?a=1", "https://x/{token}"])
def test_a_base_url_is_an_address(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        credential(TelegramBot, token=TOKEN, base_url=url)


async def test_a_server_inside_the_network_is_refused_unless_allowed(api: BotApi) -> None:
    client = EgressClient(())
    with pytest.raises(NodeError) as caught:
        await account(api).check(client)
    await client.close()
    assert api.calls == []
    assert TOKEN not in str(caught.value)


# --- messages --------------------------------------------------------------------------------------------------


async def test_a_text_with_all_that_texts_have(api: BotApi, services: Services) -> None:
    buttons = {
        "kind": "inline", "per_row": 2,
        "buttons": [{"text": "A", "data": "a"}, {"text": "B", "data": "b"}, {"text": "C", "url": "https://example.org"}],
    }  # fmt: skip
    sent = await sends(
        api, services, content={"kind": "text", "text": "<b>Grüße</b>", "preview": False}, parse_mode="html",
        buttons=buttons, reply_to=5, silent=True,
    )  # fmt: skip
    (asked,) = api.sent("sendMessage")
    assert (asked["chat_id"], asked["text"], asked["parse_mode"]) == ("42", "<b>Grüße</b>", "HTML")
    assert json.loads(asked["reply_parameters"])["message_id"] == 5
    assert asked["disable_notification"] == "true"
    assert json.loads(asked["link_preview_options"])["is_disabled"] is True
    first, second = json.loads(asked["reply_markup"])["inline_keyboard"]
    assert [(one["text"], one["callback_data"]) for one in first] == [("A", "a"), ("B", "b")]
    assert second[0]["url"] == "https://example.org"
    assert (sent["chat_id"], sent["message"]["text"]) == (42, "<b>Grüße</b>")
    assert sent["message_id"] == sent["message"]["message_id"]


async def test_a_plain_text_is_not_marked_up(api: BotApi, services: Services) -> None:
    await sends(api, services, content={"kind": "text", "text": "a_b < *c"})
    (asked,) = api.sent("sendMessage")
    assert asked["text"] == "a_b < *c"
    assert "parse_mode" not in asked


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_a_file_is_uploaded(api: BotApi, services: Services, kind: str) -> None:
    item = await pictures(services, "cat")
    await sends(api, services, item, content={"kind": kind, "file": "cat", "caption": "Meow"})
    (call,) = api.calls
    assert call.files[call.params[kind].removeprefix("attach://")] == ("cat.png", b"cat")
    assert call.params["caption"] == "Meow"


async def test_a_link_or_file_id_is_passed_on(api: BotApi, services: Services) -> None:
    await sends(api, services, content={"kind": "photo", "link": "https://example.org/cat.png"})
    assert api.sent("sendPhoto")[0]["photo"] == "https://example.org/cat.png"


async def test_a_place(api: BotApi, services: Services) -> None:
    sent = await sends(api, services, content={"kind": "location", "latitude": 50.94, "longitude": 0})
    assert sent["message"]["location"] == {"latitude": 50.94, "longitude": 0.0}


async def test_an_album_of_files_and_links(api: BotApi, services: Services) -> None:
    item = await pictures(services, "cat", "dog")
    sent = await sends(
        api, services, item, content={"kind": "album", "files": ["cat", "dog"], "links": ["AgAC"], "caption": "Pets"}
    )
    (call,) = api.calls
    media = json.loads(call.params["media"])
    assert [call.files.get(one["media"].removeprefix("attach://"), one["media"]) for one in media] == [
        ("cat.png", b"cat"), ("dog.png", b"dog"), "AgAC",
    ]  # fmt: skip
    assert [one.get("caption") for one in media] == ["Pets", None, None]
    assert len(sent["messages"]) == 3
    assert sent["message_id"] == sent["messages"][0]["message_id"]


async def test_buttons_in_place_of_the_keyboard_and_away_again(api: BotApi, services: Services) -> None:
    await sends(api, services, buttons={"kind": "reply", "texts": ["Yes", "No", "Maybe"], "per_row": 2})
    await sends(api, services, buttons={"kind": "remove"})
    shown, removed = (json.loads(one["reply_markup"]) for one in api.sent("sendMessage"))
    assert [[one["text"] for one in row] for row in shown["keyboard"]] == [["Yes", "No"], ["Maybe"]]
    assert removed["remove_keyboard"] is True


# --- refusals --------------------------------------------------------------------------------------------------


async def test_a_flood_wait_is_waited_for(api: BotApi, services: Services) -> None:
    api.refusals.append(RefusedError(429, "Too Many Requests: retry after 17", retry_after=17))
    error = await fails(api, services)
    assert (error.retry_after, error.retryable) == (17.0, True)


@pytest.mark.parametrize(
    ("refusal", "said", "retryable"),
    [
        (RefusedError(400, "Bad Request: can't parse entities"), "can't parse entities", False),
        (RefusedError(403, "Forbidden: bot was blocked by the user"), "blocked by the user", False),
        (RefusedError(400, "Bad Request: upgraded", migrate_to_chat_id=-1009), "-1009", False),
        (RefusedError(413, "Request Entity Too Large"), "Too Large", False),
        (RefusedError(500, "Internal Server Error"), "Internal Server Error", True),
    ],
)
async def test_what_telegram_says_is_told(
    api: BotApi, services: Services, refusal: RefusedError, said: str, retryable: bool
) -> None:
    api.refusals.append(refusal)
    error = await fails(api, services)
    assert said in error.message
    assert error.retryable is retryable


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"chat": "nobody"}, "chat"),
        ({"content": {"kind": "photo"}}, "content.file"),
        ({"content": {"kind": "photo", "file": "a", "link": "b"}}, "content.file"),
        ({"content": {"kind": "document", "file": "gone"}}, "content.file"),
        ({"content": {"kind": "album", "links": ["one"]}}, "content.files"),
        ({"content": {"kind": "album", "links": ["a", "b"]}, "buttons": {"kind": "remove"}}, "buttons"),
        ({"buttons": {"kind": "inline", "buttons": [{"text": "A"}]}}, "buttons.buttons.0"),
        ({"buttons": {"kind": "inline", "buttons": [{"text": "A", "data": "ä" * 33}]}}, "buttons.buttons.0.data"),
    ],
)
async def test_what_cannot_be_sent_names_the_field(
    api: BotApi, services: Services, params: dict[str, Any], field: str
) -> None:
    error = await fails(api, services, **params)
    assert (error.field, error.retryable) == (field, False)
    assert api.calls == []


async def test_a_server_that_is_none_is_named_as_such(api: BotApi, services: Services) -> None:
    with pytest.raises(NodeError) as caught:
        await account(api, base_url=f"{api.url}/elsewhere").check(services.http)
    assert "not of the Bot API" in caught.value.message
