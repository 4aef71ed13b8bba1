"""Webhooks in the editor: calls are listened for, replayed, and told when they are live."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import shots
from tests.browser.builder import SLOW, Builder
from tests.browser.test_journeys import WEBHOOK, edit
from tests.live.server import Server

SUCCEEDED = re.compile("succeeded")


def test_calls_are_listened_for_and_replayed_and_then_live(
    signed_in: Page, drawn: Callable[..., str], server: Server, axe: Callable[..., list[str]]
) -> None:
    builder = Builder(signed_in)
    page = builder.page
    say = edit("Say", text={"$t": "Hi {{ trigger.json.body.who }}"})
    workflow = drawn("Calls", [WEBHOOK, say], "hook > say")
    builder.edit(workflow)
    assert server.hook("greet", {"who": "Nobody"}).status_code == 404
    builder.open("hook")
    builder.panel.get_by_role("button", name="Listen for a test call").click()
    expect(builder.panel.get_by_text("Listening…")).to_be_visible(timeout=SLOW)
    answer = server.hook("greet", {"who": "Ana"})
    assert (answer.status_code, answer.json()) == (200, {"text": "Hi Ana"})
    expect(builder.node("say")).to_have_class(SUCCEEDED, timeout=SLOW)
    captured = builder.panel.locator(".np-capture")
    expect(captured).to_have_count(1, timeout=SLOW)
    found = axe()
    assert not found, "\n".join(found)
    shots.shot(page, "webhook-captured")
    captured.get_by_role("button", name="Run with it").click()
    builder.said("succeeded")
    runs = server.api("GET", f"/executions?workflow={workflow}")["data"]
    assert len(runs) == 2
    assert [step["output"]["main"]["items"][0]["json"] for step in steps(server, runs[0]["id"], "say")] == [
        {"text": "Hi Ana"}
    ]

    builder.panel.get_by_role("button", name="Close").first.click()
    builder.publish()
    builder.open("hook")
    expect(builder.panel.get_by_text("Not called yet.")).to_be_visible(timeout=SLOW)
    assert server.hook("greet", {"who": "Bo"}).json() == {"text": "Hi Bo"}
    told = builder.panel.get_by_role("link", name="Last called")
    expect(told).to_be_visible(timeout=SLOW)
    shots.shot(page, "webhook-live")
    told.click()
    expect(page.get_by_text("Webhook", exact=True).first).to_be_visible(timeout=SLOW)
    expect(builder.node("say")).to_have_class(SUCCEEDED, timeout=SLOW)


def steps(server: Server, execution: str, node: str) -> list[dict[str, dict[str, dict[str, list[dict[str, object]]]]]]:
    """What a node of an execution gave, as recorded."""
    found = server.api("GET", f"/executions/{execution}/steps?limit=10")["data"]
    return [step for step in found if step["node"] == node]
