"""A server on loopback that speaks Discord's API, and checks requests as Discord does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "MTIz.Gabc.def"
CHANNEL, GUILD, USER, ROLE = "100000001", "200000001", "300000001", "400000001"
HOOK = "/webhooks/500000001/s3cret-t0ken"


@dataclass
class Discord:
    """What was asked, and what happens next. `refusals` (status, body, headers) are answered first, each once."""

    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    refusals: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    reactions: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/api/v10"

    async def answer(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/api/v10")
        assert request.headers["user-agent"].startswith("DiscordBot (")
        if not path.startswith(HOOK) and request.headers.get("authorization") != f"Bot {TOKEN}":
            return refused(401, 0, "401: Unauthorized")
        body = await self.read(request)
        self.asked.append((request.method, path, body))
        if self.refusals:
            status, told, headers = self.refusals.pop(0)
            return web.json_response(told, status=status, headers=headers)
        if path == "/users/@me":
            return web.json_response({"id": "1", "username": "shopbot", "bot": True})
        if path == "/users/@me/guilds":
            return web.json_response([{"id": GUILD, "name": "Shop"}])
        if path == f"/guilds/{GUILD}/channels":
            return web.json_response([{"id": CHANNEL, "name": "orders", "type": 0}, {"id": "1", "type": 4}])
        if path == HOOK:
            return self.send(request, body) if request.method == "POST" else web.json_response({"name": "Shop hook"})
        if path == f"/guilds/{GUILD}/members/{USER}/roles/{ROLE}":
            (self.roles.add if request.method == "PUT" else self.roles.discard)(ROLE)
            return web.Response(status=204)
        if path.startswith(f"/channels/{CHANNEL}/messages"):
            return self.on_messages(request, path.split("/")[4:], body)
        return refused(404, 10003, "Unknown Channel")

    async def read(self, request: web.Request) -> Any:
        if request.content_type != "multipart/form-data":
            return await request.json() if request.can_read_body else None
        form = await request.post()
        for name, value in form.items():
            if isinstance(value, web.FileField):
                assert name.startswith("files[")
                self.files[value.filename] = value.file.read()
        payload = form["payload_json"]
        assert isinstance(payload, str)
        return json.loads(payload)

    def on_messages(self, request: web.Request, rest: list[str], body: Any) -> web.Response:
        if not rest and request.method == "POST":
            return self.send(request, body)
        if not rest:
            before = int(request.query.get("before", "9" * 18))
            found = [one for one in reversed(self.messages) if int(one["id"]) < before]
            assert 1 <= int(request.query["limit"]) <= 100
            return web.json_response(found[: int(request.query["limit"])])
        message = next((one for one in self.messages if one["id"] == rest[0]), None)
        if message is None:
            return refused(404, 10008, "Unknown Message")
        if rest[1:2] == ["reactions"]:
            (self.reactions.add if request.method == "PUT" else self.reactions.discard)(rest[2])
            return web.Response(status=204)
        if request.method == "DELETE":
            self.messages.remove(message)
            return web.Response(status=204)
        message.update(body)
        return web.json_response(message)

    def send(self, request: web.Request, body: Any) -> web.Response:
        if len(body["content"]) > 2000 or len(body.get("nonce", "")) > 25:
            errors = {"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer"}]}}
            return web.json_response({"code": 50035, "message": "Invalid Form Body", "errors": errors}, status=400)
        for one in self.messages:
            if body.get("enforce_nonce") and one.get("nonce") == body["nonce"]:
                return web.json_response(one)
        made = {**body, "id": str(600000001 + len(self.messages)), "channel_id": CHANNEL}
        self.messages.append(made)
        webhook = request.path.endswith(HOOK)
        return web.json_response(made) if not webhook or request.query.get("wait") else web.Response(status=204)


def refused(status: int, code: int, message: str) -> web.Response:
    return web.json_response({"message": message, "code": code}, status=status)


@asynccontextmanager
async def serve() -> AsyncIterator[Discord]:
    """Discord with one server."""
    api = Discord()
    application = web.Application(client_max_size=64 * 2**20)
    application.router.add_route("*", "/{path:.*}", api.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api.port = runner.addresses[0][1]
    try:
        yield api
    finally:
        await runner.cleanup()
