"""The Respond node: every kind of answer, and what no workflow may send."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import Item, NodeError, Reply
from a8n.testing import FakeCaller, MemoryFiles, Services, objects, run
from a8n_webhook.respond import Respond

ITEMS = [{"n": 1, "name": "Ada"}, {"n": 2, "name": "Bob"}]
JSON = {"content-type": "application/json"}


async def answer(items: Any = ITEMS, services: Services | None = None, **params: Any) -> Reply:
    caller = FakeCaller()
    outputs = await run(Respond, params, items, caller=caller, services=services)
    assert len(outputs["main"]) == len(items)
    assert len(caller.replies) == 1
    assert caller.chunks == []
    return caller.replies[0]


@pytest.mark.parametrize(
    ("params", "reply"),
    [
        ({}, Reply(200, JSON, b'{"n":1,"name":"Ada"}')),
        ({"body": {"kind": "first_item"}, "status": 201}, Reply(201, JSON, b'{"n":1,"name":"Ada"}')),
        ({"body": {"kind": "all_items"}}, Reply(200, JSON, b'[{"n":1,"name":"Ada"},{"n":2,"name":"Bob"}]')),
        ({"body": {"kind": "json", "value": {"é": {"$": "json.n + 1"}}}}, Reply(200, JSON, '{"é":2}'.encode())),
        (
            {"body": {"kind": "text", "text": {"$t": "Hi {{ json.name }}"}}},
            Reply(200, {"content-type": "text/plain; charset=utf-8"}, b"Hi Ada"),
        ),
        (
            {"body": {"kind": "html", "html": "<p>"}, "headers": [{"name": "Content-Type", "value": "text/plain"}]},
            Reply(200, {"content-type": "text/html; charset=utf-8"}, b"<p>"),
        ),
        (
            {"body": {"kind": "redirect", "url": "https://example.com/?a=1"}},
            Reply(302, {"location": "https://example.com/?a=1"}),
        ),
        ({"body": {"kind": "redirect", "url": "/thanks"}, "status": 303}, Reply(303, {"location": "/thanks"})),
        ({"body": {"kind": "none"}, "status": 204}, Reply(204)),
        ({"body": {"kind": "json", "value": 1}, "status": 204}, Reply(204)),
        (
            {"body": {"kind": "text", "text": "<a/>", "content_type": "application/xml"},
             "headers": [{"name": "X-A", "value": 1}, {"name": "X-B", "value": None}]},
            Reply(200, {"content-type": "application/xml", "x-a": "1"}, b"<a/>"),
        ),
    ],
)  # fmt: skip
async def test_answers(params: dict[str, Any], reply: Reply) -> None:
    assert await answer(**params) == reply


async def test_a_file() -> None:
    files = MemoryFiles()
    ref = files.add(b"%PDF", "a.pdf", "application/pdf")
    item = Item({}, {"doc": ref})
    reply = await answer([item], Services(files=files), body={"kind": "file", "file": "doc"})
    assert reply == Reply(200, {}, file=ref)
    with pytest.raises(NodeError, match="no file 'other'; it has doc"):
        await answer([item], Services(files=files), body={"kind": "file", "file": "other"})


async def test_items_pass_through() -> None:
    outputs = await run(Respond, {}, ITEMS)
    assert objects(outputs["main"]) == ITEMS


async def test_a_stream_sends_a_piece_for_each_item() -> None:
    for body, chunks in (
        ({"kind": "text", "text": {"$t": "{{ json.name }}, "}}, [b"Ada, ", b"Bob, "]),
        ({"kind": "json", "value": {"$": "json.n"}}, [b"1\n", b"2\n"]),
        ({"kind": "first_item"}, [b'{"n":1,"name":"Ada"}\n', b'{"n":2,"name":"Bob"}\n']),
    ):
        caller = FakeCaller()
        await run(Respond, {"stream": True, "body": body}, ITEMS, caller=caller)
        assert (caller.chunks, caller.replies) == (chunks, [])
    with pytest.raises(NodeError, match="a stream cannot send file"):
        await run(Respond, {"stream": True, "body": {"kind": "file"}}, ITEMS)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("X-A", "1\r\nSet-Cookie: session=evil", "line breaks"),
        ("X-A", "1\n", "line breaks"),
        ("X-A\r\nX-B", "1", "no name for a header"),
        ("X A", "1", "no name for a header"),
        ("", "1", "no name for a header"),
        ("Transfer-Encoding", "chunked", "set by the server"),
        ("content-length", "5", "set by the server"),
        ("Connection", "close", "set by the server"),
        ("Set-Cookie", "a=1", "beyond this webhook"),
        ("Content-Security-Policy", "default-src *", "beyond this webhook"),
        ("Clear-Site-Data", '"*"', "beyond this webhook"),
    ],
)
async def test_headers_that_no_workflow_may_send(name: str, value: str, says: str) -> None:
    for given in (value, {"$": "json.value"}):
        with pytest.raises(NodeError, match=says) as caught:
            await answer([{"value": value}], headers=[{"name": name, "value": given}])
        assert caught.value.field == "headers"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//evil.example",
        "/\\evil.example",
        "https://a\r\nX: 1",
        "data:text/html,x",
        "",
        "x",
        "/a b",
    ],
)
async def test_redirects_lead_to_pages(url: str) -> None:
    with pytest.raises(NodeError, match="a redirect leads to"):
        await answer([{"url": url}], body={"kind": "redirect", "url": {"$": "json.url"}})
