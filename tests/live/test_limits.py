"""Limits of a real server: concurrency, rates, and what it refuses when it has enough to do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from a8n.items import JSON
from tests.live.server import COMMAND, Server, hook, node, put, workflow
from tests.live.site import SlowSite

FIRST = {"mode": "last_node", "returns": "first"}
REPLY = {"mode": "respond_node"}
SAY = node("say", "webhook.respond", {"body": {"kind": "json", "value": {"$": "trigger.json.body"}}})


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Any]:
    servers = []

    def serve(**env: str) -> Server:
        server = Server(tmp_path, COMMAND, **env).start()
        servers.append(server)
        server.sign_up()
        return server

    yield serve
    for server in servers:
        server.close()


def slow(path: str, site: SlowSite, limit: dict[str, JSON] | None = None, **params: JSON) -> dict[str, JSON]:
    """A webhook whose workflow calls a slow service."""
    last = SAY if params.get("respond") == REPLY else put("say", n={"$": "trigger.json.body.n"})
    nodes = [hook(path, **params), node("call", "http.request", {"method": "GET", "url": site.url}), last]
    return {**workflow(path, nodes, "hook > call", "call > say"), "settings": {"concurrency": limit}}


@pytest.mark.parametrize("respond", [FIRST, REPLY], ids=["last_node", "respond_node"])
def test_a_caller_waits_for_the_turn_of_its_execution(server: Server, site: SlowSite, respond: dict[str, JSON]) -> None:
    path = f"turn-{respond['mode']}"
    server.live(slow(path, site, {"limit": 1}, respond=respond))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(server.hook, path, {"n": 1})
        asked = site.taken()
        second = pool.submit(server.hook, path, {"n": 2})
        while len(server.api("GET", "/executions?status=queued")["data"]) != 1:
            assert not second.done()
        site.answer(asked)
        site.answer(site.taken())
        answers = [first.result(), second.result()]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json() for answer in answers] == [{"n": 1}, {"n": 2}]


def test_who_is_skipped_is_told(server: Server, site: SlowSite) -> None:
    workflow_id = server.live(slow("skip", site, {"limit": 1, "on_conflict": "skip"}))
    first = server.hook("skip", {"n": 1}).json()["execution_id"]
    asked = site.taken()
    skipped = server.hook("skip", {"n": 1})
    assert (skipped.status_code, skipped.headers["retry-after"]) == (429, "5")
    row = server.api("GET", f"/executions/{skipped.headers['x-a8n-execution']}")
    assert (row["status"], row["error"]["kind"]) == ("canceled", "BusyError")
    refused = server.api("POST", f"/workflows/{workflow_id}/run", {}, status=429)
    assert "running 1 times already" in refused["detail"]
    site.answer(asked)
    assert server.ended(first)["status"] == "succeeded"


def test_a_limit_outlives_a_kill(served: Any, site: SlowSite) -> None:
    server = served()
    server.live(slow("kill", site, {"limit": 1}))
    ids = [server.hook("kill", {"n": n}).json()["execution_id"] for n in range(3)]
    lost = site.taken()
    server.kill()
    lost.close()
    server.start()
    for _ in ids:
        asked = site.taken()
        assert len(server.api("GET", "/executions?status=running")["data"]) == 1
        site.answer(asked)
    assert [server.ended(execution_id)["status"] for execution_id in ids] == ["succeeded"] * 3


def test_a_key_that_cannot_be_is_refused_on_save(server: Server) -> None:
    document = {**workflow("w", [hook("key")]), "settings": {"concurrency": {"limit": 1, "key": "json.a +"}}}
    refused = server.api("POST", "/workflows", document, status=422)
    assert [error["path"] for error in refused["errors"]] == ["settings.concurrency.key"]


@pytest.mark.parametrize("kind", ["WEBHOOK", "PROJECT", "ADDRESS"])
def test_rates_of_webhooks(served: Any, kind: str) -> None:
    server = served(**{f"A8N_RATE_{kind}": "0.01" if kind != "ADDRESS" else "5"})
    server.live(workflow("rate", [hook("rate")]))
    answers = [server.hook("rate", {}) for _ in range(12)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1
    assert refused[0].json()["title"] == "Too many requests"


def test_rates_of_accounts(served: Any) -> None:
    server = served(A8N_RATE_ACCOUNT="1")
    answers = [
        server.http.get(f"{server.url}/api/workflows", headers={"authorization": f"Bearer {server.token}"})
        for _ in range(5)
    ]
    assert (answers[0].status_code, answers[-1].status_code) == (200, 429)
    assert answers[-1].headers["retry-after"] == "1"


def test_nothing_new_while_there_is_no_memory_to_spare(served: Any, site: SlowSite) -> None:
    server = served(A8N_MAX_MEMORY="1")
    workflow_id = server.live(slow("memory", site))
    accepted = server.hook("memory", {"n": 1}).json()["execution_id"]
    asked = site.taken()
    while (refused := server.hook("memory", {"n": 1})).status_code == 200:
        site.answer(site.taken())
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    server.api("POST", f"/workflows/{workflow_id}/run", {}, status=503)
    site.answer(asked)
    assert server.ended(accepted)["status"] == "succeeded", "what was accepted runs"
    while server.hook("memory", {"n": 1}).status_code == 503:
        pass
    site.answer(site.taken())


def test_the_audit_has_the_address_that_a_trusted_proxy_names(served: Any) -> None:
    server = served(A8N_TRUSTED_PROXIES="127.0.0.1")
    headers = {"x-forwarded-for": "203.0.113.9"}
    server.api(
        "POST", "/users/sign-in", {"email": "owner@example.org", "password": "wrong"}, status=401, headers=headers
    )
    (row,) = [row for row in server.api("GET", "/audit")["data"] if row["result"] == "refused"]
    assert row["address"] == "203.0.113.9"
