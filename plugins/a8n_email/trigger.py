"""Starting at new mails."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from a8n import Example, Field, Item, ListenTrigger, NodeError, Parameters, TriggerContext, hint
from a8n_email.credentials import ImapAccount
from a8n_email.criteria import Criteria
from a8n_email.imap import Mailbox, Selected, opened
from a8n_email.mails import MEGABYTE, SEEN, Folder
from a8n_email.mime import read
from a8n_email.tags import key_of

RENEW = 540.0
"""Seconds of one IDLE: well below the half hour after which servers may hang up (RFC 9051 section 6.3.13)."""
RECENT = 200
"""Mails that are recognised after a server has numbered its mails anew."""


class Leave(Parameters):
    """Leave it as it is."""

    kind: Literal["leave"] = Field("leave", description="What becomes of the mail.")


class MarkRead(Parameters):
    """Mark it as read."""

    kind: Literal["mark_read"] = Field("mark_read", description="What becomes of the mail.")


class MoveTo(Parameters):
    """Move it to another folder, which is made if it is not there."""

    kind: Literal["move"] = Field("move", description="What becomes of the mail.")
    to: Folder = Field(description="The other folder.")


After = Annotated[Leave | MarkRead | MoveTo, Field(discriminator="kind")]


class NewMail(ListenTrigger):
    """Start when a mail comes in: one execution for each, attachments as files.

    The server tells of new mails by itself (IDLE); one that cannot is asked every so many seconds. Where it stands
    is kept by the UID of the last mail, together with the execution that the mail started, so no mail is missed and
    none comes twice, whatever breaks. What came before the workflow was published starts nothing.
    """

    key = "email.new_mail"
    title = "New e-mail"
    icon = "icon.svg"
    subtitle = "{folder}"
    examples = (
        Example("Every new mail", {"account": {"$credential": "1"}}, needs=("email.imap",)),
        Example(
            "Invoices, which are then put aside",
            {"account": {"$credential": "1"}, "which": {"subject": "invoice"}, "then": {"kind": "move", "to": "Done"}},
            needs=("email.imap",),
        ),
    )

    account: ImapAccount = Field(description="Mailbox to watch.")
    folder: Folder = Field("INBOX", description="Folder to watch.")
    which: Criteria = Field(Criteria(), description="Which mails; others are passed over.")
    then: After = Field(Leave(), description="What becomes of the mail when its execution has been stored.")
    attachments: bool = Field(True, description="Fetch attachments, too.")
    max_attachment: int = Field(25, ge=1, le=1000, description="Largest attachment in megabytes; larger ones are named "
                                "without a file.")  # fmt: skip
    every: Annotated[float, hint(advanced=True)] = Field(
        60, ge=5, le=86_400, description="Seconds between looks at a server that does not tell of new mails by itself."
    )

    def reply_to(self, item: Item) -> str | None:
        """The question that a mail answers, where one of ours waits for the answer."""
        return key_of(item.json)

    async def listen(self, ctx: TriggerContext) -> AsyncIterator[Sequence[Item]]:
        """Give each new mail, until the connection is lost."""
        async with opened(self.account, ctx.reach) as mailbox:
            idles = await mailbox.can("IDLE")
            selected = await mailbox.select(self.folder, readonly=isinstance(self.then, Leave))
            await self._begin(ctx.state, mailbox, selected)
            yield ()
            while True:
                async for items in self._look(ctx, mailbox):
                    yield items
                if idles:
                    await mailbox.idle(RENEW)
                else:
                    await asyncio.sleep(self.every)

    async def _begin(self, state: dict[str, Any], mailbox: Mailbox, selected: Selected) -> None:
        """Where to go on: where we stood, if the folder is still the same."""
        place = f"{self.account.host}/{self.account.username}/{self.folder}"
        if state.get("place") == place and state.get("validity") == selected.validity:
            return
        renumbered = state.get("place") == place
        since, recent = state.get("since") or _stamp(), state.get("recent") or []
        state.clear()
        state |= {"place": place, "validity": selected.validity, "next": selected.next_uid, "since": since}
        state |= {"recent": recent if renumbered else [], "then": []}
        state["again"] = selected.next_uid if renumbered else 0  # what has been seen may come below this
        if renumbered:
            state["next"] = await self._first_new(mailbox, since, recent) or selected.next_uid

    async def _first_new(self, mailbox: Mailbox, since: str, recent: Sequence[str]) -> int | None:
        """The first UID, in the new numbering, of a mail that has not been seen; None where there is none."""
        moment = datetime.fromisoformat(since)
        found = await mailbox.search(["SINCE", (moment - timedelta(days=1)).date()])
        times = await mailbox.fetch(found, "INTERNALDATE", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]")
        for uid in found:
            at = times.get(uid, {}).get(b"INTERNALDATE")
            if isinstance(at, datetime) and at.astimezone(UTC) >= moment and _digest(times[uid]) not in recent:
                return uid
        return None

    async def _look(self, ctx: TriggerContext, mailbox: Mailbox) -> AsyncIterator[Sequence[Item]]:
        state = ctx.state
        await self._finish(state, mailbox)
        await mailbox.call(lambda client: client.noop())  # a server may tell of new mails here first
        start = int(state["next"])
        coming = [uid for uid in await mailbox.search(["UID", f"{start}:*"]) if uid >= start]
        if not coming:
            return
        words = self.which.words()
        found = await mailbox.search(["UID", f"{start}:{coming[-1]}", *words]) if words else coming
        for uid in found:
            item = await self._read(ctx, mailbox, uid)
            state["next"] = uid + 1
            if item is None:
                continue
            heads = (await mailbox.fetch([uid], "INTERNALDATE", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]")).get(uid, {})
            mark = _digest(heads)
            if uid < state["again"] and mark in state["recent"] and mark != _digest({}):
                continue  # seen under another number
            at = heads.get(b"INTERNALDATE")
            state["since"] = at.astimezone(UTC).isoformat() if isinstance(at, datetime) else state["since"]
            state["recent"] = [*state["recent"], mark][-RECENT:]
            state["then"] = [uid] if not isinstance(self.then, Leave) else []
            yield [item]
            await self._finish(state, mailbox)
        state["next"] = coming[-1] + 1
        yield ()

    async def _read(self, ctx: TriggerContext, mailbox: Mailbox, uid: int) -> Item | None:
        """A mail. One that the server cannot give starts an execution, too, which tells what is wrong with it."""
        most = self.max_attachment * MEGABYTE if self.attachments else None
        assert ctx.services.files is not None
        try:
            return await read(mailbox, ctx.services.files, self.folder, uid, most)
        except NodeError as error:
            if error.retryable:
                raise
            return Item({"uid": uid, "folder": self.folder, "error": error.message})

    async def _finish(self, state: dict[str, Any], mailbox: Mailbox) -> None:
        """What becomes of mails whose executions have been stored; after a crash, too."""
        uids = [int(uid) for uid in state.get("then", ())]
        if uids:
            if isinstance(self.then, MarkRead):
                await mailbox.flag(uids, [SEEN], [])
            elif isinstance(self.then, MoveTo):
                await mailbox.move(uids, self.then.to, create=True)
            state["then"] = []


def _stamp() -> str:
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def _digest(found: dict[bytes, Any]) -> str:
    """What a mail is recognised by: its Message-ID, in short."""
    text = next((value for key, value in found.items() if key.startswith(b"BODY[")), b"")
    return hashlib.sha256(text.strip()).hexdigest()[:16]
