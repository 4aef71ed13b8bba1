"""Notifications of a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.plugins.sql.conftest import database

from a8n import JSON, NodeError, TriggerContext
from a8n.testing import Services, objects, run
from a8n_sql.database import SqlDatabase
from a8n_sql.listen import Notified
from a8n_sql.query import Query


async def ask(shop: SqlDatabase, services: Services, statement: str) -> list[Any]:
    return objects((await run(Query, {"database": shop, "statement": statement}, services=services))["main"])


async def listening(shop: SqlDatabase, services: Services, *channels: str) -> Any:
    trigger = Notified.model_validate({"database": shop, "channels": list(channels)})
    heard = aiter(trigger.listen(TriggerContext("w", "n", "", services)))
    assert await anext(heard) == ()
    return heard


async def next_of(heard: AsyncIterator[Any]) -> tuple[str, JSON]:
    async with asyncio.timeout(20):
        (item,) = await anext(heard)
    return item.json["channel"], item.json["payload"]


async def test_what_is_notified_comes_as_json_or_text(shop: SqlDatabase, services: Services) -> None:
    heard = await listening(shop, services, "orders", "Odd \"name'")
    await ask(shop, services, """SELECT pg_notify('orders', '{"id": 1}'), pg_notify('other', 'x')""")
    await ask(shop, services, "SELECT pg_notify('orders', 'NaN'), pg_notify('Odd \"name''', '')")
    assert [await next_of(heard) for _ in range(3)] == [
        ("orders", {"id": 1}), ("orders", "NaN"), ("Odd \"name'", ""),
    ]  # fmt: skip
    await heard.aclose()


async def test_a_trigger_of_a_table_tells_of_each_row(shop: SqlDatabase, services: Services) -> None:
    await ask(shop, services, "CREATE TABLE orders (id int, total numeric)")
    await ask(
        shop, services,
        "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
        "PERFORM pg_notify('orders', row_to_json(NEW)::text); RETURN NEW; END$$",
    )  # fmt: skip
    await ask(shop, services, "CREATE TRIGGER tell AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION tell()")
    heard = await listening(shop, services, "orders")
    await ask(shop, services, "INSERT INTO orders VALUES (1, 9.5), (2, 3)")
    assert [await next_of(heard) for _ in range(2)] == [
        ("orders", {"id": 1, "total": 9.5}), ("orders", {"id": 2, "total": 3}),
    ]  # fmt: skip
    await heard.aclose()


async def test_a_lost_connection_is_an_error_so_that_it_is_opened_again(shop: SqlDatabase, services: Services) -> None:
    heard = await listening(shop, services, "orders")
    await ask(shop, services, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    with pytest.raises(NodeError, match="was lost"):
        await next_of(heard)


async def test_a_server_that_is_not_there_is_told(services: Services) -> None:
    with pytest.raises(NodeError, match="failed") as caught:
        await listening(database("127.0.0.1:1", "shop"), services, "orders")
    assert caught.value.retryable
