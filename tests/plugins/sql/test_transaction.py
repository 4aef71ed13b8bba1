"""Several statements, all or none."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import NodeError
from a8n.testing import Services, objects, run
from a8n_sql.database import SqlDatabase
from a8n_sql.query import Query
from a8n_sql.transaction import Transaction

TAKE = "UPDATE accounts SET money = money - :sum WHERE id = :id AND money >= :sum"
GIVE = "UPDATE accounts SET money = money + :sum WHERE id = :id RETURNING id, money"


def part(statement: str, rows: int | None = None, **values: Any) -> dict[str, Any]:
    return {
        "statement": statement, "rows": rows,
        "values": [{"name": name, "value": value} for name, value in values.items()],
    }  # fmt: skip


@pytest.fixture
def ask(shop: SqlDatabase, services: Services) -> Any:
    async def asked(statement: str) -> list[Any]:
        return objects((await run(Query, {"database": shop, "statement": statement}, services=services))["main"])

    return asked


@pytest.fixture
async def move(shop: SqlDatabase, services: Services, ask: Any) -> Any:
    await ask("CREATE TABLE accounts (id int PRIMARY KEY, money int CHECK (money < 1000))")
    await ask("INSERT INTO accounts VALUES (1, 100), (2, 0)")

    async def moved(*parts: Any, items: Any = ({},), **params: Any) -> list[Any]:
        given = {"database": shop, "statements": list(parts), **params}
        return objects((await run(Transaction, given, items, services=services))["main"])

    return moved


async def money(ask: Any) -> list[int]:
    return [row["money"] for row in await ask("SELECT money FROM accounts ORDER BY id")]


async def test_all_statements_count_together(move: Any, ask: Any) -> None:
    (done,) = await move(part(TAKE, 1, sum=30, id=1), part(GIVE, 1, sum=30, id=2))
    assert done["results"] == [{"rows": 1, "data": []}, {"rows": 1, "data": [{"id": 2, "money": 30}]}]
    assert await money(ask) == [70, 30]


async def test_each_item_is_a_transaction_of_its_own(move: Any, ask: Any) -> None:
    items = [{"sum": 10}, {"sum": 20}]
    await move(part(TAKE, 1, sum={"$": "json.sum"}, id=1), part(GIVE, 1, sum={"$": "json.sum"}, id=2), items=items)
    assert await money(ask) == [70, 30]


@pytest.mark.parametrize(
    ("second", "field", "said"),
    [
        (part(GIVE, 1, sum=30, id=3), "statements.1.rows", "has 0 rows, not 1"),
        (part(GIVE, None, sum=5000, id=2), None, "check constraint"),
        (part(GIVE, None, sum=30), "statements.1.values", ":id"),
        (part("SELEC 1"), None, "syntax error"),
        (part("SELECT * FROM generate_series(1, 3)"), "most", "more than 2"),
    ],
)
async def test_of_statements_that_do_not_all_do_none_counts(
    move: Any, ask: Any, second: Any, field: str | None, said: str
) -> None:
    with pytest.raises(NodeError, match=said) as caught:
        await move(part(TAKE, 1, sum=30, id=1), second, most=2)
    assert (caught.value.field, caught.value.retryable) == (field, False)
    assert await money(ask) == [100, 0]
