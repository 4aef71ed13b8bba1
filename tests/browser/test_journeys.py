"""What people do all day, in a real browser against the real server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from a8n.items import JSON
from tests.browser.builder import SLOW, Builder
from tests.browser.watch import Watch
from tests.live.server import Server

Drawn = Callable[..., str]
PASTE = """(text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/plain', text);
  document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
}"""
DISABLED = re.compile(r"\bdisabled\b")
WEBHOOK: dict[str, JSON] = {
    "id": "hook",
    "name": "Webhook",
    "type": "webhook.trigger",
    "params": {"path": "greet", "respond": {"mode": "last_node", "returns": "first"}},
    "position": [0, 0],
}
MANUAL: dict[str, JSON] = {"id": "start", "name": "Start", "type": "manual.trigger", "position": [0, 0]}


def edit(name: str, at: tuple[int, int] = (336, 0), **fields: JSON) -> dict[str, JSON]:
    """A step that sets fields."""
    rows: list[JSON] = [{"name": key, "value": value} for key, value in fields.items()]
    params: dict[str, JSON] = {"mode": "only", "fields": rows}
    return {"id": name.lower(), "name": name, "type": "data.set", "params": params, "position": list(at)}


def disabled(server: Server, workflow: str) -> set[str]:
    """The steps that are disabled in the draft that the server has."""
    saved = server.api("GET", f"/workflows/{workflow}")
    return {node["id"] for node in saved["nodes"] if node["settings"]["disabled"]}


@pytest.fixture
def builder(signed_in: Page) -> Builder:
    return Builder(signed_in)


def test_build_a_greeting_with_the_mouse(builder: Builder, server: Server) -> None:
    page = builder.page
    builder.blank()
    page.get_by_role("button", name="Webhook").first.click()
    expect(builder.node("webhook")).to_be_visible()
    if not builder.panel.is_visible():
        builder.open("webhook")
    builder.fill("params.path", "mouse")
    builder.panel.get_by_role("button", name="Close").first.click()
    # [+] at the open output
    page.get_by_role("button", name=re.compile("Add a step after")).first.click()
    builder.pick("edit fields")
    if not builder.panel.is_visible():
        builder.open("edit_fields")
    builder.panel.get_by_role("button", name=re.compile("^Add")).first.click()
    builder.fill("params.fields.0.name", "text")
    builder.fill("params.fields.0.value", "Hello {{ json.body.name }}")
    builder.saved()
    saved = server.api("GET", f"/workflows/{builder.workflow}")
    assert [(wire["from"], wire["to"]) for wire in saved["connections"]] == [("webhook", "edit_fields")]
    step = next(node for node in saved["nodes"] if node["id"] == "edit_fields")
    assert step["params"]["fields"] == [{"name": "text", "value": {"$t": "Hello {{ json.body.name }}"}}]
    builder.publish("by mouse")
    assert server.hook("mouse", {"name": "Ana"}).status_code == 200


def test_the_same_with_the_keyboard_alone(builder: Builder, server: Server) -> None:
    page = builder.page
    builder.go("/workflows")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="How to begin")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name=re.compile("Blank workflow")).focus()
    page.keyboard.press("Enter")
    expect(builder.canvas).to_be_visible(timeout=SLOW)
    builder.canvas.focus()
    page.keyboard.press("n")
    builder.pick("start by hand")
    builder.focused("start_by_hand")
    page.keyboard.press("n")
    builder.pick("no operation")
    builder.focused("no_operation")
    page.keyboard.press("F2")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Rest")
    page.keyboard.press("Enter")
    expect(builder.node("no_operation")).to_contain_text("Rest")
    builder.run()
    builder.said("Run succeeded")
    builder.node("no_operation").focus()
    page.keyboard.press("ControlOrMeta+z")
    expect(builder.node("no_operation")).to_contain_text("No operation")
    page.keyboard.press("ControlOrMeta+z")
    expect(builder.node("no_operation")).to_have_count(0)
    page.keyboard.press("ControlOrMeta+Shift+z")
    expect(builder.node("no_operation")).to_be_visible()
    page.keyboard.press("ControlOrMeta+s")
    builder.saved()
    saved = server.api("GET", f"/workflows/{builder.workflow}")
    assert {node["name"] for node in saved["nodes"]} == {"Start by hand", "No operation"}
    assert len(saved["connections"]) == 1
    page.reload()
    expect(builder.node("no_operation")).to_be_visible(timeout=SLOW)


def test_break_it_and_mend_it_from_the_error(builder: Builder, drawn: Drawn, watch: Watch) -> None:
    broken = edit("Divide", half={"$": "json.total / 0"})
    workflow = drawn("Broken", [MANUAL, broken], "start > divide")
    builder.edit(workflow)
    builder.run()
    builder.said("Run failed")
    expect(builder.node("divide")).to_have_class(re.compile("failed"), timeout=SLOW)
    builder.page.keyboard.press("l")
    builder.page.get_by_role("button", name=re.compile("Go to the field|Go to field")).first.click()
    expect(builder.panel).to_be_visible(timeout=SLOW)
    field = builder.field("params.fields.0.value").locator(".cm-content")
    expect(field).to_be_visible(timeout=SLOW)
    builder.fill("params.fields.0.value", "1 + 1")
    builder.saved()
    builder.run()
    builder.said("Run succeeded")


def test_pin_and_replay(builder: Builder, drawn: Drawn, server: Server) -> None:
    workflow = drawn(
        "Pinned",
        [WEBHOOK | {"params": {"path": "pinned"}}, edit("Greet", text={"$t": "Hi {{ json.body.name }}"})],
        "hook > greet",
    )
    server.api("POST", f"/workflows/{workflow}/activate", {})
    assert server.hook("pinned", {"name": "Ana"}).is_success
    builder.go(f"/workflow/{workflow}/runs")
    builder.page.get_by_role("link", name=re.compile("ago|now|sec")).first.click()
    expect(builder.page.get_by_role("button", name=re.compile("Debug"))).to_be_visible(timeout=SLOW)
    builder.page.get_by_role("button", name=re.compile("Debug")).click()
    expect(builder.node("hook")).to_have_class(re.compile("pinned"), timeout=SLOW)
    builder.saved()
    saved = server.api("GET", f"/workflows/{workflow}")
    assert saved["pins"]["hook"]["main"][0]["body"] == {"name": "Ana"}
    builder.run()
    builder.said("Run succeeded")
    run = server.api("GET", f"/executions?workflow={workflow}&limit=1")["data"][0]
    steps = server.api("GET", f"/executions/{run['id']}/steps")["data"]
    assert steps[-1]["output"]["main"]["items"][0]["json"] == {"text": "Hi Ana"}


def test_two_tabs_meet_and_lose_nothing(
    builder: Builder, drawn: Drawn, context: BrowserContext, server: Server, watch: Watch
) -> None:
    # Who saves before they have heard of the other is told so, merges and saves again.
    watch.forgive("status of 412")
    workflow = drawn("Shared", [MANUAL, edit("One", (336, 0)), edit("Two", (672, 0))], "start > one", "one > two")
    other = Builder(context.new_page())
    builder.edit(workflow)
    other.edit(workflow)
    builder.node("one").focus()
    builder.page.keyboard.press("d")
    other.node("two").focus()
    other.page.keyboard.press("d")
    builder.saved()
    other.saved()
    builder.page.bring_to_front()
    expect(builder.node("two")).to_have_class(DISABLED, timeout=SLOW)
    assert disabled(server, workflow) == {"one", "two"}


def test_unsaved_work_comes_back_after_a_crash(
    builder: Builder, drawn: Drawn, context: BrowserContext, server: Server, watch: Watch
) -> None:
    watch.forgive("status of|failed|ERR_|answer: 50")
    workflow = drawn("Crash", [MANUAL, edit("One")], "start > one")
    builder.edit(workflow)
    # The server is away for real: a page that closes gets a last save past what only holds up its requests.
    server.kill()
    try:
        builder.node("one").focus()
        builder.page.keyboard.press("d")
        expect(builder.page.get_by_test_id("save")).to_have_attribute("data-state", "offline", timeout=SLOW)
        builder.page.wait_for_timeout(1_500)  # the copy on this device is made once a second
        builder.page.close(run_before_unload=False)
    finally:
        server.start()

    again = Builder(context.new_page())
    again.edit(workflow)
    expect(again.node("one")).not_to_have_class(DISABLED)
    again.page.get_by_role("button", name="Restore").click()
    expect(again.node("one")).to_have_class(DISABLED)
    again.saved()
    assert disabled(server, workflow) == {"one"}


def test_a_server_that_comes_back_gets_what_was_changed(
    builder: Builder, drawn: Drawn, server: Server, watch: Watch
) -> None:
    watch.forgive("status of|failed|ERR_|answer: 50")
    workflow = drawn("Away", [MANUAL, edit("One")], "start > one")
    builder.edit(workflow)
    server.kill()
    try:
        builder.node("one").focus()
        builder.page.keyboard.press("d")
        expect(builder.page.get_by_test_id("save")).to_have_attribute("data-state", "offline", timeout=SLOW)
    finally:
        server.start()
    builder.saved()
    assert disabled(server, workflow) == {"one"}


def test_a_session_that_ends_costs_nothing(
    builder: Builder, drawn: Drawn, context: BrowserContext, server: Server, watch: Watch
) -> None:
    watch.forgive("status of 401")
    workflow = drawn("Session", [MANUAL, edit("One")], "start > one")
    builder.edit(workflow)
    context.clear_cookies()
    builder.node("one").focus()
    builder.page.keyboard.press("d")
    dialog = builder.page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible(timeout=SLOW)
    dialog.get_by_label("E-mail address").fill("owner@example.org")
    dialog.get_by_label("Password").fill("a long sentence of ours")
    dialog.get_by_role("button", name="Sign in").click()
    builder.saved()
    assert disabled(server, workflow) == {"one"}


def test_what_is_broken_or_unknown_is_shown_and_kept(builder: Builder, drawn: Drawn, server: Server) -> None:
    params: dict[str, JSON] = {"a": [1, {"b": None}]}
    strange: dict[str, JSON] = {"id": "odd", "name": "Odd", "type": "nobody.knows", "params": params}
    nodes = [MANUAL, strange | {"position": [336, 0]}, edit("After", (672, 0))]
    workflow = drawn("Strange", nodes, "start > odd", "odd.gone > after")
    builder.edit(workflow)
    expect(builder.node("odd")).to_be_visible()
    expect(builder.edge("odd.gone.after.main")).to_be_attached()
    builder.node("after").focus()
    builder.page.keyboard.press("d")
    builder.saved()
    saved = server.api("GET", f"/workflows/{workflow}")
    kept = next(node for node in saved["nodes"] if node["id"] == "odd")
    assert kept["params"] == params
    assert {"from": "odd", "output": "gone", "to": "after", "input": "main"} in saved["connections"]


def test_nonsense_is_not_pasted(builder: Builder, drawn: Drawn) -> None:
    workflow = drawn("Paste", [MANUAL])
    builder.edit(workflow)
    builder.node("start").focus()
    for text in ("this is no workflow", json.dumps({"nodes": [{"id": 7}]}), "<img src=x onerror=alert(1)>"):
        builder.page.evaluate(PASTE, text)
    expect(builder.page.get_by_text(re.compile("clipboard", re.I)).first).to_be_visible()
    expect(builder.page.locator("[data-node]")).to_have_count(1)


def test_credentials_are_made_and_tried(builder: Builder, server: Server) -> None:
    page = builder.page
    answer = server.live(
        {
            "name": "Door",
            "nodes": [WEBHOOK | {"params": {"path": "door", "methods": ["GET"]}}],
            "connections": [],
        }
    )
    assert answer
    builder.go("/credentials")
    page.get_by_role("button", name="New credential").click()
    box = page.get_by_role("dialog").get_by_role("combobox")
    box.fill("bearer")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.locator('[data-field="values.token"] input').fill("a secret token")
    dialog.locator('[data-field="values.test_url"] input').fill(f"{server.url}/webhook/door")
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog.get_by_text("It works.")).to_be_visible(timeout=SLOW)
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_have_count(0, timeout=SLOW)
    made = server.api("GET", "/credentials")["data"]
    assert any(one["kind"] == "http.bearer" for one in made)
    assert "a secret token" not in str(made)


def test_five_hundred_steps_can_be_worked_with(builder: Builder, drawn: Drawn, server: Server) -> None:
    nodes: list[dict[str, JSON]] = [MANUAL]
    nodes += [edit(f"S{i}", (336 * (i % 25 + 1), 96 * (i // 25)), n=i) for i in range(499)]
    workflow = drawn("Large", nodes, *(f"start > s{i}" for i in range(499)))
    builder.edit(workflow)
    builder.page.keyboard.press("ControlOrMeta+f")
    expect(builder.canvas.locator("input:focus")).to_be_visible()
    builder.page.keyboard.type("S498")
    builder.page.keyboard.press("Enter")
    builder.page.keyboard.press("Escape")
    expect(builder.node("s498")).to_be_visible(timeout=SLOW)
    builder.node("s498").focus()
    builder.run()
    builder.said("Run succeeded")
