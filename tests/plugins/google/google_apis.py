"""A server on loopback that answers as Google's APIs do, and checks requests as they do."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "ya29.person"
SHEET = "1AbCdEfGhIjKlMnOp"


def error(status: int, message: str, reason: str = "", **headers: str) -> web.Response:
    """Google's form of an error."""
    body = {"error": {"code": status, "message": message, "errors": [{"message": message, "reason": reason}]}}
    return web.json_response(body, status=status, headers=headers)


@dataclass
class Google:
    """What is stored, what was asked, and what is answered next, each once, before anything else."""

    rows: list[list[Any]] = field(default_factory=list)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    mails: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    refusals: list[web.Response] = field(default_factory=list)
    assertions: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    opened: dict[str, Any] = field(default_factory=dict)
    session: str = ""
    """Where uploads are sent to, in place of here."""
    inbox: dict[str, dict[str, Any]] = field(default_factory=dict)
    synced: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What changed, by the sync token that asks."""
    port: int = 0
    hook: Callable[[web.Request], Awaitable[web.Response]] | None = None
    """Stands between the network and the answers."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    async def receive(self, request: web.Request) -> web.Response:
        return await (self.hook or self.answer)(request)

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/token":
            return await self._token(request)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        raw = await request.read()
        body = json.loads(raw) if request.content_type == "application/json" and raw else raw
        self.asked.append((request.method, request.path, dict(request.query), body))
        if self.refusals:
            return self.refusals.pop(0)
        if request.path == "/session":  # whoever knows its address may upload
            return self._drive(request, body)
        if scheme != "Bearer" or token not in self.tokens:
            return error(401, "Request had invalid authentication credentials.", "authError")
        if request.path == "/oauth2/v3/userinfo":
            return web.json_response({"sub": "1", "email": "ada@example.org"})
        if found := re.fullmatch(r"/v4/spreadsheets/([^/]+)(.*)", request.path):
            return self._sheets(request, found.group(1), found.group(2), body)
        if request.path.startswith("/calendar/v3/"):
            return self._calendar(request, body)
        if "/gmail/v1/users/me/" in request.path:
            return self._gmail(request, raw)
        if request.path.startswith(("/drive/v3/files", "/upload/drive/v3/files")):
            return self._drive(request, body)
        return error(404, "Not Found", "notFound")

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        self.assertions.append(str(form["assertion"]))
        if self.refusals:
            return self.refusals.pop(0)
        self.tokens.add(token := f"ya29.machine{len(self.assertions)}")
        return web.json_response({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _sheets(self, request: web.Request, sheet: str, rest: str, body: Any) -> web.Response:
        if sheet != SHEET:
            return error(404, "Requested entity was not found.", "notFound")
        if not rest:
            return web.json_response({"sheets": [{"properties": {"title": "Orders"}}]})
        if rest == "/values:batchUpdate":
            assert body["valueInputOption"] in ("RAW", "USER_ENTERED")
            for one in body["data"]:
                self._put(one["range"], one["values"])
            return web.json_response({"spreadsheetId": sheet, "totalUpdatedRows": len(body["data"])})
        if rest.endswith(":clear"):
            assert rest in ("/values/'Or''ders'!A2:ZZZ:clear", "/values/'Or''ders':clear")
            self.rows = self.rows[:1] if "A2" in rest else []
            return web.json_response({"spreadsheetId": sheet})
        a1 = rest.removeprefix("/values/").removesuffix(":append")
        if not re.fullmatch(r"'Or''ders'(![A-Z0-9:]+)?", a1):
            return error(400, f"Unable to parse range: {a1}", "badRequest")
        if request.method == "GET":
            rows = self.rows[:1] if a1.endswith("!1:1") else self.rows
            answer = {"range": "'Or''ders'!A1:Z1000", "majorDimension": "ROWS", "values": rows}
            return web.json_response(answer if rows else {"range": answer["range"]})
        if request.query.get("valueInputOption") not in ("RAW", "USER_ENTERED"):
            return error(400, "'valueInputOption' is required but not specified", "badRequest")
        if request.method == "PUT":
            self._put(a1, body["values"])
            return web.json_response({"updatedRange": a1})
        self.rows += [["" if one is None else one for one in row] for row in body["values"]]
        return web.json_response({"spreadsheetId": sheet, "updates": {"updatedRows": len(body["values"])}})

    def _put(self, a1: str, values: list[list[Any]]) -> None:
        found = re.search(r"!([A-Z])(\d+)$", a1)
        assert found
        column, number = ord(found.group(1)) - 65, int(found.group(2)) - 1
        self.rows += [[] for _ in range(number + 1 - len(self.rows))]
        row = self.rows[number]
        row += [""] * (column + len(values[0]) - len(row))
        for index, value in enumerate(values[0], column):
            row[index] = row[index] if value is None else value

    def _calendar(self, request: web.Request, body: Any) -> web.Response:
        if request.path == "/calendar/v3/users/me/calendarList":
            return web.json_response({"items": [{"id": "ada@example.org", "summary": "Ada"}]})
        found = re.fullmatch(r"/calendar/v3/calendars/primary/events(?:/(\w+))?", request.path)
        if not found:
            return error(404, "Not Found", "notFound")
        if identity := found.group(1):
            return web.json_response(self.events[identity])
        if request.method == "GET" and "showDeleted" in request.query:
            sync = request.query.get("syncToken")
            if sync is not None and sync not in self.synced:
                return error(410, "Sync token is no longer valid, a full sync is required.", "fullSyncRequired")
            events = list(self.events.values()) if sync is None else self.synced[sync]
            return web.json_response({"items": events, "nextSyncToken": f"s{len(self.synced)}"})
        if request.method == "GET":
            assert request.query["singleEvents"] == "true"
            start = int(request.query.get("pageToken", "0"))
            events = list(self.events.values())
            page: dict[str, Any] = {"items": events[start : start + 2]}
            if start + 2 < len(events):
                page["nextPageToken"] = str(start + 2)
            return web.json_response(page)
        if not re.fullmatch(r"[a-v0-9]{5,1024}", body["id"]):
            return error(400, "Invalid resource id value.", "invalid")
        if body["id"] in self.events:
            return error(409, "The requested identifier already exists.", "duplicate")
        self.events[body["id"]] = {**body, "status": "confirmed"}
        return web.json_response(self.events[body["id"]])

    def _gmail(self, request: web.Request, raw: bytes) -> web.Response:
        rest = request.path.partition("/me/messages")[2].strip("/")
        if request.method == "GET" and not rest:
            return web.json_response({"messages": [{"id": one} for one in reversed(self.inbox)]})
        if request.method == "POST" and rest != "send":
            identity, _, verb = rest.partition("/")
            if identity not in self.inbox:
                return error(404, "Requested entity was not found.", "notFound")
            assert verb in ("modify", "trash")
            return web.json_response({"id": identity})
        if request.query.get("format") == "raw":
            return web.json_response(self.inbox[rest])
        if request.method == "GET":
            heads = [("Message-Id", "<1@x.org>"), ("Subject", "Order"), ("References", "<0@x.org>")]
            listed = [{"name": name, "value": value} for name, value in heads]
            return web.json_response({"id": "m1", "threadId": "t1", "payload": {"headers": listed}})
        found = re.fullmatch(r"multipart/related; boundary=(\S+)", request.headers["content-type"])
        assert found
        assert request.query["uploadType"] == "multipart"
        _, about, mail, _ = raw.split(b"--" + found.group(1).encode())
        mail = mail.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        described = json.loads(about.partition(b"\r\n\r\n")[2])
        self.mails.append({"mail": mail, "about": described})
        return web.json_response({"id": "m9", "threadId": described.get("threadId", "t9"), "labelIds": ["SENT"]})

    def _drive(self, request: web.Request, body: Any) -> web.Response:
        if request.path == "/session":
            self.files["up1"] = {**self.opened, "id": "up1", "content": body}
            return web.json_response({"id": "up1", "name": self.opened["name"]})
        if request.path == "/upload/drive/v3/files":
            assert request.query["uploadType"] == "resumable"
            self.opened = body
            return web.Response(headers={"Location": self.session or f"{self.url}/session?upload_id=1"})
        if request.path == "/drive/v3/files":
            if request.method == "POST":
                return web.json_response({"id": "new1", **body})
            return web.json_response({"files": [{"id": SHEET, "name": "Book"}]})
        identity, _, rest = request.path.removeprefix("/drive/v3/files/").partition("/")
        if identity not in self.files:
            return error(404, f"File not found: {identity}.", "notFound")
        file = self.files[identity]
        if request.method == "DELETE":
            del self.files[identity]
            return web.Response(status=204)
        if rest == "permissions":
            return web.json_response({"id": "p1", "role": body["role"]})
        if request.method == "PATCH":
            file |= body
        if rest == "export":
            return web.Response(body=request.query["mimeType"].encode())
        if request.query.get("alt") == "media":
            return web.Response(body=file["content"])
        return web.json_response({name: value for name, value in file.items() if name != "content"})


@asynccontextmanager
async def serve() -> AsyncIterator[Google]:
    """Google."""
    google = Google()
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", google.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "localhost", 0)
    await site.start()
    google.port = runner.addresses[0][1]
    yield google
    await runner.cleanup()
