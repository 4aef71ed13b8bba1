"""Reading an answer's body in bounded memory, compressed or not."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterator

from a8n.errors import NodeError

ACCEPTED = "gzip, deflate"
"""The Accept-Encoding that the client sends: what `Inflater` reads."""
STEP = 256 * 1024
"""Bytes inflated at a time."""


async def read_body(chunks: AsyncIterable[bytes], encoding: str, limit: int, host: str) -> bytes:
    """The body, decoded. Raises NodeError when it exceeds `limit` bytes before or after decoding."""
    parts = [part async for part in decoded(chunks, encoding, limit, host)]
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def decoded(chunks: AsyncIterable[bytes], encoding: str, limit: int, host: str) -> AsyncIterator[bytes]:
    """The body's pieces, decoded. Raises NodeError when they exceed `limit` bytes before or after decoding."""
    inflater = _inflater(encoding, host)
    received = size = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > limit:
            raise too_large(host, limit)
        for part in (chunk,) if inflater is None else inflater.feed(chunk):
            size += len(part)
            if size > limit:
                raise too_large(host, limit)
            yield part
            if inflater is not None:
                await asyncio.sleep(0)  # a bomb must leave the loop, and its time limit, room to act
    if inflater is not None and received and not inflater.complete:
        raise NodeError(f"the compressed answer of {host} is cut short")


def too_large(host: str, limit: int) -> NodeError:
    """The error for an answer above its limit."""
    return NodeError(f"the answer of {host} is larger than {limit:,} bytes", retryable=False)


class Inflater:
    """Undoes gzip and deflate (RFC 9110 section 8.4.1) in steps of bounded size."""

    def __init__(self, gzip: bool, host: str):
        self._host = host
        self._gzip = gzip
        self._stream = _stream(zlib.MAX_WBITS | 16 if gzip else zlib.MAX_WBITS)
        self._fresh = True

    @property
    def complete(self) -> bool:
        """True once the end mark was read."""
        return self._stream.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The plain bytes that `data` adds, at most `STEP` at a time."""
        full = True
        while data or full:
            if self._stream.eof:
                if not self._gzip or not data:
                    return
                self._stream = _stream(zlib.MAX_WBITS | 16)  # a gzip body may have several members
            part = self._step(data)
            data = self._stream.unconsumed_tail or self._stream.unused_data
            full = len(part) == STEP  # zlib may hold back more without any input left to say so
            if part:
                yield part

    def _step(self, data: bytes) -> bytes:
        try:
            return self._stream.decompress(data, STEP)
        except zlib.error:
            if self._gzip or not self._fresh:
                raise NodeError(f"the compressed answer of {self._host} is damaged") from None
            self._stream = _stream(-zlib.MAX_WBITS)  # some servers send deflate without its zlib frame
        finally:
            self._fresh = False
        return self._step(data)


def _stream(window: int) -> zlib._Decompress:
    return zlib.decompressobj(window)


def _inflater(encoding: str, host: str) -> Inflater | None:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip", "deflate"):
        return Inflater(name != "deflate", host)
    raise NodeError(f"{host} answered with the content encoding {encoding!r}, which was not asked for")
