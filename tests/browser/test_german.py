"""Every screen in German, whose words are long: what one presses is to be read whole, and stands beside its fellows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.browser import shots
from tests.browser.conftest import PATIENCE
from tests.browser.screens import NEWCOMER, SCREENS, Screen, Used, used
from tests.browser.test_screens import REST
from tests.browser.watch import Watch
from tests.live.server import OWNER, Server

SIZES: tuple[ViewportSize, ...] = ({"width": 1280, "height": 800}, {"width": 360, "height": 800})
GERMAN = "localStorage.setItem('a8n.language', 'de')"
# What people have named may end in an ellipsis; what we have named may not.
CUT = """() => {
  const controls = [...document.querySelectorAll(
    'button, [role=button], [role=tab], [role=menuitem], [role=menuitemcheckbox], [role=radio], a.button, label, '
    + 'summary, legend, .field-label, .chip, th, h1, h2, h3')];
  const shown = (one) =>
    one.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && !one.closest('.visually-hidden, [aria-hidden=true], [inert]') && one.getClientRects().length > 0;
  const words = (one) => (one.innerText ?? '').trim().replace(/\\s+/g, ' ').slice(0, 60);
  const theirs = (one) => one.closest('[dir=auto]') || one.querySelector('[dir=auto]')
    || one.closest('[data-node], .minimap, .crumbs, .palette, [role=option]');
  const found = [];
  const seen = controls.filter((one) => shown(one) && words(one) !== '');
  for (const one of seen) {
    if (theirs(one)) continue;
    const outer = one.getBoundingClientRect();
    const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode, around = text.parentElement;
      if (text.data.trim() === '' || !shown(around)) continue;
      const over = around.scrollWidth - around.clientWidth;
      const own = [...around.children].every((child) => child.tagName === 'svg');
      if (own && over > 1 && getComputedStyle(around).display !== 'inline') found.push(`cut ${over} px: ${words(one)}`);
      const range = document.createRange();
      range.selectNodeContents(text);
      for (const { left, right } of range.getClientRects())
        if (left < outer.left - 1 || right > outer.right + 1) found.push(`spills: ${words(one)}`);
    }
  }
  const pen = document.createElement('canvas').getContext('2d');
  for (const one of document.querySelectorAll('select, input[placeholder]')) {
    const ours = one.value === '' && (one.matches('select') ? one.selectedOptions[0]?.text : one.placeholder);
    if (!shown(one) || !ours || one.matches('.mono')) continue;
    const style = getComputedStyle(one);
    pen.font = style.font;
    const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const over = Math.round(pen.measureText(ours).width - room);
    if (over > 1) found.push(`cut ${over} px: ${ours}`);
  }
  const pressed = seen.filter((one) => one.matches('button, [role=button], [role=tab], [role=menuitem], a.button'));
  const boxes = pressed.map((one) => ({ one, box: one.getBoundingClientRect() }));
  const reached = ({ one, box }) => {
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return top !== null && (one.contains(top) || top.contains(one));
  };
  const open = boxes.filter(reached);
  for (const [i, a] of open.entries()) for (const b of open.slice(i + 1)) {
    if (a.one.contains(b.one) || b.one.contains(a.one)) continue;
    const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
    const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
    if (wide > 1 && high > 1) found.push(`overlap: ${words(a.one)} / ${words(b.one)}`);
  }
  return [...new Set(found)];
}"""


@pytest.fixture(scope="module")
def there(server: Server) -> Used:
    return used(server)


@pytest.fixture(scope="module")
def people(browser: Browser, server: Server, there: Used) -> Iterator[dict[str, BrowserContext]]:
    """Profiles that have chosen German."""
    made: dict[str, BrowserContext] = {}
    for who, account in (("owner", OWNER), ("newcomer", NEWCOMER), ("nobody", None)):
        made[who] = browser.new_context(
            base_url=server.url, viewport=SIZES[0], reduced_motion="reduce", color_scheme="light", locale="de-DE"
        )
        made[who].set_default_timeout(PATIENCE)
        made[who].add_init_script(GERMAN)
        if account:
            credentials = {name: account[name] for name in ("email", "password")}
            headers = {"X-A8N-Client": "browser", "Origin": server.url}
            assert made[who].request.post(f"{server.url}/api/users/sign-in", data=credentials, headers=headers).ok
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(scope="module")
def watches(people: dict[str, BrowserContext], server: Server) -> dict[str, Watch]:
    return {who: Watch(context, server.url) for who, context in people.items()}


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_german_fits(screen: Screen, people: dict[str, BrowserContext], watches: dict[str, Watch], there: Used) -> None:
    page, said = people[screen.who].new_page(), watches[screen.who].problems
    said.clear()
    try:
        screen.open(page, there)
        assert page.evaluate("document.documentElement.lang") == "de"
        found = cut(page, screen.name)
        assert not found, "\n".join(found)
        assert [one for one in said if not (screen.forgive and re.search(screen.forgive, one))] == []
    finally:
        page.close()


def cut(page: Page, name: str) -> list[str]:
    """Which texts of controls cannot be read whole, at each width. Each is written as a picture."""
    found = []
    shots.FOLDER.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        shots.show(page, "light", size)
        page.wait_for_function(REST)
        page.screenshot(path=shots.FOLDER / f"{name}-german-{size['width']}.png")
        found += [f"{size['width']} px: {one}" for one in page.evaluate(CUT)]
    return found
