"""Posts to webhooks from many connections, and keeps every answer."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from a8n.items import JSON


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request."""

    n: int
    """Counts the requests; it is in the body of each."""
    status: int
    """0: the connection was refused, or cut before an answer."""
    headers: dict[str, str]
    body: bytes
    at: float
    """When it was sent; seconds since 1970."""
    took: float
    refused: bool
    """Nobody listened, so nothing can have been accepted."""

    @property
    def accepted(self) -> bool:
        """Whether the server said that it has it."""
        return 200 <= self.status < 300

    @property
    def execution_id(self) -> str:
        """The execution that the answer names."""
        return self.headers.get("x-a8n-execution", "")


class Load:
    """`clients` connections that post until `total` requests were accepted, or `stop` is called.

    `body` gives what to send for a number. `pace` is the pause of a client between two requests, in seconds.
    """

    def __init__(
        self,
        urls: Sequence[str],
        path: str,
        *,
        total: int = 2**62,
        clients: int = 8,
        pace: float = 0.0,
        timeout: float = 60.0,
        body: Callable[[int], JSON] | None = None,
        seed: int = 0,
    ):
        self.answers: list[Answer] = []
        self.accepted = 0
        self._urls = urls
        self._path = path
        self._total = total
        self._clients = clients
        self._pace = pace
        self._timeout = timeout
        self._body = body or (lambda n: {"n": n})
        self._random = random.Random(seed)
        self._numbers = itertools.count()
        self._stopping = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="load", daemon=True)

    def start(self) -> Load:
        """Begin, in a thread."""
        self._thread.start()
        return self

    def join(self) -> Load:
        """Wait until all is accepted."""
        self._thread.join()
        return self

    def until(self, accepted: int) -> Load:
        """Stop once so many requests were accepted."""
        while self.running and self.accepted < accepted:
            time.sleep(0.02)
        return self.stop()

    def stop(self) -> Load:
        """End after the requests that are on their way."""
        self._stopping = True
        return self.join()

    @property
    def running(self) -> bool:
        """Whether it still posts."""
        return self._thread.is_alive()

    async def _run(self) -> None:
        await asyncio.gather(*(self._client() for _ in range(self._clients)))

    async def _client(self) -> None:
        connections: dict[str, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}
        while self.accepted < self._total and not self._stopping:
            url = self._random.choice(self._urls)
            answer = await self._post(url, connections)
            self.answers.append(answer)
            self.accepted += answer.accepted
            pause = self._pace if answer.accepted else max(self._pace, 0.05)
            if pause:
                await asyncio.sleep(pause * self._random.uniform(0.5, 1.5))
        for _, writer in connections.values():
            writer.close()

    async def _post(
        self, url: str, connections: dict[str, tuple[asyncio.StreamReader, asyncio.StreamWriter]]
    ) -> Answer:
        n, at, start = next(self._numbers), time.time(), time.monotonic()
        content = json.dumps(self._body(n)).encode()
        connected = False
        try:
            async with asyncio.timeout(self._timeout):
                if url not in connections:
                    parts = urlsplit(url)
                    connections[url] = await asyncio.open_connection(parts.hostname, parts.port)
                connected = True
                status, headers, body = await _exchange(*connections[url], self._path, content)
            if headers.get("connection", "") == "close":
                connections.pop(url)[1].close()
        except (OSError, EOFError, TimeoutError):
            status, headers, body = 0, {}, b""
            if url in connections:
                connections.pop(url)[1].close()
        return Answer(n, status, headers, body, at, time.monotonic() - start, not connected)


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, content: bytes
) -> tuple[int, dict[str, str], bytes]:
    head = (
        f"POST {path} HTTP/1.1\r\nhost: a8n\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    writer.write(head.encode() + content)
    await writer.drain()
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(first.split(" ")[1]), headers, body


def parallel(url: str, path: str, times: int) -> list[Answer]:
    """The same request so often at the same moment."""
    load = Load([url], path)

    async def run() -> list[Answer]:
        return list(await asyncio.gather(*(load._post(url, {}) for _ in range(times))))

    return asyncio.run(run())
