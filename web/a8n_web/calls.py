"""One call of a route, as its handler sees it: who asks, about what, with which body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from a8n.errors import Problem
from a8n.items import JSON
from a8n.runtime.access import Actor, Permission
from a8n.runtime.accounts import Accounts
from a8n.runtime.audit import Audit
from a8n.runtime.checkpoints import Checkpoints
from a8n.runtime.credentials import Credentials
from a8n.runtime.credentials import repository as credentials_of
from a8n.runtime.data_tables import DataTables
from a8n.runtime.passwords import Passwords, Throttle
from a8n.runtime.projects import Projects
from a8n.runtime.recordings import Recordings
from a8n.runtime.scenes import Scenes
from a8n.runtime.tokens import Tokens
from a8n.runtime.versions import Versions
from a8n.runtime.workflows import Workflows
from a8n_web.addresses import client_address
from a8n_web.problems import Refusal

if TYPE_CHECKING:
    from quart import Quart, Request

    from a8n.runtime.instance import Instance
    from a8n_web.overview import Overview
    from a8n_web.routes import Route


class Web:
    """What the API is made of: the instance, and the repositories over its store."""

    def __init__(self, instance: Instance, *, passwords: Passwords | None = None):
        self.instance = instance
        self.app: Quart | None = None
        """Set by `create_app`."""
        self.kernel = instance.kernel
        self.settings = instance.settings
        self.accounts = Accounts(instance.db)
        self.projects = Projects(instance.db)
        self.tables = DataTables(instance.db)
        self.workflows = Workflows(instance.db)
        self.versions = Versions(instance.db)
        self.checkpoints = Checkpoints(instance.db)
        self.audit = Audit(instance.db)
        self.passwords = passwords or Passwords()
        self.account_throttle = Throttle(free=5)
        self.address_throttle = Throttle(free=50)
        """Many people may share an address."""
        self.rates = instance.rates
        self.tokens = Tokens({"1": instance.keys.jwt_secret.encode()})

    @cached_property
    def scenes(self) -> Scenes:
        """Nodes of drafts in the middle of real data."""
        instance = self.instance
        return Scenes(self.kernel, instance.executions, Recordings(instance.journals), instance.services)

    @cached_property
    def credentials(self) -> Credentials:
        """The repository of credentials."""
        return credentials_of(self.instance)

    @cached_property
    def overview(self) -> Overview:
        """What lists say of workflows."""
        from a8n_web.overview import Overview

        return Overview(self)


@dataclass(slots=True)
class Answer:
    """An answer with more to say than its body."""

    body: Any = None
    status: int | None = None
    """None takes the route's."""
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)
    """Ready `Set-Cookie` values."""


@dataclass(slots=True)
class Call:
    """Given to loaders and handlers."""

    web: Web
    route: Route
    request: Request
    args: Mapping[str, str]
    """Values of the path's parameters."""
    identity: Actor | None
    object: Any = None
    """What the loader gave."""
    body: Any = None
    """An instance of the route's `body` model, or plain JSON for a raw one."""
    query: Any = None
    """An instance of the route's `query` model."""

    @property
    def actor(self) -> Actor:
        """Who asks. On public routes there may be nobody."""
        if self.identity is None:
            raise Refusal(401, "sign in, or send an access token or an API key")
        return self.identity

    @property
    def address(self) -> str:
        """Where the request comes from: the peer of the connection, or whom a trusted proxy names."""
        scope = self.request.scope
        client = scope.get("client")
        headers = [(bytes(name), bytes(value)) for name, value in scope["headers"]]
        return client_address(client[0] if client else "", headers, self.web.settings.trusted_proxies)

    async def audit(self, action: str, object: str = "", result: str = "ok", **details: JSON) -> None:
        """Write a row into the audit log."""
        user_id = self.identity.user_id if self.identity is not None else None
        await self.web.audit.record(
            action, object, user_id=user_id, address=self.address, result=result, details=details
        )

    async def project(self, wanted: str | None) -> str:
        """The project that a new object goes into: the one named, else the actor's own."""
        return wanted or await self.web.projects.personal(self.actor)

    def may(self, permission: Permission) -> None:
        """Raises 403 unless the role in the instance has it."""
        if not self.actor.may(permission):
            raise Refusal(403, f"this needs the right {permission}")


async def raw_body(request: Request) -> bytes:
    """The body as it came; kept, so that it can be asked for twice."""
    raw: bytes = await request.get_data(as_text=False)  # type: ignore[assignment]  # text only when asked for
    return raw


def expected_revision(request: Request) -> int | None:
    """The revision in `If-Match`; None where there is none, or it is `*`. Raises 400 for what is no ETag of ours."""
    text = request.headers.get("If-Match", "").strip()
    if text in ("", "*"):
        return None
    number = text.removeprefix("W/").strip('"')
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise Refusal(400, "If-Match must hold the ETag that you were given", errors=[Problem("If-Match", "no ETag")])
    return int(number)


def rfc3339(at: int | None) -> str | None:
    """Microseconds since 1970 as text in UTC: `2026-01-31T09:30:00.125000Z`."""
    if at is None:
        return None
    return datetime.fromtimestamp(at / 1_000_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def microseconds(at: datetime | None) -> int | None:
    """A moment as microseconds since 1970; without a zone it is taken as UTC."""
    if at is None:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return int(at.timestamp() * 1_000_000)
