"""Slash commands, buttons and dialogs, by the interactions endpoint of an application.

Source: "Interactions: Receiving and Responding" (Discord).
"""

from __future__ import annotations

import json
import re
import time
from typing import Annotated, Literal

from a8n import JSON, Example, Field, Item, Reply, Request, Route, UnauthorizedError, WebhookTrigger, hint
from a8n_discord.credentials import DiscordApplication

Fixed = hint(expr=False)
PATH = r"^[A-Za-z0-9_~-][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$"
WINDOW = 300
"""Seconds that a signed time may differ from ours."""
KINDS = {2: "command", 3: "component", 5: "modal"}


class Interaction(WebhookTrigger):
    """Start when somebody uses a slash command, a button or a dialog of a Discord application.

    Enter the address of this webhook as the Interactions Endpoint URL. Discord wants an answer within 3 s, so the
    reply given here goes out at once; more is sent by messages.
    """

    key = "discord.interaction"
    title = "Discord interaction"
    subtitle = "/{path}"
    examples = (
        Example(
            "Take orders by a command",
            {"application": {"$credential": "1"}, "path": "discord", "names": ["order"], "reply": "On its way."},
            needs=("discord.application",),
        ),
    )

    application: DiscordApplication = Field(description="Application whose requests count.")
    path: Annotated[str, Fixed, hint(placeholder="discord", mono=True)] = Field(
        pattern=PATH, max_length=200, description="Where it listens, below /webhook/."
    )
    names: Annotated[list[str], Fixed] = Field(
        [], max_length=100, description="Names of commands, and custom ids of buttons and dialogs; empty for all."
    )
    reply: Annotated[str, Fixed] = Field(
        "Received.", min_length=1, max_length=2000, description="What is answered at once."
    )
    seen_by: Annotated[Literal["user", "all"], Fixed] = Field(
        "user", description="Whether the one person alone sees the reply, or everybody in the channel."
    )

    def route(self) -> Route:
        """Where it listens."""
        return Route(self.path, methods=("POST",), respond="immediately", body=self._answer(), idempotent=False)

    def open_to_all(self) -> bool:
        """Never: every request is signed."""
        return False

    async def authenticate(self, request: Request) -> None:
        """Check the signature (Ed25519) over the time and the body."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        at = request.headers.get("x-signature-timestamp", "")
        given = request.headers.get("x-signature-ed25519", "")
        if not re.fullmatch("[0-9]{1,12}", at) or not re.fullmatch("[0-9a-fA-F]{128}", given):
            raise UnauthorizedError("invalid request signature")
        if abs(time.time() - int(at)) > WINDOW:
            raise UnauthorizedError("the signed time is too far from now")
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.application.public_key))
            key.verify(bytes.fromhex(given), at.encode() + request.raw)
        except (InvalidSignature, ValueError):
            raise UnauthorizedError("invalid request signature") from None

    def receive(self, request: Request) -> list[Item] | None:
        """The interaction. None for Discord's ping, and for what was not asked for."""
        body = request.body
        kind = KINDS.get(body["type"]) if isinstance(body, dict) and isinstance(body.get("type"), int) else None
        if kind is None:
            return None
        data = body.get("data") if isinstance(body.get("data"), dict) else {}
        name = str(data.get("name") or data.get("custom_id") or "")
        if self.names and name not in self.names:
            return None
        told = {field: value for field, value in body.items() if field != "token"}  # it lets others answer
        person = (body.get("member") or {}).get("user") or body.get("user") or {}
        options = {str(one.get("name")): one.get("value") for one in data.get("options") or () if isinstance(one, dict)}
        return [Item({
            "kind": kind, "name": name, "options": options, "user": person.get("id"), "channel": body.get("channel_id"),
            "guild": body.get("guild_id"), "interaction": told,
        })]  # fmt: skip

    def acknowledge(self, request: Request) -> Reply | None:
        """PONG for Discord's ping; of all else that it answers to the one who did it."""
        body = request.body
        ping = isinstance(body, dict) and body.get("type") == 1
        answer: JSON = {"type": 1} if ping else {"type": 4, "data": {"content": "Nothing is done here.", "flags": 64}}
        return Reply(200, {"content-type": "application/json"}, json.dumps(answer).encode())

    def dedup_key(self, request: Request) -> str | None:
        """The id of the interaction."""
        found = request.body.get("id") if isinstance(request.body, dict) else None
        return found[:200] if isinstance(found, str) and found else None

    def sample(self) -> list[Item]:
        """A command without its content."""
        name = self.names[0] if self.names else ""
        told: dict[str, JSON] = {
            "kind": "command", "name": name, "options": {}, "user": None, "channel": None, "guild": None,
            "interaction": {},
        }  # fmt: skip
        return [Item(told)]

    def _answer(self) -> JSON:
        return {"type": 4, "data": {"content": self.reply, "flags": 64 if self.seen_by == "user" else 0}}
