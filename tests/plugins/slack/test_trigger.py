"""Requests of Slack: believed only with a signature, and each taken once."""

from __future__ import annotations

import hmac
import json
import time
from typing import Any

import pytest

from a8n import Request, UnauthorizedError
from a8n.testing import credential
from a8n_slack.credentials import SlackSigningSecret
from a8n_slack.trigger import SlackEvent

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def trigger(*events: str, **values: Any) -> SlackEvent:
    secret = credential(SlackSigningSecret, secret=SECRET)
    return SlackEvent.model_validate({"secret": secret, "path": "slack", "events": events or ("message",), **values})


def request(body: Any, at: int | None = None, secret: str = SECRET) -> Request:
    raw, stamp = json.dumps(body).encode(), str(int(time.time()) if at is None else at)
    signature = hmac.digest(secret.encode(), f"v0:{stamp}:".encode() + raw, "sha256").hex()
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signature}"}
    return Request("POST", "slack", {}, {}, headers, raw, body)


def event(**content: Any) -> dict[str, Any]:
    told = {"type": "message", "channel": "C1", "user": "U1", "text": "hi", **content}
    return {"token": "t", "type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": told}


async def test_a_signed_event_starts_something() -> None:
    given = request(event())
    await trigger().authenticate(given)
    (item,) = trigger().receive(given) or []
    assert (item.json["kind"], item.json["channel"], item.json["event"]["text"]) == ("message", "C1", "hi")
    assert trigger().dedup_key(given) == "Ev1"


@pytest.mark.parametrize("late", [-400, 400])
async def test_an_old_time_and_another_secret_are_refused(late: int) -> None:
    with pytest.raises(UnauthorizedError, match="too far"):
        await trigger().authenticate(request(event(), int(time.time()) + late))
    with pytest.raises(UnauthorizedError, match="wrong"):
        await trigger().authenticate(request(event(), secret="another secret"))
    with pytest.raises(UnauthorizedError):
        await trigger().authenticate(Request("POST", "slack", {}, {}, {}, b"{}", {}))


def test_the_challenge_is_answered_and_starts_nothing() -> None:
    given = request({"token": "t", "type": "url_verification", "challenge": "3eZbrw1aBm2"})
    assert trigger("*").receive(given) is None
    answer = trigger("*").acknowledge(given)
    assert answer is not None
    assert answer.body == b"3eZbrw1aBm2"


@pytest.mark.parametrize(
    "content",
    [
        {"bot_id": "B1"},
        {"subtype": "bot_message"},
        {"subtype": "message_changed", "message": {"bot_id": "B1"}},
        {"type": "app_mention"},
        {"channel": "C2"},
    ],
)
def test_bots_and_what_was_not_asked_for_start_nothing(content: dict[str, Any]) -> None:
    assert trigger("message", channels=["C1"]).receive(request(event(**content))) is None


def test_commands_and_interactions() -> None:
    command = {"token": "t", "command": "/order", "text": "17", "channel_id": "C1", "trigger_id": "1.2.a"}
    (item,) = trigger("/order").receive(request(command)) or []
    assert (item.json["kind"], item.json["event"]["text"]) == ("/order", "17")
    assert "token" not in item.json["event"]
    pressed = {"type": "block_actions", "token": "t", "channel": {"id": "C1"}, "message": {"bot_id": "B1"},
               "actions": [{"value": "go"}], "trigger_id": "1.2.b"}  # fmt: skip
    (item,) = trigger("block_actions").receive(request({"payload": json.dumps(pressed)})) or []
    assert (item.json["channel"], item.json["event"]["actions"]) == ("C1", [{"value": "go"}])
    assert trigger().dedup_key(request({"payload": json.dumps(pressed)})) == "1.2.b"


@pytest.mark.parametrize("body", [None, [], "x", {}, {"payload": "{"}, {"payload": "[]"}, {"event": 5}, {"command": 5}])
def test_nonsense_starts_nothing(body: Any) -> None:
    assert trigger("*").receive(request(body)) is None
    assert trigger("*").dedup_key(request(body)) is None
    assert trigger("*").acknowledge(request(body)) is not None
