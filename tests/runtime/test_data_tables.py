"""Data tables on both databases: what goes in, what is found, and what two writers at once leave."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import insert

from a8n import NodeError
from a8n.errors import InvalidError
from a8n.runtime import table_rows
from a8n.runtime.access import Actor
from a8n.runtime.data_tables import DataTables
from a8n.runtime.database import Database
from a8n.runtime.refusals import ConflictError
from a8n.runtime.schema import projects
from a8n.runtime.table_columns import columns_of
from a8n.runtime.table_rows import TableRows

COLUMNS = [("email", "text"), ("age", "number"), ("active", "boolean"), ("seen", "time"), ("tags", "json")]
OWNER = Actor("u1", "owner")
ADA = {"email": "Ada@example.org", "age": 36, "active": True, "seen": "2026-05-01T11:00:00+02:00", "tags": ["a"]}
BOB = {"email": "bob@example.com", "age": 4.5, "active": False, "seen": "2026-04-30"}
EVE = {"email": None}


@pytest.fixture
async def tables(database: Database) -> TableRows:
    async with database.begin() as connection:
        for name in ("p1", "p2"):
            await connection.execute(insert(projects).values(id=name, name=name, created_at=0))
    await DataTables(database).create(OWNER, "p1", "people", COLUMNS)
    return TableRows(database, "p1")


@pytest.fixture
async def people(tables: TableRows) -> TableRows:
    await tables.add("people", [ADA, BOB, EVE])
    return tables


async def emails(tables: TableRows, *where: Any, **options: Any) -> list[Any]:
    return [row["email"] for row in await tables.rows("people", where, **options)]


A, B, E = ADA["email"], BOB["email"], None


async def test_rows_come_back_as_they_went_in(people: TableRows) -> None:
    ada, bob, eve = await people.rows("people")
    assert {name: ada[name] for name in ADA} == {**ADA, "seen": "2026-05-01T09:00:00.000Z"}
    assert (bob["age"], bob["active"], bob["seen"], bob["tags"]) == (4.5, False, "2026-04-30T00:00:00.000Z", None)
    assert set(eve) == {"id", "email", "age", "active", "seen", "tags", "created_at", "updated_at"}
    assert len({ada["id"], bob["id"], eve["id"]}) == 3


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ([("email", "eq", A)], [A]), ([("email", "eq", "ada@example.org")], []), ([("email", "ne", A)], [B, E]),
        ([("email", "contains", "EXAMPLE")], [A, B]), ([("email", "starts_with", "ada@")], [A]),
        ([("email", "contains", "%")], []), ([("email", "in", [A, "x"])], [A]), ([("email", "in", [])], []),
        ([("email", "empty", None)], [E]), ([("email", "not_empty", None)], [A, B]),
        ([("age", "gt", 4.5)], [A]), ([("age", "gte", "4.5")], [A, B]), ([("age", "lt", 36)], [B]),
        ([("age", "eq", 36)], [A]), ([("age", "eq", None)], [E]), ([("age", "ne", None)], [A, B]),
        ([("age", "gt", None)], []), ([("active", "eq", True)], [A]), ([("active", "eq", "false")], [B]),
        ([("seen", "lt", "2026-05-01T08:00:00Z")], [B]), ([("seen", "eq", "2026-05-01T09:00:00Z")], [A]),
        ([("tags", "not_empty", None)], [A]), ([("age", "gt", 1), ("active", "eq", False)], [B]),
    ],
)  # fmt: skip
async def test_rows_are_found(people: TableRows, where: Any, found: list[Any]) -> None:
    assert await emails(people, *where) == found
    assert await people.count("people", where) == len(found)


async def test_rows_stand_in_order(people: TableRows) -> None:
    assert await emails(people, order="age") == [B, A, E]
    assert await emails(people, order="email", descending=True) == [B, A, E]
    assert await emails(people, order="seen", limit=1) == [B]
    assert await emails(people, offset=1) == [B, E]
    assert await emails(people, order="created_at", limit=1) == [A]


async def test_rows_are_changed_and_deleted(people: TableRows) -> None:
    (changed,) = await people.change("people", [("email", "eq", A)], {"age": 37})
    assert (changed["age"], changed["email"], changed["tags"]) == (37, A, ["a"])
    assert await people.change("people", [("email", "eq", "nobody")], {"age": 1}) == []
    assert await people.remove("people", [("id", "in", [changed["id"]])]) == 1
    assert await emails(people) == [B, E]
    assert await people.remove("people", []) == 2


async def test_what_is_added_again_by_its_key_is_there_once(tables: TableRows) -> None:
    first = await tables.add("people", [ADA, BOB], ["k1", "k2"])
    assert await tables.add("people", [ADA, BOB, EVE], ["k1", "k2", "k3"]) == [*first, (await tables.rows("people"))[2]]
    assert await tables.count("people") == 3


async def test_rows_are_put_by_their_columns_also_at_once(tables: TableRows) -> None:
    rows = [{"email": "a", "age": number} for number in range(8)]
    await asyncio.gather(*(tables.put("people", [row], ["email"]) for row in rows))
    assert await tables.count("people") == 1
    first, second = await tables.put("people", [{"email": "a", "age": 9}, {"email": "b"}], ["email"])
    assert (first["age"], second["email"]) == (9, "b")


async def test_of_rows_that_do_not_all_fit_none_is_added(tables: TableRows, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NodeError, match="numbers"):
        await tables.add("people", [ADA, {"age": "old"}])
    monkeypatch.setattr(table_rows, "MAX_ROWS", 2)
    with pytest.raises(NodeError, match="the most"):
        await tables.add("people", [ADA, BOB, EVE])
    assert await tables.count("people") == 0


@pytest.mark.parametrize(
    "row",
    [
        {"age": "four"}, {"age": True}, {"age": 2**63}, {"age": float("inf")}, {"active": 1}, {"active": "maybe"},
        {"seen": "tomorrow"}, {"seen": 5}, {"email": {"a": 1}}, {"email": True}, {"tags": object()}, {"other": 1},
        {"tags": "x" * 70_000},
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_refused(tables: TableRows, row: Any) -> None:
    with pytest.raises(NodeError) as caught:
        await tables.add("people", [row])
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "where",
    [
        ("other", "eq", 1), ("age", "contains", 1), ("tags", "eq", 1), ("email", "in", "text"), ("age", "gt", "x"),
        ("email' OR 1=1 --", "eq", 1),
    ],
)  # fmt: skip
async def test_what_cannot_be_compared_is_refused(people: TableRows, where: Any) -> None:
    with pytest.raises(NodeError):
        await people.rows("people", [where])


async def test_other_projects_see_nothing(people: TableRows, database: Database) -> None:
    theirs = TableRows(database, "p2")
    with pytest.raises(NodeError, match="no table") as caught:
        await theirs.rows("people")
    assert caught.value.field == "table"


async def test_columns_are_renamed_added_and_dropped(people: TableRows, database: Database) -> None:
    repository = DataTables(database)
    (row,) = await repository.list_for(OWNER, "p1")
    email, age, *_ = columns_of(row.columns)
    wanted = [(email.id, "address", "text"), (None, "town", "text"), (None, "age", "number")]
    await repository.alter(row, "humans", wanted)
    (ada, *_) = await people.rows("humans")
    assert (ada["address"], ada["town"], ada["age"]) == (A, None, None), "a new column has nothing of an old one"
    with pytest.raises(InvalidError, match="kind"):
        await repository.alter(row, None, [(email.id, "address", "number")])
    with pytest.raises(InvalidError, match="no such column"):
        await repository.alter(row, None, [(age.id, "age", "number")])
    await repository.delete(row)
    assert await repository.list_for(OWNER, "p1") == []


@pytest.mark.parametrize(
    "columns", [[("id", "text")], [("a", "text"), ("A", "text")], [("", "text")], [("1st", "text")],
                [(f"c{number}", "text") for number in range(51)]],
)  # fmt: skip
async def test_columns_that_cannot_be_are_refused(tables: TableRows, database: Database, columns: Any) -> None:
    with pytest.raises(InvalidError):
        await DataTables(database).create(OWNER, "p1", "more", columns)
    with pytest.raises(ConflictError):
        await DataTables(database).create(OWNER, "p1", "people", [])
