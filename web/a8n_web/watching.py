"""Around every request: its id, a line in the log, counts, and the span that its execution hangs on.

Webhooks are the hot path: their lines are written at the level `debug`, where nobody asks for that level they cost
nothing. Lines say the path without its query; what in a path may be a secret is masked.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from time import perf_counter
from typing import Any

from a8n.runtime.ids import new_id
from a8n.runtime.instance import Instance
from a8n.runtime.log_context import REQUEST
from a8n.runtime.masking import MASK
from a8n.runtime.tallies import Distribution

log = logging.getLogger("a8n.access")

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

GIVEN_ID = re.compile(rb"[\w.-]{1,64}")
"""What `X-Request-Id` of a proxy may look like."""
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
GUESSABLE = 20
"""Characters of a part of a path that is no secret; longer ones that are no UUID may be."""
QUIET = frozenset({"webhook", "resume", "probe"})


class Watched:
    """ASGI around the whole application."""

    def __init__(self, instance: Instance, inner: App):
        self._instance = instance
        self._inner = inner
        self._requests = instance.metrics.requests.values
        self._seconds: dict[str, Distribution] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        began = perf_counter()
        surface = surface_of(scope["path"])
        request_id = _given_id(scope)
        if not request_id and (surface != "webhook" or log.isEnabledFor(logging.DEBUG)):
            request_id = new_id()  # lines about a webhook have its execution's id
        REQUEST.set(request_id)
        answer = _Answer(send, request_id)
        tracing = self._instance.tracing
        try:
            if tracing is None or surface == "probe":
                await self._inner(scope, receive, answer)
            else:
                with tracing.request(scope["method"], surface, scope["headers"]) as span:
                    await self._inner(scope, receive, answer)
                    tracing.answered(span, answer.status)
        finally:
            seconds = perf_counter() - began
            if surface != "probe":
                self._requests[surface, str(answer.status)] += 1
                found = self._seconds.get(surface)
                if found is None:
                    found = self._seconds[surface] = self._instance.metrics.request_duration[(surface,)]
                found.observe(seconds)
            level = _level(surface, answer.status)
            if log.isEnabledFor(level):
                self._line(level, scope, surface, answer.status, seconds)

    def _line(self, level: int, scope: Scope, surface: str, status: int, seconds: float) -> None:
        path = self._shown(scope, surface)
        fields = {"method": scope["method"], "path": path, "status": status, "ms": round(seconds * 1000, 1)}
        log.log(level, "%s %s %d", scope["method"], path, status, extra={"fields": fields})

    def _shown(self, scope: Scope, surface: str) -> str:
        """The path as the log may have it: of a webhook what its workflow declares, without the caller's parts."""
        path: str = scope["path"]
        if surface == "webhook":
            found = self._instance.hooks.find(scope["method"], path.removeprefix("/webhook/").rstrip("/"))
            path = f"/webhook/{found.hook.route.path}" if found is not None else f"/webhook/{MASK}"
        return masked_path(path)


class _Answer:
    """Passes an answer on, and keeps its status. 500 until there is one: the server then answers so."""

    __slots__ = ("_request_id", "_send", "status")

    def __init__(self, send: Send, request_id: str):
        self._send = send
        self._request_id = request_id
        self.status = 500

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self._request_id:
                message["headers"] = [*message["headers"], (b"x-request-id", self._request_id.encode())]
        await self._send(message)


def surface_of(path: str) -> str:
    """Which part of the application a path belongs to: a label of metrics and the name of a span."""
    if path.startswith("/webhook/"):
        return "webhook"
    if path.startswith("/resume/"):
        return "resume"
    if path.startswith("/form/"):
        return "form"
    if path.startswith("/chat/"):
        return "chat"
    if path.startswith("/api/"):
        return "api"
    return "probe" if path in ("/healthz", "/readyz", "/metrics") else "page"


def masked_path(path: str) -> str:
    """A path without tokens: what follows `/resume/`, and long parts that are no UUID."""
    if path.startswith("/resume/"):
        return f"/resume/{MASK}"
    return "/".join(MASK if _secret(part) else part for part in path.split("/"))


def _secret(part: str) -> bool:
    return len(part) > GUESSABLE and not UUID.fullmatch(part) and not part.startswith("{")


def _given_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value.decode() if GIVEN_ID.fullmatch(value) else ""
    return ""


def _level(surface: str, status: int) -> int:
    if status >= 500:
        return logging.WARNING
    return logging.DEBUG if surface in QUIET else logging.INFO
