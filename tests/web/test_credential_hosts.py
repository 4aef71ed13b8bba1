"""Where credentials may be sent to, and what they may reach, by HTTP and by other protocols."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

import a8n_http
from a8n import Kernel
from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings
from tests.runtime.raw_http import http, serving
from tests.web import toys
from tests.web.conftest import Client


@pytest.fixture
async def instance(settings: Settings) -> AsyncIterator[Instance]:
    opened = await Instance.open(replace(settings, egress_allow=("127.0.0.0/8",)), Kernel(plugins=[toys, a8n_http]))
    yield opened
    await opened.close(grace=0)


@asynccontextmanager
async def terminal() -> AsyncIterator[int]:
    """The port of a server that greets whoever connects."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello from the terminal\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_a_credential_of_another_protocol_is_tried_under_the_same_policy(owner: Client) -> None:
    async with terminal() as port:
        values = {"host": "127.0.0.1", "port": port, "pin": "0000"}
        tried = await owner.post("/api/credentials/test", {"kind": "toy.terminal", "values": values})
    assert (tried["ok"], tried["message"]) == (True, "hello from the terminal")
    inside = {**values, "host": "10.11.12.13"}
    refused = await owner.post("/api/credentials/test", {"kind": "toy.terminal", "values": inside})
    assert refused["ok"] is False
    assert refused["message"].startswith("refused to connect to 10.11.12.13: not a public address")


def bound(*hosts: str, **values: str) -> dict[str, Any]:
    return {"name": "Shop", "kind": "http.bearer", "hosts": hosts, "values": {"token": "t0ken-of-the-shop", **values}}


async def ended(owner: Client, credential: str, url: str) -> Any:
    """How an execution ends that calls a URL with a credential."""
    params = {"url": url, "auth": {"$credential": credential}}
    nodes = [
        {"id": "start", "name": "Start", "type": "toy.start"},
        {"id": "call", "name": "Call", "type": "http.request", "params": params},
    ]
    document = {"name": "Calls", "nodes": nodes, "connections": [{"from": "start", "to": "call"}]}
    workflow = await owner.post("/api/workflows", document)
    run = await owner.post(f"/api/workflows/{workflow['id']}/run", {"mode": "sync"})
    return (await owner.get(f"/api/executions/{run['execution_id']}")).body


async def test_a_workflow_sends_a_credential_to_its_hosts_alone(owner: Client) -> None:
    async with serving(http(b"ok")) as server:
        credential = (await owner.post("/api/credentials", bound(f"127.0.0.1:{server.port}")))["id"]
        assert (await ended(owner, credential, server.url()))["status"] == "succeeded"
        refused = await ended(owner, credential, server.url(host="127.0.0.2"))
        assert refused["status"] == "failed"
        assert refused["error"]["message"] == (
            f"the credential 'Shop' may not be sent to 127.0.0.2, only to 127.0.0.1:{server.port}"
        )
        assert refused["error"]["hint"].startswith("add 127.0.0.2 to the hosts of the credential")
        assert len(server.seen) == 1


async def test_hosts_are_names_wildcards_and_addresses_with_or_without_a_port(owner: Client) -> None:
    hosts = ["api.example.com", "*.example.com:8443", "127.0.0.1:80", "[2001:db8::1]:443"]
    assert (await owner.post("/api/credentials", bound(*hosts)))["hosts"] == hosts
    for wrong in ("https://example.com", "example.com/path", "a b", "*", "*.", "example.com:", "example.com:port", ""):
        assert (await owner.post("/api/credentials", bound(wrong))).paths == ["hosts.0"], wrong


async def test_the_test_of_a_credential_keeps_to_its_hosts(owner: Client) -> None:
    async with serving(http(b"hello")) as server:
        new = bound("127.0.0.1", test_url=server.url())
        path = f"/api/credentials/{(await owner.post('/api/credentials', new))['id']}"
        assert (await owner.post(f"{path}/test"))["ok"] is True
        await owner.patch(path, {"values": {"test_url": server.url(host="127.0.0.2")}})
        refused = await owner.post(f"{path}/test")
        assert refused["ok"] is False
        assert "may not be sent to 127.0.0.2, only to 127.0.0.1; add 127.0.0.2 to the hosts" in refused["message"]
        assert len(server.seen) == 1


async def test_a_trial_of_a_saved_one_takes_its_secret_to_no_other_host(owner: Client) -> None:
    async with serving(http(b"hello"), "0.0.0.0") as server:
        saved = (await owner.post("/api/credentials", bound("127.0.0.1", "127.0.0.3")))["id"]
        trial = {"kind": "http.bearer", "id": saved, "values": {"test_url": server.url(host="127.0.0.2")}}
        assert (await owner.post("/api/credentials/test", trial))["ok"] is False
        for hosts in ([], ["127.0.0.2"]):
            assert (await owner.post("/api/credentials/test", {**trial, "hosts": hosts})).paths == ["values.token"]
        assert server.seen == []
        entered = {**trial["values"], "token": "another-t0ken"}
        tried = await owner.post("/api/credentials/test", {**trial, "hosts": ["127.0.0.2"], "values": entered})
        assert tried["ok"] is True
        assert "t0ken-of-the-shop" not in str(server.seen)
        narrower = {**trial, "hosts": ["127.0.0.1"], "values": {"test_url": server.url(host="127.0.0.3")}}
        assert "only to 127.0.0.1;" in (await owner.post("/api/credentials/test", narrower))["message"]


async def test_other_protocols_keep_to_the_hosts(owner: Client) -> None:
    async with terminal() as port:
        values = {"host": "127.0.0.1", "port": port, "pin": "0000"}
        new = {"name": "T", "kind": "toy.terminal", "values": values, "hosts": [f"127.0.0.1:{port}"]}
        path = f"/api/credentials/{(await owner.post('/api/credentials', new))['id']}"
        assert (await owner.post(f"{path}/test"))["message"] == "hello from the terminal"
        await owner.patch(path, {"values": {"host": "127.0.0.2"}})
        assert "may not be sent to 127.0.0.2" in (await owner.post(f"{path}/test"))["message"]
