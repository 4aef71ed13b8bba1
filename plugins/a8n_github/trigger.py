"""Events of a repository, by a webhook that is made and taken away with the workflow.

Source: "Webhook events and payloads", "Validating webhook deliveries" (GitHub).
"""

from __future__ import annotations

import hmac
from typing import Annotated, Any

from pydantic import field_validator

from a8n import (
    JSON,
    Choice,
    Example,
    Field,
    Item,
    Request,
    Route,
    TriggerContext,
    UnauthorizedError,
    WebhookTrigger,
    hint,
    options,
)
from a8n_github.api import call, pages, read, repository_choices, repository_field
from a8n_github.credentials import AnyAccount, GitHubWebhookSecret

Fixed = hint(expr=False)
PATH = r"^[A-Za-z0-9_~-][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$"
EVENT = r"^(\*|[a-z_]+(\.[a-z_]+)?)$"


class RepositoryEvent(WebhookTrigger):
    """Start when something happens in a repository.

    The webhook is made at GitHub when the workflow goes live, and deleted when it no longer is: the token needs the
    right to administer the repository's webhooks. Deliveries are taken only with GitHub's signature, each once.
    """

    key = "github.event"
    title = "GitHub event"
    subtitle = "{repository}"
    examples = (
        Example(
            "New issues, and pushes",
            {
                "account": {"$credential": "1"}, "secret": {"$credential": "2"}, "repository": "octo/shop",
                "path": "shop-events", "events": ["issues.opened", "push"],
            },
            needs=("github.token", "github.webhook_secret"),
        ),
    )  # fmt: skip

    account: AnyAccount = Field(description="Account that makes the webhook.")
    secret: GitHubWebhookSecret = Field(description="What GitHub signs its deliveries with.")
    repository: Annotated[str, Fixed, hint(placeholder="owner/name")] = repository_field()
    events: Annotated[list[str], Fixed, hint(placeholder="issues.opened")] = Field(
        min_length=1, max_length=50,
        description="Events such as push, or issues.opened for one action of an event alone; * for all.",
    )  # fmt: skip
    path: Annotated[str, Fixed, hint(placeholder="shop-events", mono=True)] = Field(
        pattern=PATH, max_length=200, description="Where it listens, below /webhook/."
    )

    @field_validator("events")
    @classmethod
    def _known(cls, events: list[str]) -> list[str]:
        import re

        for event in events:
            if not re.fullmatch(EVENT, event):
                raise ValueError(f"{event[:50]!r} is no event such as push or issues.opened")
        return events

    def route(self) -> Route:
        """Where it listens. Only GitHub's own delivery id counts, as the one header that GitHub repeats."""
        return Route(self.path, methods=("POST",), respond="immediately", status=202, idempotent=False)

    def open_to_all(self) -> bool:
        """Never: every delivery is signed."""
        return False

    async def authenticate(self, request: Request) -> None:
        """Check the signature of the body."""
        wanted = hmac.digest(self.secret.secret.get_secret_value().encode(), request.raw, "sha256").hex()
        given = request.headers.get("x-hub-signature-256", "")
        if not hmac.compare_digest(given.encode(), f"sha256={wanted}".encode()):
            raise UnauthorizedError("the signature is missing or wrong")

    def receive(self, request: Request) -> list[Item] | None:
        """The event. None for GitHub's ping, and for what was not asked for."""
        event, body = request.headers.get("x-github-event", ""), request.body
        if not isinstance(body, dict) or not self._wants(event, body.get("action")):
            return None
        told: dict[str, JSON] = {
            "event": event, "action": body.get("action"), "delivery": request.headers.get("x-github-delivery", ""),
            "payload": body,
        }  # fmt: skip
        return [Item(told)]

    def dedup_key(self, request: Request) -> str | None:
        """The id of the delivery, which GitHub keeps when it delivers again."""
        return request.headers.get("x-github-delivery", "")[:200] or None

    def sample(self) -> list[Item]:
        """An event without its payload."""
        event, _, action = self.events[0].partition(".")
        return [Item({"event": event, "action": action or None, "delivery": "", "payload": {}})]

    async def activate(self, ctx: TriggerContext) -> None:
        """Make the webhook, or bring the one up to date that is there."""
        if ctx.state.get("repository") not in (None, self.repository):
            await self.deactivate(ctx)
        secret = self.secret.secret.get_secret_value()
        config = {"url": ctx.url, "content_type": "json", "secret": secret, "insecure_ssl": "0"}
        sent: dict[str, JSON] = {"active": True, "events": self._subscribed(), "config": config}
        hooks = f"/repos/{self.repository}/hooks"
        number = ctx.state.get("hook") or await self._standing(ctx, hooks)
        if number is not None:
            answer = await call(ctx.http, self.account, "PATCH", f"{hooks}/{number}", json=sent, allow=(404,))
            number = number if answer.status != 404 else None
        if number is None:
            made = await read(ctx.http, self.account, "POST", hooks, json={"name": "web", **sent})
            number = made.get("id")
        ctx.state.update(hook=number, repository=self.repository)

    async def deactivate(self, ctx: TriggerContext) -> None:
        """Delete the webhook; one that is gone is as good."""
        number, repository = ctx.state.get("hook"), ctx.state.get("repository")
        if number is not None:
            await call(ctx.http, self.account, "DELETE", f"/repos/{repository}/hooks/{number}", allow=(404,))
        ctx.state.clear()

    async def _standing(self, ctx: TriggerContext, hooks: str) -> Any:
        """The webhook that a crash left there before its id was kept: GitHub takes no second one for a URL."""
        for hook in await pages(ctx.http, self.account, hooks, 100):
            if (hook.get("config") or {}).get("url") == ctx.url:
                return hook.get("id")
        return None

    def _subscribed(self) -> list[str]:
        return sorted({event.partition(".")[0] for event in self.events})

    def _wants(self, event: str, action: JSON) -> bool:
        if event == "ping":
            return False
        return any(one in ("*", event, f"{event}.{action}") for one in self.events)

    @staticmethod
    @options("repository")
    async def repositories(account: AnyAccount, search: str, http: Any) -> list[Choice]:
        """Repositories of the account."""
        return await repository_choices(account, search, http)
