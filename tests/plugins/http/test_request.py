"""The HTTP request node against a real server: what it sends, what comes of the answer."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import Item, Kernel, NodeError
from a8n.plan import PlannedNode
from a8n.testing import MemoryFiles, Services, objects, run
from a8n.workflow import NodeSpec
from a8n_http.request import Batching, HttpRequest

from .conftest import Api, Said


async def call(services: Services, items: Any = ({},), **params: Any) -> list[Item]:
    return (await run(HttpRequest, params, items, services=services))["main"]


# --- sending -------------------------------------------------------------------------------------------------


async def test_each_item_makes_a_request_of_its_own(api: Api, services: Services) -> None:
    api.answer = lambda asked: Said({"path": asked.path})
    items = await call(services, [{"id": n} for n in range(20)], url={"$t": api.root + "/orders/{{ json.id }}"})
    assert objects(items) == [{"path": f"/orders/{n}"} for n in range(20)]
    assert [item.source for item in items] == list(range(20))


async def test_query_and_headers(api: Api, services: Services) -> None:
    await call(
        services,
        url=api.root + "/?kept=1",
        query=[
            {"name": "tag", "value": ["a", "b c"]},
            {"name": "on", "value": True},
            {"name": "none", "value": None},
            {"name": "q", "value": {"$": "1 + 1"}},
        ],
        headers=[{"name": "X-Trace", "value": 7}, {"name": "X-Two", "value": ["a", "b"]}],
    )
    [asked] = api.asked
    assert asked.query == [("kept", "1"), ("tag", "a"), ("tag", "b c"), ("on", "true"), ("q", "2")]
    assert (asked.headers["x-trace"], asked.headers["x-two"]) == ("7", "a, b")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_methods(api: Api, services: Services, method: str) -> None:
    await call(services, method=method, url=api.root)
    assert api.asked[0].method == method


@pytest.mark.parametrize(
    ("body", "sent", "kind"),
    [
        ({"kind": "none"}, b"", None),
        ({"kind": "json", "value": {"n": {"$": "json.n"}}}, b'{"n":3}', "application/json"),
        ({"kind": "json", "value": None}, b"null", "application/json"),
        (
            {"kind": "form", "fields": [{"name": "a", "value": "1 2"}, {"name": "b", "value": [1, 2]}]},
            b"a=1+2&b=1&b=2",
            "application/x-www-form-urlencoded",
        ),
        (
            {"kind": "text", "text": "<a>é</a>", "content_type": "application/xml"},
            "<a>é</a>".encode(),
            "application/xml",
        ),
        ({"kind": "file", "file": "doc"}, b"hello", "text/plain"),
    ],
)
async def test_bodies(api: Api, services: Services, body: dict[str, Any], sent: bytes, kind: str | None) -> None:
    assert isinstance(services.files, MemoryFiles)
    item = Item({"n": 3}, {"doc": services.files.add(b"hello", "a.txt", "text/plain")})
    await call(services, [item], method="POST", url=api.root, body=body)
    [asked] = api.asked
    assert (asked.body, asked.headers.get("content-type")) == (sent, kind)


async def test_files_go_up_in_a_multipart_form(api: Api, services: Services) -> None:
    assert isinstance(services.files, MemoryFiles)
    item = Item({}, {"doc": services.files.add(b"hello", "a.txt", "text/plain")})
    body = {
        "kind": "multipart",
        "fields": [{"name": "title", "value": "é"}, {"name": "tag", "value": ["x", "y"]}],
        "files": [{"name": "upload", "file": "doc"}, {"name": "again", "file": "doc", "file_name": "b.txt"}],
    }
    await call(services, [item], method="POST", url=api.root, body=body)
    [asked] = api.asked
    assert asked.body.count(b'name="tag"') == 2
    assert 'name="title"\r\n\r\né'.encode() in asked.body
    assert b'name="upload"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello' in asked.body
    assert b'filename="b.txt"' in asked.body


async def test_a_missing_file_is_named(api: Api, services: Services) -> None:
    assert isinstance(services.files, MemoryFiles)
    item = Item({}, {"doc": services.files.add(b"x")})
    with pytest.raises(NodeError, match="no file 'file'; it has doc"):
        await call(services, [item], method="POST", url=api.root, body={"kind": "file"})


async def test_changes_carry_the_same_key_on_every_attempt(api: Api, services: Services) -> None:
    api.answer = lambda asked: Said(status=503 if len(api.asked) < 3 else 200)
    params = {"method": "POST", "url": api.root}
    retry = {"retry": {"attempts": 3, "delay": 0}}
    await run(HttpRequest, params, [{}], services=services, settings=retry)
    keys = [asked.headers["idempotency-key"] for asked in api.asked]
    assert keys == ["a8n-test-execution-node-0-0"] * 3


async def test_the_key_can_be_left_out_or_given(api: Api, services: Services) -> None:
    own = [{"name": "Idempotency-Key", "value": "mine"}]
    await call(services, method="POST", url=api.root, idempotency_key="off")
    await call(services, method="POST", url=api.root, headers=own)
    await call(services, method="GET", url=api.root)
    assert [asked.headers.get("idempotency-key") for asked in api.asked] == [None, "mine", None]


@pytest.mark.parametrize(
    ("params", "effect"),
    [
        ({}, "idempotent"),
        ({"method": "HEAD"}, "idempotent"),
        ({"method": "POST"}, "unsafe"),
        ({"method": "DELETE"}, "unsafe"),
        ({"method": {"$": "json.method"}}, "unsafe"),
        ({"method": "POST", "idempotency_key": "trusted"}, "idempotent"),
        ({"method": "POST", "idempotency_key": {"$": "json.key"}}, "unsafe"),
    ],
)
def test_the_effect_follows_from_the_saved_parameters(params: dict[str, Any], effect: str) -> None:
    spec = NodeSpec(id="n", name="n", type="http.request", params={"url": "https://example.com", **params})
    kernel = Kernel.discover()
    assert PlannedNode(spec, kernel.catalogue["http.request"]).effect == effect


# --- receiving -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "items"),
    [
        (Said({"a": 1}), [{"a": 1}]),
        (Said([{"a": 1}, {"a": 2}, 3]), [{"a": 1}, {"a": 2}, {"value": 3}]),
        (Said([]), None),
        (Said(7), [{"value": 7}]),
        (Said(None), [{"value": None}]),
        (Said(b"", 204), [{}]),
        (Said(b"hi \xe9", headers={"Content-Type": "text/plain; charset=latin-1"}), [{"text": "hi é"}]),
        (Said(b"<x/>", headers={"Content-Type": "application/xml"}), [{"text": "<x/>"}]),
        (Said(b'{"typeless": 1}'), [{"typeless": 1}]),
        (Said(b'{"e": 1}', headers={"Content-Type": "application/problem+json"}), [{"e": 1}]),
    ],
)
async def test_answers_become_items_by_their_type(
    api: Api, services: Services, said: Said, items: list[dict[str, Any]] | None
) -> None:
    api.answer = lambda asked: said
    outputs = await run(HttpRequest, {"url": api.root}, services=services)
    assert objects(outputs.get("main", [])) == (items or [])


async def test_a_list_inside_the_answer_is_split(api: Api, services: Services) -> None:
    api.answer = lambda asked: Said({"data": {"orders": [{"id": 1}, {"id": 2}]}, "total": 2})
    split = {"kind": "json", "items": "data.orders"}
    assert objects(await call(services, url=api.root, response=split)) == [{"id": 1}, {"id": 2}]
    with pytest.raises(NodeError, match=r"no list at 'total'"):
        await call(services, url=api.root, response={"kind": "json", "items": "total"})


async def test_the_full_response(api: Api, services: Services) -> None:
    api.answer = lambda asked: Said([1, 2], 201, {"X-Kind": "list"})
    [item] = await call(services, url=api.root + "/a", full_response=True)
    assert (item.json["status"], item.json["body"], item.json["url"]) == (201, [1, 2], api.root + "/a")
    assert item.json["headers"]["x-kind"] == "list"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("", "report.pdf"),
        ('attachment; filename="q 1.pdf"', "q 1.pdf"),
        ("attachment; filename=plain.pdf", "plain.pdf"),
        ("attachment; filename=x.pdf; filename*=UTF-8''%C3%A9.pdf", "é.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename=".."', "file"),
    ],
)
async def test_a_file_comes_down_with_a_harmless_name(
    api: Api, services: Services, disposition: str, name: str
) -> None:
    headers = {"Content-Type": "application/pdf", "Content-Disposition": disposition}
    api.answer = lambda asked: Said(b"%PDF", headers=headers)
    [item] = await call(services, url=api.root + "/files/report.pdf")
    assert item.files is not None
    ref = item.files["file"]
    assert (ref.name, ref.mime, ref.size) == (name, "application/pdf", 4)
    assert item.json == {"name": name, "mime": "application/pdf", "size": 4}
    assert isinstance(services.files, MemoryFiles)
    assert await services.files.read(ref) == b"%PDF"


async def test_a_file_is_what_was_asked_for(api: Api, services: Services) -> None:
    response = {"kind": "file", "file": "data", "file_name": "d.json"}
    [item] = await call(services, url=api.root, response=response)
    assert item.files is not None
    assert item.files["data"].name == "d.json"


@pytest.mark.parametrize("body", [b"{broken", b'{"a": NaN}', b'{"a": "\\ud800"}', b"\xff\xfe\xfd"])
async def test_what_is_no_json_is_said_so(api: Api, services: Services, body: bytes) -> None:
    api.answer = lambda asked: Said(body, headers={"Content-Type": "application/json"})
    with pytest.raises(NodeError, match=r"127\.0\.0\.1 gave no valid JSON"):
        await call(services, url=api.root)


# --- failing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        (400, False),
        (401, False),
        (404, False),
        (408, True),
        (409, False),
        (425, True),
        (429, True),
        (500, True),
        (503, True),
    ],
)
async def test_which_statuses_are_worth_a_retry(api: Api, services: Services, status: int, retryable: bool) -> None:
    api.answer = lambda asked: Said({"error": "no such order"}, status)
    with pytest.raises(NodeError, match=rf"GET {api.root}/orders answered {status} .*no such order") as caught:
        await call(services, url=api.root + "/orders?key=hidden")
    assert caught.value.retryable is retryable
    assert "hidden" not in str(caught.value)


async def test_the_service_says_when_to_come_again(api: Api, services: Services) -> None:
    api.answer = lambda asked: Said(status=429, headers={"Retry-After": "17"})
    with pytest.raises(NodeError) as caught:
        await call(services, url=api.root)
    assert caught.value.retry_after == 17.0


async def test_any_status_can_be_an_answer(api: Api, services: Services) -> None:
    api.answer = lambda asked: Said({"error": "gone"}, 410)
    [item] = await call(services, url=api.root, never_fail=True, full_response=True)
    assert (item.json["status"], item.json["body"]) == (410, {"error": "gone"})


async def test_redirects_are_followed_or_given(api: Api, services: Services) -> None:
    api.answer = lambda asked: Said({"at": asked.path}, 302 if asked.path == "/a" else 200, {"Location": "/b"})
    assert objects(await call(services, url=api.root + "/a")) == [{"at": "/b"}]
    [item] = await call(services, url=api.root + "/a", redirects=0, full_response=True)
    assert (item.json["status"], item.json["headers"]["location"]) == (302, "/b")


async def test_the_inside_cannot_be_reached(services: Services) -> None:
    with pytest.raises(NodeError, match="not a public address"):
        await call(services, url="http://169.254.169.254/latest/meta-data/")


async def test_a_proxy_gets_its_credential(api: Api, services: Services) -> None:
    auth = {"username": "me", "password": "p:w"}
    proxy = {"url": api.root, "auth": auth}
    from a8n_http.credentials import HttpBasic

    params = {"url": "http://127.0.0.5/x", "proxy": {**proxy, "auth": {"$credential": "proxy"}}}
    held = {"proxy": HttpBasic.model_validate(auth)}
    await run(HttpRequest, params, services=services, credentials=held)
    assert api.asked[0].headers["proxy-authorization"] == "Basic bWU6cDp3"


# --- pace ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "delays"),
    [
        (8, [0] * 8 + [1] * 8 + [1] * 4),
        (3, [0, 0, 0, 1, 1, 1, 2, 2, 0, 1, 1, 1, 2, 2, 2, 3, 0, 0, 1, 1]),
        (1, [0, 1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4]),
        (100, [0] * 20),
    ],
)
def test_groups_of_requests_are_a_pause_apart(size: int, delays: list[int]) -> None:
    """Items run 8 at a time; a delay counts from the start of their eight, which follows the end of the last."""
    batching = Batching(size=size, pause=1)
    assert [batching.delay(index, 8) for index in range(20)] == delays
