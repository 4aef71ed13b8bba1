"""9. Triggers.

A trigger is where a workflow begins. There are four kinds, told apart by who makes the first move: a person (a plain
`Trigger`), a web request (`WebhookTrigger`), the clock, by which we look at a service (`PollTrigger`), and a service
on a connection that we hold open (`ListenTrigger`). Each gives the items that an execution starts with. Accepting
requests, keeping what was accepted, and keeping the place up to which a service was read is not their business.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence

import pytest

from a8n import (
    JSON,
    Field,
    Item,
    Kernel,
    ListenTrigger,
    PollTrigger,
    Request,
    Route,
    Trigger,
    TriggerContext,
    UnauthorizedError,
    WebhookTrigger,
    hookimpl,
)
from a8n.testing import FakeHttp, Services, objects, outputs_of, run_workflow
from tests.fundamentals.drawing import node

API = "https://shop.example.com/api"


class ByHand(Trigger):
    """Start for a customer."""

    key = "fundamentals.by_hand"

    customer: str = Field(default="nobody", description="Whom to start for, when nobody says.")

    def sample(self) -> list[Item]:
        return [Item({"customer": self.customer})]


def test_a_person_may_start_with_what_stands_in_the_form() -> None:
    assert objects(ByHand(customer="Ana").sample()) == [{"customer": "Ana"}]


class Ordered(WebhookTrigger):
    """Start when the shop reports an order."""

    key = "fundamentals.ordered"

    password: str = Field(description="Word that the shop sends along.")

    def route(self) -> Route:
        return Route("orders/{country}", methods=("POST",), respond="immediately")

    def open_to_all(self) -> bool:
        return False

    async def authenticate(self, request: Request) -> None:
        if request.headers.get("x-word") != self.password:
            raise UnauthorizedError()

    def receive(self, request: Request) -> list[Item] | None:
        lines = request.body["lines"]
        return [Item({"country": request.params["country"], **line}) for line in lines] or None

    def dedup_key(self, request: Request) -> str | None:
        return request.headers.get("x-delivery")


def order(*lines: dict[str, JSON], **headers: str) -> Request:
    """A request as it is after a8n has read it: sizes, depth and text have been checked."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "orders/fr", {"country": "fr"}, {}, named, b"", {"lines": list(lines)})


async def test_a_request_has_to_prove_who_it_is_from() -> None:
    trigger = Ordered(password="sesame")
    await trigger.authenticate(order(x_word="sesame"))
    with pytest.raises(UnauthorizedError):
        await trigger.authenticate(order(x_word="guess"))


def test_a_request_becomes_items_or_is_ignored() -> None:
    trigger = Ordered(password="sesame")
    assert trigger.receive(order({"product": "pot"})) == [Item({"country": "fr", "product": "pot"})]
    assert trigger.receive(order()) is None


def test_a_delivery_that_comes_twice_has_the_same_key() -> None:
    assert Ordered(password="sesame").dedup_key(order(x_delivery="d-17")) == "d-17"


class Restocked(PollTrigger):
    """Start when the shop has something new."""

    key = "fundamentals.restocked"
    interval = 300.0

    async def poll(self, ctx: TriggerContext, cursor: JSON) -> tuple[Sequence[Item], JSON]:
        assert ctx.services.http is not None
        after = str(cursor or 0)
        answer = await ctx.services.http.request("GET", f"{API}/products", params=[("after", after)])
        products = answer.json()
        return [Item(product) for product in products], products[-1]["id"] if products else cursor


async def test_looking_goes_on_from_where_it_was_left() -> None:
    http = FakeHttp().on("GET", f"{API}/products", json=[{"id": 7}, {"id": 8}]).on("GET", f"{API}/products", json=[])
    ctx = TriggerContext("workflow", "start", "", Services(http=http))
    items, cursor = await Restocked().poll(ctx, None)  # the cursor is kept together with what the items started
    assert (objects(list(items)), cursor) == ([{"id": 7}, {"id": 8}], 8)
    assert await Restocked().poll(ctx, cursor) == ([], 8)
    assert http.last.params == [("after", "8")]


class Chat(ListenTrigger):
    """Start for each message."""

    key = "fundamentals.chat"

    async def listen(self, ctx: TriggerContext) -> AsyncIterator[Sequence[Item]]:
        for text in ("hello", "anybody there?"):  # a connection to a service, in real life
            yield [Item({"text": text})]


async def test_a_connection_yields_items_as_they_come() -> None:
    ctx = TriggerContext("workflow", "start", "", Services())
    assert [objects(list(items)) async for items in Chat().listen(ctx)] == [
        [{"text": "hello"}],
        [{"text": "anybody there?"}],
    ]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    return [ByHand, Ordered, Restocked, Chat]


async def test_what_a_trigger_gives_is_what_its_workflow_starts_with() -> None:
    kernel = Kernel([sys.modules[__name__]])
    document = {"nodes": [node("start", "fundamentals.ordered", {"password": "sesame"})]}
    received = Ordered(password="sesame").receive(order({"product": "pot"})) or []
    execution = await run_workflow(document, received, kernel)
    assert objects(outputs_of(execution, "start")) == [{"country": "fr", "product": "pot"}]
