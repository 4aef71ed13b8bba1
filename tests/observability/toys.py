"""A plugin whose nodes log, fail, wait and call out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from a8n import (
    BatchNode,
    Context,
    Credential,
    Field,
    Item,
    Node,
    NodeError,
    Request,
    Route,
    Secret,
    Wait,
    WebhookTrigger,
    hookimpl,
)
from a8n.items import JSON

log = logging.getLogger("some.sdk")


class Account(Credential):
    """An account."""

    key = "toy.account"

    token: Secret = Field(description="A token.")


class Hook(WebhookTrigger):
    """Start by a web request."""

    key = "toy.hook"

    path: str = Field(description="Path.")

    def route(self) -> Route:
        return Route(self.path, ("POST",), respond="last_node")

    def receive(self, request: Request) -> list[Item]:
        return [Item({"body": request.body})]


class Mark(Node):
    """Mark an item."""

    key = "toy.mark"
    effect = "pure"

    def run(self, ctx: Context) -> dict[str, Any]:
        return {**ctx.item.json, "marked": True}


class Chat(Node):
    """Let an SDK log."""

    key = "toy.chat"
    effect = "idempotent"

    account: Account | None = None

    async def run(self, ctx: Context) -> dict[str, Any]:
        if self.account is not None:
            log.warning("signed in with %s", self.account.token.get_secret_value())
        else:
            log.warning("the SDK says")
        return ctx.item.json


class Fetch(Node):
    """Call out."""

    key = "toy.fetch"
    effect = "idempotent"

    url: str = Field(description="Address.")

    async def run(self, ctx: Context) -> dict[str, Any]:
        answer = await ctx.http.request("GET", self.url)
        return {"status": answer.status}


class Fail(Node):
    """Fail."""

    key = "toy.fail"
    effect = "idempotent"

    async def run(self, ctx: Context) -> dict[str, Any]:
        raise NodeError("it does not work", retryable=False)


class Pause(BatchNode):
    """Wait for a call."""

    key = "toy.pause"
    effect = "idempotent"
    urls: ClassVar[list[str]] = []

    async def run(self, ctx: Context, items: Sequence[Item]) -> Wait:
        Pause.urls.append(ctx.resume_url)
        return Wait(callable=True)

    async def resume(self, ctx: Context, items: Sequence[Item], data: Mapping[str, JSON], payload: JSON) -> Any:
        return list(items)


@hookimpl
def register_nodes() -> Sequence[Any]:
    return [Mark, Chat, Fetch, Fail, Pause]


@hookimpl
def register_triggers() -> Sequence[Any]:
    return [Hook]


@hookimpl
def register_credentials() -> Sequence[Any]:
    return [Account]
