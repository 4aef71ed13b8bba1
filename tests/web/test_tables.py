"""The API of data tables."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.conftest import Client

COLUMNS = [{"name": "email", "kind": "text"}, {"name": "age", "kind": "number"}, {"name": "tags", "kind": "json"}]
ROWS = [{"email": "=1+1", "age": 36, "tags": ["a"]}, {"email": "bob@example.org", "age": 4}]


async def made(owner: Client) -> str:
    """The path of a table with two rows."""
    table = await owner.post("/api/tables", {"name": "people", "columns": COLUMNS})
    assert table.status == 201, table.body
    path = f"/api/tables/{table['id']}"
    added = await owner.post(f"{path}/rows", {"rows": ROWS})
    assert (added.status, [row["age"] for row in added["data"]]) == (201, [36, 4])
    return path


async def test_a_table_is_made_listed_changed_and_deleted(owner: Client) -> None:
    path = await made(owner)
    (listed,) = (await owner.get("/api/tables"))["data"]
    assert (listed["name"], listed["rows"], [one["name"] for one in listed["columns"]]) == (
        "people", 2, ["email", "age", "tags"],
    )  # fmt: skip
    email = listed["columns"][0]
    changed = await owner.patch(path, {"name": "humans", "columns": [email, {"name": "town", "kind": "text"}]})
    assert (changed.status, changed["name"], [one["name"] for one in changed["columns"]]) == (
        200, "humans", ["email", "town"],
    )  # fmt: skip
    assert (await owner.get(path))["rows"] == 2
    assert (await owner.delete(path)).status == 204
    assert (await owner.get(path)).status == 404


async def test_rows_are_searched_changed_and_deleted(owner: Client) -> None:
    path = await made(owner)
    found = await owner.post(f"{path}/rows/search", {"order": "age", "limit": 1})
    assert (found["total"], [row["age"] for row in found["data"]]) == (2, [4])
    young = await owner.post(f"{path}/rows/search", {"where": [{"column": "age", "op": "lt", "value": 18}]})
    (row,) = young["data"]
    changed = await owner.patch(f"{path}/rows/{row['id']}", {"values": {"age": 5}})
    assert [one["age"] for one in changed["data"]] == [5]
    assert (await owner.patch(f"{path}/rows/none", {"values": {"age": 5}}))["data"] == []
    gone = await owner.post(f"{path}/rows/delete", {"ids": [row["id"], "none"]})
    assert gone["deleted"] == 1


async def test_rows_come_as_csv_that_no_spreadsheet_runs(owner: Client) -> None:
    path = await made(owner)
    sheet = await owner.get(f"{path}/rows.csv")
    head, first, _ = sheet.body.decode().strip().split("\r\n")
    assert head == "id,email,age,tags,created_at,updated_at"
    assert first.split(",")[1:4] == ["'=1+1", "36", '"[""a""]"']
    assert "attachment" in sheet.headers["content-disposition"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"columns": []}, "name"), ({"name": "people", "columns": []}, "name"),
        ({"name": "b", "columns": [{"name": "id"}]}, "columns.0.name"),
        ({"name": "b", "columns": [{"name": "a", "kind": "blob"}]}, "columns.0.kind"),
    ],
)  # fmt: skip
async def test_a_table_that_cannot_be_names_the_place(owner: Client, body: Any, path: str) -> None:
    await made(owner)
    refused = await owner.post("/api/tables", body)
    assert refused.status in (409, 422)
    assert refused.paths == [path]


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("/rows", {"rows": [{"age": "old"}]}, "rows"), ("/rows", {"rows": [{"town": "Rome"}]}, "rows"),
        ("/rows", {"rows": []}, "rows"), ("/rows/search", {"order": "size"}, "order"),
        ("/rows/search", {"where": [{"column": "town"}]}, "where"),
        ("/rows/search", {"where": [{"column": "age", "op": "like"}]}, "where.0.op"),
    ],
)  # fmt: skip
async def test_rows_that_do_not_fit_name_the_place(owner: Client, path: str, body: Any, place: str) -> None:
    refused = await owner.post(await made(owner) + path, body)
    assert refused.status == 422
    assert refused.paths == [place]
