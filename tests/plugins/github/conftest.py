"""GitHub on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.plugins.github.github_api import TOKEN, GitHub, serve

from a8n.testing import credential
from a8n_github.credentials import GitHubToken


@pytest.fixture
async def api() -> AsyncIterator[GitHub]:
    async with serve() as served:
        yield served


def account(api: GitHub, **values: Any) -> GitHubToken:
    """An account of that server."""
    return credential(GitHubToken, **{"token": TOKEN, "base_url": api.url, **values})
