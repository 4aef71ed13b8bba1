"""The builder as its users handle it: by the names that it shows, never by what is inside."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

SLOW = 60_000.0
"""Milliseconds for what goes to the server and back, on a machine that has other things to do."""


class Builder:
    """One tab of the builder."""

    def __init__(self, page: Page):
        self.page = page

    # --- pages --------------------------------------------------------------------------------------------------

    def go(self, path: str) -> None:
        """Visit an address."""
        self.page.goto(path)
        expect(self.page.locator("main, [data-testid=canvas]").first).to_be_visible(timeout=SLOW)

    def edit(self, workflow: str, nodes: int = 1) -> None:
        """Open a workflow in the editor, and wait until its steps are drawn."""
        self.page.goto(f"/workflow/{workflow}")
        expect(self.canvas).to_be_visible(timeout=SLOW)
        if nodes:
            expect(self.page.locator("[data-node]").first).to_be_visible(timeout=SLOW)

    def blank(self) -> None:
        """Begin an empty workflow."""
        self.go("/workflows/new")
        self.page.get_by_role("button", name=re.compile("^Blank workflow")).click()
        expect(self.canvas).to_be_visible(timeout=SLOW)

    # --- the canvas ---------------------------------------------------------------------------------------------

    @property
    def canvas(self) -> Locator:
        return self.page.get_by_test_id("canvas")

    @property
    def workflow(self) -> str:
        """The id of the workflow that is open."""
        found = re.search(r"/workflow/([0-9a-f-]+)", self.page.url)
        assert found, self.page.url
        return found[1]

    def node(self, node: str) -> Locator:
        """A step's card, by the step's id."""
        return self.page.locator(f'[data-node="{node}"]')

    def edge(self, key: str) -> Locator:
        """A wire, by its key `from.output.to.input`."""
        return self.page.locator(f'[data-edge="{key}"]')

    def pick(self, text: str) -> None:
        """Choose in the palette that is open, by typing."""
        box = self.page.get_by_role("dialog").get_by_role("combobox")
        expect(box).to_be_focused()
        box.fill(text)
        expect(self.page.get_by_role("option").first).to_be_visible()
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def focused(self, node: str) -> None:
        """Wait until a step's card has the keyboard's focus, as what was just added gets it."""
        expect(self.node(node)).to_be_focused()

    # --- the panel ----------------------------------------------------------------------------------------------

    @property
    def panel(self) -> Locator:
        return self.page.get_by_test_id("panel")

    def open(self, node: str) -> None:
        """Open a step's panel."""
        self.node(node).dblclick()
        expect(self.panel).to_be_visible(timeout=SLOW)

    def field(self, path: str) -> Locator:
        """A field of the panel by its dotted path, such as `params.url`."""
        return self.panel.locator(f'[data-field="{path}"]')

    def fill(self, path: str, text: str) -> None:
        """Type into a field, be it a plain one or one of code."""
        code = self.field(path).locator(".cm-content")
        if code.count():
            code.first.click()
            self.page.keyboard.press("ControlOrMeta+a")
            self.page.keyboard.type(text)
        else:
            self.field(path).locator("input, textarea").first.fill(text)

    # --- saving and running -------------------------------------------------------------------------------------

    def saved(self) -> None:
        """Wait until the editor says that all is saved."""
        expect(self.page.get_by_test_id("save")).to_have_attribute("data-state", "saved", timeout=SLOW)

    def said(self, text: str | re.Pattern[str]) -> None:
        """Wait until screen readers have been told this."""
        expect(self.page.get_by_test_id("announcer")).to_contain_text(text, timeout=SLOW)

    def run(self) -> None:
        """Run the workflow by the keyboard."""
        self.page.keyboard.press("ControlOrMeta+Enter")

    def publish(self, name: str = "") -> None:
        """Publish through the dialog, and close what it says then."""
        self.page.get_by_role("button", name="Publish", exact=True).click()
        dialog = self.page.get_by_role("dialog")
        if name:
            dialog.get_by_label("Name of the version").fill(name)
        dialog.get_by_role("button", name="Publish", exact=True).click()
        expect(dialog.get_by_role("heading", name=re.compile("Version \\d+ is live"))).to_be_visible(timeout=SLOW)
        dialog.get_by_role("button", name="Close").last.click()
        expect(dialog).to_have_count(0)
