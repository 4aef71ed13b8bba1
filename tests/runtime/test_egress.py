"""The egress client against real servers on loopback, and against resolvers that lie."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from a8n.errors import NodeError, UnavailableError
from a8n.node import Context
from a8n.runtime.egress import EgressClient
from a8n.runtime.egress_addresses import is_public
from a8n.runtime.egress_watch import WatchedClient
from a8n.runtime.metrics import Metrics
from a8n.services import Services
from a8n.testing.node import execution_info
from a8n.trigger import TriggerContext
from tests.runtime.raw_http import Seen, http, serving

LOOPBACK = ("127.0.0.0/8", "::1")


@pytest.fixture
async def client() -> AsyncIterator[EgressClient]:
    client = EgressClient(allow=LOOPBACK)
    yield client
    await client.close()


# --- what goes out and comes back ----------------------------------------------------------------------------


async def test_a_request_carries_query_headers_and_json(client: EgressClient) -> None:
    async with serving(http(b'{"ok": true}', content_type="application/json")) as server:
        answer = await client.request(
            "post", server.url("/orders?a=1"), params=[("b", "x y"), ("b", "2")], headers={"X-Id": "7"}, json={"ü": [1]}
        )
    assert (answer.status, answer.json()) == (200, {"ok": True})
    [seen] = server.seen
    assert seen.line == "POST /orders?a=1&b=x%20y&b=2 HTTP/1.1"
    assert seen.headers["x-id"] == "7"
    assert seen.headers["content-type"] == "application/json"
    assert seen.body == '{"ü":[1]}'.encode()


async def test_a_multipart_body_has_fields_and_files(client: EgressClient) -> None:
    async with serving(http()) as server:
        files = [("tag", "", b"a", ""), ("tag", "", b"b", ""), ("doc", "a.txt", b"hello", "text/plain")]
        await client.request("POST", server.url(), files=files)
    [seen] = server.seen
    assert seen.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert seen.body.count(b'name="tag"') == 2
    assert b'name="doc"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello' in seen.body


async def test_a_form_and_basic_auth(client: EgressClient) -> None:
    async with serving(http()) as server:
        await client.request("POST", server.url(), data={"a": "1 &"}, auth=("me", "pw"))
        await client.request("GET", f"http://me:pw@127.0.0.1:{server.port}/")
    form, with_userinfo = server.seen
    assert form.body == b"a=1+%26"
    assert form.headers["authorization"] == with_userinfo.headers["authorization"] == "Basic bWU6cHc="


async def test_connections_are_used_again(client: EgressClient) -> None:
    async with serving(http(b"x")) as server:
        for _ in range(3):
            await client.request("GET", server.url())
    assert (server.connections, len(server.seen)) == (1, 3)


async def test_no_cookie_outlives_a_request(client: EgressClient) -> None:
    async with serving(http(set_cookie="a=1; Path=/")) as server:
        first = await client.request("GET", server.url())
        await client.request("GET", server.url())
    assert first.headers["set-cookie"] == "a=1; Path=/"
    assert "cookie" not in server.seen[1].headers


async def test_proxies_of_the_environment_are_ignored(client: EgressClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving(http(b"direct")) as server:
        assert (await client.request("GET", server.url())).text == "direct"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://example.com/", "must be http or https, not ftp"),
        ("file:///etc/passwd", "must be http or https"),
        ("/relative", "written in full"),
        ("http://", "no host"),
        ("http://exa mple.com/", "no valid host"),
        ("http://example.com:99999/", "no valid host"),
    ],
)
async def test_a_bad_url_is_named(client: EgressClient, url: str, says: str) -> None:
    with pytest.raises(NodeError, match=says) as caught:
        await client.request("GET", url)
    assert caught.value.retryable is False


@pytest.mark.parametrize(
    ("method", "headers", "says"),
    [
        ("GET", {"X-A": "secret\r\nX-B: 2"}, "line breaks"),
        ("GET", {"X A": "1"}, "no name for a header"),
        ("GET", {"Transfer-Encoding": "chunked"}, "set by the connection"),
        ("GET /x HTTP/1.1", {}, "no method"),
    ],
)
async def test_requests_cannot_be_smuggled(
    client: EgressClient, method: str, headers: dict[str, str], says: str
) -> None:
    async with serving(http()) as server:
        with pytest.raises(NodeError, match=says) as caught:
            await client.request(method, server.url(), headers=headers)
    assert server.seen == []
    assert "secret" not in str(caught.value)


# --- where it may go -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0.0.0.0", "localhost", "[::1]", "[::]",
        "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.1", "100.100.100.200", "192.168.1.1",
        "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fd00:ec2::254]", "[fe80::1]", "224.0.0.1", "168.63.129.16",
    ],
)  # fmt: skip
async def test_addresses_inside_are_refused(host: str) -> None:
    client = EgressClient()
    with pytest.raises(NodeError, match=r"refused to connect to .*: not a public address; an operator") as caught:
        await client.request("GET", f"http://{host}:9/")
    assert caught.value.retryable is False


async def test_octal_hosts_never_reach_loopback() -> None:
    with pytest.raises(NodeError, match=r"refused|not valid"):
        await EgressClient().request("GET", "http://0177.0.0.1:9/")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("172.15.255.255", True),
        ("172.16.0.0", False),
        ("100.63.255.255", True),
        ("100.64.0.0", False),
        ("198.18.0.1", False),
        ("255.255.255.255", False),
        ("2606:4700::1111", True),
        ("2001:4860:4860::8888", True),
        ("2001:0:1::1", False),
        ("2001:db8::1", False),
        ("64:ff9b::8.8.8.8", True),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b:1::8.8.8.8", False),
        ("::ffff:8.8.8.8", True),
        ("::8.8.8.8", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
    ],
)
def test_what_counts_as_public(address: str, public: bool) -> None:
    from ipaddress import ip_address

    assert is_public(ip_address(address)) is public


async def test_hosts_are_allowed_by_network_name_or_domain() -> None:
    async def inside(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async with serving(http(b"in")) as server:
        for entry in ("127.0.0.0/8", "127.0.0.1", "wiki.corp.example", "*.corp.example"):
            client = EgressClient(allow=[entry], resolver=inside)
            assert (await client.request("GET", server.url(host="wiki.corp.example"))).text == "in"
            await client.close()
        for entry in ("corp.example", "*.wiki.corp.example", "10.0.0.0/8"):
            with pytest.raises(NodeError, match="refused"):
                await EgressClient(allow=[entry], resolver=inside).request("GET", "http://wiki.corp.example/")


def test_an_allow_list_that_makes_no_sense_stops_the_start() -> None:
    with pytest.raises(ValueError, match="A8N_EGRESS_ALLOW"):
        EgressClient(allow=["http://wiki"])


async def test_a_name_that_changes_its_address_after_the_check_gains_nothing() -> None:
    """DNS rebinding: the address that was checked is the one that is connected to; nothing resolves again."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.1"]

    async with serving(http(b"first"), "127.0.0.2") as first:
        client = EgressClient(allow=["127.0.0.2"], resolver=rebinding)
        answer = await client.request("GET", first.url(host="rebind.example"))
        assert (answer.text, asked) == ("first", ["rebind.example"])
        assert first.seen[0].headers["host"] == f"rebind.example:{first.port}"
        await client.close()
        with pytest.raises(NodeError, match=r"refused to connect to rebind\.example"):
            await client.request("GET", first.url(host="rebind.example"))


