"""What triggers give: made ready outside of a transaction, and stored with what the trigger's row then knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.errors import A8nError
from a8n.items import Item
from a8n.runtime import waits
from a8n.runtime.executions import insert
from a8n.runtime.plugin_calls import computed
from a8n.runtime.standing import Loaded, replies, reply_keys
from a8n.runtime.writer import Page
from a8n.trigger import Trigger

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance


@dataclass(frozen=True, slots=True)
class Findings:
    """What one poll, or one batch of a connection, brought."""

    loaded: Loaded
    mode: str
    items: Sequence[Item]
    keys: Sequence[Sequence[str]]
    """Of the waits that each item may be the reply to; nothing where none can be one."""
    starting: Sequence[bool]
    """Whether each item starts an execution where it is the reply to nothing."""
    page: Page | None
    """The execution of all items, where none can be a reply."""


async def found(
    instance: Instance, loaded: Loaded, trigger: Trigger, items: Sequence[Item], mode: str
) -> Findings:  # fmt: skip
    """Make ready what a trigger gave. Raises A8nError for what is no items, and what its plugin raises."""
    if not items:
        return Findings(loaded, mode, (), (), (), None)
    page_of_all = await page(instance, loaded, items, mode)
    if not replies(type(trigger)):
        return Findings(loaded, mode, items, (), (), page_of_all)
    keys = await computed(lambda: [reply_keys(trigger, item) for item in items])
    starting = await computed(lambda: [trigger.starts(item) for item in items])
    certain = all(starting) and not any(keys)
    return Findings(loaded, mode, items, keys, starting, page_of_all if certain else None)


async def store(instance: Instance, connection: AsyncConnection, findings: Findings) -> list[str]:
    """End the waits that items are the replies to, and start an execution with the others.

    In a transaction of the caller's; gives the executions to wake up after the commit.
    """
    execution, woken = findings.page, []
    if execution is None:
        rest = []
        for item, keys, starts in zip(findings.items, findings.keys, findings.starting, strict=True):
            ended = await _answered(instance, connection, findings.loaded, item, keys)
            if ended is not None:
                woken.append(ended)
            elif starts:
                rest.append(item)
        execution = await page(instance, findings.loaded, rest, findings.mode) if rest else None
    if execution is not None:
        await insert(connection, execution)
        woken.append(execution.execution_id)
    return woken


async def page(instance: Instance, loaded: Loaded, items: Sequence[Item], mode: str) -> Page:
    """An execution that a trigger starts, to be written with what its row then knows.

    Raises A8nError for what is no list of items, and NodeError for items that are not JSON.
    """
    if not isinstance(items, list | tuple) or not all(isinstance(item, Item) for item in items):
        raise A8nError(f"{loaded.type} gave something else than a list of items")
    return await instance.runner.page(loaded.order(items, mode))


async def _answered(
    instance: Instance, connection: AsyncConnection, loaded: Loaded, item: Item, keys: Sequence[str]
) -> str | None:
    """The execution whose wait an item has ended, by the first of its keys that somebody waits for."""
    for key in keys:
        digest = waits.reply_digest(loaded.project_id, key)
        if (ended := await waits.reply(connection, instance.db, digest, item.as_data())) is not None:
            return ended
    return None
