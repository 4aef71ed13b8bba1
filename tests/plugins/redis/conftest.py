"""A real server of these tests' own, and what stands before it."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from tests import redis_server

from a8n.testing import credential
from a8n_redis.server import RedisServer


@pytest.fixture(scope="session")
def running() -> Iterator[redis_server.RedisServer]:
    """Apart from the server of a8n's own queue."""
    with tempfile.TemporaryDirectory(prefix="a8n-redis-", dir="/tmp") as folder:
        server = redis_server.RedisServer(Path(folder)).start()
        yield server
        server.kill()


@pytest.fixture
def client(running: redis_server.RedisServer) -> Iterator[redis.Redis]:
    """A client of the tests', to an empty server."""
    with redis.Redis.from_url(running.url) as made:
        made.flushall()
        yield made


@pytest.fixture
def server(running: redis_server.RedisServer, client: redis.Redis) -> RedisServer:
    return account(running.port)


def account(port: int, **values: Any) -> RedisServer:
    made = credential(RedisServer, **{"host": "localhost", "port": port, "security": "none", **values})
    assert isinstance(made, RedisServer)
    return made


@asynccontextmanager
async def front(port: int, tls: ssl.SSLContext) -> AsyncIterator[int]:
    """A port that ends TLS before a server, as the services of clouds do."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            inner, outer = await asyncio.open_connection("127.0.0.1", port)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, outer))
                both.create_task(_pump(inner, writer))

    listening = await asyncio.start_server(carry, "127.0.0.1", 0, ssl=tls)
    yield listening.sockets[0].getsockname()[1]
    listening.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await source.read(65536):
            sink.write(piece)
            await sink.drain()
    sink.close()


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that gives each connection these answers, one for each piece that it is sent, and hangs up."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            for one in answers:
                heard.append(await reader.read(65536))
                writer.write(one)
                await writer.drain()
            heard.append(await reader.read(65536))
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield listening.sockets[0].getsockname()[1], heard
    listening.close()
