"""The way to Slack's Web API: methods, pages by cursor, and what its refusals mean.

Sources: "Using the Slack Web API", "Rate limits" and "Pagination" (Slack).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from a8n import JSON, Choice, HttpClient, HttpResponse, NodeError
from a8n_slack.credentials import SlackAccount

PAGE = 200
PAUSE = 30.0
"""Seconds to wait where Slack names no time."""
TOKEN = {
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "no_permission",
    "not_allowed_token_type",
}  # fmt: skip
PASSING = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
CHANNEL = {"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "invalid_channel"}


async def call(
    http: HttpClient, account: SlackAccount, method: str, params: Mapping[str, JSON] | None = None
) -> dict[str, Any]:
    """What a method gives. Raises NodeError.

    Parameters that are None are left out. They go as a form, which every method takes; what is no text is JSON in it.
    """
    fields = {name: _text(value) for name, value in (params or {}).items() if value is not None}
    headers = {"authorization": f"Bearer {account.bearer()}"}
    url = f"{account.base_url}/{method}"
    answer = await http.request("POST", url, data=fields, headers=headers, timeout=60.0, follow_redirects=False)
    if answer.status == 429:
        after = answer.headers.get("retry-after", "")
        pause = float(after) if after.isdecimal() else PAUSE
        raise NodeError(f"Slack asks to wait for {pause:g} s", retry_after=pause, answer=answer)
    if answer.status >= 500:
        raise NodeError(f"Slack has trouble: it answered {answer.status}", answer=answer)
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict) or "ok" not in told:
        hint = "check the base URL in the credential"
        raise NodeError("the server gave an answer that is not of Slack's API", hint=hint, retryable=False)
    if not told["ok"]:
        raise refusal(told, answer)
    return told


def refusal(told: Mapping[str, Any], answer: HttpResponse) -> NodeError:
    """What went wrong, for a person, and whether trying again may help."""
    code = str(told.get("error") or "unknown_error")[:100]
    if code in ("ratelimited", "rate_limited"):
        return NodeError("Slack asks to wait", retry_after=PAUSE, answer=answer)
    if code in PASSING:
        return NodeError(f"Slack has trouble: {code}", answer=answer)
    if code in TOKEN:
        tip = "take the bot token of the app, or sign in again, and save it in the credential"
        return NodeError(f"Slack does not accept this token: {code}", hint=tip, retryable=False, answer=answer)
    if code == "missing_scope":
        tip = f"add the scope {str(told.get('needed', ''))[:200]} to the app, and install it again"
        return NodeError("the app lacks a scope", hint=tip, retryable=False, answer=answer)
    if code in CHANNEL:
        tip = "invite the bot to the channel: /invite @bot"
        return NodeError(f"Slack refused: {code}", field="channel", hint=tip, retryable=False, answer=answer)
    found = told.get("response_metadata")
    details = found.get("messages") if isinstance(found, dict) else None
    more = "; ".join(map(str, (details if isinstance(details, list) else [])[:5]))
    return NodeError(f"Slack refused: {code} {more}".strip()[:1000], retryable=False, answer=answer)


async def pages(
    http: HttpClient, account: SlackAccount, method: str, rows: str, limit: int, params: Mapping[str, JSON]
) -> list[dict[str, Any]]:
    """Up to `limit` objects of a list, page by page. A page may be empty, and not the last."""
    found: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(limit // 10 + 50):  # pages may hold few; a cursor that goes on for ever ends here
        asked = {**params, "limit": min(PAGE, limit - len(found)), "cursor": cursor or None}
        told = await call(http, account, method, asked)
        page = told.get(rows)
        found += [one for one in (page if isinstance(page, list) else []) if isinstance(one, dict)]
        cursor = str((told.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor or len(found) >= limit:
            break
    return found[:limit]


async def channel_choices(account: SlackAccount, search: str, http: Any) -> list[Choice]:
    """Channels that the bot sees."""
    asked = {"types": "public_channel,private_channel", "exclude_archived": True}
    found = await pages(http, account, "conversations.list", "channels", 1000, asked)
    named = [(str(one.get("id", "")), str(one.get("name", ""))) for one in found]
    return [
        Choice(value=number, label=f"#{name}") for number, name in named if search.lower().lstrip("#") in name.lower()
    ]


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else json.dumps(value)
