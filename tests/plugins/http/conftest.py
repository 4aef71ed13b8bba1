"""A real web server on loopback, and the real egress client that may reach it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest


@dataclass
class Asked:
    """One request as the server saw it."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Said:
    """What the server answers."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def wire(self, head: bool) -> bytes:
        headers = dict(self.headers)
        content = self.body
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
            headers.setdefault("Content-Type", "application/json")
        rows = [f"HTTP/1.1 {self.status} X", *(f"{n}: {v}" for n, v in headers.items())]
        rows += [f"Content-Length: {len(content)}", "", ""]
        return "\r\n".join(rows).encode() + (b"" if head else content)


class Api:
    """A service that a test writes: `api.answer` gets each request, `api.asked` keeps them."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Said] = lambda asked: Said({"ok": True})
        self.root = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                line, *rows = head.strip().split("\r\n")
                method, target, _ = line.split(" ")
                headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                parts = urlsplit(target)
                query = parse_qsl(parts.query, keep_blank_values=True)
                asked = Asked(method, parts.path, query, headers, body)
                self.asked.append(asked)
                writer.write(self.answer(asked).wire(method == "HEAD"))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """The service. `api.root` is its address."""
    api = Api()
    server = await asyncio.start_server(api.serve, "127.0.0.1", 0)
    api.root = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield api
    server.close()
