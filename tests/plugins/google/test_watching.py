"""Mails that are found and changed, and what starts workflows: nothing is skipped, nothing comes twice."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from tests.plugins.google.conftest import account
from tests.plugins.google.google_apis import Google

from a8n import NodeError, TriggerContext
from a8n.testing import Services, run
from a8n_google.changes import EventChanged
from a8n_google.inbox import AT_ONCE, ChangeMail, FindMails, NewGmail

RAW = (
    b"From: Ada <ada@example.org>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nHi\r\n"
    b"--x\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n1,2\r\n--x--\r\n"
)


def mail(google: Google, identity: str, at: float) -> None:
    raw = base64.urlsafe_b64encode(RAW).decode().rstrip("=")
    google.inbox[identity] = {"id": identity, "threadId": "t", "labelIds": ["INBOX"], "raw": raw,
                              "internalDate": str(int(at * 1000))}  # fmt: skip


def context(services: Services) -> TriggerContext:
    return TriggerContext("w", "n", "", services)


async def test_mails_are_found_and_read_with_attachments(google: Google, services: Services) -> None:
    mail(google, "m1", 1_767_225_600)
    params = {"account": account(google), "query": "is:unread", "attachments": True}
    (item,) = (await run(FindMails, params, services=services))["main"]
    assert (item.json["subject"], item.json["text"].strip(), item.json["labels"]) == ("Grüße", "Hi", ["INBOX"])
    assert item.files
    assert services.files is not None
    assert (await services.files.read(item.files["attachment_1"])).strip() == b"1,2"
    assert google.asked[0][2]["q"] == "is:unread"


async def test_a_mail_is_marked_as_read_and_put_into_the_trash(google: Google, services: Services) -> None:
    mail(google, "m1", 0)
    params = {"account": account(google), "mail": "m1", "remove": ["UNREAD"], "trash": True}
    await run(ChangeMail, params, services=services)
    assert [one[1].rpartition("/")[2] for one in google.asked] == ["modify", "trash"]
    with pytest.raises(NodeError) as caught:
        await run(ChangeMail, {**params, "mail": "gone"}, services=services)
    assert caught.value.field == "mail"
    with pytest.raises(NodeError, match="nothing is to be changed"):
        await run(ChangeMail, {"account": account(google), "mail": "m1"}, services=services)


async def test_each_new_mail_comes_once_and_older_ones_not(google: Google, services: Services) -> None:
    trigger = NewGmail(account=account(google))
    mail(google, "old", time.time() - 60)
    items, cursor = await trigger.poll(context(services), None)
    assert items == []
    for number in range(AT_ONCE + 5):
        mail(google, f"m{number}", time.time() + 1)
    seen: list[Any] = []
    for _ in range(4):
        items, cursor = await trigger.poll(context(services), cursor)
        seen += [item.json["id"] for item in items]
    assert seen == [f"m{number}" for number in range(AT_ONCE + 5)]


async def test_changed_events_come_once_also_when_the_token_is_forgotten(google: Google, services: Services) -> None:
    trigger = EventChanged(account=account(google))
    google.events = {"a": {"id": "a", "updated": "2026-03-01T00:00:00.000Z"}}
    items, cursor = await trigger.poll(context(services), None)
    assert items == []
    google.synced = {"s0": [{"id": "b", "updated": "2026-03-02T00:00:00.000Z"}]}
    items, cursor = await trigger.poll(context(services), cursor)
    assert [item.json["id"] for item in items] == ["b"]
    google.synced = {}
    google.events |= {
        "b": {"id": "b", "updated": "2026-03-02T00:00:00.000Z"},
        "c": {"id": "c", "updated": "2026-03-03T00:00:00.000Z", "status": "cancelled"},
    }
    items, cursor = await trigger.poll(context(services), cursor)
    assert [item.json["id"] for item in items] == ["c"]
