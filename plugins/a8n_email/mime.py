"""What a mail on the server says: its texts, and its attachments as files.

Only texts are held in memory, up to a limit. Attachments pass through in pieces, from the server to the store of
files, whatever their size. Broken encodings become U+FFFD; nothing in a mail can make it unreadable as a whole.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import collapse_rfc2231_value, getaddresses, parsedate_to_datetime
from typing import Any, NamedTuple

from a8n import JSON, FileRef, FileStore, Item, NodeError
from a8n_email.imap import Mailbox
from a8n_email.quotes import without_quotes

PIECE = 2**20
"""Bytes of an attachment that are fetched at once."""
MAX_TEXT = 2**20
"""Bytes of a mail's text, and of its HTML; the rest is cut off."""
MAX_PARTS = 200
MAX_HEADER = 2**18
MAX_LIST = 200
KEPT = ("FLAGS", "RFC822.SIZE", "INTERNALDATE", "BODYSTRUCTURE", f"BODY.PEEK[HEADER]<0.{MAX_HEADER}>")


class Leaf(NamedTuple):
    """A part of a mail that holds no parts."""

    section: str
    kind: str
    encoding: str
    size: int


class Part(NamedTuple):
    """A leaf with what its own headers say."""

    leaf: Leaf
    name: str
    charset: str
    content_id: str
    attached: bool


async def read(mailbox: Mailbox, files: FileStore, folder: str, uid: int, most: int | None) -> Item | None:
    """The mail as an item; None where it is no longer there.

    `most` bounds the bytes of each attachment: larger ones are named without a file. None fetches none.
    """
    found = (await mailbox.fetch([uid], *KEPT)).get(uid)
    if found is None or b"BODYSTRUCTURE" not in found:
        return None
    header = parsed(_section(found, b"BODY[HEADER]"))
    leaves = list(_leaves(found[b"BODYSTRUCTURE"], ""))[:MAX_PARTS]
    parts = await _parts(mailbox, uid, leaves, header)
    text, html = await _texts(mailbox, uid, parts)
    attachments, kept = await _attachments(mailbox, files, uid, parts, most)
    mail: dict[str, JSON] = {"uid": uid, "folder": folder, **heads(header)}
    mail |= {
        "received_at": _moment(found.get(b"INTERNALDATE")),
        "text": text,
        "html": html,
        "reply": without_quotes(text or as_text(html)),
        "flags": [_decoded(flag) for flag in found.get(b"FLAGS", ())],
        "size": int(found.get(b"RFC822.SIZE", 0)),
        "attachments": attachments,
    }
    return Item(mail, kept or None)


# --- headers -------------------------------------------------------------------------------------------------


def heads(header: Message) -> dict[str, JSON]:
    """The headers that people ask for."""
    senders = addresses(header, "from")
    return {
        "message_id": next(iter(ids(header, "message-id")), ""),
        "in_reply_to": next(iter(ids(header, "in-reply-to")), ""),
        "references": ids(header, "references"),
        "subject": text_of(header, "subject"),
        "from": senders[0] if senders else {"name": "", "address": ""},
        "to": addresses(header, "to"),
        "cc": addresses(header, "cc"),
        "reply_to": addresses(header, "reply-to"),
        "delivered_to": [text_of(header, name) for name in ("delivered-to", "x-original-to") if header[name]],
        "date": _date(header),
        "automatic": automatic(header),
    }


def automatic(header: Message) -> bool:
    """Whether no person wrote it: an out-of-office note, a bounce, a newsletter (RFC 3834)."""
    said = text_of(header, "auto-submitted").lower()
    bulk = text_of(header, "precedence").lower() in ("bulk", "junk", "list", "auto_reply")
    bounce = text_of(header, "return-path") == "<>" or header.get_content_type() == "multipart/report"
    return (said not in ("", "no")) or bulk or bounce or bool(header["x-autoreply"] or header["x-autorespond"])


def text_of(header: Message, name: str) -> str:
    """A header as text, decoded (RFC 2047), on one line."""
    value = header.get(name)
    if value is None:
        return ""
    try:
        pieces = decode_header(str(value)) if isinstance(value, str) else value._chunks
    except Exception:
        pieces = [(str(value), None)]
    decoded = [_decode(piece[0], piece[1]) if isinstance(piece[0], bytes) else piece[0] for piece in pieces]
    return " ".join(clean("".join(decoded)).split())[:10_000]


