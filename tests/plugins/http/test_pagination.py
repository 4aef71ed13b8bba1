"""Pages: each way of naming the next one, where it ends, and where it must not lead."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import NodeError
from a8n.testing import Services, objects, run
from a8n_http.credentials import HttpBearer
from a8n_http.request import HttpRequest

from .conftest import Api, Asked, Said

NUMBERS = [{"n": n} for n in range(7)]


async def numbers(services: Services, url: str, pagination: dict[str, Any], **params: Any) -> list[int]:
    params = {"url": url, "pagination": pagination, **params}
    items = objects((await run(HttpRequest, params, services=services))["main"])
    return [item["n"] for item in items]


async def test_the_next_url_is_in_the_answer(api: Api, services: Services) -> None:
    def answer(asked: Asked) -> Said:
        start = int(dict(asked.query).get("from", 0))
        following = f"/list?from={start + 3}&q=a" if start + 3 < 7 else None
        return Said({"data": NUMBERS[start : start + 3], "links": {"next": following}})

    api.answer = answer
    got = await numbers(
        services,
        api.root + "/list",
        {"kind": "next_url", "path": "links.next"},
        query=[{"name": "q", "value": "a"}],
        response={"kind": "json", "items": "data"},
    )
    assert got == list(range(7))
    assert [asked.query for asked in api.asked] == [
        [("q", "a")],
        [("from", "3"), ("q", "a")],
        [("from", "6"), ("q", "a")],
    ]


async def test_the_link_header_names_the_next_page(api: Api, services: Services) -> None:
    def answer(asked: Asked) -> Said:
        page = int(dict(asked.query).get("p", 0))
        links = f'<{api.root}/?p=0>; rel="first", <{api.root}/?p={page + 1}>; title="a, b"; rel="last next"'
        return Said([NUMBERS[page]], headers={"Link": links if page < 6 else '</?p=0>; rel="first"'})

    api.answer = answer
    assert await numbers(services, api.root, {"kind": "link_header"}) == list(range(7))


async def test_page_numbers_end_with_an_empty_page(api: Api, services: Services) -> None:
    def answer(asked: Asked) -> Said:
        page = int(dict(asked.query)["page"])
        return Said({"rows": NUMBERS[(page - 1) * 4 : page * 4]})

    api.answer = answer
    rows = {"kind": "json", "items": "rows"}
    got = await numbers(services, api.root + "?page=9&x=1", {"kind": "page", "items": "rows"}, response=rows)
    assert got == list(range(7))
    assert [asked.query for asked in api.asked] == [[("x", "1"), ("page", n)] for n in "123"]


async def test_offsets_count_what_came_not_what_was_asked_for(api: Api, services: Services) -> None:
    def answer(asked: Asked) -> Said:
        offset = int(dict(asked.query)["offset"])
        return Said(NUMBERS[offset : offset + 2])  # the service caps pages at two

    api.answer = answer
    assert await numbers(services, api.root, {"kind": "offset", "limit": 5}) == list(range(7))
    assert [dict(asked.query) for asked in api.asked][1] == {"offset": "2", "limit": "5"}


@pytest.mark.parametrize("where", ["query", "body"])
async def test_a_cursor_is_sent_back(api: Api, services: Services, where: str) -> None:
    def answer(asked: Asked) -> Said:
        sent = dict(asked.query) if where == "query" else asked.json()
        at = int(sent.get("after", 0))
        return Said({"list": NUMBERS[at : at + 3], "next": str(at + 3) if at + 3 < 7 else ""})

    api.answer = answer
    got = await numbers(
        services,
        api.root,
        {"kind": "cursor", "path": "next", "parameter": "after", "where": where},
        method="POST",
        body={"kind": "json", "value": {"q": 1}},
        response={"kind": "json", "items": "list"},
    )
    assert got == list(range(7))
    assert all(asked.json()["q"] == 1 for asked in api.asked)
    keys = [asked.headers["idempotency-key"] for asked in api.asked]
    assert len(set(keys)) == 3


async def test_the_limit_of_pages_is_told(api: Api, services: Services) -> None:
    api.answer = lambda asked: Said([{"n": int(dict(asked.query)["page"])}])
    assert await numbers(services, api.root, {"kind": "page", "max_pages": 3}) == [1, 2, 3]
    assert len(api.asked) == 3


async def test_a_next_page_elsewhere_never_gets_the_credential(api: Api, services: Services) -> None:
    api.answer = lambda asked: Said({"next": "http://127.0.0.9:1/steal"})
    params = {"url": api.root, "auth": {"$credential": "c"}, "pagination": {"kind": "next_url"}}
    held = {"c": HttpBearer.model_validate({"token": "s3cret"})}
    with pytest.raises(NodeError, match=r"on another host, 127\.0\.0\.9:1"):
        await run(HttpRequest, params, services=services, credentials=held)
    assert len(api.asked) == 1


async def test_going_round_in_a_circle_is_noticed(api: Api, services: Services) -> None:
    api.answer = lambda asked: Said({"next": "/same", "next_cursor": "x"})
    for pagination in ({"kind": "next_url"}, {"kind": "cursor"}):
        with pytest.raises(NodeError, match="same next page again"):
            await run(HttpRequest, {"url": api.root + "/same", "pagination": pagination}, services=services)


async def test_pages_without_a_list_are_an_error(api: Api, services: Services) -> None:
    api.answer = lambda asked: Said({"rows": []})
    with pytest.raises(NodeError, match="no list as its whole; it has rows"):
        await numbers(services, api.root, {"kind": "page"})
