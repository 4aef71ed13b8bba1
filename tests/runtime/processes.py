"""Several processes over one database, as far as a test needs them: instances with a node that can be watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from a8n import BatchNode, Context, Item, Kernel, Trigger, Wait, hookimpl
from a8n.items import items_of
from a8n.runtime.database import Database
from a8n.runtime.instance import Instance
from a8n.runtime.orders import Order
from a8n.runtime.settings import Settings
from a8n.workflow import Workflow


class Start(Trigger):
    """Start by hand."""

    key = "watched.start"


class Work(BatchNode):
    """Is busy until somebody opens the gate, or for a moment where nobody closed it."""

    key = "watched.work"
    effect = "idempotent"

    gate: ClassVar[asyncio.Event | None] = None
    active: ClassVar[dict[str, int]] = {}
    most: ClassVar[dict[str, int]] = {}
    most_of_all: ClassVar[int] = 0
    began: ClassVar[list[Any]] = []

    async def run(self, ctx: Context, items: Any) -> Any:
        who = str(items[0].json.get("who", ""))
        Work.began.append(items[0].json.get("n"))
        Work.active[who] = Work.active.get(who, 0) + 1
        Work.most_of_all = max(Work.most_of_all, sum(Work.active.values()))
        Work.most[who] = max(Work.most.get(who, 0), Work.active[who])
        try:
            if Work.gate is not None:
                await Work.gate.wait()
            else:
                await asyncio.sleep(0.002)
        finally:
            Work.active[who] -= 1
        return [Item({"done": items[0].json.get("n")})]


class Sleep(BatchNode):
    """Waits for a call."""

    key = "watched.sleep"
    effect = "idempotent"

    async def run(self, ctx: Context, items: Any) -> Any:
        return Wait(callable=True)

    def resume(self, ctx: Context, items: Any, data: Any, payload: Any) -> Any:
        return list(items)


@hookimpl
def register_nodes() -> list[type[BatchNode]]:
    return [Work, Sleep]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    return [Start]


def order(
    *nodes: str, n: int = 0, who: str = "", workflow_id: str = "w1", project_id: str = "p1", **settings: Any
) -> Order:
    """An execution of a draft: the trigger, then these nodes in a row."""
    specs = [{"id": "start", "name": "start", "type": "watched.start"}]
    wires = []
    for index, name in enumerate(nodes or ("work",)):
        specs.append({"id": f"n{index}", "name": f"n{index}", "type": f"watched.{name}"})
        wires.append({"from": specs[-2]["id"], "to": f"n{index}"})
    document = Workflow.parse({"name": "Watched", "nodes": specs, "connections": wires, "settings": settings})
    return Order(workflow_id, project_id, "Watched", document, 0, "start", items_of([{"n": n, "who": who}]), "test")


@asynccontextmanager
async def processes(database: Database, folder: Path, count: int = 1, **options: Any) -> AsyncIterator[list[Instance]]:
    """Instances that share a database; the gate is open."""
    import sys

    Work.gate, Work.active, Work.most, Work.most_of_all, Work.began = None, {}, {}, 0, []
    url = database.engine.url.render_as_string(hide_password=False)
    kernel = Kernel(plugins=[sys.modules[__name__]])
    settings = Settings(**{"database_url": url, "data_dir": folder / "data", "reap": 0.1, **options})
    opened = []
    for _ in range(count):
        instance = Instance(settings, kernel, *(await parts(settings)))
        await instance.reload()
        await instance._connect()
        instance.reaper.start()
        opened.append(instance)
    yield opened
    for instance in opened:
        await instance.close(grace=0)


async def parts(settings: Settings) -> tuple[Any, ...]:
    """What an instance is made of, over tables that exist."""
    from a8n.runtime.keys import load_or_create_keys
    from a8n.runtime.writer import open_writer

    keys = load_or_create_keys(settings)
    database = await Database.open(settings)
    return database, await open_writer(database), keys, False


async def ended(instance: Instance, ids: list[str]) -> list[str]:
    """How executions ended, once all of them have."""
    return [(await instance.outcome_of(execution_id, 60)).status for execution_id in ids]


async def until(condition: Any) -> None:
    """Return when it holds; a test that never gets there fails by its own time limit."""
    while not condition():
        await asyncio.sleep(0.005)
