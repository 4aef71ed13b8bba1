"""Where credentials may be sent to, and what they may reach, by HTTP and by other protocols."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

import a8n_http
from a8n import Kernel
from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings
from tests.web import toys
from tests.web.conftest import Client


@pytest.fixture
async def instance(settings: Settings) -> AsyncIterator[Instance]:
    opened = await Instance.open(replace(settings, egress_allow=("127.0.0.0/8",)), Kernel(plugins=[toys, a8n_http]))
    yield opened
    await opened.close(grace=0)


@asynccontextmanager
async def terminal() -> AsyncIterator[int]:
    """The port of a server that greets whoever connects."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello from the terminal\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_a_credential_of_another_protocol_is_tried_under_the_same_policy(owner: Client) -> None:
    async with terminal() as port:
        values = {"host": "127.0.0.1", "port": port, "pin": "0000"}
        tried = await owner.post("/api/credentials/test", {"kind": "toy.terminal", "values": values})
    assert (tried["ok"], tried["message"]) == (True, "hello from the terminal")
    inside = {**values, "host": "10.11.12.13"}
    refused = await owner.post("/api/credentials/test", {"kind": "toy.terminal", "values": inside})
    assert refused["ok"] is False
    assert refused["message"].startswith("refused to connect to 10.11.12.13: not a public address")
