"""Airtable's API: the account, calls, and what refusals mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import field_validator

from a8n import JSON, Credential, Field, HttpClient, NodeError, Secret, hint

PAUSE = 30.0
"""Seconds that Airtable wants to be left alone for after too many requests."""


class AirtableAccount(Credential):
    """A personal access token of Airtable, with the scopes data.records:read, data.records:write, schema.bases:read."""

    key = "airtable.account"
    icon = "icon.svg"
    title = "Airtable token"
    docs = "https://airtable.com/create/tokens"

    token: Secret = Field(description="Personal access token: pat….")
    api_url: Annotated[str, hint(advanced=True)] = Field(
        "https://api.airtable.com", max_length=500, description="Address of the API, or of a proxy before it."
    )

    @field_validator("api_url")
    @classmethod
    def _url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("this is no address such as https://api.airtable.com")
        return url.rstrip("/")

    async def check(self, http: Any) -> str:
        """Ask whose token it is."""
        me = await call(http, self, "GET", "/meta/whoami")
        return f"signed in as {me.get('email') or me.get('id', '')}"


def table_path(base: str, table: str) -> str:
    """The path of a table."""
    return f"/{quote(base, safe='')}/{quote(table, safe='')}"


async def call(
    http: HttpClient, account: AirtableAccount, method: str, path: str, *, params: Sequence[tuple[str, str]] = (),
    json: JSON = ..., where: str = "",
) -> dict[str, JSON]:  # fmt: skip
    """The object of an answer. `where` is the parameter that names what is asked for. Raises NodeError."""
    answer = await http.request(
        method, f"{account.api_url}/v0{path}", params=params, json=json, timeout=60.0, follow_redirects=False,
        headers={"authorization": f"Bearer {account.token.get_secret_value()}"},
    )  # fmt: skip
    try:
        found = answer.json()
    except ValueError:
        found = None
    if answer.status == 200 and isinstance(found, dict):
        return found
    if answer.status == 200:
        raise NodeError("Airtable's answer is no JSON object", hint="is a proxy in between?", answer=answer)
    error = found.get("error") if isinstance(found, dict) else None
    said = str((error.get("message") or error.get("type")) if isinstance(error, dict) else error or "")
    said = said[:400] or f"status {answer.status}"
    if answer.status == 429:
        told = answer.headers.get("retry-after", "")
        raise NodeError(f"Airtable asks to wait: {said}", retry_after=float(told) if told.isdecimal() else PAUSE)
    if answer.status == 401:
        raise NodeError("Airtable does not accept this token", field="account", retryable=False)
    if answer.status in (403, 404):
        advice = "has the token the scope, and access to this base?"
        raise NodeError(f"Airtable does not show this: {said}", field=where or None, hint=advice, retryable=False)
    if answer.status >= 500:
        raise NodeError(f"Airtable has trouble: {said}", answer=answer)
    raise NodeError(f"Airtable refused: {said}", field=where or None, retryable=False, answer=answer)
