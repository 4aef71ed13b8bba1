"""OAuth2 by the client credentials grant (RFC 6749 section 4.4): a machine that signs in as itself."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from a8n import JSON, Field, HttpClient, HttpResponse, NodeError, Secret
from a8n_http.credentials import HttpCredential, Signature

DEFAULT_LIFE = 300.0
"""Seconds that a token is used for when its server does not say."""
MARGIN = 30.0
"""Seconds before its end at which a token is no longer used."""
KEPT = 1_000


class Token(NamedTuple):
    """An access token and the moment, on the monotonic clock, from which on it is not used."""

    value: str
    until: float


class Tokens:
    """Access tokens of this process, in memory only, by the project and the credential's whole content.

    Tasks that want the same token at the same time share one request for it.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[str, Token] = OrderedDict()
        self._asked: dict[str, asyncio.Task[Token]] = {}

    async def get(self, key: str, fetch: Callable[[], Awaitable[Token]]) -> str:
        """The token under this key, fetched where there is none that lasts."""
        held = self._held.get(key)
        if held is not None and held.until > time.monotonic():
            return held.value
        task = self._asked.get(key)
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            task = asyncio.ensure_future(self._keep(key, fetch))
            self._asked[key] = task
        return (await asyncio.shield(task)).value

    def forget(self, key: str) -> bool:
        """Drop a token that its service refused. False when there was none."""
        return self._held.pop(key, None) is not None

    async def _keep(self, key: str, fetch: Callable[[], Awaitable[Token]]) -> Token:
        try:
            token = await fetch()
        finally:
            self._asked.pop(key, None)
        self._held[key] = token
        while len(self._held) > KEPT:
            self._held.popitem(last=False)
        return token


TOKENS = Tokens()


class HttpOAuth2(HttpCredential):
    """OAuth2 for machines: a client id and secret are exchanged for tokens, which are renewed by themselves.

    This is the client credentials grant: it acts as the application, never as a person.
    """

    key = "http.oauth2"
    icon = "shield-check"
    title = "OAuth2 client credentials"

    token_url: str = Field(description="Where tokens are issued, such as https://login.example.com/oauth/token.")
    client_id: str = Field(description="The application's id.", min_length=1)
    client_secret: Secret = Field(description="The application's secret.")
    scope: str = Field("", description="Scopes to ask for, with spaces between them.")
    audience: str = Field("", description="The API the token is for, where the service asks for an audience.")
    client_auth: Literal["basic", "body"] = Field(
        "basic", description="How id and secret are sent: in the Authorization header, or as fields of the form."
    )

    async def sign(self, http: HttpClient, project: str) -> Signature:
        """The Authorization header, with a token that still lasts."""
        token = await TOKENS.get(self._identity(project), lambda: self._fetch(http))
        return Signature({"authorization": f"Bearer {token}"})

    def renewable(self, http: HttpClient, project: str) -> bool:
        """Forget the token."""
        return TOKENS.forget(self._identity(project))

    async def check(self, http: Any) -> str:
        """Ask for a token, and call the test URL with it where there is one."""
        token = await self._fetch(http)
        seconds = max(0, round(token.until + MARGIN - time.monotonic()))
        return await super().check(http) if self.test_url else f"got a token that lasts {seconds} s"

    def _identity(self, project: str) -> str:
        parts = (project, self.token_url, self.client_id, self.client_secret.get_secret_value(), self.scope,
                 self.audience, self.client_auth)  # fmt: skip
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    async def _fetch(self, http: HttpClient) -> Token:
        asked = time.monotonic()
        form = {"grant_type": "client_credentials"}
        form.update({name: value for name, value in (("scope", self.scope), ("audience", self.audience)) if value})
        secret, auth = self.client_secret.get_secret_value(), None
        if self.client_auth == "basic":
            auth = (quote(self.client_id, safe=""), quote(secret, safe=""))
        else:
            form.update({"client_id": self.client_id, "client_secret": secret})
        answer = await http.request(
            "POST", self.token_url, data=form, auth=auth, headers={"accept": "application/json"},
            follow_redirects=False, max_bytes=2**20,
        )  # fmt: skip
        return _token(answer, asked, secret)


def _token(answer: HttpResponse, asked: float, secret: str) -> Token:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status != 200 or not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
        raise NodeError(
            f"no token was given: {_complaint(answer, body)}".replace(secret, "•••"),
            retryable=answer.status >= 500 or answer.status == 429,
        )
    kind = body.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise NodeError(f"the token is of the type {kind!r}; only bearer tokens can be used", retryable=False)
    return Token(body["access_token"], asked + _life(body.get("expires_in")) - MARGIN)


def _life(seconds: JSON) -> float:
    try:
        return max(float(seconds), 0.0)
    except (TypeError, ValueError):
        return DEFAULT_LIFE


def _complaint(answer: HttpResponse, body: JSON) -> str:
    """The error of RFC 6749 section 5.2, or the status."""
    if isinstance(body, dict) and isinstance(body.get("error"), str):
        description = body.get("error_description")
        return f"{body['error']}: {description}"[:300] if isinstance(description, str) else body["error"][:300]
    return f"the token URL answered {answer.status}"
