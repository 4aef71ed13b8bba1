"""Notion's API: the account, calls, and what refusals mean."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import field_validator

from a8n import JSON, Credential, Field, HttpClient, HttpResponse, NodeError, Secret, hint

VERSION = "2022-06-28"
ID = re.compile(r"([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$")
PageId = Annotated[str, hint(placeholder="id or https://www.notion.so/…")]


class NotionAccount(Credential):
    """An internal integration of Notion. Share the pages and databases with it that it shall reach."""

    key = "notion.account"
    icon = "icon.svg"
    title = "Notion integration"
    docs = "https://developers.notion.com/docs/create-a-notion-integration"

    token: Secret = Field(description="Secret of the integration: ntn_….")
    api_url: Annotated[str, hint(advanced=True)] = Field(
        "https://api.notion.com", max_length=500, description="Address of the API, or of a proxy before it."
    )

    @field_validator("api_url")
    @classmethod
    def _url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("this is no address such as https://api.notion.com")
        return url.rstrip("/")

    async def check(self, http: Any) -> str:
        """Ask who the integration is."""
        me = await call(http, self, "GET", "/users/me")
        return f"signed in as {me.get('name') or 'an integration'}"


def identity(text: str, where: str) -> str:
    """The id in an id or address of a page or database. Raises NodeError."""
    found = ID.search(text.strip().partition("?")[0].partition("#")[0].lower())
    if not found:
        raise NodeError("this is no page or database: give its id or its address", field=where, retryable=False)
    return "-".join(found.groups())


async def call(
    http: HttpClient, account: NotionAccount, method: str, path: str, body: JSON = ..., where: str = ""
) -> dict[str, JSON]:
    """The object of an answer. `where` is the parameter that names what is asked for. Raises NodeError."""
    headers = {"authorization": f"Bearer {account.token.get_secret_value()}", "notion-version": VERSION}
    answer = await http.request(
        method, f"{account.api_url}/v1{path}", headers=headers, json=body, timeout=60.0, follow_redirects=False
    )
    try:
        found = answer.json()
    except ValueError:
        found = None
    if answer.status != 200:
        raise refused(answer, found, where or None)
    if not isinstance(found, dict):
        raise NodeError("Notion's answer is no JSON object", hint="is a proxy in between?", answer=answer)
    return found


def refused(answer: HttpResponse, body: JSON, where: str | None) -> NodeError:
    """What an answer that is no success means."""
    said = str(body.get("message", "")) if isinstance(body, dict) else ""
    said = said[:400] or f"status {answer.status}"
    pause = answer.headers.get("retry-after", "")
    if answer.status == 429:
        return NodeError(f"Notion asks to wait: {said}", retry_after=float(pause) if pause.isdecimal() else 1.0)
    if answer.status == 401:
        return NodeError("Notion does not accept this token", field="account", retryable=False)
    if answer.status in (403, 404):
        advice = "share the page or database with the integration: its menu, Connections"
        return NodeError(f"Notion does not show this: {said}", field=where, hint=advice, retryable=False)
    if answer.status >= 500 or answer.status == 409:  # 409: somebody else wrote at the same moment
        return NodeError(f"Notion has trouble: {said}", answer=answer)
    return NodeError(f"Notion refused: {said}", field=where, retryable=False, answer=answer)


async def listed(
    http: HttpClient, account: NotionAccount, method: str, path: str, body: dict[str, JSON], most: int, where: str
) -> AsyncIterator[dict[str, JSON]]:
    """The entries of a list over its pages, `most` at most."""
    cursor, given = "", 0
    while given < most:
        size = min(100, most - given)
        if method == "GET":
            query = f"?page_size={size}" + (f"&start_cursor={cursor}" if cursor else "")
            page = await call(http, account, "GET", path + query, where=where)
        else:
            more = {"page_size": size, **({"start_cursor": cursor} if cursor else {})}
            page = await call(http, account, "POST", path, {**body, **more}, where)
        for one in page.get("results", ())[: most - given]:
            given += 1
            yield one
        following = str(page.get("next_cursor") or "")
        if not page.get("has_more") or not following or following == cursor:
            return
        cursor = following
