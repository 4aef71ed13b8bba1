"""Asking by mail: links, forms and replies end the wait, and nothing else does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from tests.plugins.email.conftest import PASSWORD, USER, Outbox, smtp
from tests.plugins.email.imap_server import Server, serve

import a8n_email
import a8n_manual
from a8n import Item, Kernel, NodeError
from a8n.runtime.instance import Instance
from a8n.runtime.schema import executions, schedules
from a8n.runtime.schema import waits as waiting
from a8n.runtime.settings import Settings
from a8n.testing import Services, StepWaits, objects, run
from a8n_email.ask import Ask
from a8n_email.tags import key_of
from a8n_web.server import application

REPLY = {"kind": "reply"}


def params(outbox: Outbox, **values: Any) -> dict[str, Any]:
    return {
        "account": smtp(outbox.port),
        "to": ["bob@example.org"],
        "subject": "Lunch?",
        "text": "At <noon>?",
        **values,
    }


async def waits(outbox: Outbox, services: Services, **values: Any) -> Any:
    with pytest.raises(StepWaits) as caught:
        await run(Ask, params(outbox, **values), [{"id": 1}, {"id": 2}], services=services)
    return caught.value.wait


def links(mail: EmailMessage) -> list[str]:
    body = mail.get_body(("plain",))
    assert body is not None
    return re.findall(r"https?://\S+", body.get_content())


def reply(sender: str = "bob@example.org", **values: Any) -> dict[str, Any]:
    mail = {"from": {"name": "", "address": sender}, "reply": "Yes", "automatic": False, **values}
    return Item(mail).as_data()


# --- the question --------------------------------------------------------------------------------------------


async def test_approve_and_decline_are_links_to_one_form(outbox: Outbox, services: Services) -> None:
    wait = await waits(outbox, services)
    (mail,) = outbox.mails
    approve, decline = links(mail)
    assert approve.endswith("?decision=Approve")
    assert decline == approve.replace("Approve", "Decline")
    page = mail.get_body(("html",))
    assert page is not None
    assert "At &lt;noon&gt;?" in page.get_content()
    assert [field.name for field in wait.form.fields] == ["decision", "remark"]
    assert timedelta(days=6.9) < wait.until - datetime.now(UTC) < timedelta(days=7)


@pytest.mark.parametrize(("decision", "port"), [("Approve", "approved"), ("Decline", "declined")])
async def test_a_decision_leads_to_its_output(outbox: Outbox, services: Services, decision: str, port: str) -> None:
    payload = {"form": {"decision": decision, "remark": "ok"}, "submitted_at": "2026-05-01T09:00:00Z"}
    outputs = await run(Ask, params(outbox), [{"id": 1}, {"id": 2}], services=services, resume=payload)
    answer = {"kind": "approval", "approved": port == "approved", "remark": "ok", "at": "2026-05-01T09:00:00Z"}
    assert objects(outputs[port]) == [{"id": 1, "answer": answer}, {"id": 2, "answer": answer}]
    assert sum(map(len, outputs.values())) == 2


async def test_a_form_of_ones_own(outbox: Outbox, services: Services) -> None:
    asked = {"answer": {"kind": "form", "fields": [{"name": "dish", "required": True}]}}
    wait = await waits(outbox, services, **asked)
    assert [field.name for field in wait.form.fields] == ["dish"]
    assert len(links(outbox.mails[0])) == 1
    payload = {"form": {"dish": "soup"}, "submitted_at": "x"}
    outputs = await run(Ask, params(outbox, **asked), services=services, resume=payload)
    assert objects(outputs["answered"])[0]["answer"]["form"] == {"dish": "soup"}


async def test_a_reply_is_recognised_by_the_mail_it_answers(outbox: Outbox, services: Services) -> None:
    wait = await waits(outbox, services, answer={**REPLY, "subaddress": True})
    (mail,) = outbox.mails
    ours, address = str(mail["Message-ID"]), str(mail["Reply-To"])
    assert wait.key
    assert address.startswith("Shop <shop+a8n-ask.")
    assert key_of({"in_reply_to": ours}) == wait.key
    assert key_of({"in_reply_to": "<other@x>", "references": [ours, "<other@x>"]}) == wait.key
    assert key_of({"in_reply_to": "", "to": [{"address": address.split("<")[1].rstrip(">")}]}) == wait.key
    assert key_of({"in_reply_to": "<other@x>", "references": [], "to": [], "delivered_to": ["a@b"]}) is None
    assert links(mail) == []


async def test_the_reply_goes_on_with_the_items(outbox: Outbox, services: Services) -> None:
    outputs = await run(
        Ask, params(outbox, answer=REPLY), [{"id": 1}], services=services, resume=reply("BOB@Example.org")
    )
    (item,) = objects(outputs["answered"])
    assert (item["id"], item["answer"]["text"], item["answer"]["from"]["address"]) == (1, "Yes", "BOB@Example.org")


@pytest.mark.parametrize("payload", [reply("eve@example.org"), reply(automatic=True), reply("")])
async def test_whoever_may_not_answer_ends_nothing(outbox: Outbox, services: Services, payload: Any) -> None:
    with pytest.raises(StepWaits) as caught:
        await run(Ask, params(outbox, answer=REPLY), services=services, resume=payload)
    first = await waits(outbox, services, answer=REPLY)
    assert caught.value.wait.key == first.key


async def test_who_may_answer_can_be_said(outbox: Outbox, services: Services) -> None:
    for answer in ({"responders": ["@example.com"]}, {"anyone": True}):
        asked = params(outbox, answer={**REPLY, **answer})
        outputs = await run(Ask, asked, services=services, resume=reply("eve@example.com"))
        assert len(outputs["answered"]) == 1
    with pytest.raises(StepWaits):
        await run(
            Ask, params(outbox, answer={**REPLY, "responders": ["@example.com"]}), services=services, resume=reply()
        )


async def test_reminders_keep_the_link_and_then_time_runs_out(outbox: Outbox, services: Services) -> None:
    asked = params(outbox, remind_after="P1D", reminders=2)
    untils: list[timedelta] = []

    def timer(record: Any) -> Any:
        untils.append(record.wait.until - datetime.now(UTC))
        if len(untils) == 4:
            return {"form": {"decision": "Approve", "remark": None}, "submitted_at": "x"}
        return None

    outputs = await run(Ask, asked, [{"id": 1}], services=services, resume=lambda record: timer(record))
    first, *reminders = outbox.mails
    assert len(outputs["approved"]) == 1
    assert len({tuple(links(mail)) for mail in outbox.mails}) == 1
    assert {str(mail["In-Reply-To"]) for mail in reminders} == {first["Message-ID"]}
    assert len({mail["Message-ID"] for mail in outbox.mails}) == len(outbox.mails)
    assert key_of({"in_reply_to": str(reminders[0]["Message-ID"])}) == key_of({"in_reply_to": str(first["Message-ID"])})
    assert timedelta(hours=23) < untils[0] < timedelta(days=1)
    assert untils[2] > timedelta(days=6)  # the two reminders are out: until the end


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"to": ["nobody"]}, "to"),
        ({"within": "PT1S"}, "within"),
        ({"remind_after": "PT1S"}, "remind_after"),
        ({"answer": {"kind": "approval", "approve": "Go", "decline": "Go"}}, "answer"),
        ({"answer": {**REPLY, "reply_to": "nobody"}}, "answer.reply_to"),
        ({"subject": "a\nBcc: eve@example.org"}, "subject"),
        ({"attachments": ["gone"]}, "attachments"),
    ],
)
async def test_what_cannot_be_asked_is_named_and_nobody_is_asked(
    outbox: Outbox, services: Services, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(NodeError) as caught:
        await run(Ask, params(outbox, **values), services=services)
    assert caught.value.field == field
    assert outbox.envelopes == []


# --- all of it -----------------------------------------------------------------------------------------------


class Office:
    """An instance that sends mails and watches a mailbox."""

    def __init__(self, instance: Instance, http: httpx.AsyncClient, outbox: Outbox, mailbox: Server):
        self.instance, self.http, self.outbox, self.mailbox = instance, http, outbox, mailbox
        self.execution = ""

    async def post(self, path: str, json: Any) -> Any:
        answer = await self.http.post(path, json=json)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def begin(self, **values: Any) -> EmailMessage:
        """Ask a question; gives the mail."""
        signed = {"email": "o@example.org", "password": "correct horse of mine", "name": "O"}
        token = (await self.post("/api/users/sign-up", signed))["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        common = {"host": "localhost", "security": "none"}
        out = {**common, "port": self.outbox.port, "sender": USER}
        come = {**common, "port": self.mailbox.port, "username": USER, "password": PASSWORD}
        ids = [
            (await self.post("/api/credentials", {"name": kind, "kind": kind, "values": given}))["id"]
            for kind, given in (("email.smtp", out), ("email.imap", come))
        ]
        watching = {"name": "Inbox", "nodes": [{"id": "new", "name": "New", "type": "email.new_mail",
                    "params": {"account": {"$credential": ids[1]}}}], "connections": []}  # fmt: skip
        made = await self.post("/api/workflows", watching)
        await self.post(f"/api/workflows/{made['id']}/activate", {})
        asked = {"account": {"$credential": ids[0]}, "to": ["bob@example.org"], "subject": "Lunch?", "text": "When?"}
        asking = {
            "name": "Asking",
            "nodes": [
                {"id": "start", "name": "Start", "type": "manual.trigger"},
                {"id": "ask", "name": "Ask", "type": "email.ask", "params": {**asked, **values}},
            ],
            "connections": [{"from": "start", "to": "ask"}],
        }
        made = await self.post("/api/workflows", asking)
        begun = await self.post(f"/api/workflows/{made['id']}/run", {"mode": "sync", "items": [{"id": 1}]})
        assert begun["status"] == "waiting", begun
        self.execution = begun["execution_id"]
        return self.outbox.mails[0]

    async def result(self) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while (outcome := await self.instance.outcome_of(self.execution)).status == "waiting":
                await asyncio.sleep(0.02)
        assert outcome.status == "succeeded", outcome
        return outcome.items[0].json


@pytest.fixture
async def office(settings: Settings, outbox: Outbox) -> AsyncIterator[Office]:
    kernel = Kernel(plugins=[a8n_email, a8n_manual])
    instance = await Instance.open(replace(settings, egress_allow=("127.0.0.0/8", "::1")), kernel)
    transport = httpx.ASGITransport(application(instance), raise_app_exceptions=True)
    with serve() as mailbox:
        async with httpx.AsyncClient(transport=transport, base_url="http://a8n.test") as http:
            yield Office(instance, http, outbox, mailbox)
        await instance.close(grace=0)


async def test_a_reply_by_mail_resumes_the_execution_and_another_mail_starts_one(office: Office) -> None:
    question = await office.begin(answer=REPLY)
    async with asyncio.timeout(60):  # the trigger stands at the end of the inbox
        while (await _rows(office, schedules))[0].state is None:
            await asyncio.sleep(0.05)
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = "Bob <bob@example.org>", USER, "AW: Lunch?"
    answer["Message-ID"], answer["In-Reply-To"] = "<answer@example.org>", str(question["Message-ID"])
    answer.set_content("At noon.\n\nAm 1. Mai 2026 schrieb Ada:\n> When?\n")
    await asyncio.to_thread(office.mailbox.deliver, answer)
    result = await office.result()
    assert (result["id"], result["answer"]["text"]) == (1, "At noon.")
    await asyncio.to_thread(office.mailbox.deliver, answer)  # nobody waits any more: it is a mail like others
    async with asyncio.timeout(60):
        while len(await _rows(office, executions)) < 2:
            await asyncio.sleep(0.05)


async def test_a_link_shows_a_page_whose_button_resumes_the_execution(office: Office) -> None:
    approve, _ = links(await office.begin())
    path = approve[approve.index("/resume/") :]
    page = await office.http.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert re.search(r'<input[^>]*value="Approve"[^>]*checked', page.text)
    assert (await office.instance.outcome_of(office.execution)).status == "waiting"
    sent = await office.http.post(path, data={"decision": "Approve", "remark": "fine"})
    assert sent.status_code == 200
    result = await office.result()
    assert (result["answer"]["approved"], result["answer"]["remark"]) == (True, "fine")
    again = await office.http.post(path, data={"decision": "Decline"})
    assert again.status_code in (404, 410)


async def test_the_link_of_the_first_mail_is_good_after_a_reminder(office: Office) -> None:
    approve, _ = links(await office.begin(remind_after="PT1H"))
    async with office.instance.db.begin() as connection:
        await connection.execute(waiting.update().values(until=office.instance.db.clock()))
    async with asyncio.timeout(60):
        while len(office.outbox.mails) < 2 or (await _rows(office, waiting))[0].resumed_at is not None:
            await asyncio.sleep(0.05)
    assert links(office.outbox.mails[1])[0] == approve
    sent = await office.http.post(approve[approve.index("/resume/") :].partition("?")[0], data={"decision": "Approve"})
    assert sent.status_code == 200
    assert (await office.result())["answer"]["approved"] is True


async def test_an_automatic_answer_is_passed_over_and_the_reply_still_counts(office: Office) -> None:
    question = await office.begin(answer=REPLY)
    async with asyncio.timeout(60):
        while (await _rows(office, schedules))[0].state is None:
            await asyncio.sleep(0.05)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["In-Reply-To"] = "bob@example.org", USER, str(question["Message-ID"])
    mail["Auto-Submitted"] = "auto-replied"
    mail.set_content("I am away.")
    await asyncio.to_thread(office.mailbox.deliver, mail)
    async with asyncio.timeout(60):
        while "passed over" not in str(await office.instance.journals.load(office.execution)):
            await asyncio.sleep(0.05)
    del mail["Auto-Submitted"]
    mail.set_content("Yes!")
    await asyncio.to_thread(office.mailbox.deliver, mail)
    assert (await office.result())["answer"]["text"] == "Yes!"


async def _rows(office: Office, table: Any) -> Any:
    async with office.instance.db.read() as connection:
        return (await connection.execute(table.select())).all()
