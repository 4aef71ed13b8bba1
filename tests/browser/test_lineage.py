"""Items in the panel tell which items they came from, and what became of them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from a8n.items import JSON
from tests.browser.builder import SLOW, Builder
from tests.browser.test_journeys import MANUAL, Drawn, edit
from tests.live.server import Server

PEOPLE: JSON = [{"name": "Ana", "age": 41}, {"name": "Bo", "age": 17}, {"name": "Cleo", "age": 29}]
STEPS: list[dict[str, JSON]] = [
    MANUAL,
    edit("People", people=PEOPLE),
    {
        "id": "each",
        "name": "Get customers",
        "type": "data.split_out",
        "params": {"field": "people"},
        "position": [672, 0],
    },
    {
        "id": "sort",
        "name": "Youngest first",
        "type": "data.sort",
        "params": {"keys": [{"field": "age"}]},
        "position": [1008, 0],
    },
]
WIRES = ("start > people", "people > each", "each > sort")


@pytest.fixture
def builder(signed_in: Page) -> Builder:
    return Builder(signed_in)


class Side:
    """One pane of the panel that fills the window, as a table."""

    def __init__(self, builder: Builder, name: str):
        self.pane = builder.panel.get_by_role("region", name=name, exact=True)
        self.line = self.pane.get_by_role("status")

    def show(self, view: str) -> None:
        self.pane.get_by_text(view, exact=True).click()

    def item(self, number: int) -> Locator:
        """A row, by the number that people see."""
        return self.pane.locator(f'[data-item="{number - 1}"]').first

    def marked(self) -> Locator:
        return self.pane.locator("tr[data-kin]")


def maximised(builder: Builder, node: str) -> tuple[Side, Side]:
    builder.open(node)
    builder.panel.get_by_role("button", name=re.compile("^Maximise")).click()
    sides = Side(builder, "Input"), Side(builder, "Output")
    for side in sides:
        side.show("Table")
        expect(side.item(3)).to_be_visible(timeout=SLOW)
    return sides


def test_an_item_is_followed_across_its_step_in_the_editor(builder: Builder, drawn: Drawn, server: Server) -> None:
    workflow = drawn("Sorted", STEPS, *WIRES)
    builder.edit(workflow)
    builder.run()
    builder.said("Run succeeded")
    before, after = maximised(builder, "sort")
    expect(before.line).to_contain_text("see where it came from")
    # By the pointer: Bo is the youngest, and was the second.
    after.item(1).hover()
    expect(after.line).to_have_text("Item 1 from item 2 of Get customers ← People #1 ← Start #1")
    expect(before.marked()).to_have_count(1)
    expect(before.marked()).to_contain_text("Bo")
    expect(before.line).to_have_text("Made from item 2 here")
    before.item(1).hover()
    expect(before.line).to_contain_text("Item 1 from item 1 of Get customers")
    expect(before.line).to_contain_text("became item 3")
    expect(after.marked()).to_contain_text("Ana")
    builder.page.mouse.move(5, 5)
    expect(after.marked()).to_have_count(0)
    # By the keyboard.
    after.item(2).get_by_role("button").focus()
    expect(before.marked()).to_contain_text("Cleo")
    builder.page.keyboard.press("Tab")
    expect(before.marked()).to_contain_text("Ana")
    # As JSON.
    after.show("JSON")
    after.item(3).get_by_role("button").first.focus()
    expect(before.marked()).to_contain_text("Ana")


def test_an_item_is_followed_in_a_past_execution_and_nothing_is_told_of_pins(
    builder: Builder, drawn: Drawn, server: Server
) -> None:
    workflow = drawn("Sorted before", STEPS, *WIRES)
    server.api("POST", f"/workflows/{workflow}/run", {"version": "draft", "mode": "sync"})
    run = server.api("GET", f"/executions?workflow={workflow}")["data"][0]["id"]
    builder.go(f"/workflow/{workflow}/runs/{run}")
    before, after = maximised(builder, "sort")
    after.item(3).hover()
    expect(before.marked()).to_contain_text("Ana")
    expect(after.line).to_contain_text("from item 1 of Get customers")
    # What an earlier step gave is followed, too.
    before.pane.get_by_role("combobox", name="Data of").select_option("Get customers")
    expect(before.item(3)).to_be_visible(timeout=SLOW)
    after.item(1).hover()
    expect(before.marked()).to_contain_text("Bo")

    saved = server.api("GET", f"/workflows/{workflow}")
    pins = {"sort": {"main": [{"name": name} for name in "XYZ"]}}
    server.api("PATCH", f"/workflows/{workflow}", {"pins": pins}, headers={"If-Match": f'"{saved["revision"]}"'})
    builder.edit(workflow)
    before, after = maximised(builder, "sort")
    expect(after.line).to_have_count(0)
    before.item(1).hover()
    expect(before.line).to_contain_text("from item 1 of Get customers")
    after.item(1).hover()
    expect(before.line).to_contain_text("see where it came from")
    expect(before.marked()).to_have_count(0)
