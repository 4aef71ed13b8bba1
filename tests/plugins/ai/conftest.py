"""A server on loopback that speaks the protocols of model services, and says what a test has written for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from a8n.testing import credential
from a8n_ai.accounts import Anthropic, Groq, Ollama, OpenAI


@dataclass
class Says:
    """One scripted answer."""

    text: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    """Tools with their arguments: an object, or text that is sent as it is."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    """Sent in place of an answer."""
    cut: bool = False
    """End the connection in the middle of the stream."""
    unfinished: bool = False
    """End the stream properly, and yet without a reason to stop."""
    tokens: tuple[int, int] = (10, 5)


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Service:
    """`script` what it says, in turn; `asked` keeps the requests for answers of models."""

    def __init__(self) -> None:
        self.root = ""
        self.asked: list[Asked] = []
        self.others: list[Asked] = []
        self.said: list[Says | Callable[[Any], Says]] = []
        self.key = "sk-right"
        self.hold_after: int | None = None
        """After so many answers, requests for more are left without one."""
        self.hold_path = ""
        """Requests of this path are left without an answer."""
        self.held = asyncio.Event()
        """Set when one is."""
        self.over = asyncio.Event()
        """Set at the end of the test."""

    def script(self, *said: Says | Callable[[Any], Says]) -> None:
        self.said += said

    @property
    def openai(self) -> OpenAI:
        return credential(OpenAI, base_url=f"{self.root}/v1", api_key=self.key)

    @property
    def anthropic(self) -> Anthropic:
        return credential(Anthropic, base_url=self.root, api_key=self.key)

    @property
    def groq(self) -> Groq:
        return credential(Groq, base_url=self.root, api_key=self.key)

    @property
    def ollama(self) -> Ollama:
        return credential(Ollama, base_url=self.root)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                line, *rows = head.strip().split("\r\n")
                method, target, _ = line.split(" ")
                headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                asked = Asked(method, target.partition("?")[0], headers, json.loads(body) if body else None)
                if await self._answer(asked, writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _hold(self) -> None:
        self.held.set()
        await self.over.wait()
        raise ConnectionResetError

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """Answer; True where the connection ends with it."""
        if asked.path.startswith("/parcels/"):
            self.others.append(asked)
            if asked.path == self.hold_path:
                await self._hold()
            plain(writer, 200, {"sent": asked.path.rpartition("/")[2]})
            await writer.drain()
            return False
        known = (asked.headers.get("authorization") == f"Bearer {self.key}", asked.headers.get("x-api-key") == self.key)
        if not any(known) and not asked.path.startswith("/api/"):
            plain(writer, 401, {"error": {"message": "Incorrect API key provided", "type": "invalid_request_error"}})
        elif asked.path.endswith("/models"):
            self.others.append(asked)
            plain(writer, 200, {"object": "list", "data": [{"id": "small"}, {"id": "large"}]})
        elif asked.path == "/api/tags":
            plain(writer, 200, {"models": [{"name": "small"}]})
        elif asked.path.endswith("/embeddings"):
            self.others.append(asked)
            given = asked.body["input"]
            rows = [{"object": "embedding", "index": i, "embedding": vector(t)} for i, t in enumerate(given)]
            plain(writer, 200, {"object": "list", "data": rows, "usage": {"prompt_tokens": 3, "total_tokens": 3}})
        else:
            if self.hold_after is not None and len(self.asked) >= self.hold_after:
                await self._hold()
            self.asked.append(asked)
            says = self.said.pop(0) if self.said else Says(status=500, body={"error": "nothing was scripted"})
            if not isinstance(says, Says):
                says = says(asked.body)
            if says.status != 200 or says.body is not None:
                plain(writer, says.status, says.body, says.headers)
                return False
            write = {"/v1/messages": anthropic_events, "/api/chat": ollama_lines}.get(asked.path, openai_events)
            chunks = write(says, asked.body)
            if says.cut:
                chunks = chunks[: len(chunks) // 2]
            kind = "application/x-ndjson" if write is ollama_lines else "text/event-stream"
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
            for chunk in chunks:
                data = chunk.encode()
                writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                await writer.drain()
            if says.cut:
                return True
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        return False


def plain(writer: asyncio.StreamWriter, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    rows = [f"HTTP/1.1 {status} X", *(f"{n}: {v}" for n, v in (headers or {}).items())]
    rows += ["Content-Type: application/json", f"Content-Length: {len(content)}", "", ""]
    writer.write("\r\n".join(rows).encode() + content)


def vector(text: str) -> list[float]:
    """A direction for a text: how often each of a few letters comes in it."""
    return [float(text.lower().count(letter)) for letter in "aeioustnr"]


def pieces(text: str) -> list[str]:
    return [text[i : i + 4] for i in range(0, len(text), 4)]


def openai_events(says: Says, body: Any) -> list[str]:
    assert body["stream"] is True
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in pieces(says.text)]
    for index, (name, given) in enumerate(says.calls):
        text = given if isinstance(given, str) else json.dumps(given)
        first = {"index": index, "id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": ""}}
        deltas.append({"tool_calls": [first]})
        deltas += [{"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in pieces(text)]
    base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
    chunks = [{**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    read, written = says.tokens
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    if not says.unfinished:
        finish = "tool_calls" if says.calls else "stop"
        last = {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
        chunks.append({**last, "x_groq": {"id": "r1", "usage": usage}})
    chunks.append({**base, "choices": [], "usage": usage})
    return [*(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks), "data: [DONE]\n\n"]


def anthropic_events(says: Says, body: Any) -> list[str]:
    read, written = says.tokens
    start = {"id": "m1", "type": "message", "role": "assistant", "model": body["model"], "content": []}
    start |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": read, "output_tokens": 1}}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
    blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    if says.text:
        blocks.append(({"type": "text", "text": ""}, [{"type": "text_delta", "text": t} for t in pieces(says.text)]))
    for index, (name, given) in enumerate(says.calls):
        parts = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces(json.dumps(given))]
        blocks.append(({"type": "tool_use", "id": f"toolu_{index}", "name": name, "input": {}}, parts))
    for index, (block, parts) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [{"type": "content_block_delta", "index": index, "delta": part} for part in parts]
        events.append({"type": "content_block_stop", "index": index})
    stop = {"stop_reason": "tool_use" if says.calls else "end_turn", "stop_sequence": None}
    events.append({"type": "message_delta", "delta": stop, "usage": {"input_tokens": read, "output_tokens": written}})
    events.append({"type": "message_stop"})
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]


def ollama_lines(says: Says, body: Any) -> list[str]:
    base = {"model": body["model"], "created_at": "2026-01-01T00:00:00Z"}
    lines: list[dict[str, Any]] = [
        {**base, "message": {"role": "assistant", "content": piece}, "done": False} for piece in pieces(says.text)
    ]
    calls = [{"function": {"name": name, "arguments": given}} for name, given in says.calls]
    if calls:
        lines.append({**base, "message": {"role": "assistant", "content": "", "tool_calls": calls}, "done": False})
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": says.tokens[0], "eval_count": says.tokens[1]}
    lines.append({**base, "message": {"role": "assistant", "content": ""}, **end})
    return [json.dumps(line) + "\n" for line in lines]


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """The service of models. `service.root` is its address."""
    service = Service()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.root = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield service
    service.over.set()
    server.close()
