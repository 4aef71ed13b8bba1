"""Two people in one workflow: each sees what the other does, and nobody's work is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from a8n.items import JSON
from tests.browser import shots
from tests.browser.builder import SLOW, Builder
from tests.browser.conftest import PATIENCE
from tests.browser.watch import Watch
from tests.live.server import Server

Drawn = Callable[..., str]
ANA = {"email": "ana@example.org", "password": "a password of Ana's own", "name": "Ana"}
STEPS: list[dict[str, JSON]] = [
    {"id": "start", "name": "Start", "type": "manual.trigger", "position": [0, 0]},
    {"id": "call", "name": "Call", "type": "http.request", "params": {"url": "http://one.test"}, "position": [336, 0]},
    {"id": "last", "name": "Last", "type": "http.request", "params": {"url": "http://two.test"}, "position": [672, 0]},
]
WIRES = ("start > call", "call > last")


@pytest.fixture
def bo(signed_in: Page) -> Builder:
    """The owner of the workflow."""
    return Builder(signed_in)


@pytest.fixture(scope="module")
def member(server: Server) -> dict[str, str]:
    server.api("POST", "/users", {**ANA, "role": "admin"}, status=201)
    return ANA


@pytest.fixture
def ana(browser: Browser, server: Server, member: dict[str, str]) -> Iterator[Builder]:
    """Somebody else, in a browser of her own."""
    context = browser.new_context(base_url=server.url, viewport=shots.WIDE, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(PATIENCE)
    watching = Watch(context, server.url)
    watching.forgive("status of 412")
    headers = {"X-A8N-Client": "browser", "Origin": server.url}
    credentials = {name: member[name] for name in ("email", "password")}
    assert context.request.post(f"{server.url}/api/users/sign-in", data=credentials, headers=headers).ok
    yield Builder(context.new_page())
    context.close()
    assert watching.unforgiven() == []


def urls(server: Server, workflow: str) -> list[str]:
    """What the steps of the saved draft call."""
    nodes = server.api("GET", f"/workflows/{workflow}")["nodes"]
    return [node["params"]["url"] for node in nodes if node["type"] == "http.request"]


def test_one_sees_at_once_what_another_does(bo: Builder, ana: Builder, drawn: Drawn, server: Server) -> None:
    workflow = drawn("Together", STEPS, *WIRES)
    bo.edit(workflow)
    ana.edit(workflow)
    ana.open("call")
    ana.fill("params.url", "http://ana.test")
    ana.saved()
    expect(bo.page.get_by_text("Ana changed the workflow")).to_be_visible(timeout=SLOW)
    shots.shot(bo.page, "together-told")
    bo.open("last")
    bo.fill("params.url", "http://bo.test")
    bo.saved()
    assert urls(server, workflow) == ["http://ana.test", "http://bo.test"]


def test_a_workflow_that_another_switches_on_shows_so(bo: Builder, ana: Builder, drawn: Drawn, server: Server) -> None:
    hook: dict[str, JSON] = {"id": "hook", "name": "Webhook", "type": "webhook.trigger", "params": {"path": "together"}}
    workflow = drawn("Live together", [hook])
    bo.edit(workflow)
    ana.edit(workflow)
    ana.publish()
    expect(bo.page.get_by_role("button", name="Live", exact=True)).to_be_visible(timeout=SLOW)
    bo.node("hook").focus()
    bo.page.keyboard.press("d")
    expect(bo.page.get_by_role("button", name="Publish", exact=True)).to_have_class(re.compile("changed"))
    shots.shot(bo.page, "together-changed")
    bo.page.keyboard.press("ControlOrMeta+z")
    expect(bo.page.get_by_role("button", name="Live", exact=True)).to_be_visible()
    shots.shot(bo.page, "together-live")
    server.api("POST", f"/workflows/{workflow}/deactivate")
    expect(bo.page.get_by_role("button", name="Publish", exact=True)).to_be_visible(timeout=SLOW)


def test_who_is_asked_chooses_and_the_other_side_can_be_had_back(
    bo: Builder, ana: Builder, drawn: Drawn, server: Server, watch: Watch
) -> None:
    watch.forgive("status of 412|ERR_INTERNET_DISCONNECTED|Failed to fetch|net::")
    workflow = drawn("Torn", STEPS, *WIRES)
    bo.edit(workflow)
    ana.edit(workflow)
    bo.open("call")
    bo.page.context.set_offline(True)
    bo.fill("params.url", "http://bo.test")
    ana.open("call")
    ana.fill("params.url", "http://ana.test")
    ana.saved()
    bo.page.context.set_offline(False)
    dialog = bo.page.get_by_role("dialog")
    bo.page.get_by_role("button", name="Review", exact=True).click(timeout=2 * SLOW)
    expect(dialog.get_by_text("http://ana.test")).to_be_visible()
    expect(dialog.get_by_text("http://bo.test")).to_be_visible()
    shots.shot(bo.page, "together-conflict")
    dialog.get_by_role("button", name="Keep the chosen").click()
    bo.saved()
    assert urls(server, workflow) == ["http://bo.test", "http://two.test"]
    expect(ana.field("params.url").get_by_role("textbox")).to_have_value("http://bo.test", timeout=SLOW)
    bo.panel.get_by_role("button", name="Close").first.click()
    bo.page.keyboard.press("ControlOrMeta+z")
    bo.saved()
    assert urls(server, workflow) == ["http://ana.test", "http://two.test"]
