"""Mails of Gmail."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from email.policy import SMTP
from typing import Annotated, Any

from pydantic import BaseModel

from a8n import Context, Example, Field, FileName, Multiline, Node, NodeError, hint
from a8n_google.api import call, related
from a8n_google.credentials import Account

MAX_ATTACHED = 25 * 2**20
"""Bytes of all attachments: Gmail takes mails of 35 MB, and their encoding makes them a third larger."""
USER = "/gmail/v1/users/me"


class SentMail(BaseModel, use_attribute_docstrings=True):
    """A mail that was sent."""

    id: str
    """Gmail's id of the mail."""
    thread_id: str
    """The conversation it is in."""


class SendMail(Node):
    """Send a mail by Gmail: text or HTML, with attachments, as a new conversation or as an answer."""

    key = "google.gmail_send"
    title = "Send a Gmail message"
    group = "comms"
    subtitle = "{subject}"
    examples = (
        Example("Confirm an order", {"account": {"$credential": "1"}, "to": ["ada@example.org"],
                "subject": "Your order", "text": "It is on its way."}, needs=("google.account",)),
    )  # fmt: skip

    account: Account = Field(description="Account that sends.")
    to: list[str] = Field(min_length=1, max_length=100, description="E-mail addresses of those it goes to.")
    subject: str = Field("", max_length=990, description="Subject; empty in an answer for that of the mail answered.")
    text: Multiline = Field("", description="The text.")
    html: Multiline = Field("", description="The text as HTML, for those who see it.")
    cc: list[str] = Field([], max_length=100, description="Addresses that get a copy.")
    bcc: list[str] = Field([], max_length=100, description="Addresses that get a copy nobody sees.")
    attachments: list[FileName] = Field([], description="Which of the item's files go along.")
    answer_to: Annotated[str, hint(placeholder="18c2f0a1b2c3d4e5")] = Field(
        "", pattern=r"^[0-9A-Za-z_-]{0,64}$", description="Gmail's id of the mail it answers; this needs leave to read."
    )

    async def run(self, ctx: Context) -> SentMail:
        """Send it."""
        mail, about = EmailMessage(policy=SMTP), dict[str, str]()
        subject = self.subject
        if self.answer_to:
            answered = await self._answered(ctx)
            about["threadId"] = answered["thread"]
            said = answered.get("subject", "")
            subject = subject or (said if said.lower().startswith("re:") else f"Re: {said}")
            if one := answered.get("message-id"):
                _head(mail, "In-Reply-To", one, "answer_to")
                _head(mail, "References", f"{answered.get('references', '')} {one}".strip(), "answer_to")
        for name, boxes in (("to", self.to), ("cc", self.cc), ("bcc", self.bcc)):
            if boxes:
                _head(mail, name.capitalize(), ", ".join(boxes), name)
        _head(mail, "Subject", subject, "subject")
        mail.set_content(self.text)
        if self.html:
            mail.add_alternative(self.html, subtype="html")
        refs = [ctx.file(name, "attachments") for name in self.attachments]
        if sum(ref.size for ref in refs) > MAX_ATTACHED:
            text = f"these files have more than {MAX_ATTACHED:,} bytes, the most that Gmail carries"
            raise NodeError(text, field="attachments", hint="store them and send a link", retryable=False)
        for ref in refs:
            main, _, sub = ref.mime.partition(";")[0].partition("/")
            known = bool(sub) and main not in ("message", "multipart")
            kind = (main, sub) if known else ("application", "octet-stream")
            mail.add_attachment(await ctx.files.read(ref), *kind, filename=ref.name)
        raw = await asyncio.to_thread(mail.as_bytes)
        body, kind_of = related(about, raw, "message/rfc822")
        sent = await call(
            ctx.http, self.account, "POST", "gmail", f"/upload{USER}/messages/send",
            params=[("uploadType", "multipart")], content=body, kind=kind_of,
        )  # fmt: skip
        return SentMail(id=str(sent.get("id", "")), thread_id=str(sent.get("threadId", "")))

    async def _answered(self, ctx: Context) -> dict[str, str]:
        """Headers of the mail it answers by lower-case name, and its thread."""
        params = [
            ("format", "metadata"),
            *(("metadataHeaders", one) for one in ("Message-ID", "References", "Subject")),
        ]
        path = f"{USER}/messages/{self.answer_to}"
        found = await call(ctx.http, self.account, "GET", "gmail", path, params=params, where="answer_to")
        heads: list[dict[str, Any]] = (found.get("payload") or {}).get("headers") or []
        return {str(one["name"]).lower(): str(one["value"]) for one in heads} | {"thread": str(found["threadId"])}


def _head(mail: EmailMessage, name: str, text: str, where: str) -> None:
    """Set a header. Raises NodeError for what could break out of it, and for what is no address."""
    if any(ord(mark) < 32 or ord(mark) == 127 for mark in text):
        raise NodeError("line breaks and control characters cannot stand here", field=where, retryable=False)
    try:
        mail[name] = text
        bad = name in ("To", "Cc", "Bcc") and not all(one.domain for one in mail[name].addresses)
    except (ValueError, IndexError):
        bad = True
    if bad:
        raise NodeError(f"{text[:200]!r} is no e-mail address", field=where, retryable=False)
