"""Asking by mail, and waiting for the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import ValidationError

from a8n import (
    JSON,
    BatchNode,
    Context,
    Duration,
    Example,
    Field,
    FileName,
    FileRef,
    Form,
    FormField,
    Item,
    Multiline,
    NodeError,
    Parameters,
    Result,
    Wait,
    hint,
    to,
)
from a8n_email.addresses import Mailbox, mailbox, mailboxes, permitted
from a8n_email.compose import Letter, attached, packed
from a8n_email.credentials import SmtpAccount
from a8n_email.send import sender_of
from a8n_email.smtp import connected, deliver
from a8n_email.tags import question_id, tag_of, tagged, wait_key

LONGEST = timedelta(days=3660)
SHORTEST = timedelta(minutes=1)
APPROVED, DECLINED, ANSWERED, TIMED_OUT = "approved", "declined", "answered", "timed_out"


class Approval(Parameters):
    """Two links, to approve and to decline. Each opens a page with a button: programs that follow links do no harm."""

    kind: Literal["approval"] = Field("approval", description="How they answer.")
    approve: str = Field("Approve", min_length=1, max_length=100, description="What the one says.")
    decline: str = Field("Decline", min_length=1, max_length=100, description="What the other says.")
    remark: bool = Field(True, description="Whether a remark can be added.")


class MailReply(Parameters):
    """They answer the mail. A New e-mail trigger of the project has to watch the mailbox that answers go to."""

    kind: Literal["reply"] = Field("reply", description="How they answer.")
    responders: list[str] = Field(
        [], description="Who may answer: addresses, or @example.org for all of a domain; empty: the recipients."
    )
    anyone: bool = Field(False, description="Let anybody answer who got the mail, also by forwarding.")
    reply_to: str = Field("", description="Where answers go; empty takes the sender.")
    subaddress: bool = Field(
        False, description="Let answers go to name+tag@…, so that they are recognised even where a mail program leaves "
        "out what they answer. The mail server has to deliver such addresses to the mailbox."
    )  # fmt: skip


class FormReply(Parameters):
    """They fill in a form, behind a link."""

    kind: Literal["form"] = Field("form", description="How they answer.")
    fields: list[FormField] = Field(min_length=1, max_length=100, description="The questions.")
    button: str = Field("Send", min_length=1, max_length=100, description="What the form's button says.")


Answer = Annotated[Approval | MailReply | FormReply, Field(discriminator="kind")]


class Ask(BatchNode):
    """Send a mail, and wait for the answer: a reply to that mail, a click on approve or decline, or a form.

    One mail is sent for all items together, with expressions taken from the first; the items go on with what was
    answered under `answer`. Whoever has the link may use it: it goes to the recipients alone. Replies count from the
    recipients, or from those who are named; others, and out-of-office notes, are passed over. Without an answer in
    time the items go on at `timed_out`.
    """

    key = "email.ask"
    title = "Ask by e-mail"
    group = "comms"
    subtitle = "{to}"
    outputs = (APPROVED, DECLINED, ANSWERED, TIMED_OUT)
    examples = (
        Example(
            "May this refund be made?",
            {
                "account": {"$credential": "1"}, "to": ["boss@example.org"],
                "subject": {"$t": "Refund for order {{ json.id }}"},
                "text": {"$t": "Ada wants {{ json.total }} € back."}, "remind_after": "P1D", "reminders": 2,
            },
            items=({"id": "A-17", "total": 48},),
            needs=("email.smtp",),
        ),
        Example(
            "Ask a customer, and read the reply",
            {
                "account": {"$credential": "1"}, "to": [{"$": "json.email"}], "subject": "Your size",
                "text": "Which size do you wear?", "answer": {"kind": "reply"},
            },
            items=({"email": "ada@example.org"},),
            needs=("email.smtp",),
        ),
    )  # fmt: skip

    account: SmtpAccount = Field(description="Account to send with.")
    to: list[str] = Field(min_length=1, description="Who is asked; the first answer counts.")
    subject: str = Field(min_length=1, description="Subject line.")
    text: Multiline = Field("", description="What is asked, as plain text.")
    answer: Answer = Field(Approval(), description="How they answer.")
    within: Duration = Field(timedelta(days=7), description="How long to wait.")
    remind_after: Duration | None = Field(None, description="Remind them after so long, and again after as long.")
    reminders: int = Field(1, ge=0, le=20, description="How many reminders at most.")
    attachments: list[FileName] = Field([], description="Which of the first item's files to attach.")
    sender: Annotated[str, hint(advanced=True)] = Field("", description="From address; empty takes the account's.")

    @classmethod
    def ports(cls, params: Mapping[str, JSON]) -> tuple[str, ...]:
        """What the kind of answer can lead to."""
        answer = params.get("answer")
        kind = answer.get("kind", "approval") if isinstance(answer, dict) else "approval"
        return (APPROVED, DECLINED, TIMED_OUT) if kind == "approval" else (ANSWERED, TIMED_OUT)

    async def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Send the question and begin to wait."""
        if not items:
            return []
        for length, name in ((self.within, "within"), (self.remind_after, "remind_after")):
            if length is not None and not SHORTEST <= length <= LONGEST:
                raise NodeError("this is a minute at least, and ten years at most", field=name, retryable=False)
        if not ctx.resume_url:
            raise NodeError("this process offers no resume URL", field="answer", retryable=False)
        self._form()  # before anybody is asked
        tag, now = tag_of(ctx.resume_url), datetime.now(UTC)
        await self._send(ctx, tag, 0, await attached(ctx, self.attachments, "attachments"))
        return self._wait(tag, now + self.within, 0, now)

    async def resume(self, ctx: Context, items: Sequence[Item], data: Mapping[str, JSON], payload: JSON) -> Result:
        """Take the answer, remind, or give up."""
        tag, reminded, now = str(data["tag"]), int(data["reminded"]), datetime.now(UTC)
        deadline = datetime.fromisoformat(str(data["deadline"]))
        if isinstance(payload, dict) and isinstance(payload.get("form"), dict):
            return self._filled_in(items, payload)
        if isinstance(payload, dict) and isinstance(payload.get("json"), dict):
            reply = Item.of(payload)
            complaint = self._complaint(reply.json)
            if complaint is None:
                return self._replied(items, reply)
            ctx.log(complaint)
            return self._wait(tag, deadline, reminded, now, data)
        if now >= deadline:
            return [to(TIMED_OUT, Item(item.json, item.files, index)) for index, item in enumerate(items)]
        try:
            await self._send(ctx, tag, reminded + 1, ())
        except NodeError as error:  # the question itself has been sent: nobody loses the answer for a reminder
            ctx.log(f"the reminder could not be sent: {error.message}")
        return self._wait(tag, deadline, reminded + 1, now)

    # --- the mail --------------------------------------------------------------------------------------------

    async def _send(
        self, ctx: Context, tag: str, number: int, files: Sequence[tuple[FileRef, bytes]]
    ) -> None:  # fmt: skip
        sender, people = sender_of(self.account, self.sender), mailboxes(self.to, "to")
        if not people:
            raise NodeError("there is nobody to ask", field="to", retryable=False)
        answers: Sequence[Mailbox] = ()
        if isinstance(self.answer, MailReply):
            place = mailbox(self.answer.reply_to, "answer.reply_to") if self.answer.reply_to else sender
            answers = [tagged(place, tag) if self.answer.subaddress else place]
        first = question_id(tag, 0, sender)
        subject = f"Re: {self.subject}" if number else self.subject
        text = f"A reminder: an answer is still missing.\n\n{self.text}" if number else self.text
        letter = Letter(
            sender, people, question_id(tag, number, sender), subject, f"{text}\n\n{self._call(ctx.resume_url)}\n",
            self._page(text, ctx.resume_url), reply_to=answers, in_reply_to=[first] if number else (), attached=files,
        )  # fmt: skip
        mail = await packed(letter)
        async with connected(self.account, ctx.reach) as client:
            refused = await deliver(client, sender.address, [one.address for one in people], mail)
        for one in refused:
            ctx.log(f"{one.address} was refused: {one.code} {one.reason}")
        ctx.log(f"{'reminded' if number else 'asked'} {', '.join(one.address for one in people)}")

    def _links(self, url: str) -> list[tuple[str, str]]:
        if isinstance(self.answer, Approval):
            return [(word, f"{url}?decision={quote(word)}") for word in (self.answer.approve, self.answer.decline)]
        return [("Answer", url)] if isinstance(self.answer, FormReply) else []

    def _call(self, url: str) -> str:
        links = [f"{word}: {link}" for word, link in self._links(url)]
        return "\n".join(links) or "Please reply to this mail; leave its subject as it is."

    def _page(self, text: str, url: str) -> str:
        body = "<br>\n".join(escape(line) for line in text.split("\n"))
        style = (
            "display:inline-block;padding:10px 18px;margin:0 8px 8px 0;border:1px solid #0b6b4f;"
            "border-radius:8px;color:#0b6b4f;text-decoration:none;font-weight:600"
        )
        links = [f'<a href="{escape(link)}" style="{style}">{escape(word)}</a>' for word, link in self._links(url)]
        return f"<p>{body}</p>\n<p>{''.join(links) or escape(self._call(url))}</p>\n"

    # --- the wait --------------------------------------------------------------------------------------------

    def _wait(
        self, tag: str, deadline: datetime, reminded: int, now: datetime, kept: Mapping[str, JSON] | None = None
    ) -> Wait:
        """Wait for the answer, the next reminder, or the end. `kept` is what an interrupted wait was for."""
        until = deadline
        if kept is not None and kept.get("until"):
            until = datetime.fromisoformat(str(kept["until"]))
        elif self.remind_after is not None and reminded < self.reminders:
            until = min(deadline, now + self.remind_after)
        data = {
            "tag": tag, "deadline": deadline.isoformat(), "reminded": reminded, "until": until.isoformat(),
        }  # fmt: skip
        if isinstance(self.answer, MailReply):
            return Wait(until=until, key=wait_key(tag), data=data)
        return Wait(until=until, form=self._form(), data=data)

    def _form(self) -> Form | None:
        """The page behind the link; None where a mail is the answer. Raises NodeError."""
        try:
            return self._made_form()
        except ValueError as error:
            said = "; ".join(one["msg"] for one in error.errors()) if isinstance(error, ValidationError) else str(error)
            raise NodeError(f"this is no form: {said}", field="answer", retryable=False) from None

    def _made_form(self) -> Form | None:
        if isinstance(self.answer, FormReply):
            return Form(title=self.subject[:500], description=self.text[:20_000], fields=self.answer.fields,
                        button=self.answer.button)  # fmt: skip
        if isinstance(self.answer, MailReply):
            return None
        words = [self.answer.approve, self.answer.decline]
        fields = [FormField(name="decision", label="Decision", kind="choice", choices=words, required=True)]
        if self.answer.remark:
            fields.append(FormField(name="remark", label="Remark", kind="multiline"))
        return Form(title=self.subject[:500], description=self.text[:20_000], fields=fields, button="Send")

    # --- the answer ------------------------------------------------------------------------------------------

    def _complaint(self, mail: Mapping[str, Any]) -> str | None:
        """Why a mail does not count as the answer; None if it does."""
        sender = str(mail.get("from", {}).get("address", ""))
        if mail.get("automatic"):
            return f"an automatic mail from {sender or 'nobody'} was passed over"
        assert isinstance(self.answer, MailReply)
        allowed = self.answer.responders or [one.address for one in mailboxes(self.to, "to")]
        if self.answer.anyone or permitted(sender, allowed):
            return None
        return f"a reply from {sender or 'nobody'}, who may not answer, was passed over"

    def _replied(self, items: Sequence[Item], reply: Item) -> Result:
        mail = reply.json
        answer = {"kind": "reply", "text": mail.get("reply", ""), "from": mail.get("from"), "mail": mail}
        files = {f"reply_{name}": ref for name, ref in (reply.files or {}).items()}
        return [
            to(ANSWERED, Item({**item.json, "answer": answer}, {**(item.files or {}), **files} or None, index))
            for index, item in enumerate(items)
        ]

    def _filled_in(self, items: Sequence[Item], payload: Mapping[str, JSON]) -> Result:
        form, at = payload["form"], payload.get("submitted_at")
        answer: dict[str, JSON] = {"kind": self.answer.kind, "form": form, "at": at}
        port = ANSWERED
        if isinstance(self.answer, Approval):
            approved = form.get("decision") == self.answer.approve
            port = APPROVED if approved else DECLINED
            answer = {"kind": "approval", "approved": approved, "remark": form.get("remark"), "at": at}
        return [to(port, Item({**item.json, "answer": answer}, item.files, index)) for index, item in enumerate(items)]
