"""The webhook trigger: its route, what a request becomes, and when a request counts as a repeat."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import FileRef, Kernel, Route, UnauthorizedError
from a8n.params import Binder
from a8n.plan import PlannedNode
from a8n.workflow import NodeSpec
from a8n_webhook.credentials import WebhookBasic, WebhookHeader
from a8n_webhook.trigger import Webhook

from .conftest import request, webhook


def problems(**params: Any) -> list[str]:
    return [f"{problem.path}: {problem.message}" for problem in Binder(Webhook, {"path": "orders", **params}).problems]


# --- where it listens ----------------------------------------------------------------------------------------


def test_the_route_of_a_bare_webhook() -> None:
    assert webhook().route() == Route("orders", ("POST",), "immediately")
    assert webhook().open_to_all()


def test_everything_in_a_route() -> None:
    trigger = webhook(
        path="shops/{shop}/orders/{id}",
        methods=["GET", "PUT", "GET"],
        respond={"mode": "last_node", "returns": "first", "status": 201, "headers": [{"name": "X-A", "value": 1}]},
        origins=["https://shop.example.com"],
        raw=True,
        max_bytes=100,
    )
    assert trigger.route() == Route(
        "shops/{shop}/orders/{id}", ("GET", "PUT"), "last_node", 201, {"x-a": "1"}, None, "first",
        ("https://shop.example.com",), 100, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("respond", "route"),
    [
        ({"mode": "immediately", "status": 202, "body": {"ok": True}}, ("immediately", 202, {"ok": True}, {})),
        ({"mode": "respond_node"}, ("respond_node", 200, None, {})),
        ({"mode": "stream", "content_type": "text/html"}, ("stream", 200, None, {"content-type": "text/html"})),
    ],
)
def test_the_ways_to_answer(respond: dict[str, Any], route: tuple[Any, ...]) -> None:
    made = webhook(respond=respond).route()
    assert (made.respond, made.status, made.body, made.headers) == route


@pytest.mark.parametrize("path", ["a", "a/b-c_d.e~f", "{id}", "a/{id}/b/{other}", "x" * 200])
def test_paths_that_are_fine(path: str) -> None:
    assert problems(path=path) == []


@pytest.mark.parametrize(
    "path", ["", "/a", "a/", "a//b", "..", "a/../b", "a/./b", "a b", "a?b", "a%2e", "{1}", "{a}{b}", "é", "{a}/{a}",
             "x" * 201, "a\n"],
)  # fmt: skip
def test_paths_that_are_not(path: str) -> None:
    [problem] = problems(path=path)
    assert problem.startswith("path: ")


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"methods": []}, "methods"),
        ({"methods": ["TRACE"]}, "methods.0"),
        ({"origins": ["shop.example.com"]}, "origins"),
        ({"origins": ["https://shop.example.com/path"]}, "origins"),
        ({"allow_from": ["10.0.0.0/33"]}, "allow_from"),
        ({"respond": {"mode": "immediately", "headers": [{"name": "X", "value": "a\r\nY: b"}]}}, "respond.headers"),
        ({"respond": {"mode": "immediately", "headers": [{"name": "Set-Cookie", "value": "a"}]}}, "respond.headers"),
        ({"respond": {"mode": "stream", "content_type": "text/html\r\nX: 1"}}, "respond.content_type"),
        ({"auth": {"kind": "basic"}}, "auth.credential"),
        ({"auth": {"kind": "secret"}}, "auth"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_cannot_be_saved_names_its_place(params: dict[str, Any], place: str) -> None:
    assert [problem.partition(":")[0] for problem in problems(**params)] == [place]


@pytest.mark.parametrize(
    "params", [{"auth": {"$": "json.auth"}}, {"auth": {"kind": {"$": "'none'"}}}, {"path": {"$t": "a"}}]
)
def test_no_expression_decides_who_may_call(params: dict[str, Any]) -> None:
    spec = NodeSpec(id="hook", name="Hook", type="webhook.trigger", params={"path": "orders", **params})
    node = PlannedNode(spec, Kernel.discover().catalogue["webhook.trigger"])
    assert "takes no expressions" in str(node.problems())


# --- what a request becomes ----------------------------------------------------------------------------------


def test_the_item_has_the_request() -> None:
    ref = FileRef(hash="0" * 64, name="a.txt")
    came = request(
        b"{}",
        {"X-A": "1"},
        params={"id": "7"},
        query={"q": ["a", "b"]},
        body={"n": 1},
        files={"doc": ref},
        path="orders/7",
    )
    [item] = webhook(path="orders/{id}").receive(came) or []
    assert item.json == {
        "method": "POST",
        "path": "orders/7",
        "params": {"id": "7"},
        "query": {"q": ["a", "b"]},
        "headers": {"x-a": "1"},
        "body": {"n": 1},
    }
    assert item.files == {"doc": ref}


def test_secrets_and_sessions_do_not_become_data() -> None:
    headers = {"Authorization": "Basic eDp5", "X-Webhook-Token": "s", "Cookie": "session=1", "Accept": "*/*"}
    basic = webhook(WebhookBasic.model_validate({"username": "x", "password": "y"}), auth=auth("basic"))
    header = webhook(WebhookHeader.model_validate({"value": "s"}), auth=auth("header"))
    names = {
        kind: sorted((trigger.receive(request(headers=headers)) or [])[0].json["headers"])
        for kind, trigger in (("none", webhook()), ("basic", basic), ("header", header))
    }
    assert names == {
        "none": ["accept", "authorization", "x-webhook-token"],
        "basic": ["accept", "x-webhook-token"],
        "header": ["accept", "authorization"],
    }


def auth(kind: str, **values: Any) -> dict[str, Any]:
    return {"kind": kind, "credential": {"$credential": "c"}, **values}


@pytest.mark.parametrize(
    ("agent", "ignored"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", True),
        ("WhatsApp/2.23", True),
        ("facebookexternalhit/1.1", True),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", False),
        ("curl/8.5.0", False),
        ("", False),
    ],
)
def test_bots_can_be_ignored(agent: str, ignored: bool) -> None:
    came = request(headers={"User-Agent": agent})
    assert (webhook(ignore_bots=True).receive(came) is None) is ignored
    assert webhook().receive(came) is not None


@pytest.mark.parametrize(
    ("client", "allowed"),
    [
        ("203.0.113.7", True),
        ("::ffff:203.0.113.7", True),
        ("2001:db8::1", True),
        ("203.0.114.1", False),
        ("2001:db9::1", False),
        ("", False),
        ("unix", False),
    ],
)
async def test_only_some_addresses_may_call(client: str, allowed: bool) -> None:
    trigger = webhook(allow_from=["203.0.113.0/24", "2001:db8::/32"])
    assert not trigger.open_to_all()
    if allowed:
        await trigger.authenticate(request(client=client))
    else:
        with pytest.raises(UnauthorizedError, match="this address") as caught:
            await trigger.authenticate(request(client=client))
        assert caught.value.status == 403


def test_a_sample_to_start_with() -> None:
    [item] = webhook(path="orders/{id}", methods=["GET"]).sample()
    assert (item.json["method"], item.json["path"], item.json["params"]) == ("GET", "orders/example", {"id": "example"})


# --- repeats -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "key"),
    [
        ("", None),
        ("body.event.id", "e-1"),
        ("body.list.1", "20"),
        ("query.id", "q-1"),
        ("params.order", "o-1"),
        ("headers.X-GitHub-Delivery", "d-1"),
        ("X-GitHub-Delivery", "d-1"),
        ("body.missing", None),
        ("body.event", None),
        ("body.flag", None),
        ("body.empty", None),
    ],
)
def test_where_the_key_of_a_repeat_is(where: str, key: str | None) -> None:
    came = request(
        headers={"X-GitHub-Delivery": "d-1"},
        body={"event": {"id": "e-1"}, "list": [10, 20], "flag": True, "empty": ""},
        query={"id": "q-1"},
        params={"order": "o-1"},
    )
    assert webhook(idempotency_key=where).dedup_key(came) == key


def test_a_long_key_is_hashed() -> None:
    trigger = webhook(idempotency_key="body.id")
    one, two = (trigger.dedup_key(request(body={"id": "x" * 10_000 + end})) for end in "ab")
    assert one is not None
    assert one != two
    assert len(one) < 300
