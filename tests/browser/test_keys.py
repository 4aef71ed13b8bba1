"""Keys and gestures of the canvas and the panel."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.builder import SLOW, Builder
from tests.browser.test_journeys import MANUAL, Drawn, edit
from tests.live.server import Server


@pytest.fixture
def builder(signed_in: Page) -> Builder:
    return Builder(signed_in)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of something that takes calls and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def position(server: Server, workflow: str, node: str) -> tuple[float, float]:
    nodes = server.api("GET", f"/workflows/{workflow}")["nodes"]
    x, y = next(each["position"] for each in nodes if each["id"] == node)
    return x, y


def drag(card: Locator, dx: float, dy: float) -> None:
    box = card.bounding_box()
    assert box
    mouse = card.page.mouse
    x, y = box["x"] + box["width"] / 2, box["y"] + 8
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + dx / 2, y + dy / 2, steps=4)
    mouse.move(x + dx, y + dy, steps=4)
    mouse.up()


def test_space_renames_when_it_is_tapped_and_pans_when_it_is_held(builder: Builder, drawn: Drawn) -> None:
    page = builder.page
    builder.edit(drawn("Space", [MANUAL, edit("Greet")], "start > greet"))
    builder.node("greet").focus()
    page.keyboard.press("Space")
    name = page.get_by_role("textbox", name="Name of the step")
    expect(name).to_be_focused()
    name.fill("Say hello")
    page.keyboard.press("Enter")
    expect(builder.node("greet")).to_contain_text("Say hello")
    viewport = page.locator(".react-flow__viewport")
    before = viewport.get_attribute("style")
    builder.node("greet").focus()
    page.keyboard.down("Space")
    page.mouse.move(300, 700)
    page.mouse.down()
    page.mouse.move(400, 760, steps=5)
    page.mouse.up()
    page.keyboard.up("Space")
    expect(viewport).not_to_have_attribute("style", before or "")
    expect(name).to_have_count(0)


def test_steps_are_dragged_along_the_grid_and_with_alt_free_of_it(
    builder: Builder, drawn: Drawn, server: Server
) -> None:
    workflow = drawn("Free", [MANUAL, edit("Greet")], "start > greet")
    builder.edit(workflow)
    builder.page.keyboard.press("0")  # at 100 %, so that pixels are pixels
    expect(builder.page.get_by_role("button", name="Zoom, 100 %")).to_be_visible()
    drag(builder.node("greet"), 21, 43)
    builder.saved()
    x, y = position(server, workflow, "greet")
    assert (x, y) != (336, 0)
    assert (x % 8, y % 8) == (0, 0)
    builder.page.keyboard.down("Alt")
    drag(builder.node("greet"), 21, 43)
    builder.page.keyboard.up("Alt")
    builder.saved()
    expect(builder.page.get_by_test_id("save")).to_have_attribute("data-state", "saved")
    free_x, free_y = position(server, workflow, "greet")
    assert free_x > x
    assert free_y > y
    assert (free_x % 8, free_y % 8) != (0, 0)


def test_two_keys_line_steps_up_and_the_command_bar_knows_them(builder: Builder, drawn: Drawn, server: Server) -> None:
    page = builder.page
    nodes = [MANUAL, edit("One", (336, 40)), edit("Two", (672, 160)), edit("Three", (1200, 300))]
    workflow = drawn("Crooked", nodes, "start > one", "one > two", "two > three")
    builder.edit(workflow)
    builder.node("start").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Alt+a")
    hint = page.get_by_role("status").filter(has_text="Align left")
    expect(hint).to_be_visible()
    expect(hint).to_contain_text("Distribute horizontally")
    page.keyboard.press("t")
    expect(hint).to_have_count(0)
    builder.said("Align at the top")
    page.keyboard.press("Alt+a")
    page.keyboard.press("h")
    builder.said("Distribute horizontally")
    builder.saved()
    ids = ("start", "one", "two", "three")
    assert [position(server, workflow, node) for node in ids] == [(0, 0), (400, 0), (800, 0), (1200, 0)]
    # A key that follows nothing ends it, and does nothing else.
    page.keyboard.press("Alt+a")
    page.keyboard.press("n")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.keyboard.press("ControlOrMeta+k")
    page.get_by_role("combobox").fill("align left")
    option = page.get_by_role("option", name=re.compile("Align left"))
    expect(option).to_contain_text("Alt+A L")
    page.keyboard.press("Enter")
    builder.said("Align left")
    builder.saved()
    assert {position(server, workflow, node)[0] for node in ids} == {0}


def test_r_gives_a_step_another_type_between_the_same_wires(builder: Builder, drawn: Drawn, server: Server) -> None:
    page = builder.page
    workflow = drawn("Other", [MANUAL, edit("Greet"), edit("Last", (672, 0))], "start > greet", "greet > last")
    builder.edit(workflow)
    builder.node("greet").focus()
    page.keyboard.press("r")
    expect(page.get_by_role("dialog", name="Replace “Greet” with")).to_be_visible()
    builder.pick("filter")
    builder.said("Replace Greet with Filter")
    builder.focused("greet")
    builder.saved()
    saved = server.api("GET", f"/workflows/{workflow}")
    greet = next(node for node in saved["nodes"] if node["id"] == "greet")
    assert (greet["type"], greet["name"]) == ("flow.filter", "Greet")
    wires = [(wire["from"], wire.get("output"), wire["to"]) for wire in saved["connections"]]
    assert sorted(wires)[0] == ("greet", "true", "last")
    page.keyboard.press("ControlOrMeta+z")
    builder.saved()
    nodes = server.api("GET", f"/workflows/{workflow}")["nodes"]
    assert {node["type"] for node in nodes} == {"manual.trigger", "data.set"}


def test_the_key_sheet_tells_of_keys_and_gestures(builder: Builder, drawn: Drawn) -> None:
    page = builder.page
    builder.edit(drawn("Sheet", [MANUAL, edit("Greet")], "start > greet"))
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog")
    for title, keys in (
        ("Rename", "F2Space"),
        ("Copy", "Ctrl+C"),
        ("Align at the top", "Alt+A T"),
        ("Pin the output", "P"),
        ("Move a step without the grid", "Alt+drag"),
    ):
        line = sheet.locator(".keys-line").filter(has_text=title).first
        expect(line.locator("dd")).to_have_text(keys)


def test_p_pins_and_i_and_o_go_to_the_data(builder: Builder, drawn: Drawn) -> None:
    page = builder.page
    builder.edit(drawn("Pinned by key", [MANUAL, edit("Greet", text="Hi")], "start > greet"))
    builder.node("greet").focus()
    page.keyboard.press("p")
    expect(page.get_by_text("has not given anything yet")).to_be_visible(timeout=SLOW)
    builder.run()
    builder.said("Run succeeded")
    builder.node("greet").focus()
    page.keyboard.press("p")
    expect(builder.node("greet")).to_have_class(re.compile(r"\bpinned\b"), timeout=SLOW)
    page.keyboard.press("p")
    expect(builder.node("greet")).not_to_have_class(re.compile(r"\bpinned\b"))
    builder.open("greet")
    builder.node("greet").focus()
    page.keyboard.press("o")
    expect(builder.panel.get_by_role("tab", name="Output")).to_have_attribute("aria-selected", "true")
    expect(builder.panel.locator("[data-side=output] :focus")).to_have_count(1)
    page.keyboard.press("i")
    expect(builder.panel.get_by_role("tab", name="Input")).to_have_attribute("aria-selected", "true")
    expect(builder.panel.locator("[data-side=input] :focus")).to_have_count(1)


def test_a_dot_moves_along_the_wire_to_the_step_that_works(builder: Builder, drawn: Drawn, silent: str) -> None:
    page = builder.page
    call = {"id": "call", "name": "Call", "type": "http.request", "params": {"url": silent}, "position": [672, 0]}
    workflow = drawn("Slow", [MANUAL, edit("Greet", text="Hi"), call], "start > greet", "greet > call")
    page.emulate_media(reduced_motion="no-preference")
    builder.edit(workflow, nodes=3)
    builder.run()
    dot = builder.edge("greet.main.call.main").locator(".wire-dot")
    expect(dot).to_have_css("animation-name", "travel", timeout=SLOW)
    expect(page.locator(".wire-dot")).to_have_count(1)
    page.emulate_media(reduced_motion="reduce")
    expect(dot).not_to_be_visible()
    page.keyboard.press("ControlOrMeta+.")
    expect(dot).to_have_count(0, timeout=SLOW)
