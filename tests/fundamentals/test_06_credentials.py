"""6. A credential is a typed model. A field of its type is the slot; its values are never in a schema or a repr."""

from __future__ import annotations

import json

from a8n import JSON, Context, Credential, Field, Kernel, Node, Secret, hookimpl
from a8n.testing import objects, run


class Shop(Credential):
    """An account at the shop."""

    key = "fundamentals.shop"

    token: Secret = Field(description="Ask the shop.")


class Stock(Node):
    """How much is in stock."""

    key = "fundamentals.stock"
    effect = "idempotent"

    shop: Shop

    async def run(self, ctx: Context) -> dict[str, JSON]:
        return {"signed": self.shop.token.get_secret_value()[::-1]}


class Plugin:
    """The shop."""

    register_nodes = staticmethod(hookimpl(lambda: [Stock]))
    register_credentials = staticmethod(hookimpl(lambda: [Shop]))


async def test_the_node_gets_it_opened() -> None:
    shop = Shop.model_validate({"token": "terces"})
    assert objects((await run(Stock, {"shop": shop}))["main"]) == [{"signed": "secret"}]


def test_nobody_else_sees_it() -> None:
    kernel = Kernel([Plugin])
    assert kernel.plugins[0].error is None
    assert "token" not in json.dumps(kernel.catalogue["fundamentals.stock"].describe())
    assert "terces" not in repr(Shop.model_validate({"token": "terces"}))
