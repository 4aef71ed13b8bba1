"""The first visit: from nothing to a webhook that answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser import shots
from tests.browser.builder import SLOW, Builder
from tests.browser.watch import Watch
from tests.live.server import Server


@pytest.fixture
def untouched(tmp_path: Path) -> Iterator[Server]:
    """A server that nobody has an account at."""
    started = Server(tmp_path / "data").start()
    yield started
    started.close()


def test_from_the_first_visit_to_the_first_answered_webhook(browser: Browser, untouched: Server) -> None:
    context = browser.new_context(base_url=untouched.url, viewport=shots.WIDE, reduced_motion="reduce", locale="en-GB")
    watch = Watch(context, untouched.url)
    watch.forgive("status of 401")
    page = context.new_page()
    builder = Builder(page)
    page.goto("/")
    expect(page).to_have_url(re.compile("/setup$"), timeout=SLOW)
    page.get_by_label("Your name").fill("Ana")
    page.get_by_label("E-mail address").fill("ana@example.org")
    page.get_by_label("Password").fill("a long sentence of mine")
    page.get_by_role("button", name="Create the account").click()
    expect(page).to_have_url(re.compile("/workflows/new$"), timeout=SLOW)

    page.get_by_role("button", name=re.compile("Blank workflow")).click()
    expect(builder.canvas).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Webhook").first.click()
    expect(builder.node("webhook")).to_be_visible()
    if not builder.panel.is_visible():
        builder.open("webhook")
    builder.fill("params.path", "first")
    builder.saved()
    builder.publish()

    answer = httpx.post(f"{untouched.url}/webhook/first", json={}, trust_env=False)
    assert answer.status_code == 200, answer.text
    assert watch.unforgiven() == []
    context.close()
