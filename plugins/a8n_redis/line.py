"""The library's connection, led to the address that was checked, with answers that are bounded.

One connection, and none in its place when it breaks: the library's clients send a command again then, which would
count, push and publish twice. Imports the library, so it is itself imported where it is used.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any

from redis.asyncio.connection import Connection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from a8n_redis.server import RedisServer

CONNECTING = 20.0
"""Seconds that a server may take until it has signed us in."""
MOST = 64 * 2**20
"""Bytes of one answer."""


class TooLargeError(Exception):
    """An answer is larger than `MOST`."""


class Answers(asyncio.StreamReader):
    """What comes from the server. `received` is set to 0 where an answer begins."""

    received = 0

    def feed_data(self, data: Any) -> None:
        """Take more bytes, as long as they are not too many."""
        self.received += len(data)
        if self.received > MOST:
            self.set_exception(TooLargeError())
        else:
            super().feed_data(data)


class Line(Connection):
    """A connection to an address whose certificate is that of the server's name."""

    def __init__(self, server: RedisServer, address: str, tls: ssl.SSLContext | None):
        super().__init__(
            host=address,
            port=server.port,
            db=server.database,
            username=server.username or None,
            password=server.password.get_secret_value() or None,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=CONNECTING,
            socket_connect_timeout=CONNECTING,
        )
        self.answers = Answers()
        self._server = server
        self._tls = tls

    async def open(self) -> None:
        """Connect and sign in. From then on, whoever asks bounds the time of the answer."""
        async with asyncio.timeout(CONNECTING):
            await self.connect()  # type: ignore[no-untyped-call]  # the library does not annotate it
        self.socket_timeout = None

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        self.answers = reader = Answers(loop=loop)
        transport, protocol = await loop.create_connection(
            lambda: asyncio.StreamReaderProtocol(reader, loop=loop),
            self.host,
            self.port,
            ssl=self._tls,
            server_hostname=self._server.host if self._tls else None,
        )
        self._reader, self._writer = reader, asyncio.StreamWriter(transport, protocol, reader, loop)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
