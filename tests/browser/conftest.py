"""A browser, a server with a fresh data folder, and pages that are watched.

Browser and server live as long as a file's tests: a Playwright that stays open would keep its event loop, and the
asynchronous tests of the next file could not start theirs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from a8n.items import JSON
from tests.browser import accessibility, shots
from tests.browser.chromium import MissingBrowserError, chromium
from tests.browser.watch import Watch
from tests.live.server import OWNER, Server, workflow

ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none")
"""Without a sandbox, for Chromium has none for root; with few of the shared memory that containers lack."""
PATIENCE = 15_000.0
"""Milliseconds that a page gets to show something."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    """A test that failed tells what the server says of the latest executions: whether it or the page is behind."""
    report = yield
    server = getattr(item, "funcargs", {}).get("server")
    if report.when == "call" and report.failed and isinstance(server, Server) and server.process is not None:
        report.sections.append(("Latest executions", _latest(server)))
    return report


def _latest(server: Server) -> str:
    try:
        rows = server.api("GET", "/executions?limit=5")["data"]
        told = []
        for row in rows:
            steps = server.api("GET", f"/executions/{row['id']}/steps")["data"]
            told.append(f"{row['id']} {row['status']} {[(step['node'], step['status']) for step in steps]}")
        return "\n".join(told)
    except (AssertionError, httpx.HTTPError) as error:  # it may be the server that the test found wanting
        return f"the server does not say: {error}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    try:
        found = chromium()
    except MissingBrowserError as error:
        if os.environ.get("A8N_REQUIRE_BROWSER", "") not in ("", "0"):
            pytest.fail(f"there is no browser to test with: {error}")
        pytest.skip(f"there is no browser to test with: {error}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found.path, args=ARGUMENTS, env={**os.environ, **found.env}
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`a8n serve` on a fresh data folder, with the owner's account."""
    started = Server(tmp_path_factory.mktemp("server") / "data").start()
    try:
        started.sign_up()
        yield started
    finally:
        started.close()


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A browser profile of its own: no cookies, nothing stored."""
    made = browser.new_context(
        base_url=server.url, viewport=shots.WIDE, reduced_motion="reduce", color_scheme="light", locale="en-GB"
    )
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def watch(context: BrowserContext, server: Server) -> Iterator[Watch]:
    """Fails the test at its end where something went wrong that it did not `forgive`."""
    watching = Watch(context, server.url)
    yield watching
    assert watching.unforgiven() == []


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    """A watched page of nobody."""
    return context.new_page()


@pytest.fixture
def signed_in(page: Page, server: Server) -> Page:
    """A watched page of the owner, still blank."""
    sign_in(page, server)
    return page


def sign_in(page: Page, server: Server) -> None:
    """Give the page's profile the cookies of a session."""
    headers = {"X-A8N-Client": "browser", "Origin": server.url}
    credentials = {name: OWNER[name] for name in ("email", "password")}
    answer = page.context.request.post(f"{server.url}/api/users/sign-in", data=credentials, headers=headers)
    assert answer.ok, answer.text()


@pytest.fixture
def drawn(server: Server) -> Callable[..., str]:
    """`drawn("Greet", [nodes], "hook > greet")` saves a workflow by the API and gives its id."""

    def save(name: str, nodes: list[dict[str, JSON]], *wires: str) -> str:
        saved: dict[str, Any] = server.api("POST", "/workflows", workflow(name, nodes, *wires), status=201)
        return str(saved["id"])

    return save


@pytest.fixture
def shot(page: Page) -> Callable[[str], None]:
    """`shot("canvas-empty")` writes pictures of the page in each variant to `build/screenshots`."""
    return lambda name: shots.shot(page, name)


@pytest.fixture
def axe(page: Page) -> Callable[..., list[str]]:
    """`assert axe() == []`: what breaks WCAG 2.2 AA, in light, dark and narrow. It skips the selectors given."""

    def run(*exclude: str) -> list[str]:
        return [
            f"{variant.name}: {found}"
            for variant in shots.variants(page)
            for found in accessibility.violations(page, *exclude)
        ]

    return run
