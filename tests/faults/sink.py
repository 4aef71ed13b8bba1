"""The service that workflows call: it writes every hit with its Idempotency-Key to a file."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from pathlib import Path
from typing import NamedTuple


class Hit(NamedTuple):
    """One request that came in."""

    at: float
    """Seconds since 1970."""
    method: str
    path: str
    key: str
    """Its Idempotency-Key; empty where it has none."""
    body: str
    repeat: bool
    """Whether an earlier hit had the key: a service that knows the header does nothing then."""


class Sink:
    """Answers `{"ok": true}` after `delay` seconds (a range); a thread of this process with a loop of its own."""

    def __init__(self, file: Path, delay: tuple[float, float] = (0.0, 0.0), seed: int = 0):
        self.file = file
        self.delay = delay
        self.hits: list[Hit] = []
        self.port = 0
        self._random = random.Random(seed)
        self._keys: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sink", daemon=True)
        self._out = file.open("a", buffering=1)

    def start(self) -> Sink:
        """Listen on a free port."""
        self._thread.start()
        self._ready.wait()
        return self

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._out.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1000))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.split("\r\n")
                fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(fields.get("content-length", "0")))
                method, path, _ = first.split(" ")
                self._note(method, path, fields.get("idempotency-key", ""), body.decode("utf-8", "replace"))
                await asyncio.sleep(self._random.uniform(*self.delay))
                writer.write(
                    b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"ok":true}'
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _note(self, method: str, path: str, key: str, body: str) -> None:
        hit = Hit(time.time(), method, path, key, body, key in self._keys)
        if key:
            self._keys.add(key)
        self.hits.append(hit)
        self._out.write(json.dumps(hit._asdict()) + "\n")
