"""Triggers: what starts an execution."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from a8n.forms import Form
from a8n.items import JSON, FileRef, Item
from a8n.node import Step, required
from a8n.services import Function, HttpClient, Reply, Services

RespondMode = Literal["immediately", "last_node", "respond_node", "stream"]
Misfire = Literal["none", "last", "all"]
"""What becomes of the times that passed while nobody could start anything: nothing, the last one, or all of them."""
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]


@dataclass(slots=True)
class Request:
    """A web request to a trigger, after the strict reader: sizes, depth and text have been checked."""

    method: str
    path: str
    """As requested, without the prefix: `orders/17`."""
    params: Mapping[str, str]
    """Values of path parameters: `{id}` in the route."""
    query: Mapping[str, Any]
    """Text, or a list of texts where a name occurs twice."""
    headers: Mapping[str, str]
    """Names in lower case."""
    raw: bytes
    """The body as it came: what a signature is computed over."""
    body: JSON = None
    """The body as JSON: parsed JSON, form fields, or text."""
    files: Mapping[str, FileRef] = field(default_factory=dict)
    client: str = ""
    """The peer's address."""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """What a webhook trigger listens to, and how it is answered. Known when the workflow is activated."""

    path: str
    """`orders/{id}`: literal parts and `{name}` parts."""
    methods: Sequence[str] = ("POST",)
    respond: RespondMode = "immediately"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: JSON = None
    """Sent at once in mode `immediately`; None gives `{"execution_id": …}`."""
    returns: Literal["all", "first", "file", "none"] = "all"
    """In mode `last_node`: every item as a list, the first item's object, the first item's file, or nothing."""
    origins: Sequence[str] = ()
    """Origins that browsers may call from (CORS); `*` for any, empty for none."""
    max_bytes: int = 16 * 2**20
    raw: bool = False
    """Do not parse the body; give it as a file."""
    idempotent: bool = True
    """Honour the `Idempotency-Key` header."""
    form: Form | None = None
    """A page at `/form/{path}` in place of the webhook: GET shows it, and POST starts an execution once the answers
    fit. The trigger then receives a request whose body is the answers by name."""
    chat: bool = False
    """The form is a conversation, at `/chat/{path}`: its one field, `message`, is sent again and again, and each time
    the text that the execution ends with comes back. The trigger receives a request whose body has `message`,
    `session` (the same for one conversation) and `id` (that of the message). Pages of `origins` may embed it."""

    @property
    def place(self) -> str:
        """Where it stands below the address of the instance: `webhook/orders/{id}`, `form/contact`, `chat/support`."""
        return f"{self.below}/{self.path.strip('/')}"

    @property
    def below(self) -> str:
        """`webhook`, `form` or `chat`."""
        return "webhook" if self.form is None else "chat" if self.chat else "form"


class Trigger(Step):
    """Base of triggers. Alone it is started by hand, by the API, or by another workflow."""

    group: ClassVar[str] = "trigger"
    inputs: ClassVar[tuple[str, ...]] = ()

    def sample(self) -> list[Item]:
        """The items an execution starts with when a person starts it without giving any."""
        return [Item({})]

    def offers(self) -> Function | None:
        """The workflow as a function, for agents and MCP clients: its name, what it does, and the JSON Schema of its
        arguments. None: it is none. Known when the workflow is activated, so it may not depend on credentials."""
        return None

    def called(self, arguments: Mapping[str, JSON]) -> list[Item]:
        """The items that a call of the function starts with. Raises NodeError that names the argument at fault."""
        return [Item(dict(arguments))]

    def reply_to(self, item: Item) -> str | Sequence[str] | None:
        """The key of the wait (`Wait(key=…)`) that an item is the reply to, such as the id of the message it answers;
        several where it may be one of them, the likeliest first.

        Where a step of the project waits for a key, the item ends its wait: `resume` gets it as JSON (`Item.of`
        reads it), and it starts nothing. Otherwise, and for None, it starts an execution as any other.
        """
        return None

    def starts(self, item: Item) -> bool:
        """Whether an item that is the reply to nothing starts an execution.

        A trigger that passes some items over says so here rather than by leaving them out, so that those which a
        step waits for reach it all the same.
        """
        return True

    async def activate(self, ctx: TriggerContext) -> None:
        """Subscribe at the service. Called when the workflow is activated, after its webhooks answer.

        What it raises keeps the workflow from going live. Called again, with `ctx.state` as it was left, when the
        workflow is published anew, and after a crash in the middle of this.
        """

    async def deactivate(self, ctx: TriggerContext) -> None:
        """Undo `activate`. Must not fail when there is nothing to undo."""


