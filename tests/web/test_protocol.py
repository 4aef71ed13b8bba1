"""Senders that never end: their connection does, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from a8n_web.protocol import Protocol


class Impatient(Protocol):
    silence = 0.1


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """The number of bytes of the body, or nothing to a sender who left."""
    size, message = 0, {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
    body = str(size).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(answer, lifespan="off", ws="none", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Impatient(config, state, {}), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def told(port: int, *pieces: bytes) -> bytes:
    """All that comes back until the connection ends; it must end by itself."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)
    try:
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "piece",
    [
        b"",
        b"POST / HTT",
        b"POST / HTTP/1.1\r\nhost: x\r\nx-unfinished: y",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhalf",
    ],
)
async def test_who_falls_silent_in_the_middle_is_cut_off(port: int, piece: bytes) -> None:
    assert await told(port, piece) == b""


async def test_slow_is_not_silent(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 40\r\n\r\n"
    assert (await told(port, head, *[b"x"] * 40)).endswith(b"40")


async def test_a_head_without_an_end(port: int) -> None:
    said = await told(port, b"GET / HTTP/1.1\r\nhost: x\r\n", *[b"x: " + b"y" * 20_000] * 5)
    assert said.startswith(b"HTTP/1.1 400 ")