def addresses(header: Message, name: str) -> list[dict[str, JSON]]:
    """The people in a header."""
    found: list[dict[str, JSON]] = []
    for value in header.get_all(name, []):
        holder = Message()
        for display, address in getaddresses([re.sub(r"\s+", " ", _raw(value))]):
            if "@" in address and len(found) < MAX_LIST:
                holder["name"] = display
                found.append({"name": text_of(holder, "name"), "address": clean(address)[:320]})
                del holder["name"]
    return found


def ids(header: Message, name: str) -> list[str]:
    """The message ids in a header."""
    text = " ".join(_raw(value) for value in header.get_all(name, []))
    return list(dict.fromkeys(clean(one) for one in re.findall(r"<[^<>\s]{1,500}>", text)))[:MAX_LIST]


def parsed(data: bytes) -> Message:
    """Headers, however broken."""
    return message_from_bytes(data, policy=compat32)


def _raw(value: Any) -> str:
    """A header before decoding. Bytes that are no ASCII are UTF-8 where they can be."""
    text = (
        value
        if isinstance(value, str)
        else "".join(_decode(piece, None) if isinstance(piece, bytes) else str(piece) for piece, _ in value._chunks)
    )
    return clean(text)


def _date(header: Message) -> str | None:
    try:
        moment = parsedate_to_datetime(_raw(header.get("date", "")))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return _moment(moment)


def _moment(value: Any) -> str | None:
    if not isinstance(value, datetime):
        return None
    try:
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (OverflowError, ValueError):
        return None


# --- parts ---------------------------------------------------------------------------------------------------


def _leaves(structure: Any, prefix: str) -> Iterator[Leaf]:
    """The parts of a BODYSTRUCTURE that hold no parts, with their section numbers (RFC 9051 section 7.5.2)."""
    if structure and isinstance(structure[0], list):
        for number, inner in enumerate(structure[0], 1):
            yield from _leaves(inner, f"{prefix}{number}.")
        return
    if len(structure) < 7:
        return
    kind = f"{_decoded(structure[0])}/{_decoded(structure[1])}".lower()
    size = structure[6] if isinstance(structure[6], int) else 0
    yield Leaf(prefix.rstrip(".") or "1", kind, _decoded(structure[5]).lower(), size)


async def _parts(mailbox: Mailbox, uid: int, leaves: Sequence[Leaf], header: Message) -> list[Part]:
    """The leaves with their own headers, which one fetch brings."""
    if len(leaves) == 1 and leaves[0].section == "1":  # then the mail's own headers are the part's
        return [_part(leaves[0], header)]
    wanted = [f"BODY.PEEK[{leaf.section}.MIME]" for leaf in leaves]
    found = (await mailbox.fetch([uid], *wanted)).get(uid, {})
    return [_part(leaf, parsed(_section(found, f"BODY[{leaf.section}.MIME]".encode()))) for leaf in leaves]


def _part(leaf: Leaf, header: Message) -> Part:
    name = _file_name(header)
    disposition = (header.get_content_disposition() or "") if "content-disposition" in header else ""
    content_id = clean(_raw(header.get("content-id", ""))).strip().strip("<>")[:250]
    attached = disposition == "attachment" or bool(name) or leaf.kind not in ("text/plain", "text/html")
    charset = header.get_content_charset("") or ""
    return Part(leaf, name, charset, content_id, attached)


def _file_name(header: Message) -> str:
    """The name of an attachment, in the two ways in which it may be written (RFC 2231, and RFC 2047 in quotes)."""
    for name, place in (("filename", "content-disposition"), ("name", "content-type")):
        try:
            value = header.get_param(name, None, place)
        except Exception:  # the parser's own, of broken headers
            value = None
        if value:
            try:
                text = collapse_rfc2231_value(value) if isinstance(value, tuple) else str(value)
            except (LookupError, ValueError):
                text = str(value[2])
            holder = Message()
            holder["name"] = " ".join(text.split())
            return text_of(holder, "name")[:255]
    return ""


async def _texts(mailbox: Mailbox, uid: int, parts: Sequence[Part]) -> tuple[str, str]:
    """Plain text and HTML."""
    plain, html = list[str](), list[str]()
    for part in parts:
        if part.attached:
            continue
        into = html if part.leaf.kind == "text/html" else plain
        if sum(map(len, into)) >= MAX_TEXT:
            continue
        data = b"".join([piece async for piece in _content(mailbox, uid, part.leaf, MAX_TEXT)])
        into.append(clean(_decode(data, part.charset)).replace("\r\n", "\n"))
    return "\n".join(plain)[:MAX_TEXT], "\n".join(html)[:MAX_TEXT]