@dataclass(slots=True)
class TriggerContext:
    """Given to triggers outside of an execution."""

    workflow_id: str
    node_id: str
    url: str
    """The public address of the trigger's webhook, if it has one."""
    services: Services
    state: dict[str, JSON] = field(default_factory=dict)
    """Kept between `activate` and `deactivate` (a subscription id), and by listening triggers; change it in place."""

    @property
    def http(self) -> HttpClient:
        """The guarded HTTP client."""
        return required(self.services.http, "HTTP")

    async def reach(self, host: str, port: int) -> str:
        """The IP address to connect to for a host, checked as those of `http` are; see `HttpClient.reach`."""
        return await self.http.reach(host, port)


class WebhookTrigger(Trigger):
    """Starts an execution for a web request."""

    place: ClassVar[Literal["webhook", "form", "chat"]] = "webhook"
    """Below what it stands, as its route says: for those who show the address before the workflow is live."""

    def route(self) -> Route:
        """Where it listens. Computed once per activation, so it may not hold expressions."""
        raise NotImplementedError

    async def authenticate(self, request: Request) -> None:
        """Raise `UnauthorizedError` unless the request proves who it is from. Runs before anything is stored."""

    def release(self, request: Request) -> None:
        """Called when an authenticated request was not accepted after all (503, 507, a crash of the start).

        A trigger that refuses to see one signature twice forgets it here, so that the sender can try again.
        """

    def open_to_all(self) -> bool:
        """True when `authenticate` has nothing to check: the ingress then skips it."""
        return True

    def receive(self, request: Request) -> list[Item] | None:
        """The items the execution starts with. None ignores the request: it is answered, nothing starts."""
        raise NotImplementedError

    def acknowledge(self, request: Request) -> Reply | None:
        """The answer to a request that `receive` ignored, such as the challenge by which a service tries the URL.

        None gives status 200 and `{"ignored": true}`. It must not send a file.
        """
        return None

    def dedup_key(self, request: Request) -> str | None:
        """A key that is the same when the same event is delivered again; None when the trigger knows none."""
        return None


class ScheduleTrigger(Trigger):
    """Starts an execution at times that it computes: an interval, a cron line, a rule of the calendar."""

    def next_after(self, moment: datetime, timezone: str) -> datetime | None:
        """The first time after `moment`, both in UTC; None when there is none any more.

        Pure: any process may ask, at any time, and two that ask get the same. `timezone` is the workflow's
        (IANA), which a trigger may override by a parameter of its own.
        """
        raise NotImplementedError

    @property
    def catch_up(self) -> Misfire:
        """What a start does about times that passed meanwhile."""
        return "last"

    def fire(self, at: datetime, timezone: str) -> list[Item]:
        """The items that the execution of the time `at` starts with."""
        return [Item({"at": at.isoformat()})]


class PollTrigger(Trigger):
    """Looks at a service from time to time."""

    interval: ClassVar[float] = 60.0
    """Default seconds between polls."""

    def every(self) -> float:
        """Seconds between polls; override to take them from a parameter. At least 1."""
        return self.interval

    async def poll(self, ctx: TriggerContext, cursor: JSON) -> tuple[Sequence[Item], JSON]:
        """New items since `cursor` (None at first) and the new cursor, which is JSON.

        The items of one poll start one execution, stored together with the cursor; without items none starts.
        """
        raise NotImplementedError


class ListenTrigger(Trigger):
    """Holds a connection open; one process at a time owns it."""

    def listen(self, ctx: TriggerContext) -> AsyncIterator[Sequence[Item]]:
        """Yield items as they come. Ends or raises when the connection is lost: it is then started again.

        What `ctx.state` holds at a `yield` is stored in the transaction that starts the execution, and is there when
        the connection is opened again: a cursor in it makes that nothing is skipped and nothing comes twice. Yield
        no items to have the state alone stored.
        """
        raise NotImplementedError
