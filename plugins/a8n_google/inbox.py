"""Mails as they are found: searched, changed, and watched."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from collections.abc import Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Annotated, Any

from a8n import (
    JSON,
    Context,
    Example,
    Field,
    FileStore,
    HttpClient,
    Item,
    Node,
    NodeError,
    PollTrigger,
    TriggerContext,
    hint,
)
from a8n_google.api import call, pages
from a8n_google.credentials import Account, GoogleCredential
from a8n_google.gmail import USER

Query = Annotated[str, hint(placeholder="from:ada@example.org is:unread")]
OVERLAP = 600
"""Seconds that polls look back, for mails that appear late; those that were seen are known by their ids."""
AT_ONCE = 50
"""Mails of one poll; the next one brings the others."""
MAX_TEXT = 2**20


async def found(http: HttpClient, account: GoogleCredential, query: str, most: int | None) -> list[str]:
    """Ids of mails, the latest first."""
    ids: list[str] = []
    params = [("q", query), ("maxResults", str(min(most or 500, 500)))]
    async for page in pages(http, account, "gmail", f"{USER}/messages", params, "query"):
        ids += [str(one["id"]) for one in page.get("messages", ())]
        if most is not None and len(ids) >= most:
            break
    return ids if most is None else ids[:most]


async def read(http: HttpClient, account: GoogleCredential, files: FileStore | None, identity: str) -> Item:
    """A mail; its attachments, too, where there are files to keep them in. Raises NodeError."""
    got = await call(http, account, "GET", "gmail", f"{USER}/messages/{identity}", params=[("format", "raw")])
    try:
        raw = base64.urlsafe_b64decode(str(got["raw"]) + "==")
        mail = await asyncio.to_thread(message_from_bytes, raw, policy=default)
        assert isinstance(mail, EmailMessage)
    except (KeyError, binascii.Error):
        raise NodeError("Google gave a mail that cannot be read", retryable=False) from None
    about: dict[str, JSON] = {
        "id": identity, "thread_id": str(got.get("threadId", "")), "labels": got.get("labelIds") or [],
        "snippet": str(got.get("snippet", "")), "received": int(got.get("internalDate") or 0) // 1000,
        **{name.lower().replace("-", "_"): str(mail.get(name, "")) for name in ("From", "To", "Cc", "Subject", "Date",
           "Message-ID")},
        "text": _text(mail, "plain"), "html": _text(mail, "html"),
    }  # fmt: skip
    kept = {}
    for number, part in enumerate(mail.iter_attachments() if files else ()):
        content = part.get_payload(decode=True)
        if files and isinstance(content, bytes):
            name = part.get_filename() or f"attachment-{number + 1}"
            kept[f"attachment_{number + 1}"] = await files.save(content, name, part.get_content_type())
    return Item(about, kept or None)


def _text(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())[:MAX_TEXT]
    except (LookupError, ValueError):  # a charset that nobody knows
        content = part.get_payload(decode=True)
        return content.decode("utf-8", "replace")[:MAX_TEXT] if isinstance(content, bytes) else ""


class FindMails(Node):
    """Search mails of Gmail, as in its search field, and read them: the latest first."""

    key = "google.gmail_search"
    title = "Search Gmail"
    group = "comms"
    subtitle = "{query}"
    effect = "idempotent"
    examples = (
        Example("Unread invoices", {"account": {"$credential": "1"}, "query": "is:unread subject:invoice"},
                needs=("google.account",)),
    )  # fmt: skip

    account: Account = Field(description="Account that reads.")
    query: Query = Field("", max_length=2000, description="Search, as Gmail's search field takes it; empty for all.")
    attachments: bool = Field(False, description="Keep attachments as files.")
    most: int = Field(20, ge=1, le=500, description="Mails at most; older ones are left out.")

    async def run(self, ctx: Context) -> Any:
        """Find and read them."""
        files = ctx.files if self.attachments else None
        ids = await found(ctx.http, self.account, self.query, self.most)
        return [await read(ctx.http, self.account, files, one) for one in ids]


class ChangeMail(Node):
    """Mark a mail of Gmail as read, give and take its labels, or put it into the trash."""

    key = "google.gmail_change"
    title = "Change a Gmail message"
    group = "comms"
    effect = "idempotent"
    examples = (
        Example("Mark as read", {"account": {"$credential": "1"}, "mail": {"$": "json.id"}, "remove": ["UNREAD"]},
                items=({"id": "18c2f0a1b2c3d4e5"},), needs=("google.account",)),
    )  # fmt: skip

    account: Account = Field(description="Account that changes it.")
    mail: str = Field(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="Gmail's id of the mail.")
    add: list[str] = Field([], max_length=100, description="Ids of labels to give it, such as STARRED.")
    remove: list[str] = Field([], max_length=100, description="Ids of labels to take; UNREAD marks it as read, INBOX "
                              "archives it.")  # fmt: skip
    trash: bool = Field(False, description="Put it into the trash.")

    async def run(self, ctx: Context) -> Any:
        """Change it; the item goes on."""
        path = f"{USER}/messages/{self.mail}"
        if self.add or self.remove:
            body: JSON = {"addLabelIds": self.add, "removeLabelIds": self.remove}
            await call(ctx.http, self.account, "POST", "gmail", f"{path}/modify", json=body, where="mail")
        elif not self.trash:
            raise NodeError("nothing is to be changed", field="remove", retryable=False)
        if self.trash:
            await call(ctx.http, self.account, "POST", "gmail", f"{path}/trash", where="mail")
        return ctx.item


class NewGmail(PollTrigger):
    """Start when mails come in at Gmail. What came before the workflow was published starts nothing."""

    key = "google.gmail_new"
    title = "New Gmail message"
    icon = "icon.svg"
    subtitle = "{query}"
    examples = (
        Example("New mails of the inbox", {"account": {"$credential": "1"}}, needs=("google.account",)),
    )  # fmt: skip

    account: Account = Field(description="Account to watch.")
    query: Query = Field("in:inbox", max_length=2000, description="Which mails, as Gmail's search field takes it.")
    attachments: bool = Field(False, description="Keep attachments as files.")
    seconds: int = Field(60, ge=10, le=86_400, description="Seconds between looks.")

    def every(self) -> float:
        """As chosen."""
        return float(self.seconds)

    async def poll(self, ctx: TriggerContext, cursor: JSON) -> tuple[Sequence[Item], JSON]:
        """Mails since the cursor, the oldest first. It holds the time of the last one, and the ids near it."""
        if cursor is None:
            now = int(time.time())
            return [], {"began": now, "last": now, "seen": {}}
        last, seen = int(cursor["last"]), dict(cursor["seen"])
        words = f"({self.query})" if self.query.strip() else ""
        ids = await found(ctx.http, self.account, f"{words} after:{last - OVERLAP}".strip(), None)
        items = []
        for one in [one for one in reversed(ids) if one not in seen][:AT_ONCE]:
            item = await read(ctx.http, self.account, ctx.services.files if self.attachments else None, one)
            at = seen[one] = item.json["received"]
            if at >= cursor["began"]:
                last = max(last, at)
                items.append(item)
        kept = {one: at for one, at in seen.items() if at >= last - 2 * OVERLAP}
        return items, {"began": cursor["began"], "last": last, "seen": kept}
