"""Mails that are sent, and events that are listed and created once."""

from __future__ import annotations

import email
from email.policy import default
from typing import Any

import pytest
from aiohttp import web
from tests.plugins.google.conftest import account
from tests.plugins.google.google_apis import Google

from a8n import Item, NodeError
from a8n.testing import Services, objects, run
from a8n_google.calendar import CreateEvent, ListEvents, calendar_choices
from a8n_google.gmail import SendMail

MEETING = {"summary": "Review", "start": "2026-03-02T09:00:00", "end": "2026-03-02T10:00:00"}


async def does(node: Any, google: Google, services: Services, item: Any = None, **params: Any) -> list[dict[str, Any]]:
    given = {"account": account(google), **params}
    return objects((await run(node, given, [item or {}], services=services)).get("main", []))


async def test_a_mail_with_all_that_mails_have(google: Google, services: Services) -> None:
    assert services.files is not None
    item = Item({}, {"bill": await services.files.save(b"%PDF", "Größe.pdf", "application/pdf")})
    sent = await does(
        SendMail, google, services, item, to=["Ada <ada@example.org>"], bcc=["eve@example.org"], subject="Grüße",
        text="Hi", html="<b>Hi</b>", attachments=["bill"],
    )  # fmt: skip
    assert sent == [{"id": "m9", "thread_id": "t9"}]
    mail = email.message_from_bytes(google.mails[0]["mail"], policy=default)
    assert (mail["To"], mail["Bcc"], mail["Subject"]) == ("Ada <ada@example.org>", "eve@example.org", "Grüße")
    (part,) = mail.iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("Größe.pdf", b"%PDF")


async def test_an_answer_stays_in_its_conversation(google: Google, services: Services) -> None:
    sent = await does(SendMail, google, services, to=["a@example.org"], text="Yes", answer_to="m1")
    assert sent == [{"id": "m9", "thread_id": "t1"}]
    mail = email.message_from_bytes(google.mails[0]["mail"], policy=default)
    assert (mail["Subject"], mail["In-Reply-To"]) == ("Re: Order", "<1@x.org>")
    assert mail["References"] == "<0@x.org> <1@x.org>"


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("to", {"to": ["a@example.org\r\nBcc: eve@example.org"]}),
        ("to", {"to": ["nobody"]}),
        ("subject", {"to": ["a@example.org"], "subject": "Hi\nBcc: eve@example.org"}),
        ("attachments", {"to": ["a@example.org"], "attachments": ["bill"]}),
    ],
)
async def test_what_cannot_be_sent_names_the_field(google: Google, services: Services, field: str, params: Any) -> None:
    with pytest.raises(NodeError) as caught:
        await does(SendMail, google, services, **params)
    assert caught.value.field == field
    assert google.mails == []


async def test_an_event_is_created_once_however_often_it_is_tried(google: Google, services: Services) -> None:
    params = {**MEETING, "timezone": "Europe/Berlin", "guests": ["ada@example.org"]}
    (first,) = await does(CreateEvent, google, services, **params)
    assert first["start"] == {"dateTime": "2026-03-02T09:00:00", "timeZone": "Europe/Berlin"}
    assert first["attendees"] == [{"email": "ada@example.org"}]
    google.events = {first["id"]: first}
    assert google.asked[-1][2] == {"sendUpdates": "none"}
    asked: list[Any] = []
    # the first attempt arrives, and its answer is lost
    answer = google.answer

    async def lost(request: web.Request) -> web.Response:
        given = await answer(request)
        asked.append(request.method)
        return web.Response(status=503) if len(asked) == 1 else given

    google.events = {}
    google.hook = lost
    settings = {"retry": {"attempts": 2, "delay": 0}}
    outputs = await run(CreateEvent, {"account": account(google), **params}, services=services, settings=settings)
    assert len(google.events) == 1
    assert objects(outputs["main"])[0]["id"] in google.events
    assert asked == ["POST", "POST", "GET"]


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("timezone", {"timezone": "Mars/Base"}),
        ("timezone", {"timezone": "../etc"}),
        ("end", {"end": "2026-03-01T09:00:00"}),
        ("end", {"all_day": True}),
        ("start", {"end": "2026-03-02T10:00:00Z"}),
        ("calendar", {"calendar": "gone@example.org"}),
    ],
)
async def test_an_event_that_cannot_be_names_the_field(
    google: Google, services: Services, field: str, params: Any
) -> None:
    with pytest.raises(NodeError) as caught:
        await does(CreateEvent, google, services, **{**MEETING, **params})
    assert caught.value.field == field


async def test_events_are_listed_over_all_pages(google: Google, services: Services) -> None:
    google.events = {f"e{number}": {"id": f"e{number}"} for number in range(5)}
    span = {"start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z"}
    assert [one["id"] for one in await does(ListEvents, google, services, **span)] == ["e0", "e1", "e2", "e3", "e4"]
    assert len(await does(ListEvents, google, services, **span, most=3)) == 3
    with pytest.raises(NodeError) as caught:
        await does(ListEvents, google, services, **{**span, "start": "2026-03-02T00:00:00"})
    assert caught.value.field == "start"


async def test_calendars_are_chosen(google: Google, services: Services) -> None:
    assert services.http is not None
    assert [one.label for one in await calendar_choices(account(google), services.http)] == ["Ada"]
