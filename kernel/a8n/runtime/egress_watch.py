"""Watches what leaves by HTTP: how it ended, how long it took, and the span that the other side can join."""

from __future__ import annotations

from collections.abc import Awaitable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from a8n.errors import NodeError
from a8n.runtime.metrics import Metrics

if TYPE_CHECKING:
    from a8n.runtime.tracing import Tracing


class WatchedClient:
    """An `a8n.HttpClient` around another one."""

    def __init__(self, client: Any, metrics: Metrics, tracing: Tracing | None = None):
        self._client = client
        self._metrics = metrics
        self._tracing = tracing

    async def request(self, method: str, url: str, **options: Any) -> Any:
        """See `a8n.HttpClient`."""
        if self._tracing is None:
            return await self._request(method, url, options)
        with self._tracing.outgoing(method, url) as (span, headers):
            given = {**(options.get("headers") or {})}
            if not any(name.lower() == "traceparent" for name in given):
                options["headers"] = {**given, **headers}
            answer = await self._request(method, url, options)
            span.set_attribute("http.response.status_code", answer.status)
            return answer

    async def stream(self, method: str, url: str, **options: Any) -> Any:
        """See `a8n.HttpClient`. What is measured is the time until the answer begins."""
        if self._tracing is None:
            return await self._measured(self._client.stream(method, url, **options))
        with self._tracing.outgoing(method, url) as (span, headers):
            options["headers"] = {**headers, **(options.get("headers") or {})}
            answer = await self._measured(self._client.stream(method, url, **options))
            span.set_attribute("http.response.status_code", answer.status)
            return answer

    async def _request(self, method: str, url: str, options: dict[str, Any]) -> Any:
        return await self._measured(self._client.request(method, url, **options))

    async def _measured(self, exchange: Awaitable[Any]) -> Any:
        began, outcome = perf_counter(), "failed"
        try:
            answer = await exchange
            outcome = f"{answer.status // 100}xx"
            return answer
        except NodeError as error:
            outcome = _outcome(error)
            raise
        finally:
            self._metrics.egress.values[(outcome,)] += 1
            self._metrics.egress_duration.observe(perf_counter() - began)

    async def reach(self, host: str, port: int) -> str:
        """See `a8n.HttpClient`."""
        address: str = await self._client.reach(host, port)
        return address

    async def close(self) -> None:
        """Close connections, if there are any."""
        await self._client.close()


def _outcome(error: NodeError) -> str:
    if isinstance(error.__context__, TimeoutError):
        return "timeout"
    return "failed" if error.retryable else "refused"
