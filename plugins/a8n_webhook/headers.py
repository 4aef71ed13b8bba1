"""Headers of an answer, as a workflow may set them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from a8n import KeyValue

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
CONNECTION = frozenset({
    "connection", "content-length", "date", "keep-alive", "proxy-authenticate", "proxy-authorization",
    "proxy-connection", "server", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
"""Set by the server alone (RFC 9110 section 7.6.1)."""
ORIGIN = frozenset({
    "clear-site-data", "content-security-policy", "service-worker-allowed", "set-cookie",
    "strict-transport-security",
})  # fmt: skip
"""Would act on the whole origin, which webhooks share with the builder and its sessions."""


def complaints(rows: Sequence[KeyValue]) -> Iterator[str]:
    """What is wrong with headers that a workflow wants to send."""
    for row in rows:
        name = row.name.lower()
        if not NAME.fullmatch(name):
            yield f"{row.name[:80]!r} is no name for a header"
        elif name in CONNECTION:
            yield f"the header {row.name} is set by the server"
        elif name in ORIGIN:
            yield f"the header {row.name} would act beyond this webhook"
        elif any(mark in str(row.value) for mark in "\r\n\0"):
            yield f"the header {row.name} has a value with line breaks"


def headers_of(rows: Sequence[KeyValue]) -> dict[str, str]:
    """The headers, names in lower case; a row without a value is left out, the last of a name counts."""
    return {row.name.lower(): str(row.value).strip() for row in rows if row.name and row.value is not None}
