"""A plugin of toys: the smallest nodes that show what the kernel does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel

from a8n import (
    JSON,
    BatchNode,
    Context,
    Credential,
    Field,
    Item,
    Kernel,
    Node,
    NodeError,
    Parameters,
    Result,
    Secret,
    StopError,
    Trigger,
    Wait,
    hookimpl,
    to,
)
from a8n.execution import Execution
from a8n.journal import MemoryJournal
from a8n.plan import Plan
from a8n.services import ExecutionInfo, Services
from a8n.workflow import Workflow


class Start(Trigger):
    """Begins."""

    key = "toy.start"


class Put(Node):
    """Puts a value under a name."""

    key = "toy.put"
    effect = "pure"

    name: str = "value"
    value: Any = None

    def run(self, ctx: Context) -> dict[str, JSON]:
        return {**ctx.item.json, self.name: self.value}


class Split(Node):
    """Sends an item to `odd` or `even` by its number."""

    key = "toy.split"
    effect = "pure"
    outputs = ("odd", "even")

    n: int

    def run(self, ctx: Context) -> Result:
        return to("odd" if self.n % 2 else "even", ctx.item)


class Count(BatchNode):
    """Gives as many items as asked for."""

    key = "toy.count"
    effect = "pure"

    n: int = 3

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        return [Item({"n": i}, None, 0) for i in range(self.n)]


class Reverse(BatchNode):
    """Turns the order of items around."""

    key = "toy.reverse"
    effect = "pure"

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        return list(reversed(items))


class Pair(BatchNode):
    """Puts two lists side by side."""

    key = "toy.pair"
    effect = "pure"
    inputs = ("left", "right")

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        return [{"left": len(ctx.inputs["left"]), "right": len(ctx.inputs["right"])}]


class Batches(BatchNode):
    """Loops over items in batches."""

    key = "toy.batches"
    effect = "pure"
    outputs = ("loop", "done")
    loop = True

    size: int = 2

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        assert ctx.loop is not None
        start = ctx.loop.index * self.size
        batch = ctx.loop.entry[start : start + self.size]
        return [to("loop", item) for item in batch] or [to("done", item) for item in ctx.loop.returned]


class Slow(Node):
    """Waits a moment."""

    key = "toy.slow"
    effect = "idempotent"

    seconds: float = 0.01

    async def run(self, ctx: Context) -> Result:
        await asyncio.sleep(self.seconds)
        return ctx.item


class Send(Node):
    """Has an effect that must not be repeated without care."""

    key = "toy.send"
    sent: list[str] = Field(default=[], description="Not used; a list to see that defaults are not shared.")

    async def run(self, ctx: Context) -> Result:
        return {"key": ctx.key}


class Fail(Node):
    """Raises."""

    key = "toy.fail"
    effect = "pure"

    kind: Literal["node", "stop", "python"] = "node"
    when: bool = True

    def run(self, ctx: Context) -> Result:
        if not self.when:
            return ctx.item
        if self.kind == "stop":
            raise StopError("stopped on purpose")
        if self.kind == "python":
            raise KeyError("oops")
        raise NodeError("it did not work", hint="try less", field="when")


class Flaky(Node):
    """Fails a number of times, then works. Counts in the class, which only a toy may do."""

    key = "toy.flaky"
    effect = "idempotent"

    times: int = 1

    async def run(self, ctx: Context) -> Result:
        if ctx.attempt <= self.times:
            raise NodeError(f"attempt {ctx.attempt} failed", retry_after=0.0)
        return {"attempts": ctx.attempt}


class Stream(Node):
    """Gives items one by one."""

    key = "toy.stream"
    effect = "idempotent"

    async def run(self, ctx: Context) -> AsyncIterator[dict[str, JSON]]:
        for i in range(3):
            yield {"i": i}


class Greeting(BaseModel):
    """An output with a schema."""

    text: str


class Greet(Node):
    """Promises a greeting."""

    key = "toy.greet"
    effect = "pure"

    text: Any = "hello"

    def run(self, ctx: Context) -> Greeting:
        return {"text": self.text}  # type: ignore[return-value]  # what a careless author writes


class Pause(BatchNode):
    """Waits for a call."""

    key = "toy.pause"

    async def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        return Wait(callable=True, data={"asked": len(items)})

    def resume(self, ctx: Context, items: Sequence[Item], data: Any, payload: JSON) -> Result:
        return [{"asked": data["asked"], "answer": payload}]


class Key(Credential):
    """A key to nothing."""

    key = "toy.key"

    token: Secret = Field(description="The token.")


class Locked(Node):
    """Needs a key."""

    key = "toy.locked"
    effect = "idempotent"

    lock: Key
    extra: Any = None

    async def run(self, ctx: Context) -> Result:
        return {"length": len(self.lock.token.get_secret_value()), "extra": self.extra}


class Circle(Parameters):
    """A round shape."""

    kind: Literal["circle"] = "circle"
    radius: float


class Square(Parameters):
    """A shape with corners."""

    kind: Literal["square"] = "square"
    side: float = Field(gt=0)


class Area(Node):
    """Measures a shape."""

    key = "toy.area"
    effect = "pure"
    version = 3

    shape: Annotated[Circle | Square, Field(discriminator="kind")]

    def run(self, ctx: Context) -> Result:
        area = 3 * self.shape.radius**2 if isinstance(self.shape, Circle) else self.shape.side**2
        return {"area": area}

    @classmethod
    def upgrade(cls, params: dict[str, JSON], version: int) -> dict[str, JSON]:
        if version == 1:
            params = {"shape": {"side": params["side"]}}
        if version <= 2:
            params = {"shape": {"kind": "square", **params["shape"]}}
        return params


class Toys:
    """Toys."""

    @staticmethod
    @hookimpl
    def register_nodes() -> list[type[Node] | type[BatchNode]]:
        return [
            Put, Split, Count, Reverse, Pair, Batches, Slow, Send, Fail, Flaky, Stream, Greet, Pause, Locked, Area,
        ]  # fmt: skip

    @staticmethod
    @hookimpl
    def register_triggers() -> list[type[Trigger]]:
        return [Start]

    @staticmethod
    @hookimpl
    def register_credentials() -> list[type[Credential]]:
        return [Key]


KERNEL = Kernel([Toys])


def node(id: str, params: dict[str, JSON] | None = None, **settings: JSON) -> dict[str, JSON]:
    """A node named and typed by its id: `put` or `put_2` is a `toy.put`."""
    return {
        "id": id,
        "name": id.capitalize(),
        "type": f"toy.{id.split('_', maxsplit=1)[0]}",
        "params": params or {},
        "settings": settings,
    }


def workflow(nodes: Sequence[dict[str, JSON]], *wires: str, **rest: JSON) -> Workflow:
    """`workflow([...], "start > put", "split.odd > put", "a > pair.right")`."""
    connections = []
    for wire in wires:
        source, target = wire.split(" > ")
        name, _, output = source.partition(".")
        to_name, _, port = target.partition(".")
        connections.append({"from": name, "output": output or "main", "to": to_name, "input": port or "main"})
    return Workflow.parse({"name": "Test", "nodes": [node("start"), *nodes], "connections": connections, **rest})


INFO = ExecutionInfo("e1", "w1", "Test", "p1", "test", datetime(2026, 1, 2, tzinfo=UTC))


def execution(document: Workflow, services: Services | None = None) -> Execution:
    """An execution that has not begun."""
    return Execution(Plan(KERNEL, document, "start"), INFO, services or Services(), MemoryJournal())


async def run(document: Workflow, *items: dict[str, JSON], services: Services | None = None) -> Execution:
    """Run to the end."""
    started = execution(document, services)
    started.begin([Item(item) for item in items or ({},)])
    if not started.advance():
        await started.run()
    return started


def result(ended: Execution) -> list[dict[str, JSON]]:
    """The objects that the last step gave."""
    return [item.json for items in ended.result.values() for item in items]
