"""Scripted answers on the protocol of the egress client."""

from __future__ import annotations

import json as jsonlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from a8n.errors import NodeError
from a8n.items import JSON
from a8n.services import HttpResponse


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request that a node sent."""

    method: str
    url: str
    params: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    """Names in lower case."""
    content: bytes | None
    json: JSON
    """None when the request has no JSON body."""
    data: Mapping[str, str] | None
    files: Sequence[tuple[str, str, bytes, str]]
    auth: tuple[str, str] | None
    options: Mapping[str, Any]
    """`timeout`, `follow_redirects`, `max_redirects`, `max_bytes`, `proxy`, `verify`."""


@dataclass(slots=True)
class _Answer:
    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    error: NodeError | None
    uses: int = field(default=0)


class FakeStream:
    """A scripted answer, read line by line."""

    def __init__(self, answer: HttpResponse):
        self.status = answer.status
        self.headers = answer.headers
        self._body = answer.body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for line in self._body.splitlines(keepends=True):
            yield line

    async def __aenter__(self) -> FakeStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """There is nothing to close."""


class FakeHttp:
    """Answers as scripted by `on` and keeps every request in `requests`; talks to nobody.

    Several answers for one address are given in turn, the last one again and again. A request that no answer
    was scripted for raises AssertionError.
    """

    def __init__(self) -> None:
        self.requests: list[SentRequest] = []
        self.reached: list[tuple[str, int]] = []
        """Host and port of every connection by another protocol."""
        self._answers: list[_Answer] = []

    def on(
        self,
        method: str,
        url: str,
        *,
        status: int = 200,
        json: JSON = ...,
        body: bytes | str = b"",
        headers: Mapping[str, str] | None = None,
        error: NodeError | None = None,
    ) -> FakeHttp:
        """Script an answer, or with `error` a failure. `url` has no query, and may hold `*` for anything."""
        names = {name.lower(): value for name, value in (headers or {}).items()}
        content = body.encode() if isinstance(body, str) else body
        if json is not ...:
            content = jsonlib.dumps(json).encode()
            names.setdefault("content-type", "application/json")
        self._answers.append(_Answer(method.upper(), url, status, names, content, error))
        return self

    @property
    def last(self) -> SentRequest:
        """The latest request."""
        return self.requests[-1]

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
        max_bytes: int = 64 * 2**20,
        proxy: str | None = None,
        verify: bool = True,
    ) -> HttpResponse:
        """Give the scripted answer. Raises what was scripted, and NodeError for an answer above `max_bytes`."""
        names = {name.lower(): value for name, value in (headers or {}).items()}
        options = {
            "timeout": timeout, "follow_redirects": follow_redirects, "max_redirects": max_redirects,
            "max_bytes": max_bytes, "proxy": proxy, "verify": verify,
        }  # fmt: skip
        body = None if json is ... else json
        sent = SentRequest(method.upper(), url, params, names, content, body, data, files, auth, options)
        self.requests.append(sent)
        answer = self._answer(sent)
        if answer.error is not None:
            raise answer.error
        if len(answer.body) > max_bytes:
            raise NodeError(f"the answer is larger than {max_bytes} bytes", retryable=False)
        return HttpResponse(answer.status, answer.headers, answer.body, url)

    async def reach(self, host: str, port: int) -> str:
        """Give 127.0.0.1, where a test serves what stands in for the host. Noted in `reached`."""
        self.reached.append((host, port))
        return "127.0.0.1"

    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeout: float = 30.0,
        max_bytes: int = 64 * 2**20,
    ) -> FakeStream:
        """Give the scripted answer line by line."""
        given = await self.request(
            method, url, headers=headers, content=content, timeout=timeout, max_bytes=max_bytes, follow_redirects=False
        )
        return FakeStream(given)

    def _answer(self, sent: SentRequest) -> _Answer:
        address = sent.url.partition("?")[0]
        fitting = [a for a in self._answers if a.method == sent.method and fnmatchcase(address, a.url)]
        if not fitting:
            raise AssertionError(f"FakeHttp has no answer for {sent.method} {sent.url}")
        answer = next((a for a in fitting if a.uses == 0), fitting[-1])
        answer.uses += 1
        return answer