async def _attachments(
    mailbox: Mailbox, files: FileStore, uid: int, parts: Sequence[Part], most: int | None
) -> tuple[list[JSON], dict[str, FileRef]]:
    """What is attached, as data and as files."""
    listed: list[JSON] = []
    kept: dict[str, FileRef] = {}
    for part in parts:
        if not part.attached:
            continue
        key = f"attachment_{len(listed) + 1}"
        suffix = ".eml" if part.leaf.kind == "message/rfc822" else ""
        name = part.name or f"{key}{suffix}"
        entry = {"name": name, "mime": part.leaf.kind, "content_id": part.content_id, "file": None}
        # Base64 is a third longer than what it encodes; the exact size is known at the end.
        factor = 0.72 if part.leaf.encoding == "base64" else 1
        size = int(part.leaf.size * factor)
        if most is not None and size <= most:
            pieces = _content(mailbox, uid, part.leaf, None)
            ref = await files.save(pieces, name, part.leaf.kind)
            kept[key] = ref
            entry["file"], size = key, ref.size
        listed.append({**entry, "size": size})
    return listed, kept


async def _content(mailbox: Mailbox, uid: int, leaf: Leaf, most: int | None) -> AsyncIterator[bytes]:
    """The decoded content of a part, in pieces."""
    decode = _Decoder(leaf.encoding)
    offset = 0
    while most is None or offset < most:
        what = f"BODY.PEEK[{leaf.section}]<{offset}.{PIECE}>"
        found = (await mailbox.fetch([uid], what)).get(uid)
        if found is None:
            raise NodeError("a mail went away while it was read", retryable=False)
        piece = _section(found, f"BODY[{leaf.section}]".encode())
        if piece:
            yield decode.feed(piece)
        offset += len(piece)
        if len(piece) < PIECE:
            break
    yield decode.end()


class _Decoder:
    """Undoes a transfer encoding (RFC 2045 section 6), piece by piece, over whatever is broken in it."""

    JUNK = re.compile(rb"[^A-Za-z0-9+/]+")

    def __init__(self, encoding: str):
        self._encoding = encoding
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """What can be decoded so far."""
        if self._encoding == "base64":
            data = self._rest + self.JUNK.sub(b"", data)
            whole = len(data) - len(data) % 4
            self._rest = data[whole:]
            return binascii.a2b_base64(data[:whole])
        if self._encoding == "quoted-printable":
            head, mark, self._rest = (self._rest + data).rpartition(b"\n")
            return quopri.decodestring(head + mark)
        return data

    def end(self) -> bytes:
        """The rest."""
        if self._encoding == "base64":
            rest = self._rest if len(self._rest) != 1 else b""  # six bits are no byte
            return base64.b64decode(rest + b"=" * (-len(rest) % 4))
        return quopri.decodestring(self._rest) if self._encoding == "quoted-printable" else b""


def as_text(html: str) -> str:
    """The text of a page."""
    from a8n_email.compose import readable

    return readable(html) if html else ""


def clean(text: str) -> str:
    """Text that every store takes: no halves of surrogate pairs, which are bytes that were no ASCII; no NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = _decode(text.encode("utf-8", "surrogateescape"), None) if _escaped(text) else text.encode(
            "utf-8", "replace").decode()  # fmt: skip
    return text.replace("\0", "")


def _escaped(text: str) -> bool:
    return all(not "\ud800" <= mark <= "\udfff" or "\udc80" <= mark <= "\udcff" for mark in text)


def _decode(data: bytes, charset: str | None) -> str:
    """Bytes as text: by their charset, else as UTF-8, else as Latin-1, which takes any."""
    if charset and charset.lower() not in ("unknown-8bit", "8bit", "us-ascii", "ascii"):
        try:
            if codecs.lookup(charset)._is_text_encoding:  # not base64 or zlib
                return data.decode(charset, "replace")
        except (LookupError, ValueError, UnicodeError):
            pass
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _decoded(value: Any) -> str:
    return clean(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or ""))


def _section(found: dict[bytes, Any], name: bytes) -> bytes:
    """A section by its name, with or without the offset that servers add."""
    for key, value in found.items():
        if key.partition(b"<")[0].upper() == name.upper() and isinstance(value, bytes):
            return value
    return b""
