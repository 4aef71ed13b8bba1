"""Credentials: signed in for at a service, shared with others, and made where they are needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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


def in_a_panel(builder: Builder, drawn: Drawn) -> Locator:
    """The panel of a step that orders pots; gives its field for a credential."""
    order: dict[str, JSON] = {
        "id": "order", "name": "Order", "type": "pottery.order", "params": {"name": "vase"}, "position": [336, 0],
    }  # fmt: skip
    builder.edit(drawn("Vases", [MANUAL, order], "start > order"), nodes=2)
    builder.open("order")
    return builder.field("params.account")


def chosen(server: Server, workflow: str) -> Any:
    """What the saved step orders with."""
    nodes = server.api("GET", f"/workflows/{workflow}")["nodes"]
    return next(node for node in nodes if node["id"] == "order")["params"].get("account")


def test_one_is_made_tried_and_chosen_inside_of_a_steps_panel(
    builder: Builder, drawn: Drawn, server: Server, watch: Watch, shot: Shot
) -> None:
    watch.forgive("status of 422")  # a token is missing
    field = in_a_panel(builder, drawn)
    expect(field.get_by_role("combobox")).to_contain_text("None of this kind yet")
    field.get_by_role("button", name="New").click()
    dialog = builder.page.get_by_role("dialog", name="New: Pottery account")
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog.locator('[data-field="values.token"]')).to_contain_text("required", ignore_case=True, timeout=SLOW)
    shot("credential-panel-missing")
    text(dialog, "token").fill("stolen")
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog).to_contain_text("It does not work. the potter does not know this scratch", timeout=SLOW)
    shot("credential-panel-bad")
    assert server.api("GET", "/credentials?kind=pottery.account")["data"] == []
    text(dialog, "token").fill(TOKEN)
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog).to_contain_text("It works. signed in as the potter", timeout=SLOW)
    shot("credential-panel-good")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_have_count(0)

    select = field.get_by_role("combobox")
    expect(select.locator("option:checked")).to_have_text("Pottery account")
    builder.saved()
    [made] = server.api("GET", "/credentials?kind=pottery.account")["data"]
    assert chosen(server, builder.workflow) == {"$credential": made["id"]}
    shot("credential-panel-chosen")
    field.get_by_role("button", name="Edit this credential").click()
    dialog = builder.page.get_by_role("dialog", name="Edit credential")
    expect(dialog.get_by_role("link", name="Vases")).to_be_visible(timeout=SLOW)
    assert TOKEN not in dialog.inner_html()
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog).to_contain_text("It works.", timeout=SLOW)
    builder.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(builder.panel).to_be_visible()
    builder.run()
    builder.said("Run succeeded")
    server.api("DELETE", f"/credentials/{made['id']}", status=204)


@pytest.fixture(scope="module")
def kiln(server: Server) -> dict[str, str]:
    """The project of Ana and Bo, who are members like anybody else: ids and tokens by names."""
    there: dict[str, str] = {}
    for name, account in (("ana", ANA), ("bo", BO)):
        there[name] = server.api("POST", "/users", {**account, "role": "member"}, status=201)["id"]
        credentials = {key: account[key] for key in ("email", "password")}
        there[f"{name} token"] = server.api("POST", "/users/sign-in", credentials)["access_token"]
    there["project"] = server.api("POST", "/projects", {"name": "Kiln"}, status=201, headers=bearer(there, "ana"))["id"]
    path = f"/projects/{there['project']}/members/{there['bo']}"
    server.api("PUT", path, {"role": "editor"}, status=204, headers=bearer(there, "ana"))
    return there


def bearer(there: dict[str, str], name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {there[f'{name} token']}"}


@pytest.fixture
def tab(browser: Browser, server: Server) -> Iterator[Callable[[dict[str, str]], Builder]]:
    """`tab(ANA)` is the builder in a browser of her own."""
    watches, contexts = [], []

    def opened(account: dict[str, str]) -> Builder:
        context = browser.new_context(base_url=server.url, viewport=shots.WIDE, reduced_motion="reduce", locale="en-GB")
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watches.append(Watch(context, server.url))
        headers = {"X-A8N-Client": "browser", "Origin": server.url}
        credentials = {name: account[name] for name in ("email", "password")}
        assert context.request.post(f"{server.url}/api/users/sign-in", data=credentials, headers=headers).ok
        return Builder(context.new_page())

    yield opened
    for context in contexts:
        context.close()
    assert [problem for watch in watches for problem in watch.unforgiven()] == []


def test_one_is_shared_for_use_and_for_nothing_else(
    tab: Callable[[dict[str, str]], Builder], kiln: dict[str, str], server: Server
) -> None:
    ana, bo = tab(ANA), tab(BO)
    document: dict[str, JSON] = {
        "name": "Vases of Ana", "project": kiln["project"], "connections": [{"from": "start", "to": "order"}],
        "nodes": [MANUAL, {"id": "order", "name": "Order", "type": "pottery.order", "params": {"name": "vase"},
                           "position": [336, 0]}],
    }  # fmt: skip
    flow = server.api("POST", "/workflows", document, status=201, headers=bearer(kiln, "ana"))["id"]
    values: dict[str, JSON] = {"name": "Potter of Bo", "kind": "pottery.account", "values": {"token": TOKEN}}
    made = server.api("POST", "/credentials", values, status=201, headers=bearer(kiln, "bo"))["id"]

    ana.go("/credentials")
    expect(ana.page.get_by_text("No credentials yet")).to_be_visible()
    bo.go("/credentials")
    bo.page.get_by_role("button", name="Potter of Bo").first.click()
    dialog = bo.page.get_by_role("dialog")
    expect(dialog).to_contain_text("No workflow uses it.")
    dialog.get_by_role("checkbox", name="Kiln").check()
    expect(bo.page.locator(".entry")).to_contain_text("Shared")
    dialog.get_by_role("group", name="May be used in other projects").scroll_into_view_if_needed()
    shots.shot(bo.page, "credential-shares")

    ana.go("/credentials")
    row = ana.page.get_by_role("listitem").filter(has_text="Potter of Bo")
    expect(row).to_contain_text("Of another project")
    expect(row.get_by_role("button")).to_have_count(0)
    shots.shot(ana.page, "credentials-shared")
    told = server.api("GET", "/credentials", headers=bearer(kiln, "ana"))
    assert TOKEN not in str(told)
    for method, body in (("GET", None), ("PATCH", {"name": "Mine"}), ("DELETE", None)):
        server.api(method, f"/credentials/{made}", body, status=404, headers=bearer(kiln, "ana"))

    ana.edit(flow, nodes=2)
    ana.open("order")
    field = ana.field("params.account")
    field.get_by_role("combobox").select_option(label="Potter of Bo · shared with this project")
    expect(field.get_by_role("button", name="Edit this credential")).to_have_count(0)
    shots.shot(ana.page, "credential-shared-chosen")
    ana.saved()
    ana.run()
    ana.said("Run succeeded")

    bo.go(f"/credentials/{made}")
    expect(dialog.get_by_role("link", name="Vases of Ana")).to_be_visible()
    dialog.get_by_role("link", name="Vases of Ana").scroll_into_view_if_needed()
    shots.shot(bo.page, "credential-used-by")
    dialog.get_by_role("checkbox", name="Kiln").uncheck()
    expect(bo.page.locator(".entry")).not_to_contain_text("Shared")

    ana.go("/credentials")
    expect(ana.page.get_by_text("No credentials yet")).to_be_visible()
    ana.edit(flow, nodes=2)
    ana.open("order")
    expect(field.get_by_role("combobox").locator("option:checked")).to_contain_text("Not available")
    shots.shot(ana.page, "credential-not-available")
    ana.run()
    ana.said(re.compile("failed|problem|cannot", re.IGNORECASE))


def test_hosts_are_named_and_more_of_them_ask_for_the_secret_again(builder: Builder, watch: Watch, shot: Shot) -> None:
    watch.forgive("422")
    page = builder.page
    builder.go("/credentials")
    page.get_by_role("button", name="New credential").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").fill("Bearer token")
    expect(page.get_by_role("option").first).to_contain_text("Bearer token")
    page.keyboard.press("Enter")
    dialog.get_by_label("Name", exact=False).first.fill("Bound")
    text(dialog, "token").fill("t0ken-of-the-shop")
    text(dialog, "test_url").fill("https://evil.example/me")
    hosts = dialog.get_by_label("Only for these hosts")
    hosts.fill("api.example.com https://api.example.com/")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(hosts).to_have_attribute("aria-invalid", "true")
    expect(dialog).to_contain_text("“https://api.example.com/” is no host")
    expect(dialog).to_contain_text("the marked fields say what is missing")
    hosts.scroll_into_view_if_needed()
    shot("credential-host-wrong")
    hosts.fill("api.example.com *.example.org:8443")
    dialog.get_by_role("button", name="Test", exact=True).click()
    expect(dialog).to_contain_text("may not be sent to evil.example, only to api.example.com", timeout=SLOW)
    expect(dialog).to_contain_text("add evil.example to the hosts of the credential")
    shot("credential-host-refused")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_have_count(0)

    page.get_by_role("listitem").filter(has_text="Bound").get_by_role("button", name="Bound").first.click()
    expect(hosts).to_have_value("api.example.com *.example.org:8443")
    expect(text(dialog, "token")).to_have_count(0)
    hosts.fill("")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.locator('[data-field="values.token"]')).to_contain_text("enter the secret again")
    shot("credential-host-secret")
    text(dialog, "token").fill("another-t0ken")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_have_count(0)
