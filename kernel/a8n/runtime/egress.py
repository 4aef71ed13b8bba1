"""The egress client: the one way by which HTTP leaves a8n, so that no workflow can reach the inside.

Only http and https; every host is resolved here, refused unless it is public or allowed, and connected to at the
address that was checked, again at each redirect. Time and size of the whole exchange are bounded, environment
proxies are ignored, and no cookie outlives a request.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from a8n.errors import NodeError
from a8n.items import JSON
from a8n.runtime.egress_addresses import AddressPolicy, Resolver, resolve
from a8n.services import HttpResponse

if TYPE_CHECKING:
    import httpcore
    import httpx

    from a8n.runtime.egress_connections import Pools

MAX_BYTES = 64 * 2**20
LOOK_UP = 30.0
"""Seconds that the look-up of a name may take."""


Judge = Callable[["httpx.Request", "httpx.Request | None"], None]


def _lenient(request: httpx.Request, previous: httpx.Request | None) -> None:
    """Lets everything leave."""


class EgressClient:
    """Implements `a8n.HttpClient`. Make one per process and event loop, and `close` it at the end."""

    def __init__(
        self,
        allow: Sequence[str] = (),
        *,
        max_bytes: int = MAX_BYTES,
        max_connections: int = 200,
        resolver: Resolver = resolve,
    ):
        """`allow` lists CIDRs, addresses, host names and `*.domain` that are not public but may be reached.

        `max_bytes` caps what any request may ask for. Raises ValueError for an entry that is none of these.
        """
        self._policy = AddressPolicy(allow, resolver)
        self._max_bytes = max_bytes
        self._max_connections = max_connections
        self._made: Pools | None = None

    async def reach(self, host: str, port: int) -> str:
        """See `a8n.HttpClient.reach`."""
        if not 0 < port < 65536:
            raise NodeError(f"{port} is no port", field="port", retryable=False)
        if not (host := host.strip()) or "%" in host:
            raise NodeError(f"{host!r} is no valid host", field="host", retryable=False)
        try:
            async with asyncio.timeout(LOOK_UP):
                return (await self._policy.addresses(host, port))[0]
        except TimeoutError:
            raise NodeError(f"could not resolve {host} within {LOOK_UP:g} s") from None

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        json: JSON = ...,
        data: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, str, bytes, str]] = (),
        auth: tuple[str, str] | None = None,
        timeout: float = 30.0,
        follow_redirects: bool = True,
        max_redirects: int = 10,
        max_bytes: int = MAX_BYTES,
        proxy: str | None = None,
        verify: bool = True,
        judge: Judge = _lenient,
    ) -> HttpResponse:
        """See `a8n.HttpClient.request`. `judge` sees every request before it leaves, those of redirects with the one
        before, and may raise. In `files`, an entry with an empty file name is a plain field.

        `params` are added to the query of `url`. A proxy is http or https, and it and the host behind it are
        checked alike. Headers of the answer that came several times are joined by a comma, `set-cookie` by a
        line feed; `content-encoding` and `content-length` are left out where the body was decompressed.
        """
        from a8n.runtime.egress_requests import build, dumped

        if json is not ...:
            content = dumped(json)
            headers = {"content-type": "application/json", **{n.lower(): v for n, v in (headers or {}).items()}}
        request = build(method, url, params, headers, content, data, files, auth)
        redirects = max_redirects if follow_redirects else None
        limit = min(max_bytes, self._max_bytes)
        try:
            async with asyncio.timeout(timeout):
                if proxy:
                    return await self._proxied(proxy, verify, request, redirects, limit, judge)
                pool = self._pools.verified if verify else self._pools.unverified
                return await self._follow(pool, request, redirects, limit, judge)
        except TimeoutError:
            raise NodeError(f"no complete answer from {request.url.host} within {timeout:g} s") from None

    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeout: float = 30.0,
        max_bytes: int = MAX_BYTES,
        judge: Judge = _lenient,
    ) -> EgressStream:
        """See `a8n.HttpClient.stream`; `judge` is as in `request`."""
        from a8n.runtime.egress_requests import build

        request = build(method, url, (), headers, content, None, (), None)
        judge(request, None)
        deadline = asyncio.get_running_loop().time() + timeout
        host = request.url.host
        try:
            async with asyncio.timeout_at(deadline):
                response = await _sent(self._pools.verified, request)
        except TimeoutError:
            raise NodeError(f"no answer from {host} within {timeout:g} s") from None
        return EgressStream(response, host, deadline, min(max_bytes, self._max_bytes))

    async def close(self) -> None:
        """Close idle connections."""
        if self._made is not None:
            await self._made.close()

    @property
    def _pools(self) -> Pools:
        if self._made is None:
            from a8n.runtime.egress_connections import Pools

            self._made = Pools(self._policy, self._max_connections)
        return self._made

    async def _proxied(
        self, proxy: str, verify: bool, request: httpx.Request, redirects: int | None, limit: int, judge: Judge
    ) -> HttpResponse:
        from a8n.runtime.egress_requests import checked_url

        async with self._pools.through(checked_url(proxy), verify) as pool:
            return await self._follow(pool, request, redirects, limit, judge, proxied=True)

    async def _follow(
        self,
        pool: httpcore.AsyncConnectionPool,
        request: httpx.Request,
        redirects: int | None,
        limit: int,
        judge: Judge,
        proxied: bool = False,
    ) -> HttpResponse:
        """Send, and send again for up to `redirects` redirects (None gives the redirect itself as the answer)."""
        from a8n.runtime.egress_requests import REDIRECTS, port_of, redirected

        previous: httpx.Request | None = None
        for _ in range((redirects or 0) + 1):
            judge(request, previous)
            if proxied:  # the proxy resolves the host again, in its own network: judge it here too
                await self.reach(request.url.host, port_of(request.url))
            answer = await _exchange(pool, request, limit, REDIRECTS if redirects is not None else ())
            location = answer.headers.get("location")
            if redirects is None or answer.status not in REDIRECTS or not location:
                return answer
            previous, request = request, redirected(request, answer.status, location)
        raise NodeError(f"{request.url.host} was reached after {redirects} redirects, the limit", retryable=False)


async def _exchange(
    pool: httpcore.AsyncConnectionPool, request: httpx.Request, limit: int, bodiless: Iterable[int]
) -> HttpResponse:
    """One request on the wire and its answer; the body is not read for a status in `bodiless`."""
    response = await _sent(pool, request)
    with _explained(request.url.host):
        try:
            headers = _received(response.headers)
            body = b""
            if response.status not in bodiless or "location" not in headers:
                body = await _body(response, request, headers, limit)
        finally:
            await response.aclose()
    return HttpResponse(response.status, headers, body, str(request.url))


async def _sent(pool: httpcore.AsyncConnectionPool, request: httpx.Request) -> httpcore.Response:
    """The answer to a request, of which nothing but the head has been read."""
    import httpcore

    url = request.url
    assert isinstance(request.stream, AsyncIterable)
    wire = httpcore.Request(
        method=request.method,
        url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
    )
    with _explained(url.host):
        return await pool.handle_async_request(wire)


@contextmanager
def _explained(host: str) -> Iterator[None]:
    """Errors of the connection as NodeErrors."""
    import httpcore

    from a8n.runtime.egress_connections import explained

    try:
        yield
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpcore.TimeoutException) as error:
        raise explained(error, host) from error


class EgressStream:
    """Implements `a8n.services.HttpStream`."""

    def __init__(self, response: httpcore.Response, host: str, deadline: float, limit: int):
        self.status: int = response.status
        self.headers: Mapping[str, str] = _received(response.headers)
        self._response = response
        self._host = host
        self._deadline = deadline
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """See `a8n.services.HttpStream`."""
        from a8n.runtime.egress_bodies import decoded

        assert isinstance(self._response.stream, AsyncIterable)
        encoding = self.headers.get("content-encoding", "")
        chunks = decoded(aiter(self._response.stream), encoding, self._limit, self._host)
        while True:
            try:
                # A time limit around the loop would be broken by a consumer that goes on in another task.
                async with asyncio.timeout_at(self._deadline):
                    with _explained(self._host):
                        chunk = await anext(chunks, None)
            except TimeoutError:
                raise NodeError(f"{self._host} did not complete its answer in time") from None
            if chunk is None:
                return
            yield chunk

    async def __aenter__(self) -> EgressStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """See `a8n.services.HttpStream`."""
        await self._response.aclose()


async def _body(response: httpcore.Response, request: httpx.Request, headers: dict[str, str], limit: int) -> bytes:
    from a8n.runtime.egress_bodies import read_body, too_large

    host, length = request.url.host, headers.get("content-length", "")
    if request.method == "HEAD":
        return b""
    if length.isdigit() and int(length) > limit:
        raise too_large(host, limit)
    assert isinstance(response.stream, AsyncIterable)
    encoding = headers.get("content-encoding", "")
    body = await read_body(response.stream, encoding, limit, host)
    if encoding:
        headers.pop("content-encoding")
        headers.pop("content-length", None)
    return body


def _received(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if key in headers:
            text = f"{headers[key]}{chr(10) if key == 'set-cookie' else ', '}{text}"
        headers[key] = text
    return headers
