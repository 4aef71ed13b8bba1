"""Connections of the egress client: each goes to an address that was checked a moment before, and to no other."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from functools import cached_property

import certifi
import httpcore
import httpx

from a8n.errors import NodeError
from a8n.runtime.egress_addresses import AddressPolicy

ATTEMPT_TIMEOUT = 4.0
"""Seconds for one address of a host while there are others to try."""


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a host itself and connects to the addresses that the policy permits.

    TLS and HTTP above it keep the name: SNI, the certificate check and the Host header do not change.
    """

    def __init__(self, policy: AddressPolicy):
        self._policy = policy
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first permitted address that answers. Raises NodeError where there is none."""
        *others, last = await self._policy.addresses(host, port)
        for address in others:
            try:
                return await self._inner.connect_tcp(address, port, ATTEMPT_TIMEOUT, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(last, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: a socket file is on this host."""
        raise NodeError("refused to connect to a socket file", retryable=False)

    async def sleep(self, seconds: float) -> None:
        """Pause between attempts of httpcore."""
        await self._inner.sleep(seconds)


class Pools:
    """Connection pools of one client: checked and unchecked certificates never share a connection."""

    def __init__(self, policy: AddressPolicy, max_connections: int):
        self._backend = CheckedBackend(policy)
        self._max_connections = max_connections

    @cached_property
    def verified(self) -> httpcore.AsyncConnectionPool:
        """Connections whose certificates are checked."""
        return self._pool(self._trusting)

    @cached_property
    def unverified(self) -> httpcore.AsyncConnectionPool:
        """Connections to hosts with certificates that nobody checks."""
        return self._pool(_unchecked())

    def through(self, proxy: httpx.URL, verify: bool) -> httpcore.AsyncHTTPProxy:
        """A pool for one call through a proxy; the caller closes it."""
        auth = (proxy.username, proxy.password) if proxy.userinfo else None
        return httpcore.AsyncHTTPProxy(
            proxy_url=httpcore.URL(scheme=proxy.raw_scheme, host=proxy.raw_host, port=proxy.port, target=b"/"),
            proxy_auth=auth,
            ssl_context=self._trusting if verify else _unchecked(),
            proxy_ssl_context=self._trusting if proxy.scheme == "https" else None,
            network_backend=self._backend,
        )

    async def close(self) -> None:
        """Close every idle connection."""
        for name in ("verified", "unverified"):
            pool = self.__dict__.pop(name, None)
            if pool is not None:
                await pool.aclose()

    def _pool(self, context: ssl.SSLContext) -> httpcore.AsyncConnectionPool:
        return httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=self._max_connections,
            max_keepalive_connections=40,
            keepalive_expiry=15.0,
            network_backend=self._backend,
        )

    @cached_property
    def _trusting(self) -> ssl.SSLContext:
        """The bundled authorities and the system's, where an operator adds his own."""
        context = ssl.create_default_context(cafile=certifi.where())
        context.load_default_certs()
        return context


def _unchecked() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def explained(error: Exception, host: str) -> NodeError:
    """An error of the connection as a sentence for the workflow's author. No part of it comes from a header."""
    refused = _cause(error, ssl.SSLCertVerificationError)
    if isinstance(refused, ssl.SSLCertVerificationError):
        return NodeError(f"the certificate of {host} is not valid: {refused.verify_message}", retryable=False)
    if isinstance(error, httpcore.LocalProtocolError):
        return NodeError(f"the request to {host} is not valid HTTP: {error}", retryable=False)
    if isinstance(error, httpcore.ProxyError):
        return NodeError(f"the proxy refused to connect to {host}: {error}")
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return NodeError(f"could not connect to {host}: {_reason(error)}")
    return NodeError(f"{host} ended the connection before its answer was complete")


def _cause(error: BaseException | None, kind: type[BaseException]) -> BaseException | None:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error


def _reason(error: Exception) -> str:
    current: BaseException | None = error
    while current is not None:
        if isinstance(current, OSError) and current.errno:
            return os.strerror(current.errno)
        current = current.__cause__ or current.__context__
    return "no answer" if isinstance(error, httpcore.ConnectTimeout) else str(error) or "no reason given"
