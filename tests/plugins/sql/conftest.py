"""A real PostgreSQL, reached over TCP as a workflow reaches it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import make_url

from a8n.testing import credential
from a8n_sql.database import SqlDatabase


@pytest.fixture
async def shop(postgres_url: str) -> AsyncIterator[SqlDatabase]:
    """An empty database; the session's server has a socket of its own, so a port is put before it."""
    url = make_url(postgres_url)
    folder = url.query.get("host")
    if folder is None:
        yield database(f"{url.host}:{url.port or 5432}", str(url.database), f"{url.username}:{url.password}")
        return

    async with front(str(folder)) as port:
        yield database(f"127.0.0.1:{port}", str(url.database))


@asynccontextmanager
async def front(folder: str, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A port before a server's socket; with `tls` it ends TLS, as poolers of connections do."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            if tls is not None:
                assert await reader.readexactly(8) == bytes.fromhex("0000000804d2162f")  # SSLRequest
                writer.write(b"S")
                await writer.start_tls(tls)
            inner, outer = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, outer))
                both.create_task(_pump(inner, writer))

    server = await asyncio.start_server(carry, host, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(65536):
            sink.write(piece)
            await sink.drain()
    except ConnectionError:
        pass
    sink.close()


def database(host: str, name: str, who: str = "postgres:any", **values: Any) -> SqlDatabase:
    made = credential(SqlDatabase, **{"url": f"postgresql://{who}@{host}/{name}", "security": "none", **values})
    assert isinstance(made, SqlDatabase)
    return made