async def test_of_several_addresses_only_the_permitted_are_tried() -> None:
    async def mixed(host: str, port: int) -> Sequence[str]:
        return ["10.0.0.1", "127.0.0.3", "::ffff:127.0.0.2", "127.0.0.2"]

    async with serving(http(b"second"), "127.0.0.2") as server:
        client = EgressClient(allow=["127.0.0.2", "127.0.0.3"], resolver=mixed)
        assert (await client.request("GET", server.url(host="mixed.example"))).text == "second"
        assert await client.reach("mixed.example", 25) == "127.0.0.3"
        await client.close()


@pytest.mark.parametrize(
    ("host", "port", "field"),
    [("mail.example", 0, "port"), ("mail.example", 65536, "port"), (" ", 25, "host"), ("fe80::1%eth0", 25, "host")],
)
async def test_what_is_no_host_or_port_is_reached_by_no_protocol(host: str, port: int, field: str) -> None:
    with pytest.raises(NodeError) as caught:
        await EgressClient(allow=LOOPBACK).reach(host, port)
    assert (caught.value.field, caught.value.retryable) == (field, False)


@pytest.mark.parametrize("host", ["127.0.0.1", "0", "2130706433", "::ffff:127.0.0.1", "169.254.169.254", "localhost"])
async def test_other_protocols_reach_the_inside_only_where_it_is_allowed(host: str) -> None:
    with pytest.raises(NodeError, match="not a public address") as caught:
        await EgressClient().reach(host, 25)
    assert caught.value.retryable is False


