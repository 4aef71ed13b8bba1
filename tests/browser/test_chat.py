"""The chat page, as a visitor sees it: here, behind a password, and embedded in another site."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from a8n.items import JSON
from tests.browser import shots
from tests.browser.builder import SLOW, Builder
from tests.browser.test_journeys import edit
from tests.browser.watch import Watch
from tests.live.server import Server

REPLY = (
    "You said **{{ trigger.json.message }}**. It can be:\n\n1. sent back\n2. kept until *Friday*\n\n"
    "```\norder A-17\n```\nMore at https://example.org/help. <img src=x onerror=alert(1)>"
)


def chat(**params: JSON) -> dict[str, JSON]:
    given: dict[str, JSON] = {
        "heading": "Ask the teapot shop", "greeting": "Hello! What can we do for you?",
        "suggestions": ["Where is my parcel?", "I want to send something back"], **params,
    }  # fmt: skip
    return {"id": "chat", "name": "Chat", "type": "chat.trigger", "params": given}


@pytest.fixture
def visitor(page: Page, server: Server, drawn: Callable[..., str]) -> Callable[..., Page]:
    """Publish a chat, and open its page."""

    def opened(path: str, **params: JSON) -> Page:
        say = edit("Say", text={"$t": REPLY})
        workflow = drawn("Chat", [chat(path=path, **params), say], "chat > say")
        server.api("POST", f"/workflows/{workflow}/activate")
        page.goto(f"{server.url}/chat/{path}")
        return page

    return opened


def test_a_visitor_asks_and_goes_on_after_a_reload(
    visitor: Callable[..., Page], axe: Callable[..., list[str]], server: Server
) -> None:
    page = visitor("support")
    log = page.get_by_role("log")
    expect(log).to_contain_text("What can we do for you?")
    shots.shot(page, "chat-begin")
    page.get_by_role("button", name="Where is my parcel?").click()
    answer = log.locator(".turn.bot").nth(1)
    expect(answer.locator("strong")).to_have_text("Where is my parcel?", timeout=SLOW)
    expect(answer.locator("li")).to_have_count(2)
    expect(answer.locator("pre")).to_have_text("order A-17")
    expect(answer.get_by_role("link")).to_have_attribute("href", "https://example.org/help")
    expect(answer).to_contain_text("<img src=x")
    expect(log.locator("img")).to_have_count(0)
    field = page.get_by_role("textbox", name="Write a message")
    field.fill("One more\nline")
    field.press("Enter")
    expect(log.locator(".turn.bot")).to_have_count(3, timeout=SLOW)
    found = axe()
    assert not found, "\n".join(found)
    shots.shot(page, "chat-said")
    page.reload()
    expect(page.get_by_role("log").locator(".turn")).to_have_count(5)
    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_role("log").locator(".turn")).to_have_count(1)
    assert talks(server, "support") == 2


def test_a_message_survives_a_lost_connection(visitor: Callable[..., Page], server: Server, watch: Watch) -> None:
    watch.forgive("/chat/lossy")
    page = visitor("lossy")
    lost: list[str] = []

    def lose(route: object) -> None:
        lost.append("x")
        route.abort() if len(lost) == 1 else route.continue_()  # type: ignore[attr-defined]

    page.route(re.compile("/chat/lossy$"), lambda route: lose(route))
    field = page.get_by_role("textbox", name="Write a message")
    field.fill("Hello")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("log")).to_contain_text("You said Hello", timeout=SLOW)
    assert len(lost) == 2
    assert talks(server, "lossy") == 1


def test_a_password_is_asked_for(visitor: Callable[..., Page], server: Server, watch: Watch) -> None:
    watch.forgive("status of 401")
    made = {"name": "Word", "kind": "chat.password", "values": {"password": "open sesame"}}
    credential = server.api("POST", "/credentials", made, status=201)["id"]
    page = visitor("locked", password={"$credential": credential})
    box = page.get_by_label("This chat asks for a password.")
    shots.shot(page, "chat-locked")
    for word in ("wrong word", "open sesame"):
        box.fill(word)
        page.get_by_role("button", name="Go on").click()
        if word == "wrong word":
            page.get_by_role("textbox", name="Write a message").fill("Hello")
            page.get_by_role("button", name="Send", exact=True).click()
            expect(page.get_by_role("alert").filter(has_text="This is not the password.")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("log")).to_contain_text("You said Hello", timeout=SLOW)


def talks(server: Server, path: str) -> int:
    """How many executions a chat has started."""
    [found] = [one for one in server.api("GET", "/webhooks")["data"] if one["path"] == path and one["method"] == "POST"]
    return len(server.api("GET", f"/executions?workflow={found['workflow']}")["data"])


@pytest.fixture
def site(tmp_path: Path, server: Server) -> Iterator[str]:
    """Another site, which embeds the chat."""
    script = f'<script src="{server.url}/chat/embed.js" data-chat="embedded" data-label="Ask us" defer></script>'
    (tmp_path / "index.html").write_text(f"<!doctype html><title>Teapots</title><h1>Our teapots</h1>{script}")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


def test_it_is_embedded_in_a_site_that_may(visitor: Callable[..., Page], site: str, watch: Watch) -> None:
    watch.forgive(re.escape(site))
    page = visitor("embedded", origins=[site])
    page.goto(site)
    button = page.get_by_role("button", name="Ask us")
    button.click()
    chat = page.frame_locator("iframe")
    chat.get_by_role("button", name="Where is my parcel?").click()
    expect(chat.get_by_role("log")).to_contain_text("You said Where is my parcel?", timeout=SLOW)
    shots.shot(page, "chat-embedded")
    page.keyboard.press("Escape")
    button.click()
    expect(page.locator("iframe")).to_be_hidden()


def test_the_editor_shows_where_the_page_will_stand(
    signed_in: Page, server: Server, drawn: Callable[..., str], watch: Watch
) -> None:
    watch.forgive("/chat/soon")  # it is not published
    builder = Builder(signed_in)
    builder.edit(drawn("Chat", [chat(path="soon"), edit("Say", text="Hi")], "chat > say"))
    builder.open("chat")
    section = builder.panel.get_by_role("region", name="Page")
    expect(section.locator("code")).to_have_text(f"{server.url}/chat/soon")
    expect(section.get_by_text("POST")).to_have_count(0)
    shots.shot(builder.page, "chat-trigger")
    with builder.page.expect_popup() as opened:
        section.get_by_role("button", name="Open the page").click()
    opened.value.close()
