"""Values that workflows keep: on both databases, apart from each other, and changed one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import insert, select

from a8n import NodeError
from a8n.runtime.database import Database
from a8n.runtime.kept_values import KeptValues
from a8n.runtime.schema import kept_values, projects
from a8n.services import Store
from a8n.testing import MemoryStores

Make = Callable[..., Store]


@pytest.fixture
async def make(database: Database) -> Make:
    await with_projects(database)
    return lambda workflow="w1", project="p1": KeptValues(database, project, workflow)


async def with_projects(database: Database) -> None:
    async with database.begin() as connection:
        for name in ("p1", "p2"):
            await connection.execute(insert(projects).values(id=name, name=name, created_at=0))


async def test_what_is_kept_is_there_until_it_is_deleted(make: Make) -> None:
    store = make()
    assert await store.get("a") is None
    assert await store.get("a", 7) == 7
    await store.put("a", {"n": [1, "ä", None]})
    await store.put("b", None)
    assert await store.get("a") == {"n": [1, "ä", None]}
    assert await store.get("b", 7) is None
    await store.put("a", 2)
    assert await store.get("a") == 2
    assert (await store.delete("a"), await store.delete("a")) == (True, False)
    assert await store.get("a") is None


async def test_workflows_and_projects_do_not_see_each_others(make: Make) -> None:
    await make("w1").put("a", 1)
    await make("w2").put("a", 2)
    await make("").put("a", 3)
    await make("w1", "p2").put("a", 4)
    stores = [make("w1"), make("w2"), make(""), make("w1", "p2"), make("", "p2")]
    assert [await store.get("a") for store in stores] == [1, 2, 3, 4, None]
    assert await make("w2").keys() == ["a"]


async def test_keys_are_listed_by_their_beginning(make: Make) -> None:
    store = make()
    for key in ("user:2", "user:1", "User:3", "user%", "u"):
        await store.put(key, 1)
    assert sorted(await store.keys("user:")) == ["user:1", "user:2"]
    assert await store.keys("user%") == ["user%"]
    assert len(await store.keys(limit=2)) == 2


async def test_changes_come_one_after_the_other(make: Make) -> None:
    store = make()
    await asyncio.gather(*(store.change("n", lambda value: value + 1, default=0) for _ in range(20)))
    assert await store.get("n") == 20
    assert await store.change("n", lambda value: [value]) == [20]


async def test_a_change_that_fails_leaves_what_was_there(make: Make) -> None:
    store = make()
    with pytest.raises(ZeroDivisionError):
        await store.change("n", lambda value: 1 // 0)
    assert await store.keys() == []
    await store.put("n", 1)
    with pytest.raises(NodeError, match="cannot be kept"):
        await store.change("n", lambda value: object())
    assert await store.get("n") == 1


@pytest.mark.parametrize("key", ["", "x" * 301, "a\0b"])
async def test_what_is_no_key_is_refused(make: Make, key: str) -> None:
    with pytest.raises(NodeError) as caught:
        await make().put(key, 1)
    assert (caught.value.field, caught.value.retryable) == ("key", False)


async def test_what_is_too_large_is_refused(make: Make) -> None:
    with pytest.raises(NodeError, match="1,048,576"):
        await make().put("a", "x" * 2**20)


async def test_a_value_is_gone_when_its_time_is(database: Database) -> None:
    await with_projects(database)
    store = KeptValues(database, "p1", "w1")
    await store.put("a", 1, lifetime=3600)
    await store.put("b", 1, lifetime=-1)
    assert (await store.get("a"), await store.get("b"), await store.keys()) == (1, None, ["a"])
    assert await store.delete("b") is False
    assert await store.change("b", lambda value: value + 1, default=10) == 11
    await store.put("a", 2)
    async with database.read() as connection:
        rows = (await connection.execute(select(kept_values.c.key, kept_values.c.expires_at))).all()
    assert sorted(tuple(row) for row in rows) == [("a", None), ("b", None)]


async def test_the_store_of_tests_does_the_same() -> None:
    stores = MemoryStores()
    mine: Store = stores("w1")
    await mine.put("a:1", {"n": 1})
    assert (await mine.get("a:1"), await stores("").get("a:1", 7)) == ({"n": 1}, 7)
    assert await mine.change("a:2", lambda value: value + 1, default=0) == 1
    assert (await mine.keys("a:"), await mine.delete("a:1"), await mine.delete("a:1")) == (["a:1", "a:2"], True, False)
    with pytest.raises(NodeError):
        await mine.put("", 1)
    with pytest.raises(NodeError):
        await mine.put("a", object())