async def test_steps_triggers_and_the_watched_client_reach_what_was_checked() -> None:
    async def here(host: str, port: int) -> Sequence[str]:
        return {"mail.example": ["10.1.2.3", "127.0.0.9"], "db.example": ["10.1.2.3"]}[host]

    services = Services(http=WatchedClient(EgressClient(allow=LOOPBACK, resolver=here), Metrics()))
    step = Context(
        execution=execution_info("mail", mode="test"), node_id="send", inputs={}, items=[], services=services
    )
    for ctx in (step, TriggerContext("w", "start", "", services)):
        assert await ctx.reach("mail.example", 993) == "127.0.0.9"
        with pytest.raises(NodeError, match=r"refused to connect to db\.example: not a public address"):
            await ctx.reach("db.example", 5432)
    with pytest.raises(UnavailableError, match="offers no HTTP"):
        await TriggerContext("w", "start", "", Services()).reach("mail.example", 993)


async def test_a_name_without_address_is_worth_a_retry() -> None:
    async def nothing(host: str, port: int) -> Sequence[str]:
        raise OSError(2, "Name or service not known")

    with pytest.raises(NodeError, match=r"could not resolve gone\.example: Name or service") as caught:
        await EgressClient(resolver=nothing).reach("gone.example", 25)
    assert caught.value.retryable is True


