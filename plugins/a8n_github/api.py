"""The way to GitHub's REST API: requests, pages, and what its refusals mean.

Sources: "Getting started with the REST API", "Rate limits for the REST API" and "Using pagination" (GitHub).
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from a8n import JSON, Choice, Field, HttpClient, HttpResponse, NodeError
from a8n_github.credentials import GitHubAccount

VERSION = "2022-11-28"
PAGE = 100
"""Most that GitHub gives at once."""
PATIENCE = 60.0
"""Seconds to wait for a secondary limit that names no time, as GitHub advises."""
NEXT = re.compile(r'<([^<>]+)>;\s*rel="next"')


REPOSITORY = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*/[.]*[A-Za-z0-9_-][A-Za-z0-9_.-]*$"


def repository_field() -> Any:
    """The field that every node has which works on a repository."""
    return Field(pattern=REPOSITORY, max_length=200, description="Repository, as owner/name.")


def part(text: str) -> str:
    """A text as one part of a path."""
    return quote(text, safe="")


async def call(
    http: HttpClient,
    account: GitHubAccount,
    method: str,
    path: str,
    *,
    params: Sequence[tuple[str, str]] = (),
    json: JSON = ...,
    accept: str = "application/vnd.github+json",
    allow: Sequence[int] = (),
    field: str = "repository",
    timeout: float = 60.0,
) -> HttpResponse:
    """The answer to a request. Raises NodeError for refusals, but for a status in `allow`.

    `path` begins with a slash, or is the URL of a next page. `field` is what is at fault where nothing is found.
    """
    url = path if not path.startswith("/") else account.base_url + path
    headers = {
        "authorization": f"Bearer {account.bearer()}", "accept": accept, "x-github-api-version": VERSION,
        "user-agent": "a8n",
    }  # fmt: skip
    answer = await http.request(method, url, params=params, headers=headers, json=json, timeout=timeout)
    if answer.status < 400 or answer.status in allow:
        return answer
    raise refusal(answer, field)


async def read(http: HttpClient, account: GitHubAccount, method: str, path: str, **options: Any) -> dict[str, Any]:
    """The JSON object that answers a request. Raises NodeError."""
    found = parsed(await call(http, account, method, path, **options))
    if not isinstance(found, dict):
        raise NodeError("GitHub gave an answer of an unknown form", retryable=False)
    return found


async def pages(
    http: HttpClient,
    account: GitHubAccount,
    path: str,
    limit: int,
    params: Sequence[tuple[str, str]] = (),
    *,
    rows: str = "",
    field: str = "repository",
) -> list[dict[str, Any]]:
    """Up to `limit` objects of a list, page by page. `rows` names the list in the answer where it is not all of it."""
    found: list[dict[str, Any]] = []
    asked = [*params, ("per_page", str(min(limit, PAGE)))]
    following = path
    while True:
        answer = await call(http, account, "GET", following, params=asked, field=field)
        page = parsed(answer)
        page = page.get(rows) if rows and isinstance(page, dict) else page
        if not isinstance(page, list):
            raise NodeError("GitHub gave an answer of an unknown form", retryable=False)
        found += [one for one in page if isinstance(one, dict)]
        more = NEXT.search(answer.headers.get("link", ""))
        if len(found) >= limit or more is None:
            return found[:limit]
        if urlsplit(more[1])[:2] != urlsplit(account.base_url)[:2]:
            raise NodeError("GitHub's next page is at another host", hint="check the base URL", retryable=False)
        following, asked = more[1], []


def parsed(answer: HttpResponse) -> Any:
    """An answer as JSON; None for none. Raises NodeError."""
    if not answer.body:
        return None
    try:
        return answer.json()
    except ValueError:
        hint = "check the base URL in the credential"
        raise NodeError("the server gave an answer that is not of GitHub's API", hint=hint, retryable=False) from None


def refusal(answer: HttpResponse, field: str) -> NodeError:
    """What went wrong, for a person, and whether trying again may help."""
    said = _said(answer)
    if answer.status in (403, 429) and (pause := pause_of(answer, said)) is not None:
        return NodeError(f"GitHub asks to wait: {said}", retry_after=pause, answer=answer)
    if answer.status == 401:
        tip = "make a new token, or sign in again, and save it in the credential"
        return NodeError(f"GitHub does not accept this token: {said}", hint=tip, retryable=False, answer=answer)
    if answer.status == 403:
        needs = answer.headers.get("x-accepted-github-permissions", "")[:200]
        tip = f"the token needs {needs}" if needs else "look at the permissions of the token"
        return NodeError(f"GitHub refused: {said}", hint=tip, retryable=False, answer=answer)
    if answer.status == 404:
        tip = "GitHub says so, too, of what the token may not see"
        return NodeError(f"GitHub has nothing there: {said}", field=field, hint=tip, retryable=False, answer=answer)
    if answer.status >= 500:
        return NodeError(f"GitHub has trouble: it answered {answer.status}", answer=answer)
    return NodeError(f"GitHub refused: {said}", retryable=False, answer=answer)


def pause_of(answer: HttpResponse, said: str) -> float | None:
    """Seconds to wait where a limit was reached; None where it was not."""
    if (after := answer.headers.get("retry-after", "")).isdecimal():
        return float(after)
    if answer.headers.get("x-ratelimit-remaining") == "0":
        reset = answer.headers.get("x-ratelimit-reset", "")
        return max(1.0, float(reset) - time.time()) if reset.isdecimal() else PATIENCE
    return PATIENCE if answer.status == 429 or "rate limit" in said.lower() else None


def _said(answer: HttpResponse) -> str:
    try:
        told = answer.json()
    except ValueError:
        return f"status {answer.status}"
    if not isinstance(told, dict):
        return f"status {answer.status}"
    text = str(told.get("message") or f"status {answer.status}")
    errors = told.get("errors")
    return "; ".join([text, *map(_complaint, (errors if isinstance(errors, list) else [])[:5])])[:1000]


def _complaint(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    where = ".".join(str(error[name]) for name in ("resource", "field") if error.get(name))
    return f"{where} {error.get('message') or error.get('code') or ''}".strip()


async def repository_choices(account: GitHubAccount, search: str, http: Any) -> list[Choice]:
    """Repositories that the account may see, the latest first."""
    found = await pages(http, account, "/user/repos", 300, [("sort", "pushed")])
    names = [str(one.get("full_name", "")) for one in found]
    return [Choice(value=name, label=name) for name in names if search.lower() in name.lower()]
