"""What the screens show: a server that has been used for a while, and how one gets to each screen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from a8n.items import JSON
from tests.live.server import Server, node, put, workflow

NEWCOMER = {"email": "new@example.org", "password": "somebody new and careful", "name": "Nora New"}
LOCALES = Path(__file__).parent.parent.parent / "web" / "builder" / "src" / "locales"
BROKEN = {"error": {"code": "internal", "message": "The store does not answer."}}
"""How the API says that it is its own fault."""


@dataclass
class Used:
    """What is there: ids by names."""

    server: Server
    ids: dict[str, str] = field(default_factory=dict)


def used(server: Server) -> Used:
    """Folders, tags, runs that went well and badly, versions, credentials, variables, people."""
    there = Used(server)
    api = server.api
    api("POST", "/users", {**NEWCOMER, "role": "member"}, status=201)

    def save(key: str, document: dict[str, JSON], **filing: JSON) -> str:
        there.ids[key] = api("POST", "/workflows", {**document, **filing}, status=201)["id"]
        return there.ids[key]

    orders = save("orders", _orders(), tags=["billing", "daily"], folder="")
    api("POST", f"/workflows/{orders}/activate", {"name": "First", "note": "With a greeting"})
    api("PATCH", f"/workflows/{orders}", {"description": "Looks at what was ordered and greets who ordered it."})
    api("POST", f"/workflows/{orders}/activate", {"name": "Second"})
    save("empty", workflow("Nothing yet", []))
    for i, (name, folder, tag) in enumerate([
        ("Invoices to the accountant", "sales/invoices", "billing"), ("Lead from the form", "sales", "daily"),
        ("Backup of the database", "operations", "nightly"), ("Welcome a new customer", "", "daily"),
        ("Digest of the week", "", "nightly"),
    ]):  # fmt: skip
        save(f"more{i}", workflow(name, [node("start", "manual.trigger")]), tags=[tag], folder=folder)
    wrong = workflow("Divide by nothing", [node("start", "manual.trigger"), put("Divide", n={"$": "1 / 0"})],
                     "start > Divide")  # fmt: skip
    save("wrong", wrong)
    for key in ("orders", "wrong"):
        run = api("POST", f"/workflows/{there.ids[key]}/run", {"items": [{"who": "Ana", "sum": 42}]},
                  status=202)  # fmt: skip
        there.ids[f"{key} run"] = run.get("id") or run["execution_id"]
        server.ended(there.ids[f"{key} run"])
    for kind, values in (("webhook.basic", {"username": "ana", "password": "s3cret"}),
                         ("webhook.hmac", {"secret": "shared secret"})):  # fmt: skip
        made = api(
            "POST", "/credentials", {"name": f"Of the shop ({kind})", "kind": kind, "values": values}, status=201
        )
        there.ids[kind.rpartition(".")[2]] = made["id"]
    (project, *_) = api("GET", "/projects")["data"]
    there.ids["project"] = project["id"]
    api("PUT", f"/projects/{project['id']}/variables/region", {"value": "eu-central"})
    api("POST", "/keys", {"name": "Nightly script", "scopes": ["workflow:read"]}, status=201)
    return there


def _orders() -> dict[str, JSON]:
    condition: dict[str, JSON] = {"list": [{"left": {"$": "json.sum"}, "op": "gt", "right": 10}]}
    return {
        **workflow(
            "Orders of the day",
            [
                {**node("start", "manual.trigger"), "name": "When I press Run", "position": [0, 0]},
                {**put("prepare", greeting="Hello", sum={"$": "json.sum"}), "name": "Prepare", "position": [280, 0]},
                {**node("check", "flow.if", {"conditions": condition}), "name": "Is it much?", "position": [560, 0]},
                {**put("thank", text="Thank you!"), "name": "Thank", "position": [840, -96]},
                {**node("pass", "flow.noop"), "name": "Let pass", "position": [840, 96]},
            ],
            "start > prepare", "prepare > check", "check.true > thank", "check.false > pass",
        ),
        "notes": [{"id": "note", "text": "**Orders** come from the shop.\n\n- look at the sum\n- say thanks",
                   "position": [0, -260], "size": [280, 160]}],
    }  # fmt: skip


Open = Callable[[Page, Used], None]


@dataclass(frozen=True)
class Screen:
    """One state of one page. `open` leads to it and waits until it is there."""

    name: str
    open: Open
    who: str = "owner"
    forgive: str = ""
    """What the console says on purpose."""


def at(path: str, shown: str) -> Open:
    """Go to an address, in which `{orders}` is an id; it is there when a selector is seen."""

    def go(page: Page, there: Used) -> None:
        page.goto(path.format_map(there.ids))
        expect(page.locator(shown).first).to_be_visible()

    return go


def then(first: Open, *steps: Callable[[Page], Any]) -> Open:
    """Go there and do something."""

    def go(page: Page, there: Used) -> None:
        first(page, there)
        for step in steps:
            step(page)

    return go


def answered(pattern: str, status: int, body: Any) -> Callable[[Open], Open]:
    """The API answers this where an address is like that."""

    def wrap(inner: Open) -> Open:
        def go(page: Page, there: Used) -> None:
            def answer(route: Route) -> None:
                route.fulfill(status=status, json=body)

            page.route(re.compile(pattern), answer)
            inner(page, there)

        return go

    return wrap


def press(keys: str) -> Callable[[Page], None]:
    return lambda page: page.keyboard.press(keys)


def click(role: Any, name: str, within: str = "body") -> Callable[[Page], None]:
    """Press what has this name in English, in whatever language the page is."""
    names = re.compile(f"^({'|'.join(re.escape(text) for text in sorted({name, *translations(name)}))})$")
    return lambda page: page.locator(within).get_by_role(role, name=names).first.click()


def translations(text: str) -> set[str]:
    """What a text of the builder is in its other languages."""
    found: set[str] = set()
    for english in sorted((LOCALES / "en").glob("*.json")):
        keys = [key for key, value in json.loads(english.read_text("utf-8")).items() if value == text]
        for other in LOCALES.glob(f"*/{english.name}"):
            texts = json.loads(other.read_text("utf-8"))
            found.update(texts[key] for key in keys if key in texts)
    return found


def sees(selector: str) -> Callable[[Page], None]:
    return lambda page: expect(page.locator(selector).first).to_be_visible()


EDITOR = at("/workflow/{orders}", ".card")
PANEL = at("/workflow/{orders}?node=check", ".panel .tab-panel")
RUN = at("/workflow/{orders}/runs/{orders run}", ".card")
MORE = click("button", "More", ".editor-head")

SCREENS = (
    Screen("setup", answered(r"/api/users/sign-up", 200, {"open": True, "first": True})(at("/setup", "form")), "nobody",
           r"status of 401"),
    Screen("sign-in", at("/login", "form"), "nobody", r"status of 401"),
    Screen("start", at("/workflows/new", ".start")),
    Screen("import", then(at("/workflows/new", ".start"), lambda page: page.locator(".start").nth(2).click(),
                          sees("[role=dialog] textarea"))),
    Screen("workflows-first", at("/workflows", ".first-flow"), "newcomer"),
    Screen("workflows", at("/workflows", ".flow-row")),
    Screen("workflows-folder", at("/workflows?folder=sales", ".crumbs")),
    Screen("workflows-chosen", then(at("/workflows", ".flow-row"),
                                    lambda page: page.locator(".entry-check").first.check())),
    Screen("workflows-menu", then(at("/workflows", ".flow-row"),
                                  lambda page: page.locator(".flow-row button[aria-haspopup=menu]").first.click(),
                                  sees("[role=menu]"))),
    Screen("workflows-none", at("/workflows?q=zebra", ".empty")),
    Screen("workflows-error", answered(r"/api/workflows(\?|$)", 500, BROKEN)(at("/workflows", ".empty")),
           forgive=r"50\d"),
    Screen("editor-empty", at("/workflow/{empty}", ".editor-canvas button")),
    Screen("editor", EDITOR),
    Screen("editor-gone", at("/workflow/none", ".empty"), forgive=r"status of 404"),
    Screen("panel", PANEL),
    Screen("panel-settings", then(PANEL, click("tab", "Settings"))),
    Screen("panel-docs", then(PANEL, click("tab", "Docs"))),
    Screen("panel-trigger", at("/workflow/{orders}?node=start", ".panel .tab-panel")),
    Screen("panel-maximised", then(PANEL, press("f"), sees(".panel.three"))),
    Screen("palette", then(EDITOR, press("n"), sees(".palette [role=option]"))),
    Screen("commands", then(EDITOR, press("Control+k"), sees("[role=dialog] [role=option]"))),
    Screen("keys", then(EDITOR, press("?"), sees(".keys"))),
    Screen("workflow-menu", then(EDITOR, MORE, sees("[role=menu]"))),
    Screen("workflow-settings", then(EDITOR, MORE, click("menuitem", "Settings"), sees("[role=dialog] input"))),
    Screen("publish", then(EDITOR, press("Control+Shift+p"), sees("[role=dialog]"))),
    Screen("steps", then(EDITOR, press("Shift+l"), sees(".outline"))),
    Screen("undo-steps", then(EDITOR, click("button", "Steps", ".editor-head"), sees(".undo-steps"))),
    Screen("drawer", then(EDITOR, press("l"), sees(".editor-drawer"))),
    Screen("runs", at("/runs", "table tbody tr, .runs [role=row], .run-row")),
    Screen("runs-empty", at("/runs", ".empty"), "newcomer"),
    Screen("runs-of-one", at("/workflow/{orders}/runs", "h1")),
    Screen("run", RUN),
    Screen("run-failed", at("/workflow/{wrong}/runs/{wrong run}", ".card")),
    Screen("run-panel", then(RUN, lambda page: page.locator("[data-node=prepare]").press("Enter"),
                             sees(".panel .tab-panel"))),
    Screen("history", at("/workflow/{orders}/history", "h1")),
    Screen("credentials-empty", at("/credentials", ".empty"), "newcomer"),
    Screen("credentials", at("/credentials", ".entry")),
    Screen("credential", at("/credentials/{basic}", "[role=dialog] input")),
    Screen("credential-new", then(at("/credentials", ".entry"), click("button", "New credential"),
                                  sees("[role=dialog]"))),
    Screen("plugins", at("/plugins", "main li")),
    *(Screen(f"settings-{tab}", at(f"/settings/{tab}", ".settings-body h2"))
      for tab in ("profile", "appearance", "keys", "projects", "variables", "users", "audit", "about")),
    Screen("not-found", at("/nowhere/at/all", "h1")),
)  # fmt: skip
