"""Notion on loopback: it checks token, version and properties, and answers in pages, as the real one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from a8n import NodeError
from a8n.testing import Services, credential, objects, run
from a8n_notion.api import NotionAccount
from a8n_notion.pages import AppendText, CreatePage, DatabaseChoices, PageText, QueryDatabase, SearchPages, UpdatePage

ID = "01234567-89ab-cdef-0123-456789abcdef"
SCHEMA = {
    "Name": {"type": "title"}, "Count": {"type": "number"}, "Tags": {"type": "multi_select"},
    "Sum": {"type": "formula"}, "Status": {"type": "status"}, "Due": {"type": "date"}, "Done": {"type": "checkbox"},
}  # fmt: skip
PAGE: dict[str, Any] = {
    "object": "page", "id": ID, "url": "https://www.notion.so/x", "archived": False,
    "properties": {
        "Name": {"type": "title", "title": [{"plain_text": "Call "}, {"plain_text": "Ada"}]},
        "Count": {"type": "number", "number": 3}, "Status": {"type": "status", "status": {"name": "Open"}},
        "Tags": {"type": "multi_select", "multi_select": [{"name": "a"}]}, "Due": {"type": "date", "date": None},
        "Sum": {"type": "formula", "formula": {"type": "number", "number": 6}},
    },
}  # fmt: skip


class Notion:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.refusals: list[web.Response] = []
        self.pages = [PAGE]
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read() or b"null")
        self.asked.append((request.method, request.path, body))
        if self.refusals:
            return self.refusals.pop(0)
        if request.headers.get("authorization") != "Bearer ntn_1":
            return refusal(401, "unauthorized", "API token is invalid.")
        if not request.headers.get("notion-version"):
            return refusal(400, "missing_version", "Notion-Version header failed validation.")
        path = request.path.removeprefix("/v1")
        if path == "/users/me":
            return web.json_response({"object": "user", "name": "Bot"})
        if path == "/search" and body["filter"]["value"] == "database":
            return web.json_response({"results": [{"id": ID, "title": [{"plain_text": "Tasks"}]}], "has_more": False})
        if path in ("/search", f"/databases/{ID}/query"):
            start = int(body.get("start_cursor", "0"))
            size = min(body["page_size"], 2)
            more = start + size < len(self.pages)
            page = {"results": self.pages[start : start + size], "has_more": more}
            return web.json_response({**page, "next_cursor": str(start + size) if more else None})
        if path == f"/databases/{ID}":
            return web.json_response({"id": ID, "properties": SCHEMA})
        if path == f"/blocks/{ID}/children":
            paragraph = {"type": "paragraph", "paragraph": {"rich_text": [{"plain_text": "Hi"}]}}
            return web.json_response({"results": [paragraph, {"type": "divider", "divider": {}}, paragraph]})
        if path in ("/pages", f"/pages/{ID}"):
            return web.json_response(PAGE)
        return refusal(404, "object_not_found", "Could not find it. Make sure it is shared with your integration.")


def refusal(status: int, code: str, message: str, **headers: str) -> web.Response:
    body = {"object": "error", "status": status, "code": code, "message": message}
    return web.json_response(body, status=status, headers=headers)


@pytest.fixture
async def notion() -> AsyncIterator[Notion]:
    served = Notion()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0).start()
    served.url = f"http://localhost:{runner.addresses[0][1]}"
    yield served
    await runner.cleanup()


def account(notion: Notion, token: str = "ntn_1") -> NotionAccount:
    return credential(NotionAccount, token=token, api_url=notion.url)


async def does(node: Any, notion: Notion, services: Services, **params: Any) -> list[dict[str, Any]]:
    return objects((await run(node, {"account": account(notion), **params}, services=services))["main"])


async def fails(node: Any, notion: Notion, services: Services, **params: Any) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await does(node, notion, services, **params)
    return caught.value


async def test_the_test_button(notion: Notion, services: Services) -> None:
    assert await account(notion).check(services.http) == "signed in as Bot"
    with pytest.raises(NodeError, match="does not accept") as caught:
        await account(notion, "wrong").check(services.http)
    assert not caught.value.retryable


async def test_pages_come_with_simple_values_over_all_pages_of_the_list(notion: Notion, services: Services) -> None:
    notion.pages = [PAGE] * 5
    url = "https://www.notion.so/ws/Tasks-0123456789abcdef0123456789abcdef?v=1"
    wanted = {"property": "Status", "status": {"equals": "Open"}}
    found = await does(QueryDatabase, notion, services, database=url, filter=wanted)
    assert len(found) == 5
    assert found[0]["properties"] == {
        "Name": "Call Ada", "Count": 3, "Status": "Open", "Tags": ["a"], "Due": None, "Sum": 6,
    }  # fmt: skip
    assert notion.asked[0][2]["filter"] == wanted
    assert len(await does(QueryDatabase, notion, services, database=ID, most=3)) == 3
    assert len(await does(SearchPages, notion, services, words="call")) == 5


async def test_a_page_is_made_by_the_schema(notion: Notion, services: Services) -> None:
    values = {"Name": "x" * 2001, "Count": 2, "Tags": "a", "Status": "Open", "Due": "2026-03-02", "Done": False}
    await does(CreatePage, notion, services, database=ID, values=values, text="One\n\nTwo")
    sent = notion.asked[-1][2]
    assert [len(one["text"]["content"]) for one in sent["properties"]["Name"]["title"]] == [2000, 1]
    assert sent["properties"]["Tags"] == {"multi_select": [{"name": "a"}]}
    assert sent["properties"]["Due"] == {"date": {"start": "2026-03-02"}}
    assert sent["properties"]["Done"] == {"checkbox": False}
    assert len(sent["children"]) == 2


@pytest.mark.parametrize("values", [{"Gone": 1}, {"Count": "many"}, {"Done": "yes"}, {"Sum": 1}])
async def test_a_value_that_does_not_fit_is_not_sent(notion: Notion, services: Services, values: Any) -> None:
    caught = await fails(CreatePage, notion, services, database=ID, values=values)
    assert caught.field == "values"
    assert next(iter(values)) in caught.message
    assert [one[0] for one in notion.asked] == ["GET"]


async def test_a_page_is_changed_appended_to_and_read(notion: Notion, services: Services) -> None:
    await does(UpdatePage, notion, services, page=ID, values={"Status": "Done", "Count": None}, trash=True)
    properties = {"Status": {"status": {"name": "Done"}}, "Count": {"number": None}}
    assert list(notion.asked[-1]) == ["PATCH", f"/v1/pages/{ID}", {"properties": properties, "archived": True}]
    await does(AppendText, notion, services, page=ID, text="One\nTwo")
    assert len(notion.asked[-1][2]["children"]) == 2
    assert await does(PageText, notion, services, page=ID) == [{"id": ID, "text": "Hi\nHi"}]
    assert (await fails(AppendText, notion, services, page=ID, text="a\n" * 101)).field == "text"


async def test_refusals_say_what_to_do(notion: Notion, services: Services) -> None:
    notion.refusals.append(refusal(429, "rate_limited", "Slow down.", **{"Retry-After": "7"}))
    assert (await fails(PageText, notion, services, page=ID)).retry_after == 7
    gone = await fails(PageText, notion, services, page="f" * 32)
    assert (gone.field, gone.retryable) == ("page", False)
    assert "share" in (gone.hint or "")
    assert (await fails(PageText, notion, services, page="../users")).field == "page"
    notion.refusals.append(web.Response(text="<html>"))
    assert "no JSON object" in (await fails(PageText, notion, services, page=ID)).message
    notion.refusals.append(web.Response(text="<html>", status=502))
    assert (await fails(PageText, notion, services, page=ID)).retryable


async def test_databases_are_chosen(notion: Notion, services: Services) -> None:
    assert services.http is not None
    (one,) = await DatabaseChoices.databases(account(notion), "", services.http)
    assert (one.value, one.label) == (ID, "Tasks")
