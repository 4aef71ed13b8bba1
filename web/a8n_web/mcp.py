"""The Model Context Protocol as a server speaks it: JSON-RPC messages, versions, and what a message has to be like.

Of https://modelcontextprotocol.io/specification the revisions with a handshake, from 2025-03-26 on, and the one
without, 2026-07-28. No state is kept between requests, which all of them allow.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, NamedTuple

from a8n import __version__
from a8n.items import JSON

HANDSHAKE = ("2025-03-26", "2025-06-18", "2025-11-25")
"""Revisions that begin with `initialize`, oldest first."""
STATELESS = ("2026-07-28",)
"""Revisions in which each request says all that there is to know."""
VERSIONS = (*HANDSHAKE, *STATELESS)

PARSE, REQUEST, METHOD, PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603
HEADERS, VERSION = -32020, -32022
META = "io.modelcontextprotocol/"
SENTINEL = "=?base64?"
"""Begins a header's value that is no plain ASCII."""

INSTRUCTIONS = "Each tool is a workflow of this a8n instance. A call runs it and answers with what its last node gives."


class RpcError(Exception):
    """A request is answered with an error."""

    def __init__(self, code: int, message: str, data: JSON = None, status: int = 400):
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data
        self.status = status


class Asked(NamedTuple):
    """A request."""

    id: str | int
    method: str
    params: Mapping[str, Any]
    stateless: bool
    """Whether it is of a revision without a handshake."""

    @property
    def progress(self) -> str | int | None:
        """The token by which the client wants to be told of progress."""
        meta = self.params.get("_meta")
        token = meta.get("progressToken") if isinstance(meta, dict) else None
        return token if isinstance(token, str | int) and not isinstance(token, bool) else None


def read(message: Mapping[str, Any], headers: Mapping[str, str]) -> Asked | None:
    """The request in a message; None for a notification or an answer, which nobody waits for. Raises RpcError."""
    if message.get("jsonrpc") != "2.0":
        raise RpcError(REQUEST, 'a message has "jsonrpc": "2.0"')
    version = headers.get("mcp-protocol-version", "")
    if version and version not in VERSIONS:
        raise unsupported(version)
    if "method" not in message and ("result" in message or "error" in message):
        return None
    method, params = message.get("method"), message.get("params", {})
    if not isinstance(method, str) or not isinstance(params, dict):
        raise RpcError(REQUEST, "a request has a method, and its params are an object")
    if "id" not in message:
        return None
    number = message["id"]
    if not isinstance(number, str | int) or isinstance(number, bool) or len(str(number)) > 300:
        raise RpcError(REQUEST, "the id of a request is a text or a whole number")
    asked = Asked(number, method, params, version in STATELESS)
    if asked.stateless:
        _consistent(asked, version, headers)
    return asked


def _consistent(asked: Asked, version: str, headers: Mapping[str, str]) -> None:
    """What a request without a handshake says of itself, in its headers and in its body, has to be the same."""
    meta = asked.params.get("_meta")
    if not isinstance(meta, dict) or any(META + name not in meta for name in ("protocolVersion", "clientCapabilities")):
        raise RpcError(PARAMS, f"params._meta holds {META}protocolVersion and {META}clientCapabilities")
    if meta[f"{META}protocolVersion"] != version:
        raise RpcError(HEADERS, "MCP-Protocol-Version is not the version that params._meta tells")
    if headers.get("mcp-method") != asked.method:
        raise RpcError(HEADERS, "Mcp-Method is not the method of the request")
    name = asked.params.get("name")
    if asked.method == "tools/call" and isinstance(name, str) and _decoded(headers.get("mcp-name", "")) != name:
        raise RpcError(HEADERS, "Mcp-Name is not the name of the tool")


def _decoded(value: str) -> str | None:
    if not (value.startswith(SENTINEL) and value.endswith("?=")):
        return value
    try:
        return base64.b64decode(value[len(SENTINEL) : -2], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def unsupported(version: str) -> RpcError:
    """The error for a revision that nobody here speaks."""
    data: JSON = {"supported": list(VERSIONS), "requested": version[:100]}
    return RpcError(VERSION, "this revision of the protocol is not spoken here", data)


def initialized(asked: Asked) -> dict[str, JSON]:
    """The answer to `initialize`: the client's revision where it is spoken here, else the latest with a handshake."""
    wanted = asked.params.get("protocolVersion")
    return {"protocolVersion": wanted if wanted in HANDSHAKE else HANDSHAKE[-1], **_ourselves()}


def discovered() -> dict[str, JSON]:
    """The answer to `server/discover`."""
    return {"supportedVersions": list(VERSIONS), **_ourselves(), **cached(3_600_000)}


def _ourselves() -> dict[str, JSON]:
    return {
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": "a8n", "title": "a8n", "version": __version__},
        "instructions": INSTRUCTIONS,
    }


def cached(milliseconds: int) -> dict[str, JSON]:
    """How long a client without a handshake may keep an answer, which is for nobody else."""
    return {"ttlMs": milliseconds, "cacheScope": "private"}


def answer(asked: Asked, result: Mapping[str, JSON]) -> dict[str, JSON]:
    """The message that answers a request."""
    kind = {"resultType": "complete"} if asked.stateless else {}
    return {"jsonrpc": "2.0", "id": asked.id, "result": {**kind, **result}}


def failure(id: str | int | None, error: RpcError) -> dict[str, JSON]:
    """The message that answers a request with an error."""
    data = {"data": error.data} if error.data is not None else {}
    return {"jsonrpc": "2.0", "id": id, "error": {"code": error.code, "message": error.message, **data}}


def progressed(asked: Asked, done: int, text: str) -> dict[str, JSON]:
    """The message that tells of progress."""
    params = {"progressToken": asked.progress, "progress": done, "message": text}
    return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}
