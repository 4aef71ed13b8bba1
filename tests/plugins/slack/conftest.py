"""Slack on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.plugins.slack.slack_api import TOKEN, Slack, serve

from a8n.testing import credential
from a8n_slack.credentials import SlackBot


@pytest.fixture
async def api() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


def account(api: Slack, **values: Any) -> SlackBot:
    """An account of that server."""
    return credential(SlackBot, **{"token": TOKEN, "base_url": api.url, **values})
