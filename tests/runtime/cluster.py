"""Several processes of one installation, as instances in this one: they share nothing but PostgreSQL and Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from a8n import Context, Item, Kernel, Node, NodeError, Reply, Trigger, hookimpl
from a8n.items import JSON
from a8n.runtime.instance import Instance, Role
from a8n.runtime.orders import Order
from a8n.runtime.settings import Settings
from a8n.workflow import Workflow

KEY = bytes(range(32))


class Start(Trigger):
    """Start by hand."""

    key = "toy.start"


class Effect(Node):
    """Note that it ran."""

    key = "toy.effect"

    ran: ClassVar[list[str]] = []
    gate: ClassVar[asyncio.Event | None] = None

    async def run(self, ctx: Context) -> Item:
        """Wait for the gate, if there is one."""
        if self.gate is not None:
            await self.gate.wait()
        self.ran.append(ctx.key)
        return ctx.item


class Answer(Node):
    """Answer the caller, in two pieces and as a whole."""

    key = "toy.answer"

    async def run(self, ctx: Context) -> Item:
        """Reply."""
        ctx.stream(b"one ")
        ctx.stream(b"two")
        ctx.reply(Reply(201, {"x-toy": "yes"}, b"hello"))
        return ctx.item


class Mark(Node):
    """A pure step."""

    key = "toy.mark"
    effect = "pure"

    def run(self, ctx: Context) -> Item:
        """Add a mark."""
        return Item({**ctx.item.json, "marked": True})


class Failing(Node):
    """Fail at the first attempts."""

    key = "toy.failing"
    effect = "idempotent"

    times: int = 1
    left: ClassVar[dict[str, int]] = {}

    async def run(self, ctx: Context) -> Item:
        """Fail until it has failed often enough."""
        left = self.left.setdefault(ctx.key, self.times)
        if left:
            self.left[ctx.key] = left - 1
            raise NodeError("not yet", retry_after=1.2)
        return ctx.item


class Toys:
    """The plugin of these nodes."""

    @hookimpl
    def register_nodes(self) -> list[type[Node]]:
        """All nodes."""
        return [Effect, Answer, Mark, Failing]

    @hookimpl
    def register_triggers(self) -> list[type[Trigger]]:
        """All triggers."""
        return [Start]


class Rare(Node):
    """A node of a plugin that not every process has."""

    key = "toy.rare"

    async def run(self, ctx: Context) -> Item:
        """Pass on."""
        return ctx.item


class RareToys:
    """Its plugin."""

    @hookimpl
    def register_nodes(self) -> list[type[Node]]:
        """All nodes."""
        return [Rare]


def settings(database_url: str, redis_url: str, folder: Path, **more: Any) -> Settings:
    """Those of every process of the installation."""
    defaults: dict[str, Any] = {"lease": 2.0, "reap": 0.2, "jwt_secret_key": "s" * 40, "encryption_keys": (KEY,)}
    return Settings(database_url=database_url, redis_url=redis_url, data_dir=folder, **{**defaults, **more})


@asynccontextmanager
async def process(given: Settings, role: Role, *plugins: object) -> AsyncIterator[Instance]:
    """One process; it is stopped gracefully at the end."""
    given.data_dir.mkdir(exist_ok=True)
    instance = await Instance.open(given, Kernel(plugins=[Toys(), *plugins]), role)
    try:
        yield instance
    finally:
        await instance.close(1)


async def heard(*instances: Instance) -> None:
    """Wait until each one's line to Redis is up."""
    for instance in instances:
        assert instance.bus is not None
        while not instance.bus.connected:
            await asyncio.sleep(0.01)


def order(*types: str, params: dict[str, JSON] | None = None, items: Sequence[Item] = (), **fields: Any) -> Order:
    """A draft of nodes one after the other, started by hand. Node ids are `n0`, `n1`, …"""
    nodes: list[dict[str, JSON]] = [{"id": "start", "name": "Start", "type": "toy.start"}]
    wires = []
    for index, kind in enumerate(types):
        nodes.append(
            {"id": f"n{index}", "name": f"N{index}", "type": kind, "params": (params or {}).get(f"n{index}", {})}
        )
        wires.append({"from": nodes[-2]["id"], "to": f"n{index}"})
    for node in nodes:
        if node["id"] in fields.get("settings", {}):
            node["settings"] = fields["settings"][node["id"]]
    document = Workflow.parse({"name": "Toy", "nodes": nodes, "connections": wires})
    rest = {name: value for name, value in fields.items() if name != "settings"}
    return Order(
        "w1", "p1", "Toy", document, 0, "start", items or [Item({"n": 1})], rest.pop("mode", "webhook"), **rest
    )
