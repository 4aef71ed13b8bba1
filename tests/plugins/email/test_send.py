"""Sending: to a real SMTP server on loopback."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plugins.certificates import Certificate
from tests.plugins.email.conftest import PASSWORD, USER, Outbox, raw, smtp, smtp_server

from a8n import Item, NodeError
from a8n.runtime.egress import EgressClient
from a8n.testing import InvalidError, MemoryFiles, Services, objects, run
from a8n_email.send import Send


async def send(outbox: Outbox, services: Services, items: Any = ({},), **params: Any) -> dict[str, Any]:
    params = {"account": smtp(outbox.port), "to": ["bob@example.org"], "subject": "Hello", "text": "Hi Bob", **params}
    outputs = await run(Send, params, items, services=services)
    return objects(outputs["main"])[0]


async def fails(outbox: Outbox, services: Services, items: Any = ({},), **params: Any) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await send(outbox, services, items, **params)
    return caught.value


async def test_a_plain_mail_arrives(outbox: Outbox, services: Services) -> None:
    sent = await send(
        outbox, services, to=["Bob Bürger <bob@example.org>", "eve@bücher.example"], cc=["carl@example.org"],
        bcc=["dan@example.org"], subject="Grüße, 你好", text="Äpfel\n.\nfrom the dot on", reply_to=["re@example.org"],
    )  # fmt: skip
    (mail,), (envelope,) = outbox.mails, outbox.envelopes
    people = ["bob@example.org", "eve@xn--bcher-kva.example", "carl@example.org", "dan@example.org"]
    assert envelope.rcpt_tos == sent["accepted"] == people
    assert (envelope.mail_from, mail["From"]) == ("shop@example.com", "Shop <shop@example.com>")
    assert mail["To"].addresses[0].display_name == "Bob Bürger"
    assert (mail["Cc"], mail["Bcc"], mail["Reply-To"]) == ("carl@example.org", None, "re@example.org")
    assert mail["Subject"] == "Grüße, 你好"
    assert mail["Message-ID"] == sent["message_id"]
    assert mail["Date"].datetime is not None
    assert mail.get_content().splitlines() == ["Äpfel", ".", "from the dot on"]
    assert b"dan@example.org" not in raw(envelope)


async def test_html_pictures_and_attachments(outbox: Outbox, services: Services) -> None:
    assert isinstance(services.files, MemoryFiles)
    logo = services.files.add(b"\x89PNG", "logo.png", "image/png")
    report = services.files.add(bytes(range(256)) * 400, 'a "b"/ü\n.pdf', "application/pdf")
    odd = services.files.add(b"?", "odd", "no type")
    html = '<p>Hi <b>Bob</b>, see <a href="https://example.org/x">this</a></p><img src="cid:logo">'
    await send(
        outbox, services, [Item({}, {"l": logo, "r": report, "o": odd})], text="", html=html, attachments=["r", "o"],
        pictures=[{"name": "logo", "file": "l"}],
    )  # fmt: skip
    (mail,) = outbox.mails
    body, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert body is not None
    assert page is not None
    assert body.get_content().strip() == "Hi Bob, see this (https://example.org/x)"
    assert "<b>Bob</b>" in page.get_content()
    first, second = mail.iter_attachments()
    assert (first.get_filename(), first.get_content_type()) == ('a "b"_ü_.pdf', "application/pdf")
    assert first.get_content() == bytes(range(256)) * 400
    assert second.get_content_type() == "application/octet-stream"
    (picture,) = [part for part in mail.walk() if part["Content-ID"]]
    assert (picture["Content-ID"], picture.get_content()) == ("<logo>", b"\x89PNG")
    assert max(map(len, raw(outbox.envelopes[0]).split(b"\r\n"))) <= 998


async def test_a_retry_is_the_same_mail_and_an_answer_joins_its_conversation(
    outbox: Outbox, services: Services
) -> None:
    threading = {"in_reply_to": "c@example.org", "references": ["<a@example.org>", "<b@example.org>"]}
    first = await send(outbox, services, **threading)
    again = await send(outbox, services, **threading)
    assert first["message_id"] == again["message_id"]
    mail = outbox.mails[0]
    assert mail["In-Reply-To"] == "<c@example.org>"
    assert str(mail["References"]).split() == ["<a@example.org>", "<b@example.org>", "<c@example.org>"]
    params = {"account": smtp(outbox.port), "to": ["bob@example.org"]}
    two = objects((await run(Send, params, [{}, {}], services=services))["main"])
    assert len({one["message_id"] for one in two}) == 2


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"subject": "Hi\r\nBcc: eve@example.org"}, "subject"),
        ({"subject": "x" * 2000}, "subject"),
        ({"to": ["bob@example.org\r\nBcc: eve@example.org"]}, "to"),
        ({"to": ["bob@example.org>\r\nRCPT TO:<eve@example.org"]}, "to"),
        ({"to": ["not an address"]}, "to"),
        ({"to": ["bob@exa mple.org"]}, "to"),
        ({"to": ["@example.org"]}, "to"),
        ({"to": [" ; "]}, "to"),
        ({"cc": ["x@" + "y" * 64 + ".org"]}, "cc"),
        ({"sender": "a@example.org, b@example.org"}, "sender"),
        ({"reply_to": ["nobody"]}, "reply_to"),
        ({"in_reply_to": "<a@b>\r\nX: y z"}, "in_reply_to"),
        ({"references": ["no id"]}, "references"),
        ({"headers": [{"name": "X-A", "value": "1\nBcc: eve@example.org"}]}, "headers"),
        ({"headers": [{"name": "X A: b", "value": "1"}]}, "headers"),
        ({"headers": [{"name": "bcc", "value": "eve@example.org"}]}, "headers"),
        ({"headers": [{"name": "Content-Type", "value": "text/html"}]}, "headers"),
        ({"attachments": ["gone"]}, "attachments"),
        ({"pictures": [{"name": "a", "file": "gone"}], "html": "<p>"}, "pictures"),
        ({"pictures": [{"name": "a", "file": "gone"}]}, "pictures"),
    ],
)
async def test_what_cannot_be_sent_is_named_and_not_sent(
    outbox: Outbox, services: Services, params: dict[str, Any], field: str
) -> None:
    error = await fails(outbox, services, **params)
    assert (error.field, error.retryable) == (field, False)
    assert outbox.envelopes == []


async def test_broken_text_is_sent_as_far_as_it_is_text(outbox: Outbox, services: Services) -> None:
    await send(outbox, services, text="half \ud83d pair", html="<p>\ud83d</p>", subject="\ud83d!",
               headers=[{"name": "X-Order", "value": "ü" * 100}])  # fmt: skip
    body = outbox.mails[0].get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "half ? pair"
    assert outbox.mails[0]["X-Order"] == "ü" * 100


async def test_attachments_above_the_limit_and_above_the_servers(
    outbox: Outbox, services: Services, certificate: Certificate
) -> None:
    assert isinstance(services.files, MemoryFiles)
    large = services.files.add(b"x" * (30 * 2**20), "large.bin")
    error = await fails(outbox, services, [Item({}, {"f": large})], attachments=["f"])
    assert "the server takes 33,554,432" in error.message
    assert error.retryable is False
    huge = large.model_copy(update={"size": 51 * 2**20})
    error = await fails(outbox, services, [Item({}, {"f": huge})], attachments=["f"])
    assert (error.field, error.retryable) == ("attachments", False)
    async with smtp_server(Outbox(), certificate, data_size_limit=60 * 2**20) as roomy:
        await send(roomy, services, [Item({}, {"f": large})], attachments=["f"])
    (part,) = roomy.mails[0].iter_attachments()
    assert part.get_content() == b"x" * (30 * 2**20)


@pytest.mark.parametrize(("code", "again"), [("451 try later", True), ("554 spam", False)])
async def test_a_server_that_refuses_the_mail(outbox: Outbox, services: Services, code: str, again: bool) -> None:
    outbox.data = lambda: code
    error = await fails(outbox, services)
    assert error.message == f"localhost refused: {code}"
    assert error.retryable is again


@pytest.mark.parametrize(("code", "again"), [("450 greylisted", True), ("550 no such user", False)])
async def test_a_server_that_refuses_all_recipients(outbox: Outbox, services: Services, code: str, again: bool) -> None:
    outbox.answers["bob@example.org"] = code
    error = await fails(outbox, services)
    assert error.message == f"localhost refused all recipients: bob@example.org: {code}"
    assert error.retryable is again


async def test_recipients_who_are_refused_beside_others_are_told(outbox: Outbox, services: Services) -> None:
    outbox.answers["eve@example.org"] = "550 no such user"
    sent = await send(outbox, services, to=["bob@example.org, eve@example.org"])
    assert sent["accepted"] == ["bob@example.org"]
    assert sent["refused"] == [{"address": "eve@example.org", "code": 550, "reason": "no such user"}]


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_encrypted_and_signed_in(services: Services, certificate: Certificate, security: str) -> None:
    async with smtp_server(Outbox(), certificate, security, auth_required=True) as outbox:
        trusting = {"security": security, "authority": certificate.pem}
        account = smtp(outbox.port, username=USER, password=PASSWORD, **trusting)
        assert await account.check(services.http) == f"signed in as {USER}"
        await send(outbox, services, account=account)
        assert len(outbox.mails) == 1
        wrong = await fails(outbox, services, account=smtp(outbox.port, username=USER, password="no", **trusting))
        assert "does not accept the user name and password: 535" in wrong.message
        assert wrong.retryable is False
        stranger = smtp(outbox.port, username=USER, password=PASSWORD, security=security)
        error = await fails(outbox, services, account=stranger)
        assert error.message.startswith("the certificate of localhost is not to be trusted")
        assert error.retryable is False
        unknown = await fails(outbox, services, account=smtp(outbox.port, **trusting))
        assert unknown.message.startswith("localhost refused the sender shop@example.com: 530")
    assert len(outbox.mails) == 1


async def test_starttls_is_never_given_up_silently(outbox: Outbox, services: Services) -> None:
    error = await fails(outbox, services, account=smtp(outbox.port, security="starttls"))
    assert "STARTTLS" in error.message
    assert error.retryable is False
    assert outbox.envelopes == []


async def test_an_authority_that_is_none(outbox: Outbox, services: Services) -> None:
    error = await fails(outbox, services, account=smtp(outbox.port, security="tls", authority="rubbish"))
    assert error.message == "the credential's authority is no certificate in PEM form"


async def test_a_host_that_does_not_answer_may_answer_later(services: Services, outbox: Outbox) -> None:
    error = await fails(outbox, services, account=smtp(1))
    assert error.message.startswith("cannot connect to localhost:1")
    assert error.retryable is True


async def test_inside_addresses_are_refused_as_for_http(outbox: Outbox) -> None:
    client = EgressClient()
    error = await fails(outbox, Services(http=client, files=MemoryFiles()))
    await client.close()
    assert "refused to connect to localhost" in error.message
    assert error.retryable is False


async def test_a_mail_to_nobody_cannot_be_saved(outbox: Outbox, services: Services) -> None:
    with pytest.raises(InvalidError, match="to"):
        await send(outbox, services, to=[])
