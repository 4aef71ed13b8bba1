"""Retention: what goes when its time has come, and what has to stay."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from a8n.journal import now
from a8n.runtime import retention
from a8n.runtime.database import Database
from a8n.runtime.executions import Filter
from a8n.runtime.ids import new_id
from a8n.runtime.locks import alone
from a8n.runtime.retention import DAY, Retention, Swept, first_id
from a8n.runtime.schema import (
    executions,
    files,
    idempotency,
    projects,
    sessions,
    steps,
    ticks,
    users,
    workflow_versions,
    workflows,
)
from a8n.runtime.settings import Settings
from tests.runtime.store import Store, opened, step


@pytest.fixture(autouse=True)
def in_no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PAUSE", 0.0)
    monkeypatch.setattr(retention, "BATCH", 3)


@pytest.fixture
async def store(database: Database, settings: Settings) -> AsyncIterator[Store]:
    async with opened(database, settings) as store:
        yield store


def keeper(store: Store, settings: Settings, **options: Any) -> Retention:
    return Retention(store.database, store.executions, store.blobs, replace(settings, **options))


async def over(store: Store, status: Any = "succeeded", **fields: Any) -> str:
    """An execution that is over."""
    journal = store.begin(**fields)
    journal.record(step("start", {"n": 1}))
    journal.finish(status)
    await journal.commit()
    return journal.id


async def left(store: Store) -> set[str]:
    return {row.id for row in (await store.executions.list(Filter(), limit=500)).rows}


async def count(store: Store, table: Any) -> int:
    async with store.database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def saved(store: Store, keep: dict[str, Any], *, published: bool = True) -> str:
    """A workflow with its own settings, in the published version or in the draft."""
    ids = {"id": new_id(), "project_id": new_id()}
    document = orjson.dumps({"name": "W", "settings": {"keep": keep}})
    draft = orjson.dumps({"name": "W", "settings": {"keep": {}}}) if published else document
    async with store.database.begin() as connection:
        await connection.execute(projects.insert().values(id=ids["project_id"], name="P", created_at=1))
        row = {**ids, "name": "W", "revision": 1, "draft": draft, "created_at": 1, "updated_at": 1}
        await connection.execute(workflows.insert().values(**row, published=1 if published else None))
        if published:
            version = {"workflow_id": ids["id"], "version": 1, "hash": "h", "document": document, "created_at": 1}
            await connection.execute(workflow_versions.insert().values(version))
    return ids["id"]


async def test_what_is_over_for_long_goes_with_all_it_recorded(store: Store, settings: Settings) -> None:
    old = [await over(store, status) for status in ("succeeded", "failed", "canceled", "crashed") for _ in range(2)]
    sweeper = keeper(store, settings, keep_days=30.0)
    assert await sweeper.sweep(now() + 29 * DAY) == Swept(0, 0)
    assert await left(store) == set(old)
    assert await sweeper.sweep(now() + 31 * DAY) == Swept(8, 0)
    assert (await count(store, executions), await count(store, steps)) == (0, 0)


async def test_what_is_not_over_stays(store: Store, settings: Settings) -> None:
    running, waiting, queued = store.begin(), store.begin(), await store.queued()
    waiting.finish("waiting")
    await running.commit()
    await waiting.commit()
    sweeper = keeper(store, settings, keep_days=1.0, keep_executions=1)
    assert await sweeper.sweep(now() + 100 * DAY) == Swept(0, 0)
    assert await left(store) == {running.id, waiting.id, queued}


async def test_what_an_open_parent_was_given_stays(store: Store, settings: Settings) -> None:
    parent = store.begin()
    await parent.commit()
    child = await over(store, parent_id=parent.id)
    orphan = await over(store, parent_id=new_id())
    sweeper = keeper(store, settings, keep_days=1.0)
    assert await sweeper.sweep(now() + 2 * DAY) == Swept(1, 0)
    assert await left(store) == {parent.id, child}
    assert orphan not in await left(store)
    parent.finish("succeeded")
    await parent.commit()
    await sweeper.sweep(now() + 2 * DAY)
    assert await left(store) == set()


async def test_the_newest_of_each_workflow_stay(store: Store, settings: Settings) -> None:
    mine = [await over(store, workflow_id="a") for _ in range(8)]
    others = [await over(store, workflow_id="b") for _ in range(2)]
    assert await keeper(store, settings, keep_executions=3).sweep() == Swept(5, 0)
    assert await left(store) == {*mine[-3:], *others}


@pytest.mark.parametrize("published", [True, False])
async def test_a_workflow_may_say_otherwise(store: Store, settings: Settings, published: bool) -> None:
    keep = {"days": 0, "failed_days": 5}
    workflow_id = await saved(store, keep, published=published)
    done = [await over(store, workflow_id=workflow_id) for _ in range(2)]
    failed = await over(store, "failed", workflow_id=workflow_id)
    other = await over(store)
    sweeper = keeper(store, settings)
    await sweeper.sweep(now() + DAY // 1000)
    assert await left(store) == {failed, other}
    await sweeper.sweep(now() + 6 * DAY)
    assert await left(store) == {other}
    assert done


async def test_a_workflow_may_keep_fewer(store: Store, settings: Settings) -> None:
    workflow_id = await saved(store, {"executions": 1})
    ids = [await over(store, workflow_id=workflow_id) for _ in range(4)]
    await keeper(store, settings).sweep()
    assert await left(store) == {ids[-1]}


async def test_for_ever(store: Store, settings: Settings) -> None:
    old = await over(store)
    await keeper(store, settings, keep_days=0.0).sweep(now() + 10_000 * DAY)
    assert await left(store) == {old}


async def test_traces_of_age(store: Store, settings: Settings) -> None:
    async with store.database.begin() as connection:
        for at in range(10):
            created = now() - (at + 25) * DAY
            values = {"execution_id": "e", "created_at": created}
            await connection.execute(idempotency.insert().values(scope="s", key=str(at), **values))
            await connection.execute(ticks.insert().values(workflow_id="w", node="n", at=at, **values))
        person = {"id": "u", "email": "u@example.org", "role": "member", "created_at": 1}
        await connection.execute(users.insert().values(person))
        for at in (now() - 1, now() + DAY):
            row = {"id": new_id(), "user_id": "u", "family": "f", "refresh_hash": str(at), "created_at": 1}
            await connection.execute(sessions.insert().values(**row, expires_at=at))
    await keeper(store, settings, keep_days=30.0).sweep()
    assert [await count(store, table) for table in (idempotency, ticks, sessions)] == [5, 5, 1]


async def test_files_follow_when_nothing_refers_to_them(store: Store, settings: Settings) -> None:
    hashes = [await store.blobs.keep(bytes([n])) for n in range(3)]
    journal, kept = await over(store), await over(store)
    async with store.database.begin() as connection:
        for execution_id, digest in ((journal, hashes[0]), (kept, hashes[1])):
            row = {"hash": digest, "execution_id": execution_id, "size": 1, "created_at": 1}
            await connection.execute(files.insert().values(row))
    for digest in hashes[:2]:
        os.utime(store.blobs.path(digest), (1, 1))
    assert await keeper(store, settings, keep_executions=1).sweep() == Swept(1, 1)
    assert [store.blobs.path(digest).exists() for digest in hashes] == [False, True, True], "the last was just saved"


async def test_one_process_at_a_time(postgres_url: str, settings: Settings) -> None:
    from a8n.runtime.schema import metadata

    databases = [await Database.open(postgres_url) for _ in range(2)]
    async with databases[0].begin() as connection:
        await connection.run_sync(metadata.create_all)
    async with opened(databases[1], settings) as store:
        async with alone(databases[0], "retention") as mine:
            assert mine
            assert await keeper(store, settings).sweep() is None
        assert await keeper(store, settings).sweep() == Swept(0, 0)
    for database in databases:
        await database.close()


async def test_it_runs_by_itself_and_ends_when_asked(store: Store, settings: Settings) -> None:
    ids = [await over(store) for _ in range(3)]
    sweeper = keeper(store, settings, sweep=0.05, keep_executions=1)
    sweeper.start()
    while await left(store) != {ids[-1]}:
        pass
    await sweeper.stop()


def test_the_least_id_of_a_time() -> None:
    before = now()
    made = new_id()
    assert first_id(before) <= made < first_id(before + 10_000_000)
