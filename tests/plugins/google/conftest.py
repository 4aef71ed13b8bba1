"""Google on loopback, and accounts there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.plugins.google.google_apis import TOKEN, Google, serve

from a8n.testing import credential
from a8n_google.credentials import GoogleAccount


@pytest.fixture
async def google() -> AsyncIterator[Google]:
    async with serve() as served:
        yield served


def account(google: Google, token: str = TOKEN, **values: Any) -> GoogleAccount:
    """A person who has signed in."""
    made = credential(GoogleAccount, client_id="id", client_secret="s3cret", api_url=google.url, **values)
    made.holding(token)
    return made
