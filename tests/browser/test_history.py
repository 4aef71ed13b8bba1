"""Checkpoints and versions: kept by a key, compared, and had back."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from a8n.items import JSON
from tests.browser.builder import SLOW, Builder
from tests.live.server import Server

STEPS: list[dict[str, JSON]] = [
    {"id": "start", "name": "Start", "type": "manual.trigger", "position": [0, 0]},
    {"id": "call", "name": "Call", "type": "http.request", "params": {"url": "http://one.test"}, "position": [336, 0]},
]


def test_a_checkpoint_is_kept_compared_and_restored(
    signed_in: Page,
    drawn: Callable[..., str],
    server: Server,
    shot: Callable[[str], None],
    axe: Callable[..., list[str]],
) -> None:
    builder = Builder(signed_in)
    page = builder.page
    workflow = drawn("Kept", STEPS, "start > call")
    server.api("POST", f"/workflows/{workflow}/activate", {"name": "First"})
    builder.edit(workflow)
    builder.open("call")
    builder.fill("params.url", "http://two.test")
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("kept as a checkpoint")).to_be_visible(timeout=SLOW)
    builder.fill("params.url", "http://three.test")
    builder.saved()

    page.get_by_role("link", name="History").click()
    page.get_by_role("button", name="Checkpoint").click()
    expect(page.get_by_text("http://one.test")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("http://two.test")).to_be_visible()
    assert axe() == []
    shot("history-checkpoint")
    page.get_by_role("button", name="Restore as draft").click()
    expect(page.get_by_text("Checkpoint is the draft again")).to_be_visible(timeout=SLOW)
    builder.saved()
    saved = server.api("GET", f"/workflows/{workflow}")
    assert saved["nodes"][1]["params"]["url"] == "http://two.test"
    page.keyboard.press("ControlOrMeta+z")
    builder.saved()
    assert server.api("GET", f"/workflows/{workflow}")["nodes"][1]["params"]["url"] == "http://three.test"
