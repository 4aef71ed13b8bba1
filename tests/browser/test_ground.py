"""The ground of the journeys: the page loads below its policy, and what goes wrong on it does not go unseen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import accessibility, shots
from tests.browser.watch import Watch
from tests.live.server import OWNER

QUIET = r"status of 401"
"""A stranger's page asks who it is; the browser writes that it is nobody."""
AT_FIRST = """document.addEventListener('readystatechange', () => {
  window.themeAtFirst ??= document.documentElement.dataset.theme ?? 'none';
});"""
"""The first of these events comes when the page is read, before the builder's script begins."""


@pytest.mark.parametrize("path", ["/", "/workflow/none", "/a/deep/address"])
def test_every_address_loads_the_builder(page: Page, watch: Watch, path: str) -> None:
    watch.forgive(r"status of 40[14]")
    page.goto(path)
    expect(page).to_have_title(re.compile("a8n"))
    expect(page.locator("#root > *").first).to_be_attached()
    assert page.evaluate("document.fonts.load('14px \"Inter Variable\"').then((faces) => faces.length)") > 0
    assert page.evaluate("new URL('x', document.baseURI).pathname") == "/x"


def test_scripts_and_styles_come_compressed_and_are_kept(page: Page, watch: Watch) -> None:
    watch.forgive(QUIET)
    answers = []
    page.on("response", lambda response: answers.append(response))
    page.goto("/", wait_until="load")
    assets = [answer for answer in answers if "/assets/" in answer.url and answer.url.endswith((".js", ".css"))]
    assert assets
    for answer in assets:
        assert "immutable" in answer.headers["cache-control"]
    largest = max(assets, key=lambda answer: len(answer.body()))
    assert largest.headers["content-encoding"] in ("br", "gzip")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_is_the_systems_before_anything_is_painted(page: Page, watch: Watch, scheme: str) -> None:
    watch.forgive(QUIET)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.add_init_script(AT_FIRST)
    page.goto("/")
    assert page.evaluate("window.themeAtFirst") == scheme


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("console.error('lost')", "console: lost"),
        ("setTimeout(() => { throw new Error('uncaught one') })", "uncaught one"),
        (
            "const s = document.createElement('script'); s.textContent = '1'; document.head.append(s)",
            "CSP: script-src",
        ),
        ("document.body.setAttribute('onclick', '1'); document.body.click()", "CSP: script-src"),
        ("setTimeout('1')", "CSP: script-src"),
        ("fetch('https://example.com/x').catch(() => {})", "CSP: connect-src"),
        ("fetch('/api/nothing')", "status of 404"),
        ("new Image().src = 'http://example.com/pixel.png'", "CSP: img-src"),
    ],
)
def test_what_goes_wrong_is_seen(page: Page, watch: Watch, script: str, problem: str) -> None:
    page.goto("/docs")  # under the same policy, and still once it is there
    expect(page.locator("#routes section, #routes article, #routes details").first).to_be_attached()
    assert watch.unforgiven() == []
    page.evaluate(f"() => {{ {script} }}")
    assert appears(page, watch, problem), watch.problems
    watch.forgive(".")


def appears(page: Page, watch: Watch, problem: str) -> bool:
    """Whether the watch reports this, sooner or later."""
    for _ in range(100):
        if any(problem in found for found in watch.unforgiven()):
            return True
        page.wait_for_timeout(50)
    return False


def test_a_session_of_the_owner(signed_in: Page, watch: Watch) -> None:
    signed_in.goto("/")
    me = signed_in.evaluate("fetch('api/users/me').then((answer) => answer.json())")
    assert me["email"] == OWNER["email"]


def test_what_cannot_be_used_by_everybody_is_found(page: Page, watch: Watch) -> None:
    page.goto("/docs", wait_until="networkidle")
    assert watch.unforgiven() == []
    page.set_content("<main><h1>One</h1><button style='width:10px;height:10px;padding:0'></button></main>")
    assert any(found.startswith("button-name") for found in accessibility.violations(page))
    assert accessibility.unnamed_controls(page)
    assert accessibility.small_targets(page) == ['button "" 10x10']


def test_pictures_show_each_variant_and_leave_the_page_as_it_was(page: Page, watch: Watch) -> None:
    watch.forgive(QUIET)
    page.goto("/")
    seen = [(variant.name, page.viewport_size, page.evaluate("document.documentElement.dataset.theme"))
            for variant in shots.variants(page)]  # fmt: skip
    assert seen == [("light", shots.WIDE, "light"), ("dark", shots.WIDE, "dark"), ("narrow", shots.NARROW, "light")]
    assert page.viewport_size == shots.WIDE
