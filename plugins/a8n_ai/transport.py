"""Gives the SDKs of model providers a way out that is ours: every request of theirs goes through the guarded client.

So the rules for egress hold for them (no private network unless allowed, no proxy of the environment), and what a
service answers to a refused request becomes the same clear error whichever SDK asked.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from a8n import HttpClient, NodeError

PATIENCE = 600.0
"""Seconds for one answer of a model, the last token included."""
MAX_BYTES = 64 * 2**20
"""Of one answer."""
OURS = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}
"""Headers that the guarded client sets itself."""


def client(library: Any, http: HttpClient, **options: Any) -> Any:
    """An async client of `library` (httpx, or httpx2, which newer SDKs use) without connections of its own."""
    return library.AsyncClient(transport=transport(library, http), timeout=PATIENCE, trust_env=False, **options)


def sealed(library: Any) -> Any:
    """A blocking client that goes nowhere, for SDKs that make one beside the other and never use it."""

    class Sealed(library.BaseTransport):  # type: ignore[misc]  # the base is known at run time only
        def handle_request(self, request: Any) -> Any:
            raise NodeError("blocking requests are not made here", retryable=False)

    return library.Client(transport=Sealed(), trust_env=False)


class Trouble:
    """What went wrong below an SDK that has its own answer to it, and tells less of it than we know."""

    def __init__(self) -> None:
        self.last: NodeError | None = None
        """Of the POST that was sent last: other requests are the SDK's own affair."""

    def note(self, method: str, error: NodeError | None) -> None:
        """Keep what went wrong with a request; None for one that begins."""
        if method == "POST":
            self.last = error


def transport(library: Any, http: HttpClient, trouble: Trouble | None = None, max_bytes: int = MAX_BYTES) -> Any:
    """A transport of `library` over the guarded client.

    What goes wrong is a NodeError; with `trouble` it is noted there, and the SDK gets what it knows how to deal with.
    """

    def noted(method: str, error: NodeError) -> Exception:
        if trouble is None:
            return error
        trouble.note(method, error)
        broken: Exception = library.ReadError(str(error))
        return broken

    class Body(library.AsyncByteStream):  # type: ignore[misc]  # the base is known at run time only
        def __init__(self, method: str, answer: Any):
            self._method = method
            self._answer = answer

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for chunk in self._answer:
                    yield chunk
            except NodeError as error:
                raise noted(self._method, error) from error

        async def aclose(self) -> None:
            await self._answer.aclose()

    class Guarded(library.AsyncBaseTransport):  # type: ignore[misc]  # the same
        async def handle_async_request(self, request: Any) -> Any:
            headers = {name: value for name, value in request.headers.items() if name.lower() not in OURS}
            content, method = await request.aread(), request.method
            if trouble is not None:
                trouble.note(method, None)
            try:
                answer = await http.stream(
                    method,
                    str(request.url),
                    headers=headers,
                    content=content or None,
                    timeout=PATIENCE,
                    max_bytes=max_bytes,
                )
                # The body is decompressed already, and its length is another then.
                kept = [(n, v) for n, v in answer.headers.items() if n not in ("content-encoding", "content-length")]
                if answer.status < 400:
                    return library.Response(answer.status, headers=kept, stream=Body(method, answer), request=request)
                async with answer:
                    body = b"".join([chunk async for chunk in answer])
            except NodeError as error:
                raise noted(method, error) from error
            refused = refusal(answer.status, answer.headers, body, request.url.host)
            if trouble is None:
                raise refused
            trouble.note(method, refused)
            return library.Response(answer.status, headers=kept, content=body, request=request)

    return Guarded()


def refusal(status: int, headers: Any, body: bytes, host: str) -> NodeError:
    """What a service answered in place of what was asked for, as an error for people."""
    said = _said(body)
    text = f"{host} answered {status}" + (f": {said}" if said else "")
    if status in (401, 403):
        return NodeError(text, field="account", hint="is the key of the account right, and allowed to do this?",
                         retryable=False)  # fmt: skip
    if status == 404:
        return NodeError(text, field="model", hint="does the service have this model?", retryable=False)
    if status == 429:
        return NodeError(text, hint="the service limits how much is asked of it", retry_after=_seconds(headers))
    if status in (408, 409) or status >= 500:
        return NodeError(text, retry_after=_seconds(headers))
    return NodeError(text, retryable=False)


def _said(body: bytes) -> str:
    """The sentence in the body of an error, which each service puts somewhere else."""
    try:
        found: Any = json.loads(body)
    except ValueError:
        return ""
    for name in ("error", "message", "detail"):
        if isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, dict):
            found = found.get(name, found)
    return found[:1000] if isinstance(found, str) else ""


def _seconds(headers: Any) -> float | None:
    """Retry-After, where it is a number; the few services that send a date mean a moment that is near."""
    value = headers.get("retry-after", "")
    try:
        return min(max(float(value), 0.0), 86_400.0)
    except ValueError:
        return None
