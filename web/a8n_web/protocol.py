"""HTTP/1.1 with the bounds that uvicorn's quick parser leaves open: how long a request's head may be, and how long
its sender may keep silent in the middle of it."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Protocol(HttpToolsProtocol):
    """One connection. A request that came whole in one piece, which is the common case, pays for nothing here."""

    max_head = 64 * 1024
    """Bytes of an unfinished head."""
    silence = 30.0
    """Seconds without a byte after which an unfinished request ends with its connection."""

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self._in_head = True
        self._head = 0
        self._heard = 0.0
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to watch: who connects and says nothing takes a place, too."""
        super().connection_made(transport)
        self._listen()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the watch."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head = True
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, which keeps an unfinished header to itself, however long it grows."""
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > self.max_head:
                self.send_400_response("The head of the request is too large.")
        if self._unfinished:
            self._listen()

    def _unsupported_upgrade_warning(self) -> None:
        """We speak no WebSocket, and answer the request as any other: nothing to warn the operator about."""

    @property
    def _unfinished(self) -> bool:
        return self._in_head or (self.cycle is not None and self.cycle.more_body)

    def _listen(self) -> None:
        self._heard = self.loop.time()
        if self._watch is None:
            self._watch = self.loop.call_later(self.silence, self._look)

    def _look(self) -> None:
        self._watch = None
        if not self._unfinished or self.transport.is_closing():
            return
        left = self._heard + self.silence - self.loop.time()
        if left <= 0 and not self.flow.read_paused:
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(max(left, 1.0), self._look)
