"""Requests of the egress client: checked before they are made, and made again for a redirect."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from urllib.parse import quote, urlencode

import httpx

from a8n.errors import NodeError
from a8n.items import JSON
from a8n.runtime.egress_bodies import ACCEPTED

FilePart: TypeAlias = tuple[str, str, bytes, str]
"""Field, file name, content, mime type. An empty file name makes a plain field."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""Method and header names (RFC 9110 section 5.6.2)."""
OURS = frozenset({
    "connection", "content-length", "expect", "keep-alive", "proxy-authorization", "proxy-connection", "te",
    "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
"""Headers that belong to the connection: a caller who sets them could smuggle a request."""
HARMLESS = frozenset({
    "accept", "accept-encoding", "accept-language", "cache-control", "content-length", "content-type",
    "if-modified-since", "if-none-match", "range", "user-agent",
})  # fmt: skip
"""All that goes to another origin on a redirect. Any other header may hold a credential."""
DEFAULTS = {"accept": "*/*", "accept-encoding": ACCEPTED, "user-agent": "a8n"}


def build(
    method: str,
    url: str,
    params: Sequence[tuple[str, str]],
    headers: Mapping[str, str] | None,
    content: bytes | None,
    data: Mapping[str, str] | None,
    files: Sequence[FilePart],
    auth: tuple[str, str] | None,
) -> httpx.Request:
    """A request that is safe to send. Raises NodeError that says what is wrong with it."""
    target = checked_url(url, params)
    fields = _headers(headers or {})
    if "authorization" not in fields and (auth is not None or target.userinfo):
        user, password = auth if auth is not None else (target.username, target.password)
        fields["authorization"] = "Basic " + b64encode(f"{user}:{password}".encode()).decode()
    return httpx.Request(
        method=_method(method),
        url=target.copy_with(userinfo=b""),
        headers={**DEFAULTS, **fields},
        content=content,
        data=dict(data) if data is not None else None,
        files=[_part(entry) for entry in files] or None,
    )


def redirected(request: httpx.Request, status: int, location: str) -> httpx.Request:
    """The request that a redirect asks for (Fetch standard, "HTTP-redirect fetch").

    Only harmless headers follow to another origin. A POST becomes a GET by 301 and 302, everything by 303.
    """
    old = request.url
    try:
        url = checked_url(str(old.join(location))).copy_with(userinfo=b"")
    except httpx.InvalidURL as error:
        raise NodeError(f"{old.host} redirected to a URL that is none: {error}", retryable=False) from None
    bodiless = (status in (301, 302) and request.method == "POST") or (status == 303 and request.method != "HEAD")
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    if bodiless:
        headers = {name: value for name, value in headers.items() if not name.startswith("content-")}
    if not same_origin(old, url):
        headers = {name: value for name, value in headers.items() if name in HARMLESS}
    return httpx.Request(
        "GET" if bodiless else request.method,
        url,
        headers={"host": url.netloc.decode("ascii"), **headers},
        stream=None if bodiless else request.stream,
    )


def checked_url(url: str, params: Sequence[tuple[str, str]] = ()) -> httpx.URL:
    """The URL with `params` appended to its query. Raises NodeError unless it is http or https with a host."""
    try:
        parsed = httpx.URL(url.strip())
        if params:
            query = urlencode(params, quote_via=quote).encode()
            parsed = parsed.copy_with(query=parsed.query + b"&" + query if parsed.query else query)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise NodeError(f"the URL is not valid: {error}", field="url", retryable=False) from None
    if parsed.scheme not in ("http", "https"):
        what = f"not {parsed.scheme}" if parsed.scheme else "and written in full, such as https://example.com"
        raise NodeError(f"a URL must be http or https, {what}", field="url", retryable=False)
    if not parsed.host:
        raise NodeError("the URL names no host", field="url", retryable=False)
    if "%" in parsed.host or not 0 < port_of(parsed) < 65536:
        raise NodeError(f"{parsed.netloc.decode('ascii')!r} is no valid host", field="url", retryable=False)
    return parsed.copy_with(fragment=None)


def port_of(url: httpx.URL) -> int:
    """The port, also where the URL leaves it out."""
    return url.port if url.port is not None else 443 if url.scheme == "https" else 80


def dumped(value: JSON) -> bytes:
    """A value as JSON. Raises NodeError for what JSON has no words for."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NodeError(f"the body cannot be sent as JSON: {error}", field="body", retryable=False) from None


def _method(method: str) -> str:
    if not TOKEN.fullmatch(method) or method.upper() in ("CONNECT", "TRACE"):
        raise NodeError(f"{method[:40]!r} is no method that can be sent", field="method", retryable=False)
    return method.upper()


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Names in lower case. No error shows a value: it may be a secret."""
    fields: dict[str, str] = {}
    for name, value in headers.items():
        lower = name.strip().lower()
        if not TOKEN.fullmatch(lower):
            raise NodeError(f"{name[:80]!r} is no name for a header", field="headers", retryable=False)
        if lower in OURS:
            raise NodeError(f"the header {name} is set by the connection", field="headers", retryable=False)
        text = value.strip()
        if not text.isascii() or any(mark in text for mark in "\r\n\0"):
            what = "has a value with line breaks or characters outside ASCII"
            raise NodeError(f"the header {name} {what}", field="headers", retryable=False)
        fields[lower] = text
    return fields


def _part(entry: FilePart) -> tuple[str, tuple[str | None, bytes] | tuple[str | None, bytes, str]]:
    field, name, content, mime = entry
    return (field, (name, content, mime)) if name else (field, (None, content))


def same_origin(old: httpx.URL, new: httpx.URL) -> bool:
    """The same scheme, host and port, or the step from http to https at the usual ports."""
    if old.host != new.host:
        return False
    if old.scheme == new.scheme:
        return port_of(old) == port_of(new)
    return old.scheme == "http" and port_of(old) == 80 and port_of(new) == 443
