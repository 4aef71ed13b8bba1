"""Asking a real PostgreSQL, and writing into it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.plugins.certificates import Certificate
from tests.plugins.sql.conftest import database, front

from a8n import NodeError
from a8n.runtime.egress import EgressClient
from a8n.testing import Services, objects, run
from a8n_sql.database import SqlDatabase
from a8n_sql.query import Query
from a8n_sql.rows import Delete, Insert, Update, Upsert

TABLE = """CREATE TABLE goods (
    id int PRIMARY KEY, name text NOT NULL, price numeric(8, 2), at timestamptz, tags jsonb, ok boolean, sizes int[])"""
LAMP: dict[str, Any] = {
    "id": 1, "name": "Lamp's; DROP TABLE goods", "price": "9.90", "at": "2026-11-01T10:00:00+00:00",
    "tags": {"a": [1, None]}, "ok": True,
}  # fmt: skip


@pytest.fixture
def ask(shop: SqlDatabase, services: Services) -> Any:
    async def asked(statement: str, **params: Any) -> list[Any]:
        outputs = await run(Query, {"database": shop, "statement": statement, **params}, services=services)
        return objects(outputs["main"])

    return asked


@pytest.fixture
async def goods(ask: Any) -> None:
    assert await ask(TABLE) == [{"rows": 0}]


@pytest.fixture
def write(shop: SqlDatabase, services: Services, goods: None) -> Any:
    async def wrote(node: Any, items: Any, **params: Any) -> int:
        outputs = await run(node, {"database": shop, "table": "goods", **params}, items, services=services)
        (written,) = objects(outputs["main"])
        return int(written["rows"])

    return wrote


def value(name: str, given: Any) -> dict[str, Any]:
    return {"name": name, "value": given}


async def test_the_test_button_names_user_and_version(shop: SqlDatabase, services: Services) -> None:
    assert (await shop.check(services.http)).startswith("signed in as postgres; PostgreSQL 1")


async def test_values_are_bound_and_rows_are_portable(ask: Any) -> None:
    (row,) = await ask(
        "SELECT CAST(:text AS text) AS said, 1.50::numeric AS price, now() > :at AS later,"
        " 'infinity'::timestamp AS never, '2026-11-01 10:00:00.5+00'::timestamptz AS at,"
        " 'ab'::bytea AS raw, '{1,2}'::int[] AS list, 'NaN'::float8 AS odd, 1 AS said",
        values=[value("text", "'; DROP TABLE goods; --"), value("at", "2020-01-01T00:00:00Z")],
    )
    assert row == {
        "said": "'; DROP TABLE goods; --", "price": "1.50", "later": True, "never": "infinity",
        "at": "2026-11-01T10:00:00.5+00:00", "raw": "YWI=", "list": [1, 2],
        "odd": "nan", "said_2": 1,
    }  # fmt: skip


async def test_items_become_rows_of_the_columns_types(write: Any, ask: Any) -> None:
    assert await write(Insert, [LAMP, {"id": 2, "name": "Cup", "sizes": None}]) == 2
    rows = await ask("SELECT * FROM goods ORDER BY id")
    assert rows[0] == {**LAMP, "sizes": None}
    assert rows[1]["name"] == "Cup"


async def test_json_lists_and_bytes_come_back_as_they_were_written(write: Any, ask: Any) -> None:
    await ask("CREATE TABLE odd (id int, doc jsonb, names text[], grid int[], raw bytea)")
    rows: list[dict[str, Any]] = [
        {"id": 1, "doc": "1", "names": ['a "b"', "c,d\\\\", None, "", "NULL"], "grid": [[1, 2], [3, 4]], "raw": "AP9h"},
        {"id": 2, "doc": ["x"], "names": [], "grid": None, "raw": None},
    ]
    assert await write(Insert, rows, table="odd") == 2
    assert await ask("SELECT * FROM odd ORDER BY id") == rows
    with pytest.raises(NodeError, match=r"item 1 .*raw.*base64"):
        await write(Insert, [{"raw": "no base64!"}], table="odd")


async def test_of_a_step_all_rows_are_written_or_none(write: Any, ask: Any) -> None:
    with pytest.raises(NodeError, match="already exists") as caught:
        await write(Insert, [{"id": 1, "name": "Cup"}, {"id": 1, "name": "Lamp"}])
    assert not caught.value.retryable
    assert await ask("SELECT count(*) AS n FROM goods") == [{"n": 0}]


async def test_rows_are_updated_upserted_and_deleted_by_their_keys(write: Any, ask: Any) -> None:
    await write(Insert, [{"id": 1, "name": "Cup"}, {"id": 2, "name": "Lamp"}])
    assert await write(Update, [{"id": 1, "name": "Mug"}, {"id": 9, "name": "-"}], keys=["id"]) == 1
    assert await write(Upsert, [{"id": 2, "name": "Light"}, {"id": 3, "name": "Pen"}], keys=["id"]) == 2
    assert await write(Delete, [{"id": 1}, {"id": 8}], keys=["id"]) == 1
    assert await ask("SELECT id, name FROM goods ORDER BY id") == [
        {"id": 2, "name": "Light"},
        {"id": 3, "name": "Pen"},
    ]


@pytest.mark.parametrize(
    ("node", "item", "params", "told"),
    [
        (Insert, {"id": 1, "nam": "x"}, {}, "no column 'nam'"),
        (Insert, {"id": 1}, {"table": "goods; DROP TABLE goods"}, "no table"),
        (Insert, {"id": 1}, {"columns": ["id", "name"]}, "item 1 has no field 'name'"),
        (Insert, {"id": "many", "name": "x"}, {}, "invalid input syntax for type integer"),
        (Update, {"name": "x"}, {"keys": ["id"]}, "item 1 has no field 'id'"),
        (Update, {"id": 1}, {"keys": ["id"]}, "nothing to write"),
    ],
)
async def test_what_does_not_fit_is_named(write: Any, node: Any, item: Any, params: Any, told: str) -> None:
    with pytest.raises(NodeError, match=told) as caught:
        await write(node, [item], **params)
    assert not caught.value.retryable


async def test_a_statement_without_rows_tells_how_many_it_touched(write: Any, ask: Any) -> None:
    await write(Insert, [{"id": 1, "name": "Cup"}, {"id": 2, "name": "Pen"}])
    assert await ask("UPDATE goods SET ok = true") == [{"rows": 2}]
    assert await ask("DELETE FROM goods WHERE id = 1 RETURNING name") == [{"name": "Cup"}]
    assert await ask("SELECT id FROM goods WHERE id = 1") == []


async def test_a_database_that_is_read_only_stays_so(ask: Any) -> None:
    ((name,),) = [row.values() for row in await ask("SELECT current_database()")]
    await ask(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    with pytest.raises(NodeError, match="read-only"):
        await ask("CREATE TABLE none ()")


async def test_a_read_only_question_changes_nothing(ask: Any, goods: None) -> None:
    with pytest.raises(NodeError, match="read-only"):
        await ask("DELETE FROM goods", read_only=True)
    assert Query.effect_of({"read_only": True}) == "idempotent"
    assert Query.effect_of({"read_only": {"$": "json.x"}}) == "unsafe"


@pytest.mark.parametrize(
    ("statement", "params", "told"),
    [
        ("SELEC 1", {}, "syntax error"),
        ("SELECT :a", {}, "names :a"),
        ("SELECT 1", {"values": [value("a", 1)]}, "does not name the value :a"),
        ("SELECT generate_series(1, 100)", {"most": 5}, "more than 5 rows"),
        ("SELECT pg_sleep(20)", {"seconds": 0.2}, "statement timeout"),
        ("SELECT 1; SELECT 2", {}, "multiple commands"),
    ],
)
async def test_a_question_that_goes_wrong_says_why(ask: Any, statement: str, params: Any, told: str) -> None:
    with pytest.raises(NodeError, match=re.escape(told)):
        await ask(statement, **params)


async def test_a_dead_port_may_be_tried_again_and_a_private_one_is_refused(services: Services) -> None:
    with pytest.raises(NodeError) as caught:
        await database("127.0.0.1:1", "shop").check(services.http)
    assert caught.value.retryable
    closed = EgressClient(())
    with pytest.raises(NodeError, match=r"127\.0\.0\.1"):
        await database("127.0.0.1:1", "shop").check(closed)
    await closed.close()


async def test_the_certificate_is_checked_for_the_hosts_name(
    postgres: str, services: Services, certificate: Certificate
) -> None:
    async def says(host: str, port: int, **values: Any) -> str:
        return await database(f"{host}:{port}", "postgres", **{"security": "tls", **values}).check(services.http)

    async with front(postgres, tls=certificate.context) as port:
        assert "PostgreSQL" in await says("localhost", port, authority=certificate.pem)
        with pytest.raises(NodeError, match="no TLS with localhost") as caught:
            await says("localhost", port)
        assert not caught.value.retryable
        assert "PostgreSQL" in await says("localhost", port, security="unverified")
    async with front(postgres, "127.0.0.2", certificate.context) as port:
        with pytest.raises(NodeError, match="mismatch"):
            await says("127.0.0.2", port, authority=certificate.pem)
    async with front(postgres) as port:
        with pytest.raises(NodeError, match=r"SSL|TLS"):
            await says("localhost", port, authority=certificate.pem)


@pytest.mark.parametrize(
    "url", ["shop", "mysql://a:secret@h/d", "postgresql:///d", "postgresql://a:secret@h/d?host=/tmp"]
)
async def test_a_url_that_is_none_is_named_without_its_password(services: Services, url: str) -> None:
    from a8n.testing import credential

    made: Any = credential(SqlDatabase, url=url)
    with pytest.raises(NodeError) as caught:
        await made.check(services.http)
    assert "secret" not in str(caught.value)
