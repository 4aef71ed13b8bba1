"""Every screen of the builder, in light, dark and narrow: for everybody, with every text, and worth looking at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from tests.browser import accessibility, shots
from tests.browser.conftest import PATIENCE
from tests.browser.screens import NEWCOMER, SCREENS, Screen, Used, used
from tests.browser.watch import Watch
from tests.live.server import OWNER, Server, node, workflow

VARIANTS = (*shots.VARIANTS[:2], replace(shots.VARIANTS[2], size={"width": 360, "height": 800}))
"""The narrowest telephone that is still sold."""
FRAME = """() => ({
  mains: document.querySelectorAll('main, [role=main]').length,
  headings: [...document.querySelectorAll('h1')].map((one) => one.textContent.trim()).filter(Boolean).length,
  over: Math.max(...['html', 'body', '.page', '.dialog-body'].flatMap((one) => [...document.querySelectorAll(one)])
    .map((one) => one.scrollWidth - one.clientWidth)),
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
        found = faults(page, screen.name)
        assert not found, "\n".join(found)
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
        # In the dark only the colours are others.
        rules = ("color-contrast",) if variant.scheme == "dark" else ()
        wrong = accessibility.violations(page, rules=rules)
        # A popover says by its role what it is; it stands outside of the landmarks, where nothing cuts it off.
        wrong = [one for one in wrong if not (one.startswith("region") and "radix-popper" in one)]
        wrong += [f"small: {one}" for one in accessibility.small_targets(page)]
        wrong += [f"unnamed: {one}" for one in accessibility.unnamed_controls(page)]
        wrong += [f"{frame[key]} {key}" for key in ("mains", "headings") if frame[key] != 1]
        if frame["over"] > 0:
            wrong.append(f"{frame['over']} px wider than the window")
        found += [f"{variant.name}: {one}" for one in wrong]
    return found


SCRIPT = "<img src=x onerror=alert(1)>"
TEXTS = {
    "script": SCRIPT,
    "long": "Donaudampfschifffahrtsgesellschaft" * 6,
    "rtl": "\u0637\u0644\u0628\u0627\u062a \u0627\u0644\u064a\u0648\u0645 / \u05d4\u05d6\u05de\u05e0\u05d5\u05ea",
    "cjk": "\u6bcf\u65e5\u8ba2\u5355\u306e\u6ce8\u6587\uc8fc\ubb38" * 8,
}
PLACES = (
    "/workflows", "/workflows?folder={folder}", "/workflow/{id}", "/workflow/{id}?node=one", "/workflow/{id}/history",
    "/workflow/{id}/runs", "/runs", "/credentials", "/credentials/{credential}", "/settings/variables",
    "/settings/users", "/settings/projects", "/settings/keys",
)  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
def test_any_text_is_shown_as_text(
    kind: str, people: dict[str, BrowserContext], watches: dict[str, Watch], there: Used
) -> None:
    text, api = TEXTS[kind][:200], there.server.api
    first = {**node("one", "manual.trigger"), "name": text[:100]}
    document = {**workflow(text, [first]), "notes": [{"id": "n", "text": text, "position": [0, -200]}]}
    folder, tag = text.replace("/", "-")[:100], text[:40]
    made = api("POST", "/workflows", {**document, "folder": folder, "tags": [tag]}, status=201)
    top = api("POST", "/workflows", {**document, "tags": [tag]}, status=201)
    run = api("POST", f"/workflows/{made['id']}/run", {}, status=202)
    there.server.ended(run.get("id") or run["execution_id"])
    api("PUT", f"/projects/{there.ids['project']}/variables/{kind}", {"value": text})
    api("POST", "/users", {**NEWCOMER, "email": f"{kind}@example.org", "name": text}, status=201)
    api("POST", "/projects", {"name": text[:100]}, status=201)
    api("POST", "/keys", {"name": text[:100], "scopes": ["workflow:read"]}, status=201)
    values = {"username": "ana", "password": "s3cret"}
    credential = api(
        "POST", "/credentials", {"name": text[:100], "kind": "webhook.basic", "values": values}, status=201
    )

    page, said = people["owner"].new_page(), watches["owner"].problems
    said.clear()
    asked: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    try:
        for place in PLACES:
            page.goto(place.format(id=made["id"], folder=quote(folder), credential=credential["id"]))
            expect(page.locator("h1").first).to_be_attached()
            page.wait_for_function(REST)
            for variant in (VARIANTS[0], VARIANTS[2]):
                shots.show(page, variant.scheme, variant.size)
                over = page.evaluate(FRAME)["over"]
                name = f"text-{kind}-{PLACES.index(place)}-{variant.name}"
                page.screenshot(path=shots.FOLDER / f"{name}.png")
                assert over <= 0, f"{place} ({variant.name}) is {over} px too wide"
            shots.show(page, "light", shots.WIDE)
            assert page.locator("img[src=x]").count() == 0
        assert asked == []
        assert said == []
    finally:
        page.close()
        for one in (made, top):
            api("DELETE", f"/workflows/{one['id']}", status=204)
