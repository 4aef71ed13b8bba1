"""A server on loopback that speaks Slack's Web API, and checks calls as Slack does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "xoxb-1-2-abc"
CHANNELS = {"C1": "general", "C2": "orders", "C3": "random"}


@dataclass
class Slack:
    """What was called, and what happens next. `refusals` (status, body, headers) are answered first, each once."""

    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refusals: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    reactions: set[tuple[str, str]] = field(default_factory=set)
    uploaded: dict[str, bytes] = field(default_factory=dict)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/api"

    def sent(self, method: str) -> list[dict[str, str]]:
        return [params for called, params in self.calls if called == method]

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        assert request.content_type == "application/x-www-form-urlencoded" or not request.can_read_body
        params = {name: str(value) for name, value in (await request.post()).items()}
        self.calls.append((method, params))
        if self.refusals:
            status, told, headers = self.refusals.pop(0)
            return web.json_response(told, status=status, headers=headers)
        handler = getattr(self, "on_" + method.replace(".", "_"), None)
        told = handler(params) if handler else "unknown_method"
        return web.json_response({"ok": False, "error": told} if isinstance(told, str) else {"ok": True, **told})

    async def upload(self, request: web.Request) -> web.Response:
        assert "authorization" not in request.headers
        self.uploaded[request.match_info["id"]] = await request.read()
        return web.Response(text="OK")

    def on_auth_test(self, params: dict[str, str]) -> Any:
        return {"user": "shopbot", "team": "Shop", "bot_id": "B1"}

    def on_chat_postMessage(self, params: dict[str, str]) -> Any:
        channel = params["channel"]
        channel = next((one for one, name in CHANNELS.items() if channel in (one, f"#{name}")), "")
        if not channel:
            return "channel_not_found"
        if not params.get("text") and "blocks" not in params:
            return "no_text"
        ts = f"1700000000.{len(self.messages):06}"
        self.messages[ts] = {"text": params["text"], "blocks": json.loads(params.get("blocks", "[]"))}
        return {"channel": channel, "ts": ts, "message": {"text": params["text"], "bot_id": "B1"}}

    def on_chat_postEphemeral(self, params: dict[str, str]) -> Any:
        return {"message_ts": "1700000000.999999"} if params["user"].startswith("U") else "user_not_in_channel"

    def on_chat_update(self, params: dict[str, str]) -> Any:
        if params["ts"] not in self.messages:
            return "message_not_found"
        self.messages[params["ts"]].update(text=params["text"], blocks=json.loads(params.get("blocks", "[]")))
        return {"channel": params["channel"], "ts": params["ts"], "message": {"text": params["text"]}}

    def on_chat_delete(self, params: dict[str, str]) -> Any:
        return {} if self.messages.pop(params["ts"], None) else "message_not_found"

    def on_reactions_add(self, params: dict[str, str]) -> Any:
        one = (params["timestamp"], params["name"])
        if one in self.reactions:
            return "already_reacted"
        self.reactions.add(one)
        return {}

    def on_reactions_remove(self, params: dict[str, str]) -> Any:
        one = (params["timestamp"], params["name"])
        if one not in self.reactions:
            return "no_reaction"
        self.reactions.remove(one)
        return {}

    def on_users_lookupByEmail(self, params: dict[str, str]) -> Any:
        return {"user": {"id": "U1", "name": "ada"}} if params["email"] == "ada@example.org" else "users_not_found"

    def on_conversations_list(self, params: dict[str, str]) -> Any:
        """One to a page: Slack may give fewer than were asked for."""
        assert 1 <= int(params["limit"]) <= 1000
        ids = list(CHANNELS)
        at = int(params.get("cursor", "0"))
        found = {"id": ids[at], "name": CHANNELS[ids[at]]}
        return {"channels": [found], "response_metadata": {"next_cursor": str(at + 1) if at + 1 < len(ids) else ""}}

    def on_conversations_history(self, params: dict[str, str]) -> Any:
        if params["channel"] not in CHANNELS:
            return "not_in_channel"
        return {"messages": [{"ts": ts, **one} for ts, one in reversed(self.messages.items())], "has_more": False}

    def on_files_getUploadURLExternal(self, params: dict[str, str]) -> Any:
        assert int(params["length"]) > 0
        assert params["filename"]
        return {"upload_url": f"http://localhost:{self.port}/upload/F1", "file_id": "F1"}

    def on_files_completeUploadExternal(self, params: dict[str, str]) -> Any:
        (file,) = json.loads(params["files"])
        if file["id"] not in self.uploaded:
            return "file_not_found"
        return {"files": [{**file, "name": "r.pdf"}]}


@asynccontextmanager
async def serve() -> AsyncIterator[Slack]:
    """Slack with a workspace of three channels."""
    api = Slack()
    application = web.Application(client_max_size=64 * 2**20)
    application.router.add_post("/api/{method}", api.answer)
    application.router.add_post("/upload/{id}", api.upload)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api.port = runner.addresses[0][1]
    try:
        yield api
    finally:
        await runner.cleanup()
