"""Reading, moving and flagging mails, and starting at new ones: on a real IMAP server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from email.message import EmailMessage
from typing import Any

import pytest
from tests.plugins.certificates import Certificate
from tests.plugins.email.imap_server import Server, serve

from a8n import Item, NodeError, TriggerContext
from a8n.params import Binder
from a8n.runtime.egress import EgressClient
from a8n.testing import MemoryFiles, Services, objects, run
from a8n_email.mails import Flag, Move, Read
from a8n_email.trigger import NewMail


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serve() as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    running.empty()
    return running


def letter(subject: str = "Hello", text: str = "Hi Ada", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Bob <bob@example.org>", "ada@example.org", subject
    mail["Message-ID"] = f"<{subject.encode().hex()}@example.org>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


async def items(server: Server, services: Services, **params: Any) -> list[Item]:
    return (await run(Read, {"account": server.account(), **params}, services=services))["main"]


async def fails(node: Any, services: Services, **params: Any) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await run(node, params, services=services)
    return caught.value


# --- reading -------------------------------------------------------------------------------------------------


async def test_a_mail_with_all_that_mails_have(server: Server, services: Services) -> None:
    mail = letter(
        "Grüße aus Köln", "Hallo\n\nOn Monday Ada wrote:\n> quoted\n", Cc="Carl <c@example.org>, d@example.org"
    )
    mail["In-Reply-To"], mail["References"] = "<b@x>", "<a@x> <b@x>"
    mail["Date"] = "Fri, 01 May 2026 09:00:00 +0200"
    mail.add_alternative("<p>Hallo</p>", subtype="html")
    mail.add_attachment(bytes(range(256)) * 9000, "application", "pdf", filename="Übersicht „1“.pdf")
    mail.add_attachment(letter("Inner"))
    server.deliver(mail)
    (item,) = await items(server, services)
    assert item.json["subject"] == "Grüße aus Köln"
    assert item.json["from"] == {"name": "Bob", "address": "bob@example.org"}
    assert [one["address"] for one in item.json["cc"]] == ["c@example.org", "d@example.org"]
    assert (item.json["in_reply_to"], item.json["references"]) == ("<b@x>", ["<a@x>", "<b@x>"])
    assert item.json["date"] == "2026-05-01T07:00:00+00:00"
    assert item.json["html"].strip() == "<p>Hallo</p>"
    assert item.json["reply"] == "Hallo"
    assert (item.json["flags"], item.json["automatic"]) == ([], False)
    first, second = item.json["attachments"]
    assert first == {
        "name": "Übersicht „1“.pdf", "mime": "application/pdf", "content_id": "", "file": "attachment_1",
        "size": 256 * 9000,
    }  # fmt: skip
    assert item.files is not None
    assert services.files is not None
    assert await services.files.read(item.files["attachment_1"]) == bytes(range(256)) * 9000
    assert second["mime"] == "message/rfc822"
    assert b"Inner" in await services.files.read(item.files["attachment_2"])


BROKEN = [
    b"Subject: =?utf-8?b?w7?= =?nope?q?x?= \xfc\xe4\r\nFrom: \xfc <a@b.de>\r\n\r\n\xe4 caf\xc3\xa9",
    b"From: =?utf-8?q?=FF=FE?= <a@b.de>\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe",
    b"Content-Type: text/plain; charset=base64\r\nContent-Transfer-Encoding: base64\r\n\r\nSGFsbG8==!x",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: application/pdf; "
    b"name*=nope''%FF%FE\r\nContent-Transfer-Encoding: base64\r\n\r\n@@@@SGFs\r\nbG8\r\n",
    b"Content-Type: text/plain; charset=utf-16\r\n\r\nodd",
    b"Date: never\r\nMessage-ID: none\r\nReferences: <a <b>\r\nTo: ,,;:<>@\r\n\r\n",
    b"\r\n",
    b"no header at all",
    b"Subject: nul\r\n\r\na\x80b",
]


@pytest.mark.parametrize("mail", BROKEN)
async def test_whatever_is_broken_in_a_mail_it_is_read(server: Server, services: Services, mail: bytes) -> None:
    import json

    server.deliver(mail)
    (item,) = await items(server, services)
    json.dumps(item.json, ensure_ascii=False).encode()


async def test_broken_texts_are_read_as_well_as_they_can_be(server: Server, services: Services) -> None:
    for mail in BROKEN[:3]:
        server.deliver(mail)
    third, second, first = await items(server, services)
    assert first.json["subject"].endswith("üä")
    assert first.json["from"] == {"name": "ü", "address": "a@b.de"}
    assert second.json["text"] == "ÿþ"
    assert third.json["text"].startswith("Hallo")


async def test_large_attachments_come_in_pieces_and_the_limit_holds(server: Server, services: Services) -> None:
    mail = letter("Large")
    mail.add_attachment(b"0123456789" * 300_000, "application", "zip", filename="large.zip")
    mail.add_attachment(b"small", "application", "zip", filename="small.zip")
    server.deliver(mail)
    (item,) = await items(server, services, max_attachment=1)
    assert [(one["file"], one["size"] > 0) for one in item.json["attachments"]] == [
        (None, True),
        ("attachment_2", True),
    ]
    (item,) = await items(server, services, attachments=False)
    assert not item.files
    (item,) = await items(server, services)
    assert services.files is not None
    assert item.files is not None
    assert await services.files.read(item.files["attachment_1"]) == b"0123456789" * 300_000


async def test_mails_are_found_by_what_people_know(server: Server, services: Services) -> None:
    for subject in ("Invoice 1", "Invoice 2", "Party"):
        server.deliver(letter(subject))

    async def subjects(**which: Any) -> list[str]:
        return [item.json["subject"] for item in await items(server, services, which=which)]

    assert await subjects(subject="Invoice") == ["Invoice 2", "Invoice 1"]
    assert await subjects(sender="bob", since="2020-01-01") == ["Party", "Invoice 2", "Invoice 1"]
    assert await subjects(before="2020-01-01") == []
    assert await subjects(query='NOT SUBJECT "Invoice 1" SMALLER 100000') == ["Party", "Invoice 2"]
    assert await subjects(message_id=letter("Party")["Message-ID"]) == ["Party"]
    assert len(await items(server, services, limit=2, mark_read=True)) == 2
    assert await subjects(state="unread") == ["Invoice 1"]
    assert await subjects(state="read", subject="Invoice") == ["Invoice 2"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"folder": "Nowhere"}, "folder"),
        ({"folder": "a\r\nb LOGOUT"}, "folder"),
        ({"which": {"since": "soon"}}, "which.since"),
        ({"which": {"sender": "a\r\nb LOGOUT"}}, "which.sender"),
        ({"which": {"query": "ALL\r\nx LOGOUT"}}, "which.query"),
        ({"which": {"query": "NO SUCH WORDS"}}, "search"),
    ],
)
async def test_what_cannot_be_searched_is_named(
    server: Server, services: Services, params: dict[str, Any], field: str
) -> None:
    error = await fails(Read, services, account=server.account(), **params)
    assert (error.field, error.retryable) == (field, False)


async def test_signing_in(server: Server, services: Services, certificate: Certificate) -> None:
    assert (await server.account().check(services.http)).startswith("signed in as ada@example.org; the inbox has 0")
    wrong = await fails(Read, services, account=server.account(password="no"))
    assert wrong.message.startswith("localhost does not accept the user name and password")
    assert wrong.retryable is False
    gone = await fails(Read, services, account=server.account(port=1))
    assert gone.message.startswith("cannot connect to localhost:1")
    assert gone.retryable is True
    client = EgressClient()
    inside = await fails(Read, Services(http=client, files=MemoryFiles()), account=server.account())
    await client.close()
    assert "refused to connect to localhost" in inside.message


async def test_starttls_with_a_certificate_that_is_checked(services: Services, certificate: Certificate) -> None:
    with serve(certificate) as server:
        account = server.account(security="starttls", authority=certificate.pem)
        assert (await account.check(services.http)).startswith("signed in")
        stranger = await fails(Read, services, account=server.account(security="starttls"))
        assert stranger.message.startswith("the certificate of localhost is not to be trusted")
        assert stranger.retryable is False


async def test_moving_and_flagging(server: Server, services: Services) -> None:
    for subject in ("One", "Two"):
        server.deliver(letter(subject))
    two, _ = await items(server, services)
    mail = {"account": server.account(), "uid": two.json["uid"], "message_id": two.json["message_id"]}
    gone = await fails(Move, services, **mail, to="Nowhere")
    assert (gone.field, gone.retryable) == ("to", False)
    other = await fails(Move, services, **{**mail, "message_id": "<other@x>"}, to="Done", create=True)
    assert other.field == "message_id"
    (flagged,) = objects((await run(Flag, {**mail, "add": ["\\Flagged", "invoice"]}, services=services))["main"])
    assert {"\\Flagged"} <= set(flagged["flags"])
    (cleared,) = objects((await run(Flag, {**mail, "remove": ["\\Flagged"]}, services=services))["main"])
    assert "\\Flagged" not in cleared["flags"]
    assert (await fails(Flag, services, **mail, add=["a b"])).field == "add"
    moved = await run(Move, {**mail, "to": "Done/Überall", "create": True}, services=services)
    assert objects(moved["main"])[0]["moved_to"] == "Done/Überall"
    assert (server.subjects(), server.subjects("Done/Überall")) == (["One"], ["Two"])
    missing = await fails(Move, services, **mail, to="Done/Überall")
    assert (missing.field, missing.retryable) == ("uid", False)


# --- the trigger ---------------------------------------------------------------------------------------------


def trigger(server: Server, **params: Any) -> NewMail:
    binder = Binder(NewMail, {"account": {"$credential": "1"}, **params})
    assert binder.problems == []
    bound = binder.fill({use.id: server.account() for use in binder.credentials})
    assert isinstance(bound, NewMail)
    return bound


async def following(received: AsyncIterator[Any], count: int) -> list[dict[str, Any]]:
    """The next mails that a trigger gives."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            found += [item.json for item in await anext(received)]
    return found


