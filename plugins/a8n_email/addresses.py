"""Addresses as people write them: `Ada <ada@example.org>, bob@example.org`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from email.utils import getaddresses
from typing import NamedTuple

from a8n import NodeError

LOCAL = re.compile(r"[^\s@,;:<>\"()\[\]\\\x00-\x20\x7f]{1,64}")
DOMAIN = re.compile(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
)
MOST = 500
"""Recipients of one mail."""


class Mailbox(NamedTuple):
    """A name, perhaps empty, and an address whose domain is ASCII."""

    name: str
    address: str


def mailboxes(texts: str | Sequence[str], field: str) -> list[Mailbox]:
    """The addresses in texts, each once. Raises NodeError that names the field for what is none."""
    given = [texts] if isinstance(texts, str) else list(texts)
    found: dict[str, Mailbox] = {}
    for text in given:
        if any(mark in text for mark in "\r\n\0"):
            raise NodeError("an address may not have line breaks", field=field, retryable=False)
        if not text.strip(" ,;"):
            continue
        read = getaddresses([text.replace(";", ",")])
        # Addresses are taken as written: the reader would join the parts of "bob@exa mple.org".
        if not read or any(not address or address not in text for _, address in read):
            raise NodeError(f"{text.strip()[:200]!r} is no e-mail address", field=field, retryable=False)
        for name, address in read:
            one = Mailbox(name, checked(address, field))
            found.setdefault(one.address.lower(), one)
    if len(found) > MOST:
        raise NodeError(f"these are {len(found)} addresses; {MOST} are the most", field=field, retryable=False)
    return list(found.values())


def mailbox(text: str, field: str) -> Mailbox:
    """The one address in a text. Raises NodeError."""
    found = mailboxes(text, field)
    if len(found) != 1:
        raise NodeError(f"one e-mail address belongs here, not {len(found)}", field=field, retryable=False)
    return found[0]


def checked(address: str, field: str) -> str:
    """An address with its domain in ASCII. Raises NodeError."""
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    if not LOCAL.fullmatch(local) or len(ascii_domain) > 253 or not DOMAIN.fullmatch(ascii_domain):
        raise NodeError(f"{address[:200]!r} is no e-mail address", field=field, retryable=False)
    return f"{local}@{ascii_domain}"


def permitted(address: str, allowed: Iterable[str]) -> bool:
    """Whether an address is one of these, or of a domain among these (`@example.org`); letter case does not count."""
    wanted = address.lower()
    for entry in allowed:
        text = entry.strip().lower()
        if text == wanted or (text.startswith("@") and wanted.endswith(text)):
            return True
    return False
