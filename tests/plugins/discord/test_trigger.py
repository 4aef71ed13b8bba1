"""Interactions: believed only with Discord's signature."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from a8n import Request, UnauthorizedError
from a8n.testing import credential
from a8n_discord.credentials import DiscordApplication
from a8n_discord.trigger import Interaction

KEY = Ed25519PrivateKey.generate()


def trigger(**values: Any) -> Interaction:
    application = credential(DiscordApplication, public_key=KEY.public_key().public_bytes_raw().hex())
    return Interaction.model_validate({"application": application, "path": "discord", **values})


def request(body: Any, at: int | None = None, key: Ed25519PrivateKey = KEY) -> Request:
    raw, stamp = json.dumps(body).encode(), str(int(time.time()) if at is None else at)
    signature = key.sign(stamp.encode() + raw).hex()
    headers = {"x-signature-timestamp": stamp, "x-signature-ed25519": signature}
    return Request("POST", "discord", {}, {}, headers, raw, body)


COMMAND = {
    "id": "700000001", "type": 2, "token": "secret", "channel_id": "1", "guild_id": "2",
    "member": {"user": {"id": "3"}},
    "data": {"name": "order", "options": [{"name": "size", "type": 3, "value": "L"}]},
}  # fmt: skip


async def test_a_command_starts_something() -> None:
    given = request(COMMAND)
    await trigger().authenticate(given)
    (item,) = trigger(names=["order"]).receive(given) or []
    assert (item.json["kind"], item.json["name"], item.json["options"]) == ("command", "order", {"size": "L"})
    assert item.json["user"] == "3"
    assert "token" not in item.json["interaction"]
    assert trigger().dedup_key(given) == "700000001"
    assert trigger(reply="On its way.").route().body == {"type": 4, "data": {"content": "On its way.", "flags": 64}}
    assert trigger(names=["other"]).receive(given) is None


async def test_a_ping_is_answered() -> None:
    given = request({"id": "1", "type": 1})
    await trigger().authenticate(given)
    assert trigger().receive(given) is None
    answer = trigger().acknowledge(given)
    assert answer is not None
    assert json.loads(answer.body) == {"type": 1}


async def test_other_signatures_are_refused() -> None:
    for wrong in (
        request(COMMAND, key=Ed25519PrivateKey.generate()),
        request(COMMAND, at=int(time.time()) - 400),
        Request("POST", "discord", {}, {}, {}, b"{}", {}),
        Request("POST", "discord", {}, {}, {**request(COMMAND).headers}, b"{}", {}),
    ):
        with pytest.raises(UnauthorizedError):
            await trigger().authenticate(wrong)


@pytest.mark.parametrize("body", [None, [], "x", {}, {"type": "2"}, {"type": 99}, {"type": True}])
def test_nonsense_starts_nothing(body: Any) -> None:
    assert trigger().receive(request(body)) is None
    assert trigger().acknowledge(request(body)) is not None
