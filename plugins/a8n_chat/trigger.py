"""The chat trigger."""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import field_validator

from a8n import (
    Example,
    Field,
    Form,
    FormField,
    Item,
    Multiline,
    Request,
    Route,
    UnauthorizedError,
    WebhookTrigger,
    hint,
)
from a8n_chat.credentials import ChatPassword

Fixed = hint(expr=False)
PATH = r"^[A-Za-z0-9_~-]{1,200}$"
ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")
PASSWORD = "x-chat-password"  # noqa: S105  # the name of a header
MAX_BYTES = 256 * 2**10


class ChatTrigger(WebhookTrigger):
    """Start the workflow for each message of a chat, and answer with what its last node gives.

    The page stands at /chat/ and can be embedded in others. The item has the `message`, and the `session`, which is
    the same for all messages of one conversation: an agent's memory goes by it. The answer is the last node's `text`,
    and is seen as it is written where that node is a chat model or an agent.
    """

    key = "chat.trigger"
    icon = "icon.svg"
    title = "Chat"
    subtitle = "/chat/{path}"
    place = "chat"

    path: Annotated[str, Fixed, hint(placeholder="support", mono=True)] = Field(
        pattern=PATH,
        description="Where the page stands, below /chat/: letters, digits, _ ~ or -. No webhook or form can have the "
        "same path at once.",
    )
    heading: Annotated[str, Fixed] = Field("Chat", min_length=1, max_length=500, description="Heading of the page.")
    greeting: Annotated[Multiline, Fixed] = Field(
        "", max_length=2_000, description="What is said first, by the page itself."
    )
    placeholder: Annotated[str, Fixed] = Field(
        "Write a message", max_length=200, description="What stands in the empty field."
    )
    suggestions: Annotated[list[str], Fixed] = Field(
        default_factory=lambda: [], max_length=8, description="Messages to begin with, as buttons."
    )
    password: Annotated[ChatPassword | None, Fixed] = Field(
        None, description="Password that has to be typed first; empty lets everybody talk."
    )
    origins: Annotated[list[str], Fixed] = Field(
        default_factory=lambda: [],
        max_length=50,
        description="Sites that may embed the chat, such as https://shop.example.com.",
    )

    examples: ClassVar[list[Example]] = [
        Example("A chat for customers", {
            "path": "support", "heading": "Ask us", "greeting": "Hello! What can we do for you?",
            "suggestions": ["Where is my parcel?"], "origins": ["https://shop.example.com"],
        }),
    ]  # fmt: skip

    @field_validator("suggestions")
    @classmethod
    def _suggestions(cls, suggestions: list[str]) -> list[str]:
        if any(not 0 < len(text) <= 500 for text in suggestions):
            raise ValueError("a suggestion has 1 to 500 characters")
        if len(set(suggestions)) < len(suggestions):
            raise ValueError("two of the suggestions are the same")
        return suggestions

    @field_validator("origins")
    @classmethod
    def _origins(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            if not ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin such as https://shop.example.com")
        return origins

    def route(self) -> Route:
        """The page."""
        message = FormField(
            name="message", label=self.placeholder, kind="multiline", required=True, choices=self.suggestions
        )
        page = Form(title=self.heading, description=self.greeting, fields=[message], button="Send")
        return Route(
            path=self.path, methods=("GET", "POST"), max_bytes=MAX_BYTES, idempotent=False, form=page, chat=True,
            origins=tuple(self.origins),
        )  # fmt: skip

    def open_to_all(self) -> bool:
        """Whether no password is asked for."""
        return self.password is None

    async def authenticate(self, request: Request) -> None:
        """Compare the password."""
        if self.password is None:
            return
        given = request.headers.get(PASSWORD, "").encode()
        if not hmac.compare_digest(given, self.password.password.get_secret_value().encode()):
            raise UnauthorizedError("this chat asks for a password")

    def receive(self, request: Request) -> list[Item]:
        """One item, with the message."""
        return [Item(_told(request.body["message"], request.body["session"]))]

    def dedup_key(self, request: Request) -> str | None:
        """The number that the page gave the message: sending it again gets the answer that there is."""
        return f"{request.body['session']}:{request.body['id']}"

    def sample(self) -> list[Item]:
        """A first message."""
        return [Item(_told(self.suggestions[0] if self.suggestions else "Hello", "sample-session"))]


def _told(message: str, session: str) -> dict[str, str]:
    return {"message": message, "session": session, "at": datetime.now(UTC).isoformat(timespec="milliseconds")}
