"""A server on loopback that speaks the Bot API, and checks calls as Telegram does."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
KNOWN = {42, 43, -1001}
"""Chats that the bot may write to."""


class RefusedError(Exception):
    """An answer that is not ok."""

    def __init__(self, status: int, description: str, **parameters: Any):
        self.status, self.description, self.parameters = status, description, parameters


@dataclass
class Call:
    method: str
    params: dict[str, Any]
    files: dict[str, tuple[str, bytes]]


@dataclass
class BotApi:
    """What was called, and what happens next. `refusals` are answered before anything else, each once."""

    calls: list[Call] = field(default_factory=list)
    refusals: list[RefusedError] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    webhook: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    next_message: int = 100
    next_update: int = 7000
    polling: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    allowed: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def sent(self, method: str) -> list[dict[str, Any]]:
        """The parameters of all calls of a method."""
        return [call.params for call in self.calls if call.method == method]

    # --- what people do ----------------------------------------------------------------------------------

    def happens(self, **content: Any) -> int:
        """An update comes in."""
        self.next_update += 1
        self.updates.append({"update_id": self.next_update, **content})
        self.news.set()
        return self.next_update

    def says(self, text: str, chat: int = 42, user: int = 7, **more: Any) -> int:
        """Somebody writes."""
        self.next_message += 1
        return self.happens(message=self.message(chat, user, text=text, **more))

    def presses(self, data: str, on: int, chat: int = 42, user: int = 7) -> int:
        """Somebody presses a button of a message."""
        pressed = {
            "id": f"cb{self.next_update}", "from": person(user), "chat_instance": "1", "data": data,
            "message": {**self.message(chat, 123456), "message_id": on},
        }  # fmt: skip
        return self.happens(callback_query=pressed)

    def message(self, chat: int, user: int, **content: Any) -> dict[str, Any]:
        kind = "supergroup" if chat < 0 else "private"
        return {
            "message_id": self.next_message, "date": 1_767_225_600, "from": person(user),
            "chat": {"id": chat, "type": kind}, **content,
        }  # fmt: skip

    # --- what the bot does -------------------------------------------------------------------------------

    async def answer(self, call: Call) -> Any:
        self.calls.append(call)
        if self.refusals:
            raise self.refusals.pop(0)
        method: Callable[[Call], Any] | None = getattr(self, f"on_{call.method}", None)
        if method is None:
            raise RefusedError(404, "Not Found: method not found")
        result = method(call)
        return await result if asyncio.iscoroutine(result) else result

    def on_getMe(self, call: Call) -> Any:
        return {"id": 123456, "is_bot": True, "first_name": "Shop", "username": "shop_bot"}

    def on_sendMessage(self, call: Call) -> Any:
        text = call.params.get("text", "")
        self._text(text, 4096, "message text is empty")
        return self._sent(call, text=text)

    def on_sendPhoto(self, call: Call) -> Any:
        self._file(call, call.params.get("photo"), call.files)
        return self._sent(call, photo=[{"file_id": "p1", "file_unique_id": "u", "width": 1, "height": 1}])

    def on_sendDocument(self, call: Call) -> Any:
        self._file(call, call.params.get("document"), call.files)
        return self._sent(call, document={"file_id": "d1", "file_unique_id": "u"})

    def on_sendLocation(self, call: Call) -> Any:
        place = {name: float(call.params[name]) for name in ("latitude", "longitude")}
        return self._sent(call, location=place)

    def on_sendMediaGroup(self, call: Call) -> Any:
        media = json.loads(call.params["media"])
        if not 2 <= len(media) <= 10:
            raise RefusedError(400, "Bad Request: wrong number of media in the album")
        for one in media:
            self._file(call, one["media"], call.files)
        return [self._sent(call, media_group_id="9") for _ in media]

    def on_editMessageText(self, call: Call) -> Any:
        self._text(call.params.get("text", ""), 4096, "message text is empty")
        if call.params["message_id"] == "404":
            raise RefusedError(400, "Bad Request: message to edit not found")
        changed = self._sent(call, text=call.params["text"])
        return {**changed, "message_id": int(call.params["message_id"])}

    def on_editMessageReplyMarkup(self, call: Call) -> Any:
        return {**self._sent(call), "message_id": int(call.params["message_id"])}

    def on_editMessageCaption(self, call: Call) -> Any:
        changed = self._sent(call, caption=call.params["caption"])
        return {**changed, "message_id": int(call.params["message_id"])}

    def on_deleteMessages(self, call: Call) -> Any:
        self._chat(call)
        assert all(isinstance(one, int) for one in json.loads(call.params["message_ids"]))
        return True

    def on_answerCallbackQuery(self, call: Call) -> Any:
        if not call.params["callback_query_id"].startswith("cb"):
            raise RefusedError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        return True

    def on_sendChatAction(self, call: Call) -> Any:
        self._chat(call)
        return True

    def on_getFile(self, call: Call) -> Any:
        if (known := self.files.get(call.params["file_id"])) is None:
            raise RefusedError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(known[1]) > 20 * 2**20:
            raise RefusedError(400, "Bad Request: file is too big")
        return {
            "file_id": call.params["file_id"], "file_unique_id": "u", "file_size": len(known[1]), "file_path": known[0],
        }  # fmt: skip

    def on_setWebhook(self, call: Call) -> Any:
        if not call.params["url"].startswith("https://"):
            raise RefusedError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", call.params.get("secret_token", "")):
            raise RefusedError(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = {**call.params, "allowed_updates": json.loads(call.params["allowed_updates"])}
        return True

    def on_getWebhookInfo(self, call: Call) -> Any:
        return {"url": self.webhook.get("url", ""), "has_custom_certificate": False, "pending_update_count": 0}

    def on_deleteWebhook(self, call: Call) -> Any:
        self.webhook = {}
        return True

    async def on_getUpdates(self, call: Call) -> Any:
        """An offset confirms all before it; a negative one counts from the end and forgets the rest."""
        if self.webhook:
            raise RefusedError(409, "Conflict: can't use getUpdates method while webhook is active")
        if self.polling:
            raise RefusedError(409, "Conflict: terminated by other getUpdates request")
        offset, timeout = int(call.params.get("offset", 0)), float(call.params.get("timeout", 0))
        if "allowed_updates" in call.params:
            self.allowed = json.loads(call.params["allowed_updates"])
        if offset < 0:
            self.updates = self.updates[offset:]
        elif offset:
            self.updates = [one for one in self.updates if one["update_id"] >= offset]
        self.polling += 1
        try:
            if not self.updates and timeout:
                self.news.clear()
                try:
                    await asyncio.wait_for(self.news.wait(), timeout)
                except TimeoutError:
                    return []
        finally:
            self.polling -= 1
        found = [one for one in self.updates if not self.allowed or set(one) & set(self.allowed)]
        return found[: int(call.params.get("limit", 100))]

    def _text(self, text: str, most: int, complaint: str) -> None:
        if not text.strip():
            raise RefusedError(400, f"Bad Request: {complaint}")
        if len(text) > most:
            raise RefusedError(400, "Bad Request: message is too long")

    def _chat(self, call: Call) -> int:
        chat = call.params.get("chat_id", "")
        if chat == "@channel":
            return -1001
        if not chat.removeprefix("-").isdecimal() or int(chat) not in KNOWN:
            raise RefusedError(400, "Bad Request: chat not found")
        return int(chat)

    def _file(self, call: Call, given: Any, files: dict[str, Any]) -> None:
        if not given:
            raise RefusedError(400, "Bad Request: there is no file in the request")
        if given.startswith("attach://") and given.removeprefix("attach://") not in files:
            raise RefusedError(400, "Bad Request: file not found in the request")

    def _sent(self, call: Call, **content: Any) -> dict[str, Any]:
        chat = self._chat(call)
        keyboard = json.loads(call.params.get("reply_markup") or "{}")
        for row in keyboard.get("inline_keyboard", ()):
            for button in row:
                if len(button.get("callback_data", "").encode()) > 64:
                    raise RefusedError(400, "Bad Request: BUTTON_DATA_INVALID")
        self.next_message += 1
        return self.message(chat, 123456, **content)


def person(user: int) -> dict[str, Any]:
    return {"id": user, "is_bot": user == 123456, "first_name": f"User {user}", "username": f"user{user}"}


async def _call(request: web.Request, method: str) -> Call:
    params: dict[str, Any] = {}
    files: dict[str, tuple[str, bytes]] = {}
    if request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            assert not isinstance(part, type(None))
            data = bytes(await part.read())  # type: ignore[union-attr]
            if part.filename:  # type: ignore[union-attr]
                files[str(part.name)] = (str(part.filename), data)  # type: ignore[union-attr]
            else:
                params[str(part.name)] = data.decode()  # type: ignore[union-attr]
    else:
        params = {name: str(value) for name, value in (await request.post()).items()}
    return Call(method, params, files)


@asynccontextmanager
async def serve() -> AsyncIterator[BotApi]:
    """A bot's server."""
    api = BotApi()

    async def methods(request: web.Request) -> web.Response:
        if request.match_info["token"] != TOKEN:
            answer = {"ok": False, "error_code": 401, "description": "Unauthorized"}
            return web.json_response(answer, status=401)
        try:
            result = await api.answer(await _call(request, request.match_info["method"]))
        except RefusedError as refused:
            answer = {"ok": False, "error_code": refused.status, "description": refused.description}
            if refused.parameters:
                answer["parameters"] = refused.parameters
            return web.json_response(answer, status=refused.status)
        return web.json_response({"ok": True, "result": result})

    async def download(request: web.Request) -> web.Response:
        for path, data in api.files.values():
            if request.match_info["token"] == TOKEN and request.match_info["path"] == path:
                return web.Response(body=data)
        return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)

    application = web.Application(client_max_size=64 * 2**20)
    application.router.add_get("/file/bot{token}/{path:.+}", download)
    application.router.add_post("/bot{token}/{method}", methods)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    api.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    try:
        yield api
    finally:
        await runner.cleanup()
