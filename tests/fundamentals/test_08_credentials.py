"""8. Credentials.

A secret is saved once, apart from workflows, and workflows refer to it. Its kind is a class as well, and a node asks
for one by having a field of that class. A node gets it opened, at the moment of the call; nobody else ever does: it
is in no schema, no list, no log and no `repr`.
"""

from __future__ import annotations

import json
import sys

import pytest

from a8n import JSON, Context, Credential, Field, HttpClient, Kernel, Node, NodeError, Secret, hookimpl
from a8n.testing import FakeHttp, Services, credential, objects, run

API = "https://shop.example.com/api"


class Shop(Credential):
    """An account at the shop."""

    key = "fundamentals.shop"

    token: Secret = Field(description="Ask the shop for one.")

    async def check(self, http: HttpClient) -> str:
        """What the Test button does: say who we are signed in as, or what is wrong."""
        answer = await http.request("GET", f"{API}/me", headers=self.headers())
        if answer.status != 200:
            raise NodeError("the shop does not accept this token")
        return str(answer.json()["name"])

    def headers(self) -> dict[str, str]:
        """What proves who we are."""
        return {"authorization": f"Bearer {self.token.get_secret_value()}"}


class Stock(Node):
    """How many are in stock."""

    key = "fundamentals.stock"
    effect = "idempotent"

    shop: Shop
    product: str

    async def run(self, ctx: Context) -> dict[str, JSON]:
        answer = await ctx.http.request("GET", f"{API}/stock/{self.product}", headers=self.shop.headers())
        return {"stock": answer.json()}


OURS = credential(Shop, token="s3cret")


async def test_the_node_gets_it_opened() -> None:
    http = FakeHttp().on("GET", f"{API}/stock/pot", json=7)
    outputs = await run(Stock, {"shop": OURS, "product": "pot"}, services=Services(http=http))
    assert objects(outputs["main"]) == [{"stock": 7}]
    assert http.last.headers["authorization"] == "Bearer s3cret"


async def test_the_workflow_holds_only_a_reference() -> None:
    http = FakeHttp().on("GET", f"{API}/stock/pot", json=7)
    saved = {"shop": {"$credential": "17"}, "product": "pot"}
    outputs = await run(Stock, saved, credentials={"17": OURS}, services=Services(http=http))
    assert objects(outputs["main"]) == [{"stock": 7}]


async def test_a_credential_can_be_tried() -> None:
    http = FakeHttp().on("GET", f"{API}/me", json={"name": "Ana"}).on("GET", f"{API}/me", status=401)
    assert await OURS.check(http) == "Ana"
    with pytest.raises(NodeError, match="does not accept"):
        await OURS.check(http)


@hookimpl
def register_nodes() -> list[type[Node]]:
    return [Stock]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    return [Shop]


def test_nobody_else_sees_it() -> None:
    assert "s3cret" not in repr(OURS)
    described = json.dumps(Kernel([sys.modules[__name__]]).catalogue["fundamentals.stock"].describe())
    assert "fundamentals.shop" in described, "the form has a slot for it"
    assert "token" not in described
