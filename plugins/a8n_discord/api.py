"""The way to Discord's HTTP API: requests, and what its refusals mean.

Sources: "API Reference" and "Rate Limits" (Discord).
"""

from __future__ import annotations

import json as jsonlib
import math
from collections.abc import Sequence
from typing import Any

from a8n import JSON, HttpClient, HttpResponse, NodeError
from a8n_discord.credentials import DiscordBot, DiscordWebhook

AGENT = "DiscordBot (https://discord.com, 1.0)"
"""Discord refuses bots that name themselves in another form."""
PAUSE = 5.0
"""Seconds to wait where Discord names no time."""
SNOWFLAKE = r"^[0-9]{5,20}$"
CODES = {10003: "channel", 50001: "channel", 50013: "channel", 10004: "guild", 10007: "user", 10011: "role"}
"""Which parameter is at fault, by Discord's code."""

Upload = tuple[str, bytes, str]
"""Name, content and type."""


async def call(
    http: HttpClient,
    account: DiscordBot | DiscordWebhook,
    method: str,
    path: str,
    *,
    params: Sequence[tuple[str, str]] = (),
    json: JSON = ...,
    files: Sequence[Upload] = (),
    allow: Sequence[int] = (),
    reason: str = "",
) -> HttpResponse:
    """The answer to a request; `path` is below the account's address. Raises NodeError, but for codes in `allow`."""
    from urllib.parse import quote

    headers = {**account.headers(), "user-agent": AGENT}
    headers |= {"x-audit-log-reason": quote(reason[:400])} if reason else {}
    url, secret = account.base_url + path, account.base_url
    try:
        if files:
            parts = [("payload_json", "", jsonlib.dumps(json).encode(), "application/json")]
            parts += [(f"files[{index}]", *file) for index, file in enumerate(files)]
            answer = await http.request(
                method, url, params=params, headers=headers, files=parts, timeout=300.0, follow_redirects=False
            )
        else:
            answer = await http.request(
                method, url, params=params, headers=headers, json=json, timeout=60.0, follow_redirects=False
            )
    except NodeError as error:
        if isinstance(account, DiscordWebhook):
            error.message = error.message.replace(secret, "…")
        raise
    if answer.status < 300:
        return answer
    told = _told(answer)
    if told.get("code") in allow:
        return answer
    raise refusal(answer, told)


def known(answer: HttpResponse) -> dict[str, Any]:
    """The object that an answer holds. Raises NodeError."""
    found = parsed(answer)
    if not isinstance(found, dict):
        raise NodeError("Discord gave an answer of an unknown form", retryable=False)
    return found


def parsed(answer: HttpResponse) -> Any:
    """An answer as JSON. Raises NodeError."""
    try:
        return answer.json()
    except ValueError:
        hint = "check the address in the credential"
        raise NodeError("the server gave an answer that is not of Discord's API", hint=hint, retryable=False) from None


def refusal(answer: HttpResponse, told: dict[str, Any]) -> NodeError:
    """What went wrong, for a person, and whether trying again may help.

    The answer itself is not kept with the error: its address may hold the webhook's secret.
    """
    said = "; ".join([str(told.get("message") or f"status {answer.status}"), *_complaints(told.get("errors"), "")])[
        :1000
    ]
    if answer.status == 429:
        pause = _pause(answer, told)
        return NodeError(f"Discord asks to wait for {pause:g} s", retry_after=pause)
    if answer.status == 401:
        tip = "take the token under Bot of the application, and save it in the credential"
        return NodeError(f"Discord does not accept this token: {said}", hint=tip, retryable=False)
    if answer.status >= 500:
        return NodeError(f"Discord has trouble: it answered {answer.status}")
    code = told.get("code")
    field = CODES.get(code) if isinstance(code, int) else None
    rights = "look at the rights of the bot in the server and the channel" if answer.status == 403 else None
    return NodeError(f"Discord refused: {said}", field=field, hint=rights, retryable=False)


def _pause(answer: HttpResponse, told: dict[str, Any]) -> float:
    for value in (told.get("retry_after"), answer.headers.get("retry-after")):
        try:
            pause = float(value) if value is not None else math.nan
        except (TypeError, ValueError):
            continue
        if 0 <= pause < 10**6:
            return pause
    return PAUSE


def _told(answer: HttpResponse) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _complaints(errors: Any, where: str) -> list[str]:
    """Discord nests its complaints by field: the places and what is said of them."""
    if not isinstance(errors, dict) or where.count(".") > 10:
        return []
    found = errors.get("_errors")
    here = [f"{where}: {one.get('message', '')}" for one in (found if isinstance(found, list) else [])[:5]
            if isinstance(one, dict)]  # fmt: skip
    deeper = [said for name, inner in list(errors.items())[:10] if name != "_errors"
              for said in _complaints(inner, f"{where}.{name}".lstrip("."))]  # fmt: skip
    return here + deeper
