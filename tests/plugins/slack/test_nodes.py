"""What reaches Slack, and what becomes of its refusals."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.plugins.slack.conftest import account
from tests.plugins.slack.slack_api import Slack

from a8n import Item, Node, NodeError
from a8n.testing import InvalidError, Services, StepWaits, credential, objects, run
from a8n_slack.ask import Ask
from a8n_slack.credentials import SlackOAuth2
from a8n_slack.find import Find
from a8n_slack.messages import Message
from a8n_slack.uploads import Upload


async def does(api: Slack, services: Services, node: type[Node], item: Any = None, **params: Any) -> list[Any]:
    outputs = await run(node, {"account": account(api), **params}, [item or {}], services=services)
    return objects(outputs["main"])


async def posts(api: Slack, services: Services, channel: str = "#orders", **action: Any) -> Any:
    (sent,) = await does(api, services, Message, channel=channel, action={"kind": "post", **action})
    return sent


async def test_the_test_button_says_who_the_bot_is(api: Slack, services: Services) -> None:
    assert await account(api).check(services.http) == "signed in as shopbot in Shop"
    with pytest.raises(NodeError, match="does not accept") as caught:
        await account(api, token="xoxb-wrong").check(services.http)
    assert "xoxb-wrong" not in str(caught.value)


def test_the_sign_in_asks_for_scopes_as_slack_does() -> None:
    kind = credential(SlackOAuth2, client_id="1", client_secret="s", scope="chat:write users:read")
    way = kind.oauth()
    assert (way.authorize_url, way.token_url) == (
        "https://slack.com/oauth/v2/authorize", "https://slack.com/api/oauth.v2.access",
    )  # fmt: skip
    assert way.scopes == ("chat:write,users:read",)


async def test_a_message_lives(api: Slack, services: Services) -> None:
    blocks = [{"type": "divider"}]
    sent = await posts(api, services, text="Grüße", blocks=blocks, thread="1700000000.000001", broadcast=True)
    assert sent["channel"] == "C2"
    (asked,) = api.sent("chat.postMessage")
    assert (asked["text"], asked["thread_ts"], asked["reply_broadcast"]) == ("Grüße", "1700000000.000001", "true")
    assert api.messages[sent["ts"]]["blocks"] == blocks
    for action in (
        {"kind": "update", "text": "Neu"},
        {"kind": "react", "emoji": ":tada:"},
        {"kind": "react", "emoji": "tada"},
        {"kind": "react", "emoji": "tada", "remove": True},
        {"kind": "react", "emoji": "tada", "remove": True},
    ):
        await does(api, services, Message, channel="C2", action={**action, "ts": sent["ts"]})
    assert api.messages[sent["ts"]]["text"] == "Neu"
    assert api.reactions == set()
    for _ in range(2):
        await does(api, services, Message, channel="C2", action={"kind": "delete", "ts": sent["ts"]})
    assert api.messages == {}


async def test_one_person_alone_sees_it(api: Slack, services: Services) -> None:
    assert (await posts(api, services, text="psst", only_to="U1"))["ts"] == "1700000000.999999"


@pytest.mark.parametrize(
    ("action", "field"),
    [
        ({"text": " "}, "action.text"),
        ({"text": "x", "blocks": {"type": "divider"}}, "action.blocks"),
        ({"text": "x", "broadcast": True}, "action.thread"),
    ],
)
async def test_what_cannot_be_sent_names_the_field(
    api: Slack, services: Services, action: dict[str, Any], field: str
) -> None:
    with pytest.raises(NodeError) as caught:
        await posts(api, services, **action)
    assert (caught.value.field, caught.value.retryable, api.calls) == (field, False, [])


async def test_a_ts_is_a_text(api: Slack, services: Services) -> None:
    with pytest.raises(InvalidError, match="ts"):
        await does(api, services, Message, channel="C1", action={"kind": "delete", "ts": "yesterday"})


@pytest.mark.parametrize(
    ("status", "told", "headers", "pause", "retryable"),
    [
        (429, {"ok": False, "error": "ratelimited"}, {"retry-after": "12"}, 12.0, True),
        (200, {"ok": False, "error": "ratelimited"}, {}, 30.0, True),
        (200, {"ok": False, "error": "internal_error"}, {}, None, True),
        (503, {}, {}, None, True),
        (200, {"ok": False, "error": "not_in_channel"}, {}, None, False),
        (200, {"ok": False, "error": "msg_too_long"}, {}, None, False),
        (200, ["?"], {}, None, False),
    ],
)
async def test_refusals(
    api: Slack,
    services: Services,
    status: int,
    told: Any,
    headers: dict[str, str],
    pause: float | None,
    retryable: bool,
) -> None:
    api.refusals.append((status, told, headers))
    with pytest.raises(NodeError) as caught:
        await posts(api, services, text="x")
    assert (caught.value.retry_after, caught.value.retryable) == (pause, retryable)


async def test_a_missing_scope_and_an_unknown_channel_say_what_to_do(api: Slack, services: Services) -> None:
    api.refusals.append((200, {"ok": False, "error": "missing_scope", "needed": "chat:write"}, {}))
    with pytest.raises(NodeError) as caught:
        await posts(api, services, text="x")
    assert "chat:write" in str(caught.value.hint)
    with pytest.raises(NodeError) as caught:
        await posts(api, services, "#nowhere", text="x")
    assert caught.value.field == "channel"


async def test_a_file_goes_up_in_three_steps(api: Slack, services: Services) -> None:
    assert services.files is not None
    item = Item({}, {"file": await services.files.save(b"%PDF", "r.pdf")})
    (made,) = await does(api, services, Upload, item, channel="C1", comment="This week")
    assert (made["id"], api.uploaded) == ("F1", {"F1": b"%PDF"})
    (shared,) = api.sent("files.completeUploadExternal")
    assert (shared["channel_id"], shared["initial_comment"]) == ("C1", "This week")
    empty = Item({}, {"file": await services.files.save(b"", "r.pdf")})
    with pytest.raises(NodeError) as caught:
        await does(api, services, Upload, empty, channel="C1")
    assert caught.value.field == "file"


async def test_people_channels_and_messages_are_found(api: Slack, services: Services) -> None:
    assert await does(api, services, Find, what={"kind": "user", "email": "ada@example.org"}) == [
        {"id": "U1", "name": "ada"}
    ]
    assert await does(api, services, Find, what={"kind": "user", "email": "nobody@example.org"}) == []
    channels = await does(api, services, Find, what={"kind": "channels"}, limit=2)
    assert [one["name"] for one in channels] == ["general", "orders"]
    await posts(api, services, text="x")
    (message,) = await does(api, services, Find, what={"kind": "history", "channel": "C1"})
    assert message["text"] == "x"
    assert [one.label for one in await Message.channels(account(api), "#ran", services.http)] == ["#random"]


ASKED = {"channel": "C1", "question": "Go?", "answers": ["Yes & no", "No"], "remark": True}


async def test_a_question_waits_for_its_answer(api: Slack, services: Services) -> None:
    with pytest.raises(StepWaits) as caught:
        await run(Ask, {"account": account(api), **ASKED}, [{"id": 1}], services=services)
    assert caught.value.wait.until is not None
    ((ts, message),) = api.messages.items()
    link = message["blocks"][1]["elements"][0]["url"]
    assert parse_qs(urlsplit(link).query) == {"answer": ["Yes & no"]}
    api.messages.clear()
    payload = {"form": {"answer": "No", "remark": "Too late"}, "submitted_at": "2026-01-01T00:00:00Z"}
    outputs = await run(Ask, {"account": account(api), **ASKED}, [{"id": 1}], services=services, resume=payload)
    (item,) = objects(outputs["answered"])
    assert (item["id"], item["slack"]["answer"], item["slack"]["remark"]) == (1, "No", "Too late")
    assert [one["type"] for one in api.messages[ts]["blocks"]] == ["section", "section"]


async def test_a_question_that_nobody_answers(api: Slack, services: Services) -> None:
    def late(_: Any) -> None:
        api.messages.clear()  # the message is gone, too: the buttons cannot be put away

    outputs = await run(Ask, {"account": account(api), **ASKED}, [{"id": 1}], services=services, resume=late)
    assert objects(outputs["timeout"]) == [{"id": 1}]
