"""A raw HTTP server on loopback: tests see every byte that it gets, and say every byte that it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Seen:
    """One request as it came over the wire."""

    line: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A raw HTTP server: it keeps what it saw, and answers whatever bytes the test wants."""

    port: int
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def serving(answer: Answer | bytes, host: str = "127.0.0.1") -> AsyncIterator[Server]:
    server = Server(0)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) is not None:
                line, *rest = head.decode().strip().split("\r\n")
                headers = {n.lower(): v.strip() for n, _, v in (row.partition(":") for row in rest)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                seen = Seen(line, headers, body)
                server.seen.append(seen)
                if isinstance(answer, bytes):
                    writer.write(answer)
                else:
                    await answer(seen, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(connected, host, 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()


def http(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    rows = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    rows.append(f"content-length: {len(body)}")
    return "\r\n".join([f"HTTP/1.1 {status}", *rows, "", ""]).encode() + body
