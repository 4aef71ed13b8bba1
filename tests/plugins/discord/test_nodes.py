"""What reaches Discord, and what becomes of its refusals."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plugins.discord.conftest import account
from tests.plugins.discord.discord_api import CHANNEL, GUILD, HOOK, ROLE, USER, Discord

from a8n import Item, Node, NodeError
from a8n.testing import Services, credential, objects, run
from a8n_discord.credentials import DiscordWebhook
from a8n_discord.messages import ListMessages, Message
from a8n_discord.roles import MemberRole
from a8n_discord.send import Send


async def does(api: Discord, services: Services, node: type[Node], item: Any = None, **params: Any) -> list[Any]:
    return objects((await run(node, params, [item or {}], services=services))["main"])


async def sends(api: Discord, services: Services, item: Any = None, **params: Any) -> Any:
    sender = {"kind": "bot", "bot": account(api), "channel": CHANNEL, **params.pop("sender", {})}
    (sent,) = await does(api, services, Send, item, sender=sender, **params)
    return sent


async def test_the_test_buttons(api: Discord, services: Services) -> None:
    assert await account(api).check(services.http) == "signed in as shopbot"
    hook = credential(DiscordWebhook, url=api.url + HOOK)
    assert await hook.check(services.http) == "writes as Shop hook"
    with pytest.raises(NodeError, match="does not accept") as caught:
        await account(api, token="wrong-token").check(services.http)
    assert "wrong-token" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://discord.com/api", "ftp://x/webhooks/1/a", "https://x/webhooks/1/a?wait=1"])
def test_a_webhook_is_an_address_of_one(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        credential(DiscordWebhook, url=url)


async def test_a_message_is_sent_once_though_it_is_tried_again(api: Discord, services: Services) -> None:
    embeds = [{"title": "Order"}]
    first = await sends(api, services, text="Grüße @everyone", embeds=embeds, sender={"reply_to": "600000000"})
    again = await sends(api, services, text="Grüße @everyone", embeds=embeds, sender={"reply_to": "600000000"})
    assert first["id"] == again["id"]
    (message,) = api.messages
    assert message["allowed_mentions"] == {"parse": []}
    assert (message["embeds"], message["message_reference"]) == (embeds, {"message_id": "600000000"})
    assert message["enforce_nonce"] is True


async def test_files_go_along(api: Discord, services: Services) -> None:
    assert services.files is not None
    item = Item({}, {"report": await services.files.save(b"%PDF", "r.pdf", "application/pdf")})
    await sends(api, services, item, text="This week", files=["report"])
    assert api.files == {"r.pdf": b"%PDF"}
    assert api.messages[0]["content"] == "This week"
    with pytest.raises(NodeError) as caught:
        await sends(api, services, text="x", files=["other"])
    assert caught.value.field == "files"


async def test_a_webhook_sends_and_its_address_is_not_shown(api: Discord, services: Services) -> None:
    sender = {"kind": "webhook", "webhook": credential(DiscordWebhook, url=api.url + HOOK), "username": "Shop"}
    (sent,) = await does(api, services, Send, sender=sender, text="Hi")
    assert (sent["channel"], api.messages[0]["username"]) == (CHANNEL, "Shop")
    assert "nonce" not in api.messages[0]
    api.refusals.append((404, {"message": "Unknown Webhook", "code": 10015}, {}))
    with pytest.raises(NodeError, match="Unknown Webhook") as caught:
        await does(api, services, Send, sender=sender, text="Hi")
    assert "s3cret" not in f"{caught.value} {caught.value.answer}"


@pytest.mark.parametrize(
    ("status", "told", "headers", "pause", "retryable"),
    [
        (429, {"message": "You are being rate limited.", "retry_after": 1.337, "global": False}, {}, 1.337, True),
        (429, [], {"retry-after": "7"}, 7.0, True),
        (429, {"retry_after": "soon"}, {}, 5.0, True),
        (502, "bad gateway", {}, None, True),
        (403, {"message": "Missing Permissions", "code": 50013}, {}, None, False),
        (200, "text", {}, None, False),
    ],
)
async def test_refusals(
    api: Discord, services: Services, status: int, told: Any, headers: dict[str, str], pause: Any, retryable: bool
) -> None:
    api.refusals.append((status, told, headers))
    with pytest.raises(NodeError) as caught:
        await sends(api, services, text="x")
    assert (caught.value.retry_after, caught.value.retryable) == (pause, retryable)


async def test_complaints_name_the_place(api: Discord, services: Services) -> None:
    errors = {"embeds": {"0": {"title": {"_errors": [{"code": "X", "message": "too long"}]}}}}
    api.refusals.append((400, {"message": "Invalid Form Body", "code": 50035, "errors": errors}, {}))
    with pytest.raises(NodeError, match=r"embeds\.0\.title: too long"):
        await sends(api, services, text="x")
    with pytest.raises(NodeError) as caught:
        await sends(api, services, text="x", sender={"channel": "999999999"})
    assert caught.value.field == "sender.channel"
    with pytest.raises(NodeError) as caught:
        await sends(api, services, text=" ")
    assert caught.value.field == "text"


async def test_a_message_is_changed_reacted_to_and_deleted(api: Discord, services: Services) -> None:
    sent = await sends(api, services, text="old")
    given = {"bot": account(api), "channel": CHANNEL, "message": sent["id"]}
    await does(api, services, Message, **given, action={"kind": "edit", "text": "new"})
    assert api.messages[0]["content"] == "new"
    await does(api, services, Message, **given, action={"kind": "react", "emoji": "👍"})
    assert api.reactions == {"👍"}
    for _ in range(2):
        await does(api, services, Message, **given, action={"kind": "delete"})
    assert api.messages == []


async def test_messages_are_listed_page_by_page(api: Discord, services: Services) -> None:
    api.messages += [{"id": str(600000001 + number)} for number in range(130)]
    found = await does(api, services, ListMessages, bot=account(api), channel=CHANNEL, limit=120)
    assert [one["id"] for one in found] == [str(600000130 - number) for number in range(120)]
    assert len(api.asked) == 2


async def test_roles_come_and_go_and_channels_are_offered(api: Discord, services: Services) -> None:
    given = {"bot": account(api), "guild": GUILD, "user": USER, "role": ROLE}
    await does(api, services, MemberRole, **given, reason="paid")
    assert api.roles == {ROLE}
    await does(api, services, MemberRole, **given, action="remove")
    assert api.roles == set()
    found = await Message.channels(account(api), "ord", services.http)
    assert [(one.value, one.label) for one in found] == [(CHANNEL, "Shop #orders")]
