"""A plugin that a8n has never heard of, installed with pip, looks and works like one of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import pottery
from tests.browser.builder import SLOW, Builder
from tests.browser.test_journeys import MANUAL, Drawn
from tests.live.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("stranger")
    started = Server(folder / "data", PYTHONPATH=str(pottery.install(folder))).start()
    try:
        started.sign_up()
        yield started
    finally:
        started.close()


@pytest.fixture
def builder(signed_in: Page) -> Builder:
    return Builder(signed_in)


def test_a_plugin_installed_with_pip_is_the_equal_of_ours(builder: Builder, drawn: Drawn, server: Server) -> None:
    page = builder.page
    workflow = drawn("Pots", [MANUAL])
    builder.edit(workflow)
    builder.node("start").focus()
    page.keyboard.press("n")
    box = page.get_by_role("dialog").get_by_role("combobox")
    box.fill("pottery")
    expect(page.get_by_role("option").first).to_contain_text("Order a pot")
    expect(page.get_by_role("option").first.locator("img, svg").first).to_be_visible()
    page.keyboard.press("Enter")
    card = builder.node("order_a_pot")
    expect(card).to_be_visible()
    if not builder.panel.is_visible():
        builder.open("order_a_pot")

    builder.fill("params.name", "vase")
    builder.field("params.count").locator("input").fill("2")
    builder.field("params.gift").get_by_role("switch").click()
    builder.field("params.finish").get_by_role("radio", name="Glazed").click()
    builder.fill("params.finish.colour", "blue")
    expect(builder.field("params.sizes")).to_contain_text("edited as JSON")
    builder.fill("params.sizes", "[12, 30]")
    builder.saved()
    [pot] = [node for node in server.api("GET", f"/workflows/{workflow}")["nodes"] if node["id"] == "order_a_pot"]
    assert pot["params"] == {
        "name": "vase", "count": 2, "gift": True, "finish": {"kind": "glazed", "colour": "blue"}, "sizes": [12, 30],
    }  # fmt: skip
    expect(card).to_contain_text("vase x 2")  # the subtitle of its author's template

    builder.run()
    builder.said("Run succeeded")
    builder.panel.get_by_role("tab", name="Output").click()
    expect(builder.panel).to_contain_text("blue vase")
    builder.panel.get_by_role("tab", name="Docs").click()
    expect(builder.panel).to_contain_text("It is thrown by hand, and takes a week.")
    expect(builder.panel).to_contain_text("A blue vase")


def test_its_credentials_are_made_and_tried_and_its_health_is_told(builder: Builder) -> None:
    page = builder.page
    builder.go("/credentials")
    page.get_by_role("button", name="New credential").click()
    page.get_by_role("dialog").get_by_role("combobox").fill("pottery")
    expect(page.get_by_role("option").first).to_contain_text("Pottery")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.locator('[data-field="values.token"] input').fill("a scratch")
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog.get_by_text("signed in as the potter")).to_be_visible(timeout=SLOW)

    builder.go("/plugins")
    plugin = page.locator(".plugin-card").filter(has=page.get_by_role("heading", name="pottery"))
    expect(plugin).to_contain_text("a8n-pottery 3.1.4")
    expect(plugin).to_contain_text("Order a pot")
