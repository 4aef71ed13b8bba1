"""What comes too large, from elsewhere, or at a bad moment: shown as far as it goes, told plainly, and never lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from a8n.items import JSON
from tests.browser import shots
from tests.browser.builder import SLOW, Builder
from tests.browser.test_journeys import MANUAL, PASTE, edit
from tests.browser.watch import Watch
from tests.live.server import OWNER, Server

Drawn = Callable[..., str]
KIB = 1024
MOST = 300 * KIB
"""Bytes that an answer with data may have."""
WAIT: dict[str, JSON] = {
    "id": "wait",
    "name": "Pause",
    "type": "flow.wait",
    "params": {"resume": {"on": "duration", "seconds": 4}},
    "position": [336, 0],
}


@pytest.fixture
def builder(signed_in: Page) -> Builder:
    return Builder(signed_in)


def ran(server: Server, workflow: str, items: list[JSON]) -> str:
    """The id of an execution of it with these items, once it has ended well."""
    started = server.api("POST", f"/workflows/{workflow}/run", {"items": items}, status=202)
    assert server.ended(started["execution_id"], 60)["status"] == "succeeded"
    return str(started["execution_id"])


def too_large(page: Page) -> list[str]:
    """Fills with the answers of the API that were larger than they may be."""
    found: list[str] = []

    def measure(response: Response) -> None:
        size = int(response.headers.get("content-length", 0))
        if "/api/" in response.url and size > MOST:
            found.append(f"{size} {response.url}")

    page.on("response", measure)
    return found


@pytest.mark.parametrize(
    ("items", "total"),
    [
        ([{"n": number, "text": "x" * 1_000} for number in range(10_000)], "10,000"),
        ([{"n": 0, "text": "<b>" + "long " * 2_000_000}], "1"),
    ],
    ids=["many", "one"],
)
def test_ten_megabytes_come_in_pages(
    builder: Builder, drawn: Drawn, server: Server, items: list[JSON], total: str
) -> None:
    page = builder.page
    workflow = drawn(
        "Large", [MANUAL, edit("Give", copy={"$": "json.n"}) | {"params": {"mode": "keep"}}], "start > give"
    )
    execution = ran(server, workflow, items)
    large = too_large(page)
    page.goto(f"/workflow/{workflow}/runs/{execution}")
    builder.open("give")
    builder.panel.get_by_role("tab", name="Output").click()
    data = builder.panel.locator(".np-data")
    expect(data.locator(".np-data-count")).to_contain_text(total, timeout=SLOW)
    expect(data.get_by_text("text", exact=True).first).to_be_visible()
    for view in ("Table", "JSON"):
        data.get_by_role("radio", name=view).click()
        expect(data.get_by_text(re.compile('^"?(x{20}|<b>long)')).first).to_be_visible(timeout=SLOW)
        shots.shot(page, f"large-{'many' if len(items) > 1 else 'one'}-{view.lower()}")
    if len(items) > 1:
        data.get_by_role("radio", name="Table").click()
        scroll = data.locator(".np-data-scroll")
        # What is further down comes as one gets there.
        for _ in range(3):
            before = scroll.evaluate("(box) => box.scrollHeight")
            scroll.evaluate("(box) => box.scrollTo(0, box.scrollHeight)")
            expect(scroll).not_to_have_js_property("scrollHeight", before, timeout=SLOW)
    assert large == []


def test_a_workflow_of_n8n_is_pasted_and_taken_back_in_one_step(builder: Builder, drawn: Drawn, server: Server) -> None:
    page = builder.page
    foreign = {
        "nodes": [
            {
                "name": "Webhook",
                "type": "n8n-nodes-base.webhook",
                "typeVersion": 2,
                "position": [0, 200],
                "parameters": {"path": "from-n8n", "httpMethod": "POST"},
            },
            {
                "name": "HTTP",
                "type": "n8n-nodes-base.httpRequest",
                "typeVersion": 4.2,
                "position": [300, 200],
                "parameters": {"url": "=https://example.org/{{ $json.id }}"},
            },
            {
                "name": "Sheet",
                "type": "n8n-nodes-base.googleSheetsOfTheFuture",
                "typeVersion": 1,
                "position": [600, 200],
                "parameters": {"range": "A1"},
            },
        ],
        "connections": {
            "Webhook": {"main": [[{"node": "HTTP", "type": "main", "index": 0}]]},
            "HTTP": {"main": [[{"node": "Sheet", "type": "main", "index": 0}]]},
        },
    }
    workflow = drawn("From n8n", [MANUAL])
    builder.edit(workflow)
    builder.node("start").focus()
    page.evaluate(PASTE, json.dumps(foreign))
    # All that came in is looked at; what was there may be outside of that, and is not drawn then.
    for name in ("Webhook", "HTTP", "Sheet"):
        expect(page.locator("[data-node]").filter(has_text=name)).to_be_visible()
    expect(page.locator("[data-edge]")).to_have_count(2)
    expect(page.get_by_text("googleSheetsOfTheFuture").first).to_be_visible()
    builder.saved()
    shots.shot(page, "n8n-pasted")
    nodes = {node["name"]: node for node in server.api("GET", f"/workflows/{workflow}")["nodes"]}
    assert nodes["Webhook"]["params"]["path"].strip("/") == "from-n8n"
    assert nodes["HTTP"]["params"]["url"] == {"$t": "https://example.org/{{ json.id }}"}
    assert nodes["Sheet"]["params"]["range"] == "A1"
    page.keyboard.press("ControlOrMeta+z")
    expect(page.locator("[data-edge]")).to_have_count(0)
    builder.saved()
    assert len(server.api("GET", f"/workflows/{workflow}")["nodes"]) == 1


def test_a_run_that_is_watched_goes_on_when_the_server_was_killed(
    builder: Builder, drawn: Drawn, server: Server, watch: Watch
) -> None:
    watch.forgive("status of|failed|ERR_|answer: 50")
    workflow = drawn("Watched", [MANUAL, WAIT, edit("After", (672, 0))], "start > wait", "wait > after")
    builder.edit(workflow)
    builder.node("start").focus()
    builder.run()
    expect(builder.node("wait")).to_have_class(re.compile("waiting"), timeout=SLOW)
    server.kill()
    server.start()
    expect(builder.node("after")).to_have_class(re.compile("succeeded"), timeout=3 * SLOW)
    builder.said("succeeded")


def test_a_session_that_ends_during_a_conflict_costs_neither_side(
    builder: Builder, drawn: Drawn, server: Server, watch: Watch
) -> None:
    watch.forgive("status of (401|412)")
    page = builder.page
    workflow = drawn("Ends", [MANUAL, edit("One")], "start > one")
    builder.edit(workflow)
    page.context.set_offline(True)
    watch.forgive("ERR_INTERNET_DISCONNECTED|net::")
    builder.node("one").focus()
    page.keyboard.press("F2")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    server.api("PATCH", f"/workflows/{workflow}/nodes/one", {"name": "Theirs"})
    page.context.clear_cookies()
    page.context.set_offline(False)
    sign_in = page.get_by_role("dialog", name="Sign in again")
    expect(sign_in).to_be_visible(timeout=3 * SLOW)
    sign_in.get_by_label("E-mail address").fill(OWNER["email"])
    sign_in.get_by_label("Password").fill(OWNER["password"])
    sign_in.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Review", exact=True).click(timeout=2 * SLOW)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Theirs", exact=True).last).to_be_visible()
    dialog.get_by_role("radio", name="Theirs").check()
    dialog.get_by_role("button", name="Keep the chosen").click()
    builder.saved()
    assert [node["name"] for node in server.api("GET", f"/workflows/{workflow}")["nodes"]] == ["Start", "Theirs"]
    page.keyboard.press("ControlOrMeta+z")
    builder.saved()
    assert [node["name"] for node in server.api("GET", f"/workflows/{workflow}")["nodes"]] == ["Start", "Mine"]
