"""Sending mails."""

from __future__ import annotations

import hashlib
from typing import Annotated

from pydantic import BaseModel

from a8n import Context, Example, Field, FileName, KeyValue, Multiline, Node, NodeError, Parameters, hint
from a8n_email.addresses import Mailbox, mailbox, mailboxes
from a8n_email.compose import Letter, attached, message_ids, packed
from a8n_email.credentials import SmtpAccount
from a8n_email.smtp import connected, deliver

Html = Annotated[str, hint(widget="code", language="html")]


class Picture(Parameters):
    """A picture inside the HTML."""

    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,100}$", description='What the HTML calls it: <img src="cid:name">.')
    file: FileName = Field(description="Which of the item's files.")


class RefusedRecipient(BaseModel, use_attribute_docstrings=True):
    """A recipient whom the server did not take."""

    address: str
    """Whom it was for."""
    code: int
    """The server's code: 4xx for now, 5xx for good."""
    reason: str
    """What the server said."""


class Sent(BaseModel, use_attribute_docstrings=True):
    """A mail that the server took."""

    message_id: str
    """Its Message-ID, by which answers refer to it."""
    accepted: list[str]
    """Recipients for whom the server took it."""
    refused: list[RefusedRecipient]
    """Recipients for whom it did not."""


class Send(Node):
    """Send an e-mail to one or more recipients, as text, HTML or both, with attachments.

    The Message-ID follows from the execution, node and item, so a mail that was sent again after a lost connection
    is recognised as the same. Recipients whom the server refuses while it takes others are listed under `refused`.
    """

    key = "email.send"
    title = "Send e-mail"
    group = "comms"
    subtitle = "{to}"
    concurrency = 4
    examples = (
        Example(
            "Confirm an order",
            {
                "account": {"$credential": "1"}, "to": [{"$": "json.email"}], "subject": {"$t": "Order {{ json.id }}"},
                "text": {"$t": "Thank you, {{ json.name }}.\nYour order {{ json.id }} is on its way."},
            },
            items=({"id": "A-17", "name": "Ada", "email": "ada@example.org"},),
            needs=("email.smtp",),
        ),
        Example(
            "Answer a mail, with its attachment",
            {
                "account": {"$credential": "1"}, "to": [{"$": "json.from.address"}],
                "subject": {"$t": "Re: {{ json.subject }}"}, "html": "<p>We got it:</p>",
                "attachments": ["attachment_1"], "in_reply_to": {"$": "json.message_id"},
                "references": {"$": "json.references"},
            },
            items=(
                {"subject": "Offer", "message_id": "<1@example.org>", "references": [],
                 "from": {"address": "ada@example.org"}},
            ),
            needs=("email.smtp",),
        ),
    )  # fmt: skip

    account: SmtpAccount = Field(description="Account to send with.")
    to: list[str] = Field(min_length=1, description="Recipients: ada@example.org, or Ada <ada@example.org>.")
    subject: str = Field("", description="Subject line.")
    text: Multiline = Field("", description="The mail as plain text. Empty: made from the HTML.")
    html: Html = Field("", description="The mail as HTML; `{{ json.name | e }}` puts data in safely.")
    attachments: list[FileName] = Field([], description="Which of the item's files to attach.")
    pictures: list[Picture] = Field([], description="Files of the item that the HTML shows.")
    cc: list[str] = Field([], description="Further recipients, whom all can see.")
    bcc: list[str] = Field([], description="Further recipients, whom nobody sees.")
    sender: Annotated[str, hint(advanced=True)] = Field("", description="From address; empty takes the account's.")
    reply_to: Annotated[list[str], hint(advanced=True)] = Field([], description="Where answers go, if elsewhere.")
    in_reply_to: Annotated[str, hint(advanced=True)] = Field("", description="Message-ID of the mail it answers.")
    references: Annotated[list[str], hint(advanced=True)] = Field(
        [], description="Message-IDs of the conversation so far; that of the answered mail is added."
    )
    headers: Annotated[list[KeyValue], hint(advanced=True)] = Field([], description="Further headers, such as X-….")

    async def run(self, ctx: Context) -> Sent:
        """Compose the mail and hand it to the server."""
        sender = sender_of(self.account, self.sender)
        to, cc, bcc = mailboxes(self.to, "to"), mailboxes(self.cc, "cc"), mailboxes(self.bcc, "bcc")
        recipients = list(dict.fromkeys(box.address for box in (*to, *cc, *bcc)))
        if not recipients:
            raise NodeError("there is nobody to send it to", field="to", retryable=False)
        if self.pictures and not self.html:
            raise NodeError("pictures stand in the HTML, and there is none", field="pictures", retryable=False)
        pictures = await attached(ctx, [picture.file for picture in self.pictures], "pictures")
        by_file = dict(zip(dict.fromkeys(picture.file for picture in self.pictures), pictures, strict=True))
        message_id = message_id_of(ctx.key, sender)
        letter = Letter(
            sender, to, message_id, self.subject, self.text, self.html, cc, mailboxes(self.reply_to, "reply_to"),
            message_ids(self.in_reply_to, "in_reply_to"), message_ids(self.references, "references"), self.headers,
            await attached(ctx, self.attachments, "attachments"),
            [(picture.name, *by_file[picture.file]) for picture in self.pictures],
        )  # fmt: skip
        mail = await packed(letter)
        async with connected(self.account, ctx.reach) as client:
            refusals = await deliver(client, sender.address, recipients, mail)
        refused = [RefusedRecipient(address=one.address, code=one.code, reason=one.reason) for one in refusals]
        for one in refused:
            ctx.log(f"{one.address} was refused: {one.code} {one.reason}")
        gone = {one.address for one in refused}
        return Sent(message_id=message_id, accepted=[one for one in recipients if one not in gone], refused=refused)


def sender_of(account: SmtpAccount, given: str) -> Mailbox:
    """Who a mail is from. Raises NodeError where nobody is named."""
    text = given or account.sender or account.username
    if "@" not in text:
        raise NodeError(
            "the sender is missing", field="sender", hint="name one here or in the account", retryable=False
        )
    return mailbox(text, "sender")


def message_id_of(key: str, sender: Mailbox) -> str:
    """The same for every attempt to send this mail, and for no other mail."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    return f"<a8n.{digest}@{sender.address.rpartition('@')[2]}>"
