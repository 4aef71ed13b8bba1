"""Starting at notifications of a database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from a8n import JSON, Example, Field, Item, ListenTrigger, NodeError, TriggerContext, hint
from a8n_sql.database import SqlDatabase, dialling, explained, place

WAITING = 10_000
"""Notifications that wait for their executions to be stored."""
ALIVE = 30.0
"""Seconds of silence after which the connection is asked whether it is still there."""


class Notified(ListenTrigger):
    """Start when a PostgreSQL database notifies (NOTIFY): one execution for each notification.

    A trigger of a table that calls `pg_notify('orders', row_to_json(NEW)::text)` tells of each row. PostgreSQL keeps
    nothing for those who are not connected: what is notified while the connection is down is lost, so let the workflow
    look at the table rather than trust each notification to come.
    """

    key = "sql.notified"
    title = "Database notification"
    icon = "icon.svg"
    subtitle = "{channels}"
    examples = (
        Example("New orders", {"database": {"$credential": "1"}, "channels": ["orders"]}, needs=("sql.database",)),
    )

    database: SqlDatabase = Field(description="Database to listen to.")
    channels: Annotated[list[Annotated[str, Field(min_length=1, max_length=63)]], hint(expr=False)] = Field(
        min_length=1, max_length=50, description="Channels, with capital letters as they are."
    )

    async def listen(self, ctx: TriggerContext) -> AsyncIterator[Sequence[Item]]:
        """Give each notification, until the connection is lost."""
        heard: asyncio.Queue[Item | None] = asyncio.Queue(WAITING)

        def notified(_: Any, pid: int, channel: str, payload: str) -> None:
            if heard.full():  # rather an error that is seen than memory without end
                lost(_)
            else:
                heard.put_nowait(Item({"channel": channel, "payload": _read(payload), "pid": pid}))

        def lost(_: Any) -> None:
            while heard.full():
                heard.get_nowait()
            heard.put_nowait(None)

        connection = await self._connected(ctx)
        try:
            connection.add_termination_listener(lost)
            for channel in dict.fromkeys(self.channels):
                await connection.add_listener(channel, notified)
            yield ()
            while True:
                try:
                    async with asyncio.timeout(ALIVE):
                        item = await heard.get()
                except TimeoutError:
                    await connection.execute("SELECT 1")
                    continue
                if item is None:
                    raise NodeError(f"the connection to {place(self.database)} was lost, or too much came at once")
                yield [item]
        finally:
            connection.terminate()

    async def _connected(self, ctx: TriggerContext) -> Any:
        import asyncpg

        dial = await dialling(self.database, ctx.reach, 60.0)
        try:
            return await dial()
        except TimeoutError:
            raise NodeError(f"{place(self.database)} did not answer in time") from None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise explained(place(self.database), error) from None

    def sample(self) -> list[Item]:
        """A notification."""
        return [Item({"channel": self.channels[0], "payload": {"id": 1}, "pid": 4711})]


def _read(payload: str) -> JSON:
    """JSON where it is some, else the text."""
    try:
        return json.loads(payload, parse_constant=_refused)
    except (ValueError, RecursionError):
        return payload


def _refused(name: str) -> JSON:
    raise ValueError(f"{name} is no JSON")