def listening(watching: NewMail, services: Services, state: dict[str, Any]) -> aclosing[Any]:
    received: Any = watching.listen(context(services, state))
    return aclosing(received)


def context(services: Services, state: dict[str, Any]) -> TriggerContext:
    return TriggerContext("w", "n", "", services, state)


async def test_a_new_mail_is_told_at_once_and_the_place_is_kept(server: Server, services: Services) -> None:
    server.deliver(letter("Before"))
    state: dict[str, Any] = {}
    async with listening(trigger(server), services, state) as received:
        assert await anext(received) == ()
        waiting = asyncio.ensure_future(following(received, 1))
        await asyncio.to_thread(server.deliver, letter("First"))
        assert [mail["subject"] for mail in await waiting] == ["First"]
    for subject in ("While away", "Another"):
        server.deliver(letter(subject))
    async with listening(trigger(server), services, state) as received:
        mails = await following(received, 2)
    assert [mail["subject"] for mail in mails] == ["While away", "Another"]


async def test_only_what_fits_and_what_becomes_of_it_survives_a_crash(server: Server, services: Services) -> None:
    state: dict[str, Any] = {}
    watching = trigger(server, which={"subject": "Invoice"}, then={"kind": "move", "to": "Put aside"})
    async with listening(watching, services, state) as received:
        await anext(received)
    for subject in ("Invoice 1", "Party", "Invoice 2"):
        server.deliver(letter(subject))
    async with listening(watching, services, state) as received:
        assert [mail["subject"] for mail in await following(received, 1)] == ["Invoice 1"]
    assert server.subjects() == ["Invoice 1", "Party", "Invoice 2"]  # stored, and then the process died
    async with listening(watching, services, state) as received:
        assert [mail["subject"] for mail in await following(received, 1)] == ["Invoice 2"]
        while state["then"] or server.subjects() != ["Party"]:
            await anext(received)
    assert server.subjects("Put aside") == ["Invoice 1", "Invoice 2"]


async def test_a_server_that_numbers_anew_repeats_nothing_and_skips_nothing(server: Server, services: Services) -> None:
    state: dict[str, Any] = {}
    async with listening(trigger(server), services, state) as received:
        await anext(received)
        server.deliver(letter("Seen"))
        await following(received, 1)
    server.deliver(letter("New"))
    state["validity"] = 1
    async with listening(trigger(server), services, state) as received:
        assert [mail["subject"] for mail in await following(received, 1)] == ["New"]


async def test_cancelling_ends_a_wait_of_minutes_at_once(server: Server, services: Services) -> None:
    async def listen() -> None:
        async with listening(trigger(server), services, {}) as received:
            async for _ in received:
                pass

    task = asyncio.ensure_future(listen())
    await asyncio.sleep(0.5)
    task.cancel()
    async with asyncio.timeout(60):  # IDLE alone would take nine minutes
        with pytest.raises(asyncio.CancelledError):
            await task
