"""Nodes for rows and values: what reaches the tables, and what a retry leaves."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from a8n import BatchNode, Node, NodeError
from a8n.runtime.access import Actor
from a8n.runtime.data_tables import DataTables
from a8n.runtime.database import Database
from a8n.runtime.schema import projects
from a8n.runtime.table_rows import TableRows
from a8n.testing import MemoryStores, Services, objects, run
from a8n_tables.rows import AddRows, ChangeRows, DeleteRows, FindRows, PutRows
from a8n_tables.values import ChangeValue, DeleteValue, GetValue, SetValue

PEOPLE = [{"name": "Ada", "age": 36, "note": "x"}, {"name": "Bob", "age": 4, "note": "y"}]


@pytest.fixture
async def services(database: Database) -> Services:
    async with database.begin() as connection:
        await connection.execute(insert(projects).values(id="p1", name="p1", created_at=0))
    await DataTables(database).create(Actor("u1", "owner"), "p1", "people", [("name", "text"), ("age", "number")])
    return Services(tables=TableRows(database, "p1"), store=MemoryStores())


async def done(
    node: type[Node] | type[BatchNode], services: Services, items: Any = ({},), **params: Any
) -> list[dict[str, Any]]:
    return objects((await run(node, params, items, services=services))["main"])


async def people(services: Services, **params: Any) -> list[tuple[str, Any]]:
    return [(row["name"], row["age"]) for row in await done(FindRows, services, table="people", **params)]


async def test_items_become_rows_once_and_are_found(services: Services) -> None:
    for _ in range(2):  # with one idempotency key, as on a retry
        await done(AddRows, services, PEOPLE, table="people", columns=["name", "age"])
    assert await people(services, order="age") == [("Bob", 4), ("Ada", 36)]
    where = [{"column": "name", "op": "starts_with", "value": {"$": "json.begins"}}]
    found = await done(FindRows, services, [{"begins": "a"}, {"begins": "b"}], table="people", where=where)
    assert [row["name"] for row in found] == ["Ada", "Bob"]
    none = [{"column": "name", "value": "Eve"}]
    assert await done(FindRows, services, [{"n": 1}], table="people", where=none) == []
    assert await done(FindRows, services, [{"n": 1}], table="people", where=none, always=True) == [{"n": 1}]


async def test_rows_are_put_changed_and_deleted(services: Services) -> None:
    await done(PutRows, services, PEOPLE, table="people", match=["name"], columns=["name", "age"])
    await done(PutRows, services, [{"name": "Ada", "age": 37}], table="people", match=["name"])
    assert await people(services) == [("Ada", 37), ("Bob", 4)]
    young = [{"column": "age", "op": "lt", "value": 18}]
    changed = await done(ChangeRows, services, table="people", where=young, values=[{"column": "name", "value": "B"}])
    assert [row["name"] for row in changed] == ["B"]
    assert await done(DeleteRows, services, table="people", where=young) == [{"deleted": 1}]
    assert await people(services) == [("Ada", 37)]


@pytest.mark.parametrize(
    ("node", "params", "field"),
    [
        (FindRows, {"table": "nobody"}, "table"), (FindRows, {"table": "people", "order": "size"}, "order"),
        (AddRows, {"table": "people"}, "table"), (AddRows, {"table": "people", "columns": ["town"]}, "columns"),
        (PutRows, {"table": "people", "columns": ["name"], "match": ["age"]}, "match"),
        (DeleteRows, {"table": "people"}, "where"),
        (FindRows, {"table": "people", "where": [{"column": "town"}]}, "where"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_names_the_field(services: Services, node: Any, params: Any, field: str) -> None:
    with pytest.raises(NodeError) as caught:
        await done(node, services, PEOPLE, **params)
    assert caught.value.field == field
    assert await people(services) == []


async def test_all_rows_are_deleted_only_when_it_is_said(services: Services) -> None:
    await done(AddRows, services, PEOPLE, table="people", columns=["name", "age"])
    assert await done(DeleteRows, services, table="people", everything=True) == [{"deleted": 2}]


async def test_values_are_set_counted_listed_and_deleted(services: Services) -> None:
    assert await done(GetValue, services, name="n", default=7) == [{"name": "n", "value": 7}]
    await done(SetValue, services, name="n", value={"$": "json.n"}, items=[{"n": 1}])
    assert await done(ChangeValue, services, name="n", change={"kind": "add", "amount": 1.5}) == [
        {"name": "n", "value": 2.5}
    ]
    for number in range(3):
        change = {"kind": "append", "entry": number, "most": 2}
        [listed] = await done(ChangeValue, services, name="list", change=change)
    assert listed["value"] == [1, 2]
    assert await done(GetValue, services, name="n", shared=True) == [{"name": "n", "value": None}]
    assert await done(DeleteValue, services, name="n") == [{"name": "n", "deleted": True}]


@pytest.mark.parametrize("change", [{"kind": "add"}, {"kind": "append", "entry": 1}])
async def test_a_value_of_another_kind_is_left_alone(services: Services, change: Any) -> None:
    await done(SetValue, services, name="n", value="text")
    with pytest.raises(NodeError, match="is no") as caught:
        await done(ChangeValue, services, name="n", change=change)
    assert caught.value.field == "name"
    assert (await done(GetValue, services, name="n"))[0]["value"] == "text"
