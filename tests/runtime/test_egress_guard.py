"""Where held credentials may go: their hosts alone, over redirects, proxies, streams and sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from a8n import Credential, NodeError, Secret
from a8n.runtime.egress import EgressClient
from a8n.runtime.egress_guard import guarded
from a8n.runtime.kept import Kept, matches
from a8n.services import HttpClient
from a8n_http.credentials import HttpBasic, HttpBearer
from tests.runtime.raw_http import Seen, Server, http, serving

TOKEN = "t0ken-of-the-service"
SIGNED = {"authorization": f"Bearer {TOKEN}", "x-api-key": TOKEN}


async def everywhere(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


@pytest.fixture
async def client() -> AsyncIterator[EgressClient]:
    client = EgressClient(allow=["127.0.0.0/8"], resolver=everywhere)
    yield client
    await client.close()


def bearer(*hosts: str, name: str = "Shop", token: str = TOKEN) -> Credential:
    made = HttpBearer(token=Secret(token))
    made.opened_from(Kept(name, hosts))
    return made


def holding(client: EgressClient, *hosts: str) -> HttpClient:
    return guarded(client, [bearer(*hosts)])


def redirect(location: str, status: str = "302 Found") -> bytes:
    return http(status=status, location=location)


@pytest.mark.parametrize(
    ("entry", "host", "port", "fits"),
    [
        ("api.example.com", "api.example.com", 443, True),
        ("API.example.com", "api.Example.com.", 443, True),
        ("api.example.com", "example.com", 443, False),
        ("api.example.com", "api.example.com.evil.test", 443, False),
        ("*.example.com", "api.example.com", 443, True),
        ("*.example.com", "a.b.example.com", 80, True),
        ("*.example.com", "example.com", 443, False),
        ("*.example.com", "notexample.com", 443, False),
        ("api.example.com:8443", "api.example.com", 8443, True),
        ("api.example.com:8443", "api.example.com", 443, False),
        ("*.example.com:8443", "api.example.com", 8443, True),
        ("[2001:db8::1]:8443", "2001:db8::1", 8443, True),
        ("[2001:db8::1]:8443", "2001:db8::1", 443, False),
        ("[2001:db8::1]", "2001:db8::1", 443, True),
        ("127.0.0.1:80", "127.0.0.1", 80, True),
    ],
)
def test_entries_name_hosts(entry: str, host: str, port: int, fits: bool) -> None:
    assert matches(entry, host, port) is fits


async def test_a_credential_goes_to_its_hosts_and_to_no_other(client: EgressClient) -> None:
    async with serving(http(b"ok")) as server:
        for hosts in ([], ["api.example"], ["*.example"], ["other.test", f"api.example:{server.port}"]):
            answer = await holding(client, *hosts).request("GET", server.url(host="api.example"), headers=SIGNED)
            assert answer.text == "ok"
        before = len(server.seen)
        for hosts in (["other.example"], ["*.api.example"], [f"api.example:{server.port + 1}"]):
            with pytest.raises(NodeError) as caught:
                await holding(client, *hosts).request("GET", server.url(host="api.example"), headers=SIGNED)
            assert caught.value.message == (
                f"the credential 'Shop' may not be sent to api.example, only to {', '.join(hosts)}"
            )
            assert "add api.example to the hosts of the credential" in (caught.value.hint or "")
            assert caught.value.retryable is False
        assert len(server.seen) == before


async def test_what_is_made_of_a_secret_goes_nowhere_else_either(client: EgressClient) -> None:
    """A signature shows nothing of the secret, so the step is held to the hosts whatever its request looks like."""
    async with serving(http()) as server:
        with pytest.raises(NodeError, match=r"may not be sent to evil\.example"):
            await holding(client, "api.example").request("GET", server.url(host="evil.example"))
    assert server.seen == []


async def test_streams_and_sockets_are_held_to_the_hosts_too(client: EgressClient) -> None:
    async with serving(http(b"streamed")) as server:
        held = holding(client, "api.example")
        async with await held.stream("GET", server.url(host="api.example"), headers=SIGNED) as answer:
            assert b"".join([chunk async for chunk in answer]) == b"streamed"
        with pytest.raises(NodeError, match=r"may not be sent to evil\.example"):
            await held.stream("GET", server.url(host="evil.example"), headers=SIGNED)
        assert len(server.seen) == 1
    assert await held.reach("api.example", 25) == "127.0.0.1"
    with pytest.raises(NodeError, match=r"may not be sent to evil\.example"):
        await held.reach("evil.example", 25)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_to_another_host_takes_no_credential_along(client: EgressClient, status: str) -> None:
    async with serving(http(b"there")) as there, serving(redirect(there.url("/", "cdn.example"), status)) as here:
        url = here.url(host="api.example")
        answer = await holding(client).request("GET", url, headers=SIGNED, params=[("key", TOKEN)])
        assert answer.text == "there"
        assert TOKEN in here.seen[0].line
        assert TOKEN not in str(there.seen)
        with pytest.raises(NodeError, match=r"may not be sent to cdn\.example, only to api\.example"):
            await holding(client, "api.example").request("GET", url, headers=SIGNED)
        assert len(there.seen) == 1
        await holding(client, "api.example", "cdn.example").request("GET", url, headers=SIGNED)
        assert TOKEN not in str(there.seen)


async def test_the_hosts_are_asked_at_every_redirect(client: EgressClient) -> None:
    async with (
        serving(http(b"end")) as last,
        serving(redirect(last.url("/", "evil.example"))) as middle,
        serving(redirect(middle.url("/", "b.api.example"))) as first,
    ):
        with pytest.raises(NodeError, match=r"may not be sent to evil\.example"):
            await holding(client, "*.api.example").request("GET", first.url("/", "a.api.example"), headers=SIGNED)
    assert (len(first.seen), len(middle.seen), len(last.seen)) == (1, 1, 0)


async def test_a_redirect_within_the_origin_keeps_the_credential(client: EgressClient) -> None:
    async def answer(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(redirect("/new") if "/old" in seen.line else http(b"new"))

    async with serving(answer) as server:
        held = holding(client, "api.example")
        assert (await held.request("GET", server.url("/old", "api.example"), headers=SIGNED)).text == "new"
    assert [seen.headers["x-api-key"] for seen in server.seen] == [TOKEN, TOKEN]


@pytest.mark.parametrize(
    "body", [{"data": {"key": TOKEN}}, {"json": {"key": TOKEN}}, {"content": TOKEN.encode()},
             {"files": [("f", "a.txt", TOKEN.encode(), "text/plain")]}],
)  # fmt: skip
async def test_a_redirect_that_keeps_the_body_takes_no_secret_in_it_along(
    client: EgressClient, body: dict[str, Any]
) -> None:
    async with serving(http(b"there")) as there, serving(redirect(there.url("/", "cdn.example"), "307 T")) as here:
        url = here.url(host="api.example")
        with pytest.raises(NodeError, match=r"a redirect to cdn\.example would take the credential 'Shop' along"):
            await holding(client).request("POST", url, **body)
        assert there.seen == []
        allowed = holding(client, "api.example", "cdn.example")
        assert (await allowed.request("POST", url, **body)).text == "there"
        assert (await holding(client).request("POST", url, data={"key": "harmless"})).text == "there"


async def test_of_several_credentials_each_goes_to_its_own_hosts(client: EgressClient) -> None:
    other = bearer("cdn.example", name="Files", token="another-t0ken")
    held = guarded(client, [bearer("api.example"), other])
    async with serving(http(b"ok")) as server:
        files = {"authorization": "Bearer another-t0ken"}
        assert (await held.request("GET", server.url(host="api.example"), headers=SIGNED)).text == "ok"
        assert (await held.request("GET", server.url(host="cdn.example"), headers=files)).text == "ok"
        for place in ({"headers": SIGNED}, {"params": [("a", TOKEN)]}, {"json": {"a": TOKEN}}, {"auth": ("u", TOKEN)}):
            with pytest.raises(NodeError, match=r"'Shop' may not be sent to cdn\.example"):
                await held.request("POST", server.url(host="cdn.example"), **place)
        with pytest.raises(NodeError, match=r"'Files' may not be sent to api\.example"):
            await held.request("GET", server.url(host="api.example"), headers=files)
        with pytest.raises(NodeError, match=r"may not be sent to evil\.example"):
            await held.request("GET", server.url(host="evil.example"))
    assert len(server.seen) == 2


async def test_a_credential_of_a_proxy_goes_to_the_proxy_alone(client: EgressClient) -> None:
    secret = "pass-of-the-proxy"
    proxy = HttpBasic(username="me", password=Secret(secret))

    def held(*hosts: str) -> HttpClient:
        proxy.opened_from(Kept("Proxy", hosts))
        return guarded(client, [proxy])

    async with serving(http(b"by proxy")) as server:
        through = f"http://me:{secret}@proxy.example:{server.port}"
        url = "http://shop.example/orders"
        answer = await held("proxy.example").request("GET", url, proxy=through)
        assert answer.text == "by proxy"
        with pytest.raises(NodeError, match=r"'Proxy' may not be sent to shop\.example"):
            await held("proxy.example").request("GET", url, proxy=through, auth=("me", secret))
        with pytest.raises(NodeError, match=r"'Proxy' may not be sent to proxy\.example"):
            await held("shop.example").request("GET", url, proxy=through)
    assert len(server.seen) == 1


def test_credentials_that_the_runtime_did_not_open_change_nothing(client: EgressClient) -> None:
    assert guarded(client, [HttpBearer(token=Secret(TOKEN))]) is client
    assert guarded(client, []) is client


class Account:
    """A credential somebody signed in for, and what its renewals give."""

    def __init__(self, *tokens: str):
        self.credential = HttpBearer(token=Secret("unused"))
        self.credential.holding("first-token")
        self.tokens = list(tokens)
        self.asked: list[str] = []
        self.credential.opened_from(Kept("Shop", (), self.renew))

    async def renew(self, refused: str) -> None:
        self.asked.append(refused)
        await asyncio.sleep(0)
        self.credential.holding(self.tokens.pop(0))


def only(token: str) -> Any:
    async def answer(seen: Seen, writer: asyncio.StreamWriter) -> None:
        known = token in seen.headers.get("authorization", "") + seen.line + seen.body.decode()
        writer.write(http(b"ok") if known else http(b"who?", "401 Unauthorized"))

    return answer


def tokens_of(server: Server) -> list[str]:
    return [seen.headers["authorization"].removeprefix("Bearer ") for seen in server.seen]


@pytest.mark.parametrize(
    "place",
    [
        {"headers": {"Authorization": "Bearer first-token"}},
        {"params": [("access_token", "first-token")]},
        {"data": {"access_token": "first-token"}},
    ],
)
async def test_a_refused_token_is_renewed_and_the_request_repeated_with_its_body(
    client: EgressClient, place: dict[str, Any]
) -> None:
    account = Account("second-token")
    held = guarded(client, [account.credential])
    async with serving(only("second-token")) as server:
        answer = await held.request(
            "POST", server.url(), **({"content": b"order"} | place if "data" not in place else place)
        )
        assert answer.text == "ok"
        assert len(server.seen) == 2
        if "data" not in place:
            assert [seen.body for seen in server.seen] == [b"order", b"order"]
        assert account.asked == ["first-token"]
        again = await held.request("GET", server.url(), headers={"authorization": "Bearer first-token"})
        assert again.text == "ok"  # a header that a step made before is brought up to date
        assert len(server.seen) == 3


async def test_a_stream_is_asked_for_again_with_the_new_token(client: EgressClient) -> None:
    account = Account("second-token")
    async with serving(only("second-token")) as server:
        held = guarded(client, [account.credential])
        headers = {"authorization": "Bearer first-token"}
        async with await held.stream("POST", server.url(), headers=headers, content=b"ask") as answer:
            assert b"".join([chunk async for chunk in answer]) == b"ok"
        assert tokens_of(server) == ["first-token", "second-token"]


async def test_a_second_refusal_asks_to_sign_in_again(client: EgressClient) -> None:
    account = Account("second-token", "third-token")
    held = guarded(client, [account.credential])
    async with serving(only("nobody")) as server:
        for sent in (2, 3):
            token = account.credential.oauth_token
            with pytest.raises(NodeError, match=r"127\.0\.0\.1 refuses the sign-in of the credential 'Shop'") as caught:
                await held.request("GET", server.url(), headers={"authorization": f"Bearer {token}"})
            assert "sign in at its service again" in (caught.value.hint or "")
            assert caught.value.retryable is False
            assert len(server.seen) == sent
    assert account.asked == ["first-token"]  # a service that refuses a new token is given no storm of renewals


async def test_requests_side_by_side_share_one_renewal(client: EgressClient) -> None:
    account = Account("second-token", "third-token")
    held = guarded(client, [account.credential])
    gate, refused = asyncio.Event(), 0

    async def answer(seen: Seen, writer: asyncio.StreamWriter) -> None:
        nonlocal refused
        if "second-token" in seen.headers["authorization"]:
            writer.write(http(b"ok"))
            return
        refused += 1
        if refused == 2:
            gate.set()
        elif seen.line.startswith("GET /late"):
            await gate.wait()
        writer.write(http(b"who?", "401 Unauthorized"))

    async with serving(answer) as server:
        headers = {"authorization": "Bearer first-token"}
        late = asyncio.ensure_future(held.request("GET", server.url("/late"), headers=headers))
        while not refused:
            await asyncio.sleep(0.01)
        assert (await held.request("GET", server.url("/soon"), headers=headers)).text == "ok"
        assert (await late).text == "ok"
    assert account.asked == ["first-token"]


async def test_a_refusal_of_a_host_that_got_no_token_renews_nothing(client: EgressClient) -> None:
    account = Account("second-token")
    held = guarded(client, [account.credential])
    refusal = http(b"who?", "401 Unauthorized")
    async with serving(refusal) as there, serving(redirect(there.url("/", "cdn.example"))) as here:
        headers = {"authorization": "Bearer first-token"}
        assert (await held.request("GET", here.url(host="api.example"), headers=headers)).status == 401
        assert (await held.request("GET", there.url())).status == 401
    assert account.asked == []
