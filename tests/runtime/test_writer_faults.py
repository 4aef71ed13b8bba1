"""The writer when things break: killed processes, lost and hanging connections, a locked or full database."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from a8n.runtime.database import Database
from a8n.runtime.errors import StoreFullError, StoreUnavailableError
from a8n.runtime.settings import Settings
from tests.runtime.store import opened, step

ENDLESS = """
import asyncio, sys
from pathlib import Path
from a8n.runtime.database import Database
from a8n.runtime.settings import Settings
from tests.runtime.store import opened, step

async def client(store):
    while True:
        journal = store.begin()
        for node in range(5):
            journal.record(step(f"n{node}", {"text": "x" * 200}))
        await journal.commit()
        journal.record(step("last", {}))
        journal.finish("succeeded")
        await journal.commit()
        print(journal.id, flush=True)

async def main():
    database = await Database.open(sys.argv[1])
    async with opened(database, Settings(data_dir=Path(sys.argv[2]))) as store:
        await asyncio.gather(*(client(store) for _ in range(20)))

asyncio.run(main())
"""


async def test_what_was_acknowledged_survives_kill_9(database: Database, settings: Settings, tmp_path: Path) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    writing = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, url, tmp_path / "data"],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert writing.stdout is not None
    acknowledged = [writing.stdout.readline().strip() for _ in range(300)]
    writing.kill()
    whole = writing.stdout.read().split("\n")[:-1]  # what was printed before the blow, but a torn last line
    acknowledged += whole
    writing.wait()

    async with opened(database, settings) as store:
        for execution_id in acknowledged:
            assert await store.status(execution_id) == "succeeded"
        records = await store.journals.load(acknowledged[-1])
        assert [record.node for record in records] == ["n0", "n1", "n2", "n3", "n4", "last"]
        after = store.begin()
        await after.commit()
    if database.dialect == "sqlite":
        with sqlite3.connect(str(database.engine.url.database)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


class TestPostgres:
    async def test_a_lost_connection_costs_nothing(self, postgres_url: str, settings: Settings) -> None:
        database = await made(postgres_url)
        async with opened(database, settings) as store:
            await store.begin().commit()
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            await self.administer(
                postgres_url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
            )
            journal = store.begin()
            await journal.commit()
            assert await store.status(journal.id) == "running"
        await database.close()

    async def test_no_false_yes_while_the_database_is_away(self, postgres_url: str, settings: Settings) -> None:
        database = await made(postgres_url)
        name = database.engine.url.database
        async with opened(database, settings) as store:
            await store.begin().commit()
            await self.administer(
                postgres_url,
                f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
            )
            refused = [store.begin() for _ in range(5)]
            results = await asyncio.gather(*(journal.commit() for journal in refused), return_exceptions=True)
            assert [type(result) for result in results] == [StoreUnavailableError] * 5
            await self.administer(postgres_url, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            journal = store.begin()
            await journal.commit()
            assert await store.status(journal.id) == "running"
            assert await store.executions.get(refused[0].id) is None
        await database.close()

    async def test_a_server_that_hangs_is_given_up_in_time(self, postgres_url: str, settings: Settings) -> None:
        database = await made(postgres_url, timeout=0.5)
        async with opened(database, settings) as store:
            await store.begin().commit()
            query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'COMMIT'"
            (pid,) = await self.administer(postgres_url, query)
            os.kill(pid, signal.SIGSTOP)
            try:
                journal = store.begin()
                with pytest.raises(StoreUnavailableError):
                    await journal.commit()
                again = store.begin()
                await again.commit()
            finally:
                os.kill(pid, signal.SIGCONT)
            assert await store.status(again.id) == "running"
        await database.close()

    async def administer(self, url: str, *statements: str) -> list[int]:
        """Run statements; gives the first column of the last one's rows."""
        options: dict[str, Any] = make_url(url).translate_connect_args(username="user") | dict(make_url(url).query)
        if any("ALLOW_CONNECTIONS" in statement for statement in statements):
            options["database"] = "postgres"
        connection = await asyncpg.connect(**options)
        try:
            rows = []
            for statement in statements:
                rows = await connection.fetch(statement)
            return [row[0] for row in rows]
        finally:
            await connection.close()


class TestSqlite:
    async def test_a_lock_by_another_program_passes(self, sqlite_url: str, settings: Settings, tmp_path: Path) -> None:
        database = await made(sqlite_url, timeout=0.2)
        async with opened(database, settings) as store:
            other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            journal = store.begin()
            with pytest.raises(StoreUnavailableError, match="locked by another program"):
                await journal.commit()
            other.execute("ROLLBACK")
            again = store.begin()
            await again.commit()
            assert await store.executions.get(journal.id) is None
            other.close()
        await database.close()

    async def test_a_full_disk_refuses_and_recovers(self, sqlite_url: str, settings: Settings) -> None:
        database = await made(sqlite_url)
        async with opened(database, settings) as store:
            kept = store.begin()
            await kept.commit()
            connection = store.writer._backend._connection  # type: ignore[attr-defined]  # the limit is per connection
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
            large, small = store.begin(), store.begin()
            large.record(step("a", {"text": "x" * 100_000}))
            results = await asyncio.gather(large.commit(), small.commit(), return_exceptions=True)
            assert [type(result) for result in results] == [StoreFullError] * 2
            connection.execute("PRAGMA max_page_count = 1000000")
            again = store.begin()
            again.record(step("a", {"text": "x" * 100_000}))
            await again.commit()
            assert await store.status(kept.id) == "running"
            assert await store.executions.get(large.id) is None
        await database.close()


async def made(url: str, timeout: float = 10.0) -> Database:
    """An open database with tables."""
    from a8n.runtime import revisions

    await revisions.upgrade(url)
    return await Database.open(Settings(database_url=url, store_timeout=timeout))
