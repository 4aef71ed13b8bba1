"""Data tables in the browser: made, filled, sorted, filtered, arranged and deleted, by keyboard as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import shots
from tests.browser.builder import SLOW
from tests.browser.watch import Watch
from tests.live.server import Server

COLUMNS = [
    {"name": "email", "kind": "text"}, {"name": "orders", "kind": "number"}, {"name": "active", "kind": "boolean"},
    {"name": "seen", "kind": "time"}, {"name": "tags", "kind": "json"},
]  # fmt: skip
ROWS = [
    {"email": f"{name}@example.org", "orders": number, "active": number % 2 == 0,
     "seen": f"2026-05-{number:02}T09:00:00Z", "tags": ["new"] if number > 4 else None}
    for number, name in enumerate(["ada", "bob", "cleo", "dan", "eve", "fay"], 1)
]  # fmt: skip


def rows(server: Server, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.api("POST", f"/tables/{table}/rows/search", {})["data"]
    return found


def test_a_table_is_made_and_filled(
    signed_in: Page, server: Server, axe: Callable[..., list[str]], watch: Watch
) -> None:
    watch.forgive("status of 422")
    page = signed_in
    page.goto(f"{server.url}/tables")
    expect(page.get_by_text("No tables yet")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="New table").click()
    page.get_by_label("Name").fill("customers")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No rows yet.")).to_be_visible(timeout=SLOW)
    table = page.url.rpartition("/")[2]
    page.get_by_role("button", name="Add a row").click()
    cell = page.get_by_role("textbox", name="name, row 1")
    cell.fill("Ada")
    cell.press("Enter")
    expect(page.get_by_role("status").filter(has_text="1 row")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Add a column").click()
    page.get_by_label("Name of the column").nth(1).fill("orders")
    page.get_by_label("What it holds").nth(1).select_option("number")
    found = axe()
    assert not found, "\n".join(found)
    shots.shot(page, "table-columns")
    page.get_by_role("button", name="Save").click()
    orders = page.get_by_role("textbox", name="orders, row 1")
    expect(orders).to_be_visible(timeout=SLOW)
    orders.fill("many")
    orders.press("Enter")
    expect(page.get_by_text("does not go into the column 'orders'")).to_be_visible(timeout=SLOW)
    expect(orders).to_have_attribute("aria-invalid", "true")
    orders.fill("3")
    orders.press("Enter")
    expect(orders).not_to_have_attribute("aria-invalid", "true", timeout=SLOW)
    assert [(row["name"], row["orders"]) for row in rows(server, table)] == [("Ada", 3)]


def test_rows_are_sorted_filtered_changed_and_deleted(
    signed_in: Page, server: Server, axe: Callable[..., list[str]]
) -> None:
    page = signed_in
    table = server.api("POST", "/tables", {"name": "people", "columns": COLUMNS}, status=201)["id"]
    server.api("POST", f"/tables/{table}/rows", {"rows": ROWS}, status=201)
    page.goto(f"{server.url}/tables/{table}")
    first = page.get_by_role("textbox", name="email, row 1")
    expect(first).to_have_value("ada@example.org", timeout=SLOW)
    found = axe()
    assert not found, "\n".join(found)
    shots.shot(page, "table")
    page.get_by_role("button", name="orders", exact=True).click()
    page.get_by_role("button", name="orders", exact=True).click()
    expect(first).to_have_value("fay@example.org", timeout=SLOW)
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("textbox", name="email, row 2")).to_be_focused()
    page.get_by_role("searchbox", name="Filter rows").fill("BO")
    expect(first).to_have_value("bob@example.org", timeout=SLOW)
    expect(page.get_by_role("status").filter(has_text="1 row")).to_be_visible()
    page.get_by_role("checkbox", name="active, row 1").uncheck()
    tags = page.get_by_role("textbox", name="tags, row 1")
    tags.fill('{"vip"')
    tags.press("Enter")
    expect(page.get_by_text("This is no JSON.")).to_be_visible(timeout=SLOW)
    tags.press("Escape")
    expect(tags).to_have_value("")
    page.get_by_role("button", name="Delete the row").click()
    expect(page.get_by_text("No row fits.")).to_be_visible(timeout=SLOW)
    assert len(rows(server, table)) == 5
    page.goto(f"{server.url}/tables")
    expect(page.get_by_role("link", name="people")).to_be_visible(timeout=SLOW)
    shots.shot(page, "tables")
    page.get_by_role("link", name="people").click()
    page.get_by_role("button", name="Delete the table").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("link", name="people")).to_have_count(0, timeout=SLOW)
