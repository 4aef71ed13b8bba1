"""A bot's server on loopback, and the real egress policy that may reach it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.plugins.telegram.bot_api import TOKEN, BotApi, serve

from a8n.testing import credential
from a8n_telegram.credentials import TelegramBot


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with serve() as served:
        yield served


def account(api: BotApi, **values: Any) -> TelegramBot:
    """The bot of that server."""
    made = credential(TelegramBot, **{"token": TOKEN, "base_url": api.url, **values})
    assert isinstance(made, TelegramBot)
    return made
