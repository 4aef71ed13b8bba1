"""Rows: read by header, appended and updated, and never run as formulas by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plugins.google.conftest import account
from tests.plugins.google.google_apis import SHEET, Google

from a8n import NodeError
from a8n.testing import Services, objects, run
from a8n_google.clearing import ClearRows
from a8n_google.sheets import AppendRows, ReadRows, UpdateRows, sheet_choices, spreadsheet_choices


async def does(node: Any, google: Google, services: Services, items: Any = None, **params: Any) -> list[dict[str, Any]]:
    given = {"account": account(google), "spreadsheet": SHEET, "sheet": "Or'ders", **params}
    return objects((await run(node, given, items or [{}], services=services)).get("main", []))


async def test_rows_are_read_by_their_header(google: Google, services: Services) -> None:
    google.rows = [["id", "", "id"], ["A", 1.5, True], [], ["B"]]
    assert await does(ReadRows, google, services, row_numbers=True) == [
        {"id": "A", "B": 1.5, "id_2": True, "row_number": 2},
        {"id": "B", "B": "", "id_2": "", "row_number": 4},
    ]
    query = google.asked[-1][2]
    assert query == {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "FORMATTED_STRING"}
    assert (await does(ReadRows, google, services, header=False))[0] == {"A": "id", "B": "", "C": "id"}


async def test_an_empty_sheet_gives_nothing_and_too_many_rows_are_an_error(google: Google, services: Services) -> None:
    assert await does(ReadRows, google, services) == []
    google.rows = [["id"], ["A"], ["B"]]
    with pytest.raises(NodeError) as caught:
        await does(ReadRows, google, services, most=1)
    assert caught.value.field == "most"


async def test_items_are_appended_to_their_columns_in_one_request(google: Google, services: Services) -> None:
    google.rows = [["total", "id", "tags"]]
    items = [{"id": "A", "total": 3, "tags": ["x"]}, {"id": "=1+1"}]
    assert await does(AppendRows, google, services, items) == items
    assert google.rows[1:] == [[3, "A", '["x"]'], ["", "=1+1", ""]]
    writes = [one for one in google.asked if one[0] == "POST"]
    assert [one[2]["valueInputOption"] for one in writes] == ["RAW"]


async def test_a_field_without_column_is_an_error_or_a_column_or_left_out(google: Google, services: Services) -> None:
    google.rows = [["id"]]
    with pytest.raises(NodeError, match="'new'") as caught:
        await does(AppendRows, google, services, [{"id": 1, "new": 2}])
    assert caught.value.field == "missing"
    assert google.rows == [["id"]]
    await does(AppendRows, google, services, [{"id": 1, "new": 2}], missing="ignore")
    await does(AppendRows, google, services, [{"id": 2, "new": 3}], missing="add")
    assert google.rows == [["id", "new"], [1], [2, 3]]


async def test_rows_are_updated_by_their_key_and_other_cells_stay(google: Google, services: Services) -> None:
    google.rows = [["id", "name", "paid"], [5, "Ada", False], ["B", "Bob", False]]
    done = await does(UpdateRows, google, services, [{"id": "5", "paid": True}, {"id": "Z"}], column="id",
                      not_found="skip")  # fmt: skip
    assert done == [{"id": "5", "paid": True}]
    assert google.rows[1:] == [["5", "Ada", True], ["B", "Bob", False]]


@pytest.mark.parametrize(
    ("rows", "item", "field"),
    [
        ([["id"], ["A"]], {"id": "Z"}, "not_found"),
        ([["id"], ["A"], ["A"]], {"id": "A"}, "column"),
        ([["key"], ["A"]], {"id": "A"}, "column"),
        ([["id"], ["A"]], {"id": "A", "new": 1}, "sheet"),
        ([["id", "x", "x"]], {"id": "A"}, "sheet"),
    ],
)
async def test_what_cannot_be_updated_names_the_field(
    google: Google, services: Services, rows: Any, item: Any, field: str
) -> None:
    google.rows = rows
    with pytest.raises(NodeError) as caught:
        await does(UpdateRows, google, services, [item], column="id")
    assert caught.value.field == field
    assert not [one for one in google.asked if one[0] != "GET"]


@pytest.mark.parametrize("given", ["short", "https://evil.example/d/1AbCdEfGhIjKlMnOp", "../../1AbCdEfGhIjKlMnOp"])
async def test_what_is_no_spreadsheet_is_not_asked_for(google: Google, services: Services, given: str) -> None:
    with pytest.raises(NodeError) as caught:
        await does(ReadRows, google, services, spreadsheet=given)
    assert caught.value.field == "spreadsheet"
    assert google.asked == []


async def test_an_address_will_do_and_a_wrong_sheet_says_so(google: Google, services: Services) -> None:
    address = f"https://docs.google.com/spreadsheets/d/{SHEET}/edit#gid=0"
    assert await does(ReadRows, google, services, spreadsheet=address) == []
    with pytest.raises(NodeError, match="Unable to parse range") as caught:
        await does(ReadRows, google, services, sheet="Gone")
    assert caught.value.field == "sheet"


async def test_spreadsheets_and_sheets_are_chosen(google: Google, services: Services) -> None:
    assert services.http is not None
    (book,) = await spreadsheet_choices(account(google), "B'", services.http)
    assert (book.value, book.label) == (SHEET, "Book")
    assert google.asked[-1][2]["q"].endswith("name contains 'B\\''")
    (sheet,) = await sheet_choices(account(google), SHEET, services.http)
    assert sheet.value == "Orders"


async def test_a_sheet_is_cleared_below_its_header(google: Google, services: Services) -> None:
    google.rows = [["id"], ["A"]]
    assert await does(ClearRows, google, services, [{"go": "on"}]) == [{"go": "on"}]
    assert google.rows == [["id"]]
    await does(ClearRows, google, services, header=True)
    assert google.rows == []
