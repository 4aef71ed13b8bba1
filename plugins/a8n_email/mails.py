"""Reading, moving and flagging mails."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel

from a8n import Context, Example, Field, Item, Node, NodeError, hint
from a8n_email.credentials import ImapAccount
from a8n_email.criteria import Criteria
from a8n_email.imap import Mailbox, checked, opened
from a8n_email.mime import ids, parsed, read

MEGABYTE = 2**20
SEEN = "\\Seen"
Folder = Annotated[str, Field(min_length=1, max_length=1000)]
Id = Annotated[str, hint(advanced=True)]


class Read(Node):
    """Read mails of a folder: one item each, newest first, attachments as files.

    `reply` is what is new in a mail, without what it quotes and without its signature; `automatic` tells mails that
    no person wrote. Reading leaves a mail unread unless it is to be marked.
    """

    key = "email.read"
    title = "Read e-mails"
    group = "comms"
    subtitle = "{folder}"
    effect = "idempotent"
    concurrency = 2
    examples = (
        Example(
            "What came in about invoices",
            {"account": {"$credential": "1"}, "which": {"state": "unread", "subject": "invoice"}, "limit": 10},
            needs=("email.imap",),
        ),
    )

    account: ImapAccount = Field(description="Mailbox to read.")
    folder: Folder = Field("INBOX", description="Folder; parts are divided as the server does: Archive/2026.")
    which: Criteria = Field(Criteria(), description="Which mails.")
    limit: int = Field(50, ge=1, le=1000, description="How many at most.")
    attachments: bool = Field(True, description="Fetch attachments, too.")
    max_attachment: int = Field(25, ge=1, le=1000, description="Largest attachment in megabytes; larger ones are named "
                                "without a file.")  # fmt: skip
    mark_read: bool = Field(False, description="Mark them as read.")

    async def run(self, ctx: Context) -> list[Item]:
        """Search, and fetch what was found."""
        words = self.which.words()
        most = self.max_attachment * MEGABYTE if self.attachments else None
        async with opened(self.account, ctx.reach) as mailbox:
            await mailbox.select(self.folder, readonly=not self.mark_read)
            found = (await mailbox.search(words or ["ALL"]))[::-1][: self.limit]
            mails = [await read(mailbox, ctx.files, self.folder, uid, most) for uid in found]
            if self.mark_read:
                await mailbox.flag(found, [SEEN], [])
        return [mail for mail in mails if mail is not None]


class Moved(BaseModel, use_attribute_docstrings=True):
    """A mail that was moved."""

    uid: int
    """Its UID where it was; it has another one now."""
    folder: str
    """Where it was."""
    moved_to: str
    """Where it is."""


class Move(Node):
    """Move a mail to another folder.

    A mail is named by its UID, as the nodes that read mails give it, in its folder.
    """

    key = "email.move"
    title = "Move an e-mail"
    group = "comms"
    subtitle = "{folder} → {to}"
    concurrency = 2
    examples = (
        Example(
            "Put it into the archive",
            {"account": {"$credential": "1"}, "uid": {"$": "json.uid"}, "folder": {"$": "json.folder"},
             "to": "Archive", "message_id": {"$": "json.message_id"}},
            items=({"uid": 17, "folder": "INBOX", "message_id": "<1@example.org>"},),
            needs=("email.imap",),
        ),
    )  # fmt: skip

    account: ImapAccount = Field(description="Mailbox.")
    uid: int = Field(ge=1, le=2**32 - 1, description="UID of the mail.")
    folder: Folder = Field("INBOX", description="Folder in which it is.")
    to: Folder = Field(description="Folder to move it to.")
    create: bool = Field(False, description="Make that folder if it is not there.")
    message_id: Id = Field("", description="Its Message-ID: moves nothing if the UID means another mail by now.")

    async def run(self, ctx: Context) -> Moved:
        """Move it."""
        async with opened(self.account, ctx.reach) as mailbox:
            await mailbox.select(self.folder, readonly=False)
            await there(mailbox, self.uid, self.folder, self.message_id)
            await mailbox.move([self.uid], self.to, create=self.create)
        return Moved(uid=self.uid, folder=self.folder, moved_to=self.to)


class Flagged(BaseModel, use_attribute_docstrings=True):
    """A mail and its flags."""

    uid: int
    """Its UID."""
    folder: str
    """Where it is."""
    flags: list[str]
    """All its flags."""


class Flag(Node):
    """Mark a mail as read or unread, flag it, or set and clear keywords of your own."""

    key = "email.flag"
    title = "Flag an e-mail"
    group = "comms"
    subtitle = "{add}"
    effect = "idempotent"
    concurrency = 2
    examples = (
        Example(
            "Mark it as read",
            {"account": {"$credential": "1"}, "uid": {"$": "json.uid"}, "folder": {"$": "json.folder"},
             "add": ["\\Seen"]},
            items=({"uid": 17, "folder": "INBOX"},),
            needs=("email.imap",),
        ),
    )  # fmt: skip

    account: ImapAccount = Field(description="Mailbox.")
    uid: int = Field(ge=1, le=2**32 - 1, description="UID of the mail.")
    folder: Folder = Field("INBOX", description="Folder in which it is.")
    add: list[str] = Field([], description=r"Flags to set: \Seen, \Flagged, \Answered, \Draft, \Deleted, or keywords.")
    remove: list[str] = Field([], description="Flags to clear.")
    message_id: Id = Field("", description="Its Message-ID: changes nothing if the UID means another mail by now.")

    async def run(self, ctx: Context) -> Flagged:
        """Change its flags."""
        add = [flag(one, "add") for one in self.add]
        remove = [flag(one, "remove") for one in self.remove]
        async with opened(self.account, ctx.reach) as mailbox:
            await mailbox.select(self.folder, readonly=False)
            await there(mailbox, self.uid, self.folder, self.message_id)
            await mailbox.flag([self.uid], add, remove)
            found = (await mailbox.fetch([self.uid], "FLAGS")).get(self.uid, {})
        flags = [str(one, "utf-8", "replace") for one in found.get(b"FLAGS", ())]
        return Flagged(uid=self.uid, folder=self.folder, flags=flags)


async def there(mailbox: Mailbox, uid: int, folder: str, message_id: str) -> None:
    """Raise NodeError unless this very mail is in the open folder."""
    found = (await mailbox.fetch([uid], "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]")).get(uid)
    if found is None:
        raise NodeError(f"the folder {folder!r} has no mail with the UID {uid}", field="uid", retryable=False)
    if message_id:
        header = next((value for key, value in found.items() if key.startswith(b"BODY[")), b"")
        if message_id.strip() not in ids(parsed(header), "message-id"):
            raise NodeError(f"the UID {uid} means another mail by now", field="message_id", retryable=False)


def flag(text: str, where: str) -> str:
    """A flag or a keyword. Raises NodeError for what is none (RFC 9051 section 2.3.2)."""
    bare = checked(text.strip(), where).removeprefix("\\")
    if not bare or not bare.isascii() or any(mark in '(){ %*"\\]' for mark in bare):
        raise NodeError(f"{text[:80]!r} is no flag", field=where, retryable=False)
    return text.strip()
