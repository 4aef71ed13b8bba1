"""Whether this machine lets code be shut off from it."""

from __future__ import annotations

import asyncio

import pytest
from tests.plugins.code import authors

from a8n import NodeError
from a8n_code import Python


@pytest.fixture(scope="session")
def shut_off() -> None:
    """Leaves the test out, loudly, where the sandbox of full Python is refused by the machine itself."""
    try:
        asyncio.run(authors.given(Python, {"runs_in": {"kind": "full"}, "code": "return {}"}))
    except NodeError as error:
        if error.field != "runs_in":
            raise
        pytest.skip(str(error))
