"""What happens in Slack: events, slash commands, and interactions, at one request URL.

Sources: "Using the Events API", "Verifying requests from Slack", "Handling user interaction" (Slack).
"""

from __future__ import annotations

import hmac
import json
import re
import time
from collections.abc import Mapping
from typing import Annotated

from a8n import JSON, Example, Field, Item, Reply, Request, Route, UnauthorizedError, WebhookTrigger, hint
from a8n_slack.credentials import SlackSigningSecret

Fixed = hint(expr=False)
PATH = r"^[A-Za-z0-9_~-][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$"
WINDOW = 300
"""Seconds that a signed time may differ from ours, as Slack advises."""
Name = Annotated[str, Field(pattern=r"^(/?[A-Za-z0-9_.-]+|\*)$", max_length=100)]


class SlackEvent(WebhookTrigger):
    """Start at events of Slack, at slash commands, and when somebody uses a button or a dialog.

    Enter the address of this webhook in the app: under Event Subscriptions, Slash Commands and Interactivity, as
    needed. It answers at once; what takes longer is sent by a message, or to the `response_url` that the item has.
    """

    key = "slack.event"
    title = "Slack event"
    subtitle = "/{path}"
    examples = (
        Example(
            "When somebody mentions the bot, or uses /order",
            {"secret": {"$credential": "1"}, "path": "slack", "events": ["app_mention", "/order"]},
            needs=("slack.signing_secret",),
        ),
    )

    secret: SlackSigningSecret = Field(description="What Slack signs its requests with.")
    path: Annotated[str, Fixed, hint(placeholder="slack", mono=True)] = Field(
        pattern=PATH, max_length=200, description="Where it listens, below /webhook/."
    )
    events: Annotated[list[Name], Fixed, hint(placeholder="app_mention")] = Field(
        min_length=1, max_length=50,
        description="Events such as message or app_mention, commands such as /order, interactions such as "
        "block_actions or view_submission; * for all.",
    )  # fmt: skip
    channels: Annotated[list[str], Fixed] = Field(
        [], max_length=200, description="Ids of the channels that count; empty for all."
    )
    bots: Annotated[bool, Fixed, hint(advanced=True)] = Field(
        False, description="Start at messages of bots, too: one that answers itself never ends."
    )
    reply: Annotated[str, Fixed, hint(advanced=True)] = Field(
        "", max_length=3000, description="What a slash command is answered with at once, for the one who used it."
    )

    def route(self) -> Route:
        """Where it listens. Slack wants an answer within 3 s, and shows nothing for an empty one."""
        body: JSON = {"response_type": "ephemeral", "text": self.reply} if self.reply else ""
        return Route(self.path, methods=("POST",), respond="immediately", body=body, idempotent=False)

    def open_to_all(self) -> bool:
        """Never: every request is signed."""
        return False

    async def authenticate(self, request: Request) -> None:
        """Check the time and the signature over it and the body."""
        at = request.headers.get("x-slack-request-timestamp", "")
        if not re.fullmatch("[0-9]{1,12}", at) or abs(time.time() - int(at)) > WINDOW:
            raise UnauthorizedError("the signed time is missing, or too far from now")
        key = self.secret.secret.get_secret_value().strip().encode()
        wanted = "v0=" + hmac.digest(key, b"v0:" + at.encode() + b":" + request.raw, "sha256").hex()
        if not hmac.compare_digest(request.headers.get("x-slack-signature", "").encode(), wanted.encode()):
            raise UnauthorizedError("the signature is missing or wrong")

    def receive(self, request: Request) -> list[Item] | None:
        """The event, command or interaction. None for what was not asked for."""
        kind, told = read(request)
        if kind not in self.events and ("*" not in self.events or not kind):
            return None
        if not self.bots and by_bot(kind, told):
            return None
        if self.channels and channel_of(told) not in self.channels:
            return None
        body = request.body if isinstance(request.body, dict) else {}
        event_id, team = body.get("event_id"), body.get("team_id")
        return [Item({"kind": kind, "channel": channel_of(told), "event": told, "event_id": event_id, "team": team})]

    def acknowledge(self, request: Request) -> Reply | None:
        """The challenge by which Slack tries the address; nothing for all else."""
        body = request.body
        if isinstance(body, dict) and body.get("type") == "url_verification":
            return Reply(200, {"content-type": "text/plain"}, str(body.get("challenge", "")).encode())
        return Reply(200)

    def dedup_key(self, request: Request) -> str | None:
        """The id of the event, which Slack keeps when it sends it again; of the others, what was used."""
        body = request.body if isinstance(request.body, dict) else {}
        if isinstance(event := body.get("event_id"), str) and event:
            return event[:200]
        _, told = read(request)
        used = told.get("trigger_id")
        return used[:200] if isinstance(used, str) and used else None

    def sample(self) -> list[Item]:
        """An event without its content."""
        return [Item({"kind": self.events[0], "channel": "", "event": {}, "event_id": None, "team": None})]


def read(request: Request) -> tuple[str, dict[str, JSON]]:
    """What a request is about: its kind, empty where it is none that is known, and its content."""
    body = request.body
    if not isinstance(body, dict):
        return "", {}
    if isinstance(payload := body.get("payload"), str):  # interactions come as JSON in a form
        try:
            told = json.loads(payload)
        except (ValueError, RecursionError):
            return "", {}
        return (str(told.get("type", "")), _shown(told)) if isinstance(told, dict) else ("", {})
    if isinstance(command := body.get("command"), str):
        return command, _shown(body)
    event = body.get("event")
    if body.get("type") == "event_callback" and isinstance(event, dict):
        return str(event.get("type", "")), event
    return "", {}


def by_bot(kind: str, told: Mapping[str, JSON]) -> bool:
    """Whether a bot wrote a message; one that it changed or deleted has another inside."""
    inside = [told, told.get("message"), told.get("previous_message")] if kind == "message" else [told]
    return any(isinstance(one, dict) and (one.get("bot_id") or one.get("subtype") == "bot_message") for one in inside)


def _shown(told: Mapping[str, JSON]) -> dict[str, JSON]:
    """Without the old verification token, which is a secret still."""
    return {name: value for name, value in told.items() if name != "token"}


def channel_of(told: Mapping[str, JSON]) -> str:
    """The id of the channel that something happened in; empty where it happened in none."""
    found = told.get("channel") or told.get("channel_id") or (told.get("item") or {})
    if isinstance(found, dict):
        found = found.get("id") or found.get("channel") or ""
    return found if isinstance(found, str) else ""
