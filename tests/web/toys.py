"""A plugin for the web's tests: a few nodes, triggers and a credential kind, quick and without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel

from a8n import (
    Choice,
    Context,
    Credential,
    Field,
    Item,
    Node,
    NodeError,
    PollTrigger,
    Request,
    Route,
    ScheduleTrigger,
    Secret,
    Trigger,
    TriggerContext,
    WebhookTrigger,
    hookimpl,
    options,
    to,
)


class Account(Credential):
    """An account at a toy service."""

    key = "toy.account"

    user: str = "somebody"
    token: Secret = Field(description="A token.")

    async def check(self, http: Any) -> str:
        token = self.token.get_secret_value()
        if token == "wrong-token":
            raise NodeError(f"the service does not know the token {token}")
        if token == "crash-token":
            raise RuntimeError(f"boom {token}")
        return f"signed in as {self.user} with {token}"


class Terminal(Credential):
    """A terminal that speaks no HTTP: whoever connects gets a line."""

    key = "toy.terminal"

    host: str = "127.0.0.1"
    port: int = 7007
    pin: Secret = Field(description="A PIN.")

    async def check(self, http: Any) -> str:
        reader, writer = await asyncio.open_connection(await http.reach(self.host, self.port), self.port)
        try:
            return (await reader.readline()).decode().strip()
        finally:
            writer.close()


class Other(Credential):
    """Another kind of account."""

    key = "toy.other"

    token: Secret


class Start(Trigger):
    """Start by hand."""

    key = "toy.start"


class Poll(PollTrigger):
    """Would look at a service from time to time."""

    key = "toy.poll"


class Still(ScheduleTrigger):
    """A schedule whose time never comes."""

    key = "toy.still"

    def next_after(self, moment: datetime, timezone: str) -> datetime:
        return moment


class Subscribe(Trigger):
    """Subscribes at a service that is a list."""

    key = "toy.subscribe"
    service: ClassVar[list[str]] = []

    account: Account | None = None

    async def activate(self, ctx: TriggerContext) -> None:
        if self.account is not None:
            raise NodeError(f"the service does not know {self.account.token.get_secret_value()}")
        ctx.state["id"] = ctx.node_id
        self.service.append(ctx.node_id)

    async def deactivate(self, ctx: TriggerContext) -> None:
        self.service.remove(str(ctx.state["id"]))


class Hook(WebhookTrigger):
    """Start by a web request."""

    key = "toy.hook"

    path: str = Field(description="Path.")
    methods: list[str] = Field(default_factory=lambda: ["POST"])

    def route(self) -> Route:
        return Route(self.path, tuple(self.methods))

    def receive(self, request: Request) -> list[Item]:
        return [Item({"body": request.body})]


class Greet(Node):
    """Greet by name."""

    key = "toy.greet"
    effect = "pure"

    text: str = Field(description="The greeting.", min_length=1)

    def run(self, ctx: Context) -> dict[str, Any]:
        return {**ctx.item.json, "text": self.text}


class Sorter(Node):
    """Send items to outputs that its parameters name."""

    key = "toy.sorter"
    effect = "pure"
    outputs = ("rest",)

    names: list[str] = Field(default_factory=lambda: ["rest"], description="The outputs.")

    @classmethod
    def ports(cls, params: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(name for name in params.get("names", ("rest",)))

    def run(self, ctx: Context) -> Any:
        return to(self.names[0], ctx.item.json)


class Fail(Node):
    """Fail until the item says otherwise."""

    key = "toy.fail"
    effect = "pure"
    working: ClassVar[bool] = False

    def run(self, ctx: Context) -> dict[str, Any]:
        if not Fail.working:
            raise NodeError("it does not work", hint="try again")
        return ctx.item.json


class Slow(Node):
    """Take a while, or for ever."""

    key = "toy.slow"
    effect = "idempotent"
    gate: ClassVar[asyncio.Event | None] = None

    async def run(self, ctx: Context) -> dict[str, Any]:
        if Slow.gate is not None:
            await Slow.gate.wait()
        return ctx.item.json


class Sent(BaseModel):
    """What was sent."""

    by: str


class Send(Node):
    """Send with an account."""

    key = "toy.send"
    effect = "unsafe"

    account: Account
    channel: str = Field(default="", description="Channel.")

    async def run(self, ctx: Context) -> Sent:
        return Sent(by=self.account.user)

    @staticmethod
    @options("channel")
    async def channels(account: Account, search: str) -> list[Choice]:
        token = account.token.get_secret_value()
        if token == "wrong-token":
            raise NodeError(f"no channels for {token}")
        return [Choice(value=name) for name in ("general", "random") if search in name]


@hookimpl
def register_nodes() -> Sequence[Any]:
    return [Greet, Fail, Slow, Send, Sorter]


@hookimpl
def register_triggers() -> Sequence[Any]:
    return [Start, Hook, Poll, Still, Subscribe]


@hookimpl
def register_credentials() -> Sequence[Any]:
    return [Account, Other, Terminal]
