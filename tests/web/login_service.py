"""An authorization server on loopback that holds everybody to RFC 6749, RFC 7636, and one use of each code."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from html import escape
from typing import Any
from urllib.parse import urlencode

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, Response, redirect, request

CLIENT = "a8n-app"
SECRET = "secret-of-the-application"
FRAMES = {"X-Frame-Options": "DENY", "Content-Type": "text/html"}
"""Services want a window, and no frame."""


class LoginService:
    """The service. Tests turn its knobs, and read what it counted."""

    def __init__(self) -> None:
        self.root = ""
        self.lasts: Any = 3600
        self.kind = "Bearer"
        self.gives_refresh = True
        self.revoked = False
        self.down = False
        self.denies = False
        self.forgets = False
        """It knows none of the tokens that it gave."""
        self.asks = False
        """A page asks the person, as services do; without, everybody has consented before."""
        self.exchanges: list[str] = []
        """The grant types that were asked for."""
        self.codes: dict[str, dict[str, str]] = {}
        self.refresh: set[str] = set()
        self.access: set[str] = set()
        self.gate: asyncio.Event | None = None
        """A renewal waits for it."""
        self.app = Quart("login_service")
        self.app.add_url_rule("/authorize", "authorize", self._authorize)
        self.app.add_url_rule("/token", "token", self._token, methods=["POST"])
        self.app.add_url_rule("/me", "me", self._me)

    async def _authorize(self) -> Any:
        asked = request.args
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        if self.asks and "answer" not in asked:
            again = {f"{request.url}&answer={answer}": answer for answer in ("Allow", "Refuse")}
            links = "".join(f'<p><a href="{escape(url)}">{answer}</a></p>' for url, answer in again.items())
            return Response(f"<!doctype html><title>The shop</title><h1>Let a8n in?</h1>{links}", 200, FRAMES)
        if self.denies or asked.get("answer") == "Refuse":
            told = {"error": "access_denied", "error_description": "Ana said no", "state": asked["state"]}
            return redirect(f"{asked['redirect_uri']}?{urlencode(told)}")
        code = secrets.token_urlsafe(16)
        self.codes[code] = {name: asked[name] for name in ("redirect_uri", "code_challenge", "scope")}
        return redirect(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def _token(self) -> Any:
        form, auth = await request.form, request.authorization
        self.exchanges.append(form["grant_type"])
        if self.down:
            return {"error": "temporarily_unavailable"}, 503
        known = (
            auth.parameters if auth is not None else {"username": form["client_id"], "password": form["client_secret"]}
        )
        if (known["username"], known["password"]) != (CLIENT, SECRET):
            return {"error": "invalid_client"}, 401
        if form["grant_type"] == "refresh_token":
            if self.gate is not None:
                await self.gate.wait()
            if form["refresh_token"] not in self.refresh or self.revoked:
                return {"error": "invalid_grant", "error_description": "revoked"}, 400
            self.refresh.discard(form["refresh_token"])
            return self._granted("orders")
        code = self.codes.pop(form["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if code is None or code["code_challenge"] != proof or code["redirect_uri"] != form["redirect_uri"]:
            return {"error": "invalid_grant", "error_description": f"bad code {form['code']}"}, 400
        return self._granted(code["scope"])

    def _granted(self, scope: str) -> dict[str, Any]:
        access = f"access-{secrets.token_urlsafe(16)}"
        self.access.add(access)
        told = {"access_token": access, "token_type": self.kind, "scope": scope, "expires_in": self.lasts}
        if self.gives_refresh:
            told["refresh_token"] = f"refresh-{secrets.token_urlsafe(16)}"
            self.refresh.add(told["refresh_token"])
        return told

    async def _me(self) -> Any:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return {"name": "Ana"} if token in self.access and not self.forgets else Response("", 401)


@asynccontextmanager
async def running() -> AsyncIterator[LoginService]:
    """The service, listening. `root` is its address."""
    service, over = LoginService(), asyncio.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    service.root = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.graceful_timeout = 0.1
    task = asyncio.ensure_future(serve(service.app, config, shutdown_trigger=over.wait))
    try:
        yield service
    finally:
        over.set()
        await task


@contextmanager
def beside() -> Iterator[LoginService]:
    """The service in a thread of its own, for tests that are not asynchronous."""
    ready: list[tuple[LoginService, asyncio.AbstractEventLoop]] = []
    there, over = threading.Event(), asyncio.Event()

    async def serve_until_over() -> None:
        async with running() as service:
            ready.append((service, asyncio.get_running_loop()))
            there.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve_until_over()), daemon=True)
    thread.start()
    assert there.wait(20)
    [(service, loop)] = ready
    try:
        yield service
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(20)
