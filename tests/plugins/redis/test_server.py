"""Signing in, TLS, and servers that behave badly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from tests import redis_server
from tests.plugins.certificates import Certificate
from tests.plugins.redis.conftest import account, answering, front

from a8n import NodeError
from a8n.runtime.egress import EgressClient
from a8n.testing import FakeHttp, Services, objects, run
from a8n_redis import line
from a8n_redis.keys import Get, Increment, Set
from a8n_redis.server import RedisServer

PASSWORD = "s3cret-of-ada"


@pytest.fixture
def ada(client: redis.Redis) -> Iterator[None]:
    """A user who may do little."""
    may = ["+get", "+pttl", "+multi", "+exec"]
    client.acl_setuser("ada", enabled=True, passwords=[f"+{PASSWORD}"], keys=["cart:*"], commands=may)
    yield
    client.acl_deluser("ada")


@pytest.fixture
def locked(client: redis.Redis) -> Iterator[None]:
    """A password for all."""
    client.config_set("requirepass", PASSWORD)
    yield
    client.config_set("requirepass", "")


async def got(server: RedisServer, services: Services, name: str = "cart:1", **params: Any) -> Any:
    (found,) = objects((await run(Get, {"server": server, "name": name, **params}, services=services))["main"])
    return found["value"]


async def refused(server: RedisServer, services: Services, node: Any = Get, **params: Any) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await run(node, {"server": server, "name": "cart:1", **params}, services=services)
    assert PASSWORD not in str(caught.value)
    return caught.value


async def test_the_test_button_tells_user_and_version(server: RedisServer, services: Services) -> None:
    said = await server.check(services.http)
    assert said.startswith("signed in as default; Valkey 9")
    assert said.endswith("database 0")


async def test_databases_are_apart(running: redis_server.RedisServer, server: RedisServer, services: Services) -> None:
    second = account(running.port, database=2)
    await run(Set, {"server": second, "name": "cart:1", "value": "two"}, services=services)
    assert [await got(one, services) for one in (server, second)] == [None, "two"]
    error = await refused(account(running.port, database=999), services)
    assert "out of range" in error.message
    assert error.hint is not None
    assert not error.retryable


async def test_a_user_does_what_the_access_list_allows(
    running: redis_server.RedisServer, client: redis.Redis, ada: None, services: Services
) -> None:
    client.set("cart:1", "full")
    signed = account(running.port, username="ada", password=PASSWORD)
    assert await got(signed, services) == "full"
    assert "version is not told" in await signed.check(services.http)
    error = await refused(signed, services, Set, value="x")
    assert "does not allow" in error.message
    assert not error.retryable
    error = await refused(account(running.port, username="ada", password="wrong"), services)
    assert "does not let this user in" in error.message
    assert not error.retryable


async def test_a_password_for_all(running: redis_server.RedisServer, locked: None, services: Services) -> None:
    assert await got(account(running.port, password=PASSWORD), services) is None
    wrongs: list[dict[str, Any]] = [{}, {"password": "wrong"}, {"database": 1}]
    for wrong in wrongs:
        error = await refused(account(running.port, **wrong), services)
        assert "does not let this user in" in error.message


async def test_tls_checks_the_certificate_against_the_name(
    running: redis_server.RedisServer,
    client: redis.Redis,
    certificate: Certificate,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.set("cart:1", "full")
    async with front(running.port, certificate.context) as port:
        trusted = account(port, security="tls", authority=certificate.pem)
        assert await got(trusted, services) == "full"
        assert "Valkey" in await trusted.check(services.http)
        assert await got(account(port, security="unverified"), services) == "full"
        error = await refused(account(port, security="tls"), services)
        assert "not to be trusted: self-signed" in error.message
        assert not error.retryable
        odd = Services(http=FakeHttp())  # every name is this host
        error = await refused(account(port, host="redis.example.org", security="tls", authority=certificate.pem), odd)
        assert "not to be trusted: Hostname mismatch" in error.message
        error = await refused(account(port), services)  # not encrypted
        assert "expects TLS" in str(error.hint)
    monkeypatch.setattr(line, "CONNECTING", 0.3)  # a server without TLS waits for the rest of what it takes for text
    error = await refused(account(running.port, security="tls"), services)
    assert "did not answer in time" in error.message
    assert "expects TLS" in str(error.hint)
    error = await refused(account(running.port, security="tls", authority="none"), services)
    assert "no certificate in PEM form" in error.message


async def test_addresses_that_are_not_allowed_and_servers_that_are_not_there(
    server: RedisServer, services: Services
) -> None:
    guarded = EgressClient(())
    assert not (await refused(server, Services(http=guarded))).retryable
    await guarded.close()
    error = await refused(account(redis_server.free_port()), services)
    assert "failed" in error.message
    assert error.retryable


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail.example.org ESMTP\r\n", b"\xff" * 99_999]
)
async def test_a_server_that_speaks_something_else(services: Services, answer: bytes) -> None:
    async with answering(answer) as (port, _):
        error = await refused(account(port), services)
    assert "no answer of Redis" in error.message
    assert not error.retryable


REFUSED = b"-ERR unknown\r\n"  # what old servers say to the library's introduction


async def test_a_command_whose_answer_is_lost_is_sent_once(services: Services) -> None:
    async with answering(REFUSED * 2, b"+OK\r\n") as (port, heard):
        error = await refused(account(port), services, Increment)
        assert b"".join(heard).count(b"INCRBY") == 1
    assert "nobody knows whether the command was done" in error.message
    assert not error.retryable
    async with answering(REFUSED * 2, b"+OK\r\n") as (port, heard):
        error = await refused(account(port), services, Get)
        assert b"".join(heard).count(b"GET") == 1
    assert error.retryable


@pytest.mark.parametrize(
    "said", [b"-LOADING Redis is loading", b"-OOM command not allowed", b"-READONLY no", b"-CLUSTERDOWN x"]
)
async def test_what_passes_is_worth_a_retry(services: Services, said: bytes) -> None:
    async with answering(REFUSED * 2, said + b"\r\n") as (port, _):
        assert (await refused(account(port), services, Set, value="x")).retryable
    async with answering(REFUSED * 2, b"-MOVED 3999 127.0.0.1:6381\r\n") as (port, _):
        error = await refused(account(port), services, Set, value="x")
        assert "cluster" in error.message
        assert not error.retryable


async def test_answers_are_bounded(
    server: RedisServer, client: redis.Redis, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MOST", 2**20)
    client.set("cart:1", b"x" * (2**20 - 1000))
    assert len(await got(server, services)) == 2**20 - 1000
    client.set("cart:1", b"x" * 2**22)
    error = await refused(server, services)
    assert (error.field, error.retryable) == ("name", False)
    assert "more than 1 MB" in error.message
