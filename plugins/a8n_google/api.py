"""Calls of Google's APIs: where they are, and what their refusals mean."""

from __future__ import annotations

import json as jsonlib
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any

from a8n import JSON, HttpClient, HttpResponse, NodeError
from a8n_google.credentials import GoogleCredential

HOSTS = {
    "sheets": "https://sheets.googleapis.com",
    "gmail": "https://gmail.googleapis.com",
    "www": "https://www.googleapis.com",
}
PATIENCE = 120.0
MINUTE = 60.0
"""Seconds after which Google's quotas per minute are full again."""
RATE = frozenset(("rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"))
SCOPE = frozenset(("insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"))
DISABLED = frozenset(("accessNotConfigured", "SERVICE_DISABLED"))


async def send(
    http: HttpClient,
    account: GoogleCredential,
    method: str,
    service: str,
    path: str,
    *,
    params: Sequence[tuple[str, str]] = (),
    json: JSON = ...,
    content: bytes | None = None,
    kind: str = "",
) -> HttpResponse:
    """Google's answer, whatever it is."""
    headers = {"authorization": f"Bearer {await account.bearer(http)}"}
    if kind:
        headers["content-type"] = kind
    return await http.request(
        method, (account.api_url or HOSTS[service]) + path, params=params, headers=headers, content=content, json=json,
        timeout=PATIENCE, follow_redirects=False,
    )  # fmt: skip


async def call(
    http: HttpClient, account: GoogleCredential, method: str, service: str, path: str, *, where: str = "", **how: Any
) -> dict[str, JSON]:
    """The JSON object of an answer. `where` is the parameter that names what is asked for. Raises NodeError."""
    answer = await send(http, account, method, service, path, **how)
    if not 200 <= answer.status < 300:
        raise refused(answer, where)
    return parsed(answer)


def parsed(answer: HttpResponse) -> dict[str, JSON]:
    """The object of an answer; empty for 204. Raises NodeError."""
    if not answer.body.strip():
        return {}
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise NodeError("Google's answer is no JSON object", hint="is a proxy in between?", answer=answer)
    return found


async def pages(
    http: HttpClient, account: GoogleCredential, service: str, path: str, params: Sequence[tuple[str, str]], where: str
) -> AsyncIterator[dict[str, JSON]]:
    """The pages of a list, one after the other."""
    token, seen = "", set[str]()
    while token not in seen:  # a token that comes again would never end
        seen.add(token)
        more = [("pageToken", token)] if token else []
        page = await call(http, account, "GET", service, path, params=[*params, *more], where=where)
        yield page
        token = str(page.get("nextPageToken") or "")


def refused(answer: HttpResponse, where: str = "") -> NodeError:
    """What an answer that is no success means, and whether trying again may help."""
    said, reasons = _said(answer)
    field = where or None
    if answer.status == 429 or (answer.status == 403 and reasons & RATE):
        return NodeError(f"Google asks to wait: {said}", retry_after=_pause(answer), answer=answer)
    if answer.status == 401:
        advice = "open the credential and sign in again"
        return NodeError(f"Google does not accept the sign-in: {said}", field="account", hint=advice, retryable=False)
    if answer.status == 403:
        advice = "is it shared with this account, and may the account do this?"
        if reasons & SCOPE:
            advice = "choose in the credential what it may do, and sign in again"
        elif reasons & DISABLED:
            advice = "enable this API in the Google Cloud console, and try again in a few minutes"
        return NodeError(f"Google does not allow this: {said}", field=field, hint=advice, retryable=False)
    if answer.status == 404:
        return NodeError(f"Google has no such thing, or this account may not see it: {said}", field=field,
                         retryable=False)  # fmt: skip
    if answer.status >= 500 or answer.status == 408:
        return NodeError(f"Google has trouble: {said}", retry_after=_header(answer), answer=answer)
    return NodeError(f"Google refused: {said}", field=field, retryable=False, answer=answer)


def _said(answer: HttpResponse) -> tuple[str, set[str]]:
    """The message, and every reason that is given for it, in the forms of the older and the newer APIs."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return f"status {answer.status}", set()
    named = [one for key in ("errors", "details") if isinstance(error.get(key), list) for one in error[key]]
    reasons = {str(one.get("reason")) for one in named if isinstance(one, dict)} | {str(error.get("status"))}
    return str(error.get("message") or f"status {answer.status}")[:400], reasons


def _header(answer: HttpResponse) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None


def _pause(answer: HttpResponse) -> float:
    told = _header(answer)
    return MINUTE if told is None else told


def related(about: JSON, data: bytes, kind: str) -> tuple[bytes, str]:
    """An upload with its description (`multipart/related`): the body and its type."""
    mark = f"a8n-{secrets.token_hex(16)}"
    head = f"--{mark}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{jsonlib.dumps(about)}\r\n"
    head += f"--{mark}\r\nContent-Type: {kind}\r\n\r\n"
    return head.encode() + data + f"\r\n--{mark}--\r\n".encode(), f"multipart/related; boundary={mark}"
