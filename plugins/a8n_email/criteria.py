"""Which mails: what people ask for, as IMAP's SEARCH has it (RFC 9051 section 6.4.4)."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from a8n import Field, NodeError, Parameters, hint
from a8n_email.imap import checked

WORD = re.compile(r'"[^"]*"|[^\s"]+')


class Criteria(Parameters):
    """Which mails. All that is given has to fit."""

    state: Literal["any", "unread", "read", "flagged"] = Field("any", description="Whether it was read, or flagged.")
    sender: str = Field("", description="Part of the sender's name or address.")
    recipient: str = Field("", description="Part of a recipient's name or address.")
    subject: str = Field("", description="Part of the subject.")
    text: str = Field("", description="Words of the text or a header.")
    since: str = Field("", description="Received on this day or later: 2026-05-01.")
    before: str = Field("", description="Received before this day: 2026-06-01.")
    message_id: Annotated[str, hint(advanced=True)] = Field("", description="The mail with this Message-ID.")
    query: Annotated[str, hint(advanced=True)] = Field(
        "", description="Further criteria in IMAP's own language: LARGER 100000 NOT KEYWORD done."
    )

    def words(self) -> list[Any]:
        """The criteria as words of SEARCH. Raises NodeError that names the field at fault."""
        words: list[Any] = {"any": [], "unread": ["UNSEEN"], "read": ["SEEN"], "flagged": ["FLAGGED"]}[self.state]
        texts = {"FROM": "sender", "TO": "recipient", "SUBJECT": "subject", "TEXT": "text"}
        for word, name in texts.items():
            if getattr(self, name):
                words += [word, checked(getattr(self, name), f"which.{name}")]
        for word, name in (("SINCE", "since"), ("BEFORE", "before")):
            if getattr(self, name):
                words += [word, _day(getattr(self, name), f"which.{name}")]
        if self.message_id:
            words += ["HEADER", "Message-ID", checked(self.message_id, "which.message_id")]
        if self.query:
            words += [one.strip('"') for one in WORD.findall(checked(self.query, "which.query"))]
        return words


def _day(text: str, where: str) -> date:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise NodeError(f"{text[:80]!r} is no date, such as 2026-05-01", field=where, retryable=False) from None
