"""Feeds: how they are fetched, and what their entries become."""

from __future__ import annotations

import asyncio
import calendar
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from a8n import JSON, HttpClient, NodeError

MAX_BYTES = 10 * 2**20
MAX_TEXT = 200_000
"""Characters of a text of an entry."""
ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"


class Fetched(NamedTuple):
    """A feed as it is now."""

    title: str
    entries: Sequence[dict[str, JSON]]
    etag: str
    modified: str


async def fetch(http: HttpClient, url: str, etag: str = "", modified: str = "") -> Fetched | None:
    """The feed at an address; None where it is as it was when it had this ETag or Last-Modified. Raises NodeError."""
    headers = {"Accept": ACCEPT}
    if etag:
        headers["If-None-Match"] = etag
    if modified:
        headers["If-Modified-Since"] = modified
    answer = await http.request("GET", url, headers=headers, max_bytes=MAX_BYTES)
    if answer.status == 304:
        return None
    if answer.status != 200:
        raise _refused(answer.status, answer.headers)
    parsed = await asyncio.to_thread(parse, answer.body, answer.headers.get("content-type", ""), answer.url)
    return parsed._replace(
        etag=answer.headers.get("etag", "")[:500], modified=answer.headers.get("last-modified", "")[:100]
    )


def parse(body: bytes, kind: str, url: str) -> Fetched:
    """The feed that these bytes are. Raises NodeError for what is none."""
    import feedparser

    if ENTITY.search(body.replace(b"\0", b"")):  # also in UTF-16
        raise NodeError("the feed declares entities, which can make it grow without end", field="url", retryable=False)
    # Never bytes or text: feedparser would take a short text for an address or a file, and open it.
    found: Any = feedparser.parse(io.BytesIO(body), response_headers={"content-type": kind, "content-location": url})
    if not found.get("version") and not found.get("entries"):
        what = "an HTML page" if b"<html" in body[:2000].lower() else "no RSS or Atom"
        raise NodeError(
            f"this is {what}, and no feed", field="url", hint="look for a link to the feed on the page", retryable=False
        )
    return Fetched(_text(found.get("feed", {}).get("title")), [_entry(one) for one in found.get("entries", ())], "", "")


def _entry(one: Any) -> dict[str, JSON]:
    content = next((part.get("value") for part in one.get("content", ()) if part.get("value")), None)
    summary = one.get("summary")
    html = _text(content if content is not None else summary)
    # feedparser's own `get` takes the one date for the other.
    published, updated = (dict.get(one, name) for name in ("published_parsed", "updated_parsed"))
    return {
        "id": _text(one.get("id")) or _text(one.get("link")),
        "title": plain(_text(one.get("title"))),
        "link": _text(one.get("link")),
        "published": _moment(published or updated),
        "updated": _moment(updated),
        "authors": [name for author in one.get("authors", ()) if (name := _text(author.get("name")))],
        "categories": [term for tag in one.get("tags", ()) if (term := _text(tag.get("term")))],
        "text": plain(html),
        "html": html,
        "enclosures": [
            {"url": _text(file.get("href")), "mime": _text(file.get("type")), "size": _number(file.get("length"))}
            for file in one.get("enclosures", ())
        ],
    }


def plain(html: str) -> str:
    """HTML as text."""
    if "<" not in html and "&" not in html:
        return html.strip()
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(html).body
    return re.sub(r"\n\s*\n+", "\n\n", body.text(separator="\n")).strip() if body is not None else ""


def _text(value: Any) -> str:
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16 else None


def _moment(parsed: Any) -> str | None:
    """The time in UTC; feedparser gives it without a zone."""
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC).isoformat().replace("+00:00", "Z")
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _refused(status: int, headers: Mapping[str, str]) -> NodeError:
    after = headers.get("retry-after", "")
    wait = float(after) if after.isascii() and after.isdecimal() and len(after) < 7 else None
    gone = status in (401, 403, 404, 410)
    return NodeError(
        f"the server of the feed answered {status}", field="url", retryable=not gone,
        retry_after=wait if status in (429, 503) else None,
    )  # fmt: skip