async def test_tls_keeps_the_name_and_checks_the_certificate(tmp_path: Path) -> None:
    names: list[str | None] = []

    async def here(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    context = _self_signed("tls.example", str(tmp_path))
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    listener = await asyncio.start_server(_hello, "127.0.0.1", 0, ssl=context)
    port = listener.sockets[0].getsockname()[1]
    client = EgressClient(allow=LOOPBACK, resolver=here)
    answer = await client.request("GET", f"https://tls.example:{port}/", verify=False)
    with pytest.raises(NodeError, match=r"the certificate of tls\.example is not valid: self-signed"):
        await client.request("GET", f"https://tls.example:{port}/")
    await client.close()
    listener.close()
    assert (answer.text, names) == ("hello", ["tls.example", "tls.example"])


async def _hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(http(b"hello"))
    await writer.drain()
    writer.close()


def _self_signed(name: str, folder: str) -> ssl.SSLContext:
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = f"{folder}/server.pem"
    with open(path, "wb") as file:
        pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        file.write(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
        file.write(certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


# --- redirects -----------------------------------------------------------------------------------------------


def redirect(location: str, status: str = "302 Found") -> bytes:
    return http(b"moved", status, location=location)


async def test_a_redirect_to_the_inside_is_refused() -> None:
    async def outside(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"] if host == "public.example" else [host]

    for location in ("http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:22/"):
        async with serving(redirect(location)) as server:
            client = EgressClient(allow=["public.example"], resolver=outside)
            with pytest.raises(NodeError, match="refused to connect to 1"):
                await client.request("GET", server.url(host="public.example"))
            await client.close()


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://[bad/"])
async def test_a_redirect_to_another_scheme_is_refused(client: EgressClient, location: str) -> None:
    async with serving(redirect(location)) as server:
        with pytest.raises(NodeError, match=r"http or https|no valid host"):
            await client.request("GET", server.url())


async def test_credentials_stay_with_their_origin(client: EgressClient) -> None:
    headers = {"Authorization": "Bearer s", "Cookie": "c=1", "X-Api-Key": "k", "Accept": "text/plain"}

    async with serving(http(b"there")) as other:

        async def answer(seen: Seen, writer: asyncio.StreamWriter) -> None:
            writer.write(redirect("/next" if "/first" in seen.line else other.url()))

        async with serving(answer) as server:
            got = await client.request("GET", server.url("/first"), headers=headers)
    assert (got.text, got.url) == ("there", other.url())
    first, second = server.seen
    assert second.headers["authorization"] == first.headers["authorization"] == "Bearer s"
    [last] = other.seen
    assert last.headers["accept"] == "text/plain"
    assert not {"authorization", "cookie", "x-api-key"} & last.headers.keys()
    assert last.headers["host"] == f"127.0.0.1:{other.port}"


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        ("301 Moved", "POST", "GET", b""),
        ("302 Found", "POST", "GET", b""),
        ("302 Found", "PUT", "PUT", b"data"),
        ("303 See Other", "PUT", "GET", b""),
        ("303 See Other", "HEAD", "HEAD", b""),
        ("307 Temporary", "POST", "POST", b"data"),
        ("308 Permanent", "PATCH", "PATCH", b"data"),
    ],
)
async def test_methods_change_as_the_fetch_standard_says(
    client: EgressClient, status: str, method: str, then: str, body: bytes
) -> None:
    async def answer(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(http() if "/end" in seen.line else redirect("/end", status))
        writer.close()

    async with serving(answer) as server:
        content = None if method == "HEAD" else b"data"
        await client.request(method, server.url("/a"), content=content, headers={"content-type": "text/plain"})
    assert server.seen[1].line == f"{then} /end HTTP/1.1"
    assert server.seen[1].body == body
    assert ("content-type" in server.seen[1].headers) == (method == then)


async def test_redirects_end_somewhere(client: EgressClient) -> None:
    async with serving(redirect("/again")) as server:
        with pytest.raises(NodeError, match="after 3 redirects, the limit"):
            await client.request("GET", server.url(), max_redirects=3)
        assert len(server.seen) == 4
        answer = await client.request("GET", server.url(), follow_redirects=False)
    assert (answer.status, answer.headers["location"], answer.body) == (302, "/again", b"moved")


# --- proxies -------------------------------------------------------------------------------------------------


async def test_a_proxy_is_asked_with_the_whole_url_and_its_own_credentials(client: EgressClient) -> None:
    async with serving(http(b"by proxy")) as proxy:
        url = f"http://u:p@127.0.0.1:{proxy.port}"
        answer = await client.request("GET", "http://127.0.0.9/x", proxy=url)
    assert answer.text == "by proxy"
    assert proxy.seen[0].line == "GET http://127.0.0.9/x HTTP/1.1"
    assert proxy.seen[0].headers["proxy-authorization"] == "Basic dTpw"


async def test_proxy_and_target_are_both_checked() -> None:
    with pytest.raises(NodeError, match=r"refused to connect to 127\.0\.0\.1"):
        await EgressClient().request("GET", "http://93.184.216.34/", proxy="http://127.0.0.1:9")
    client = EgressClient(allow=["127.0.0.1"])
    with pytest.raises(NodeError, match=r"refused to connect to 10\.0\.0\.1"):
        await client.request("GET", "http://10.0.0.1/", proxy="http://127.0.0.1:9")


# --- bounds --------------------------------------------------------------------------------------------------


async def test_a_slow_drip_ends_at_the_total_timeout(client: EgressClient) -> None:
    async def drip(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(drip) as server:
        with pytest.raises(NodeError, match=r"no complete answer from 127\.0\.0\.1 within 0\.3 s") as caught:
            await client.request("GET", server.url(), timeout=0.3)
    assert caught.value.retryable is True


async def test_a_body_is_bounded_by_its_announcement_and_while_it_comes(client: EgressClient) -> None:
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1024 + b"\r\n"
    for answer in (http(b"x" * 2000), chunked * 1 + (b"400\r\n" + b"x" * 1024 + b"\r\n") * 8):
        async with serving(answer) as server:
            with pytest.raises(NodeError, match=r"larger than 1,500 bytes"):
                await client.request("GET", server.url(), max_bytes=1500)


async def test_the_operator_caps_what_a_workflow_asks_for() -> None:
    client = EgressClient(allow=LOOPBACK, max_bytes=10)
    async with serving(http(b"x" * 11)) as server:
        with pytest.raises(NodeError, match="larger than 10 bytes"):
            await client.request("GET", server.url(), max_bytes=10**9)
    await client.close()


@pytest.mark.parametrize("layout", ["one member", "many members"])
async def test_a_gzip_bomb_is_refused_in_bounded_memory(client: EgressClient, layout: str) -> None:
    zeros = b"\0" * 2**20
    bomb = gzip.compress(zeros * 40) if layout == "one member" else gzip.compress(zeros) * 40
    async with serving(http(bomb, content_encoding="gzip")) as server:
        with pytest.raises(NodeError, match=r"larger than 1,000,000 bytes") as caught:
            await client.request("GET", server.url(), max_bytes=1_000_000)
    assert caught.value.retryable is False


async def test_stacked_encodings_are_refused(client: EgressClient) -> None:
    async with serving(http(b"x", content_encoding="gzip, gzip")) as server:
        with pytest.raises(NodeError, match="not asked for"):
            await client.request("GET", server.url())


async def test_compressed_answers_are_read(client: EgressClient) -> None:
    text = bytes(range(256)) * 5000 + b"a" * 600_000
    raw_deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bodies = {
        "gzip": gzip.compress(text[:1000]) + gzip.compress(text[1000:]),
        "x-gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "Deflate": raw_deflate.compress(text) + raw_deflate.flush(),
    }
    for encoding, body in bodies.items():
        async with serving(http(body, content_encoding=encoding)) as server:
            answer = await client.request("GET", server.url())
        assert answer.body == text
        assert not {"content-encoding", "content-length"} & answer.headers.keys()


@pytest.mark.parametrize("cut", [slice(None, -5), slice(3, None)])
async def test_a_damaged_compressed_answer_is_an_error(client: EgressClient, cut: slice) -> None:
    async with serving(http(gzip.compress(b"hello" * 100)[cut], content_encoding="gzip")) as server:
        with pytest.raises(NodeError, match=r"cut short|damaged"):
            await client.request("GET", server.url())


async def test_an_answer_that_breaks_off_is_worth_a_retry(client: EgressClient) -> None:
    async def broken(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        writer.close()

    async with serving(broken) as server:
        with pytest.raises(NodeError, match="ended the connection before its answer was complete") as caught:
            await client.request("GET", server.url())
    assert caught.value.retryable is True


async def test_a_closed_port_says_so(client: EgressClient) -> None:
    async with serving(b"") as server:
        pass
    with pytest.raises(NodeError, match=r"could not connect to 127\.0\.0\.1: Connection refused"):
        await client.request("GET", server.url())


async def test_a_cancelled_request_leaves_no_connection_behind(client: EgressClient) -> None:
    arrived = asyncio.Event()

    async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await asyncio.sleep(30)

    async with serving(silent) as server:
        task = asyncio.create_task(client.request("GET", server.url()))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert client._pools.verified.connections == []


def test_importing_the_client_imports_no_http_library() -> None:
    code = "import sys, a8n.runtime.egress; print(sorted({'httpx', 'httpcore', 'anyio', 'ssl'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "httpx" not in done.stdout
    assert "httpcore" not in done.stdout


# --- answers that come piece by piece --------------------------------------------------------------------------


async def test_a_stream_is_read_as_it_comes(client: EgressClient) -> None:
    more = asyncio.Event()

    async def slow(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\none")
        await more.wait()
        writer.write(b"two")

    async with serving(slow) as server, await client.stream("POST", server.url(), content=b"{}") as answer:
        pieces = aiter(answer)
        first = await anext(pieces)
        more.set()
        assert (answer.status, first, [piece async for piece in pieces]) == (200, b"one", [b"two"])
    assert server.seen[0].body == b"{}"


async def test_a_stream_is_decompressed_and_bounded(client: EgressClient) -> None:
    async with serving(http(gzip.compress(b"a" * 5_000), content_encoding="gzip")) as server:
        async with await client.stream("GET", server.url()) as answer:
            assert b"".join([piece async for piece in answer]) == b"a" * 5_000
        async with await client.stream("GET", server.url(), max_bytes=4_000) as answer:
            with pytest.raises(NodeError, match="larger than 4,000 bytes"):
                [piece async for piece in answer]


async def test_a_stream_that_breaks_off_or_never_ends_is_an_error(client: EgressClient) -> None:
    async def broken(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        writer.close()

    async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await asyncio.sleep(30)

    for answers, says in ((broken, "ended the connection"), (silent, "did not complete its answer in time")):
        async with serving(answers) as server, await client.stream("GET", server.url(), timeout=1) as answer:
            with pytest.raises(NodeError, match=says):
                [piece async for piece in answer]


async def test_a_stream_goes_nowhere_inside() -> None:
    client = EgressClient()
    with pytest.raises(NodeError, match="not a public address"):
        await client.stream("GET", "http://127.0.0.1:9/")


async def test_a_redirect_of_a_stream_is_its_answer(client: EgressClient) -> None:
    async with (
        serving(http(status="302 Found", location="http://169.254.169.254/")) as server,
        await client.stream("GET", server.url()) as answer,
    ):
        assert (answer.status, answer.headers["location"]) == (302, "http://169.254.169.254/")
