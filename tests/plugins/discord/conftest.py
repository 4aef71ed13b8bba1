"""Discord on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.plugins.discord.discord_api import TOKEN, Discord, serve

from a8n.testing import credential
from a8n_discord.credentials import DiscordBot


@pytest.fixture
async def api() -> AsyncIterator[Discord]:
    async with serve() as served:
        yield served


def account(api: Discord, **values: Any) -> DiscordBot:
    """An account of that server."""
    return credential(DiscordBot, **{"token": TOKEN, "base_url": api.url, **values})
