"""Starting at updates that are fetched: for instances that Telegram cannot reach."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from a8n import JSON, Example, Item, ListenTrigger, NodeError, TriggerContext
from a8n_telegram.api import call, library
from a8n_telegram.updates import Updates, item_of
from a8n_telegram.webhook import foreign

HOLD = 50
"""Seconds for which Telegram holds a request until something happens."""
IDLE = 6 * 86_400
"""Seconds without updates after which their numbers may begin anew: Telegram says a week."""


class NewUpdate(ListenTrigger, Updates):
    """Start when somebody writes to the bot or presses a button: one execution for each update.

    Updates are fetched, so it works behind a firewall; one process of the instance does it at a time. Each is
    confirmed after its execution is stored: none is missed and none comes twice. What came before the workflow was
    published starts nothing. A bot's updates can be fetched by one workflow only.
    """

    key = "telegram.new_update"
    title = "Telegram message"
    icon = "icon.svg"
    subtitle = "{kinds}"
    examples = (
        Example("Every message, and what is pressed", {"bot": {"$credential": "1"}}, needs=("telegram.bot",)),
        Example(
            "The command /status, from one person",
            {
                "bot": {"$credential": "1"}, "kinds": ["message"],
                "only": {"commands": ["/status"], "users": ["@ada"]},
            },
            needs=("telegram.bot",),
        ),
    )  # fmt: skip

    async def activate(self, ctx: TriggerContext) -> None:
        """Make sure that the updates are not sent elsewhere."""
        library()
        from aiogram.methods import DeleteWebhook, GetWebhookInfo

        info = await call(ctx.http, self.bot, GetWebhookInfo())
        if (url := info.get("url") if isinstance(info, dict) else "") and not self.take_over:
            raise foreign(str(url))
        if url:
            await call(ctx.http, self.bot, DeleteWebhook())

    async def listen(self, ctx: TriggerContext) -> AsyncIterator[Sequence[Item]]:
        """Give each update, until a request fails."""
        state = ctx.state
        if state.get("bot") != self.bot.bot_id:
            state.clear()
            state |= {"bot": self.bot.bot_id, "next": await self._end(ctx), "at": time.time()}
            yield ()
        while True:
            for update in await self._updates(ctx, _offset(state), HOLD):
                item = item_of(update)
                if item is None:
                    continue
                state["next"], state["at"] = item.json["update_id"] + 1, time.time()
                yield [item]

    async def _end(self, ctx: TriggerContext) -> int | None:
        """The number after the last update so far; asking for it forgets those before. None where there is none."""
        latest = [item for one in await self._updates(ctx, -1, 0) if (item := item_of(one))]
        return int(latest[-1].json["update_id"]) + 1 if latest else None

    async def _updates(self, ctx: TriggerContext, offset: int | None, hold: int) -> list[JSON]:
        library()
        from aiogram.methods import GetUpdates

        wanted: Any = GetUpdates(offset=offset, timeout=hold, limit=100, allowed_updates=list(self.kinds))
        found = await call(ctx.http, self.bot, wanted, timeout=hold + 15)
        if not isinstance(found, list):
            raise NodeError("Telegram gave something else than updates")
        return found


def _offset(state: dict[str, JSON]) -> int | None:
    """What confirms all updates that are stored. After a long silence none: new numbers may be lower, and an offset
    above them would forget what has come in; what is stored was confirmed long before."""
    fresh = time.time() - float(state.get("at") or 0) < IDLE
    return int(state["next"]) if state.get("next") is not None and fresh else None
