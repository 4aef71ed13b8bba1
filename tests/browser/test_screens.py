"""Every screen of the builder, in light, dark and narrow: for everybody, with every text, and worth looking at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import accessibility, shots
from tests.browser.conftest import PATIENCE
from tests.browser.screens import NEWCOMER, SCREENS, Screen, Used, used
from tests.browser.watch import Watch
from tests.live.server import OWNER, Server

VARIANTS = (*shots.VARIANTS[:2], replace(shots.VARIANTS[2], size={"width": 360, "height": 800}))
"""The narrowest telephone that is still sold."""
FRAME = """() => ({
  mains: document.querySelectorAll('main, [role=main]').length,
  headings: [...document.querySelectorAll('h1')].map((one) => one.textContent.trim()).filter(Boolean).length,
  over: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth,
})"""
REST = """() => document.fonts.status === 'loaded' && !document.querySelector('.skeleton, [aria-busy=true]')
  && document.getAnimations().every((one) => one.playState !== 'running'
    || one.effect?.getComputedTiming().endTime === Infinity)"""


@pytest.fixture(scope="module")
def there(server: Server) -> Used:
    """What the screens show."""
    return used(server)


@pytest.fixture(scope="module")
def people(browser: Browser, server: Server, there: Used) -> Iterator[dict[str, BrowserContext]]:
    """A profile of the owner, one of somebody who has nothing yet, and one of nobody."""
    made: dict[str, BrowserContext] = {}
    for who, account in (("owner", OWNER), ("newcomer", NEWCOMER), ("nobody", None)):
        made[who] = browser.new_context(
            base_url=server.url, viewport=shots.WIDE, reduced_motion="reduce", color_scheme="light", locale="en-GB"
        )
        made[who].set_default_timeout(PATIENCE)
        if account:
            credentials = {name: account[name] for name in ("email", "password")}
            headers = {"X-A8N-Client": "browser", "Origin": server.url}
            answer = made[who].request.post(f"{server.url}/api/users/sign-in", data=credentials, headers=headers)
            assert answer.ok, answer.text()
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(scope="module")
def watches(people: dict[str, BrowserContext], server: Server) -> dict[str, Watch]:
    """One for each profile."""
    return {who: Watch(context, server.url) for who, context in people.items()}


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_for_everybody(
    screen: Screen, people: dict[str, BrowserContext], watches: dict[str, Watch], there: Used
) -> None:
    page, said = people[screen.who].new_page(), watches[screen.who].problems
    said.clear()
    try:
        screen.open(page, there)
        assert faults(page, screen.name) == []
        assert [one for one in said if not (screen.forgive and re.search(screen.forgive, one))] == []
    finally:
        page.close()


def faults(page: Page, name: str) -> list[str]:
    """What is wrong with what is shown, in each variant. Each is written as a picture."""
    found = []
    shots.FOLDER.mkdir(parents=True, exist_ok=True)
    for variant in VARIANTS:
        shots.show(page, variant.scheme, variant.size)
        page.wait_for_function(REST)
        page.screenshot(path=shots.FOLDER / f"{name}-{variant.name}.png")
        frame = page.evaluate(FRAME)
        wrong = accessibility.violations(page)
        wrong += [f"small: {one}" for one in accessibility.small_targets(page)]
        wrong += [f"unnamed: {one}" for one in accessibility.unnamed_controls(page)]
        wrong += [f"{frame[key]} {key}" for key in ("mains", "headings") if frame[key] != 1]
        if frame["over"] > 0:
            wrong.append(f"{frame['over']} px wider than the window")
        found += [f"{variant.name}: {one}" for one in wrong]
    return found
