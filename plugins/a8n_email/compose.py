"""Making a mail (RFC 5322) of what a node was given. What could break out of a header is refused by name."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate
from html.parser import HTMLParser

from a8n import Context, FileRef, KeyValue, NodeError
from a8n_email.addresses import Mailbox

MAX_ATTACHED = 50 * 2**20
"""Bytes of all attachments of one mail, before their encoding makes them a third larger."""
MAX_SUBJECT = 990
POLICY = SMTP.clone(cte_type="7bit", max_line_length=78)
"""Lines that every server passes on as they are."""
HEADER = re.compile(r"[A-Za-z0-9-]{1,76}")
OURS = frozenset((
    "from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references",
    "mime-version", "return-path", "received",
))  # fmt: skip
ID = re.compile(r"<[^<>\s@\x00-\x20\x7f-\uffff]{1,250}@[^<>\s@\x00-\x20\x7f-\uffff]{1,250}>")


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says, before it is one."""

    sender: Mailbox
    to: Sequence[Mailbox]
    message_id: str
    subject: str = ""
    text: str = ""
    html: str = ""
    cc: Sequence[Mailbox] = ()
    reply_to: Sequence[Mailbox] = ()
    in_reply_to: Sequence[str] = ()
    references: Sequence[str] = ()
    headers: Sequence[KeyValue] = ()
    attached: Sequence[tuple[FileRef, bytes]] = ()
    inline: Sequence[tuple[str, FileRef, bytes]] = field(default=())
    """Pictures by the name that the HTML refers to as `cid:<name>`."""


async def packed(letter: Letter) -> bytes:
    """The mail as it goes over the wire; made in a thread, since attachments are large. Raises NodeError."""
    return await asyncio.to_thread(_packed, letter)


def _packed(letter: Letter) -> bytes:
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _written([letter.sender])
    for name, boxes in (("To", letter.to), ("Cc", letter.cc), ("Reply-To", letter.reply_to)):
        if boxes:
            mail[name] = _written(boxes)
    mail["Subject"] = line(letter.subject, "subject", MAX_SUBJECT)
    mail["Date"] = formatdate(localtime=False, usegmt=False)
    mail["Message-ID"] = letter.message_id
    if letter.in_reply_to:
        mail["In-Reply-To"] = " ".join(letter.in_reply_to)
    if letter.references or letter.in_reply_to:
        mail["References"] = " ".join(dict.fromkeys((*letter.references, *letter.in_reply_to)))
    for row in letter.headers:
        mail[_header_name(row.name)] = line("" if row.value is None else str(row.value), "headers", MAX_SUBJECT)
    _fill(mail, letter)
    return mail.as_bytes()


def _fill(mail: EmailMessage, letter: Letter) -> None:
    html = _clean(letter.html)
    mail.set_content(_clean(letter.text) or (readable(html) if html else ""))
    if html:
        mail.add_alternative(html, subtype="html")
        part = mail.get_body(("html",))
        for name, ref, data in letter.inline:
            assert isinstance(part, EmailMessage)
            main, sub = _type(ref)
            part.add_related(data, main, sub, cid=f"<{name}>", filename=_file_name(ref), disposition="inline")
    for ref, data in letter.attached:
        main, sub = _type(ref)
        mail.add_attachment(data, main, sub, filename=_file_name(ref))


async def attached(ctx: Context, names: Sequence[str], where: str) -> list[tuple[FileRef, bytes]]:
    """Files of the item by name, read. Raises NodeError where one is missing, or all are too large."""
    refs = [ctx.file(name, where) for name in dict.fromkeys(names)]
    if (size := sum(ref.size for ref in refs)) > MAX_ATTACHED:
        text = f"these files have {size:,} bytes; {MAX_ATTACHED:,} are the most that a mail carries"
        raise NodeError(text, field=where, hint="store them and send a link", retryable=False)
    return [(ref, await ctx.files.read(ref)) for ref in refs]


def message_ids(texts: str | Sequence[str], where: str) -> list[str]:
    """The ids in texts (`<a@b> <c@d>`, angle brackets may lack). Raises NodeError for what is none."""
    words = [word for text in ([texts] if isinstance(texts, str) else texts) for word in text.split()]
    ids = [word if word.startswith("<") else f"<{word}>" for word in words]
    for one in ids:
        if not ID.fullmatch(one):
            raise NodeError(f"{one[:200]!r} is no Message-ID", field=where, retryable=False)
    return list(dict.fromkeys(ids))[-50:]


def line(text: str, where: str, most: int) -> str:
    """Text for a header. Raises NodeError for line breaks, which would begin another header."""
    text = text.strip()
    if any(ord(mark) < 32 or ord(mark) == 127 for mark in text.replace("\t", " ")):
        raise NodeError("line breaks and control characters cannot stand here", field=where, retryable=False)
    if len(text) > most:
        raise NodeError(f"this has {len(text)} characters; {most} are the most", field=where, retryable=False)
    return _clean(text)


def readable(html: str) -> str:
    """The text of a page, for those who read mails without HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(part.split()) for part in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _Reader(HTMLParser):
    """Text of elements; blocks on lines of their own, links with their address."""

    BLOCKS = frozenset(
        [
            "p",
            "div",
            "br",
            "tr",
            "li",
            "ul",
            "ol",
            "table",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "blockquote",
            "pre",
            "hr",
            "section",
            "article",
        ]
    )
    HIDDEN = frozenset(("script", "style", "head", "title", "template"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Break lines."""
        if tag in self.HIDDEN:
            self._hidden += 1
        if tag in self.BLOCKS:
            self.parts.append("\n")
        if tag == "a":
            self._link = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        """Break lines; say where a link leads."""
        if tag in self.HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag in self.BLOCKS:
            self.parts.append("\n")
        if tag == "a":
            said = "".join(self.parts[-3:])
            if self._link.startswith(("http://", "https://", "mailto:")) and self._link not in said:
                self.parts.append(f" ({self._link})")
            self._link = ""

    def handle_data(self, data: str) -> None:
        """Take text that is shown."""
        if not self._hidden:
            self.parts.append(data.replace("\n", " "))


def _written(boxes: Sequence[Mailbox]) -> str:
    return ", ".join(formataddr((_clean(box.name), box.address)) if box.address.isascii() else box.address
                     for box in boxes)  # fmt: skip


def _header_name(name: str) -> str:
    if not HEADER.fullmatch(name):
        raise NodeError(f"{name[:80]!r} is no name for a header", field="headers", retryable=False)
    if name.lower() in OURS or name.lower().startswith("content-"):
        raise NodeError(f"the header {name} is set by this node", field="headers", retryable=False)
    return name


def _type(ref: FileRef) -> tuple[str, str]:
    main, _, sub = ref.mime.partition(";")[0].strip().lower().partition("/")
    known = re.fullmatch(r"(application|audio|font|image|model|text|video)", main) and re.fullmatch(r"[\w.+-]+", sub)
    return (main, sub) if known else ("application", "octet-stream")


def _file_name(ref: FileRef) -> str:
    return re.sub(r"[\x00-\x1f\x7f/\\]", "_", _clean(ref.name)) or "file"


def _clean(text: str) -> str:
    """Without halves of surrogate pairs, which no encoding can write."""
    return text.encode("utf-8", "replace").decode("utf-8")
