"""Credentials: signed in for at a service, shared with others, and made where they are needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from a8n.items import JSON
from tests.browser import pottery, shots
from tests.browser.builder import SLOW, Builder
from tests.browser.conftest import PATIENCE
from tests.browser.test_journeys import MANUAL, Drawn
from tests.browser.watch import Watch
from tests.live.server import Server
from tests.web.login_service import CLIENT, SECRET, LoginService, beside

ANA = {"email": "ana@example.org", "password": "a password of Ana's own", "name": "Ana"}
BO = {"email": "bo@example.org", "password": "a password of Bo's own", "name": "Bo"}
TOKEN = "scratched-into-the-first-pot"
BLOCKED = "window.open = () => null"
Shot = Callable[[str], None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("credentials")
    started = Server(folder / "data", PYTHONPATH=str(pottery.install(folder))).start()
    try:
        started.sign_up()
        yield started
    finally:
        started.close()


@pytest.fixture
def service() -> Iterator[LoginService]:
    """A service on another site than ours, which asks the person."""
    with beside() as running:
        running.root = running.root.replace("127.0.0.1", "localhost")
        running.asks = True
        yield running


@pytest.fixture
def builder(signed_in: Page, watch: Watch, service: LoginService) -> Builder:
    watch.forgive(f"^foreign: {re.escape(service.root)}/")
    watch.forgive(f"{re.escape(service.root)}/favicon.ico")
    return Builder(signed_in)


def text(dialog: Locator, field: str) -> Locator:
    """Where a value of the credential is typed."""
    return dialog.locator(f'[data-field="values.{field}"]').locator("input, textarea").first


def shop(builder: Builder, service: LoginService, name: str) -> Locator:
    """The form of a new credential for the service, filled in."""
    page = builder.page
    builder.go("/credentials")
    page.get_by_role("button", name="New credential").click()
    page.get_by_role("dialog").get_by_role("combobox").fill("OAuth2 sign-in")
    expect(page.get_by_role("option").first).to_contain_text("OAuth2 sign-in")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=False).first.fill(name)
    for field, value in (
        ("authorize_url", f"{service.root}/authorize"), ("token_url", f"{service.root}/token"), ("client_id", CLIENT),
        ("client_secret", SECRET), ("scope", "orders profile"), ("test_url", f"{service.root}/me"),
    ):  # fmt: skip
        text(dialog, field).fill(value)
    return dialog


def sign_in_again(dialog: Locator, verb: str = "Sign in at the service") -> Page:
    """Press the button; gives the window of the service."""
    with dialog.page.expect_popup() as opened:
        dialog.get_by_role("button", name=verb, exact=True).click()
    expect(opened.value.get_by_role("heading", name="Let a8n in?")).to_be_visible(timeout=SLOW)
    return opened.value


def answer(popup: Page, verb: str) -> None:
    """Decide at the service; its window goes by itself."""
    with popup.expect_event("close", timeout=SLOW):
        popup.get_by_role("link", name=verb).click()


def test_one_signs_in_at_a_service_and_again_when_that_was_taken_back(
    builder: Builder, service: LoginService, server: Server, shot: Shot
) -> None:
    dialog = shop(builder, service, "The shop")
    expect(dialog.get_by_label("Redirect URL")).to_have_value(f"{server.url}/oauth/callback")
    part = dialog.get_by_role("region", name="Signing in at the service")
    expect(part).to_contain_text("Not signed in")
    service.lasts = 1
    popup = sign_in_again(dialog)
    assert popup.evaluate("window.opener") is None
    expect(part).to_contain_text("Sign in in the window that has opened")
    part.scroll_into_view_if_needed()
    shot("credential-waiting")
    answer(popup, "Allow")
    expect(part.get_by_role("status").first).to_have_text("Signed in", timeout=SLOW)
    expect(part).not_to_contain_text("window")
    shot("credential-connected")

    # It is renewed by itself, until the person takes it back at the service.
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog).to_contain_text("It works.", timeout=SLOW)
    assert "refresh_token" in service.exchanges
    service.revoked = True
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog).to_contain_text("It does not work.", timeout=SLOW)
    expect(part).to_contain_text("Not signed in")
    expect(part.get_by_role("alert")).to_contain_text("The sign-in has ended")
    shot("credential-ended")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_have_count(0)
    row = builder.page.get_by_role("listitem").filter(has_text="The shop")
    expect(row).to_contain_text("Sign in again")

    service.revoked, service.lasts = False, 3600
    row.get_by_role("button", name="The shop").first.click()
    answer(sign_in_again(dialog, "Sign in again"), "Allow")
    expect(part.get_by_role("status").first).to_have_text("Signed in", timeout=SLOW)
    expect(part.get_by_role("alert")).to_have_count(0)
    [saved] = [one for one in server.api("GET", "/credentials")["data"] if one["name"] == "The shop"]
    assert saved["oauth"]["connected"] is True


def test_a_refusal_a_closed_window_and_a_window_that_never_opened_are_told(
    builder: Builder, service: LoginService, server: Server, shot: Shot
) -> None:
    page = builder.page
    dialog = shop(builder, service, "The market")
    part = dialog.get_by_role("region", name="Signing in at the service")
    answer(sign_in_again(dialog), "Refuse")
    expect(part.get_by_role("alert")).to_contain_text("the service refused: access_denied: Ana said no", timeout=SLOW)
    expect(part).to_contain_text("Not signed in")
    part.scroll_into_view_if_needed()
    shot("credential-refused")

    sign_in_again(dialog).close()
    expect(part.get_by_role("alert")).to_contain_text("Signing in was not finished", timeout=SLOW)
    shot("credential-closed")

    page.evaluate(BLOCKED)
    dialog.get_by_role("button", name="Sign in at the service", exact=True).click()
    expect(part.get_by_role("alert")).to_contain_text("The browser held back the window")
    shot("credential-blocked")
    with page.context.expect_page() as opened:
        part.get_by_role("link", name="Sign in in a new tab").click()
    answer(opened.value, "Allow")
    expect(part.get_by_role("status").first).to_have_text("Signed in", timeout=SLOW)
    # Trying it thrice has saved it once.
    assert [one["name"] for one in server.api("GET", "/credentials")["data"]].count("The market") == 1
