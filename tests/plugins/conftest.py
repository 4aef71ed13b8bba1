"""What the tests of all plugins reach."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.plugins.certificates import Certificate

from a8n.runtime.egress import EgressClient
from a8n.testing import MemoryFiles, Services


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    """The guarded client, with loopback allowed, and files in memory."""
    client = EgressClient(("127.0.0.0/8", "::1"))
    yield Services(http=client, files=MemoryFiles())
    await client.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """The certificate of servers on loopback."""
    return Certificate(tmp_path_factory.mktemp("certificate"))
