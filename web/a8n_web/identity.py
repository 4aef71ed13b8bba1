"""Who asks: a bearer token, an API key, or the browser's cookie with proof that our own page sent it."""

from __future__ import annotations

import hmac
from http.cookies import Morsel, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from a8n.runtime.access import Actor, Permission
from a8n.runtime.accounts import KEY_PREFIX, SESSION_SECONDS
from a8n.runtime.tokens import LIFETIME, TokenError
from a8n_web.problems import Refusal

if TYPE_CHECKING:
    from quart import Request

    from a8n.runtime.settings import Settings
    from a8n_web.calls import Web

ACCESS = "a8n_access"
REFRESH = "a8n_refresh"
REFRESH_PATH = "api/users"
"""The refresh token is sent only to where it is used."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="a8n"'}


async def identify(web: Web, request: Request) -> Actor | None:
    """Who sent a request; None for a stranger. Raises 401 for a proof that is wrong, 403 for a forged request."""
    header = request.headers.get("Authorization", "")
    scheme, _, secret = header.partition(" ")
    key = request.headers.get("X-API-Key") or (secret.strip() if secret.strip().startswith(KEY_PREFIX) else "")
    if key:
        actor = await web.accounts.actor_of_key(key)
        if actor is None:
            raise Refusal(401, "the API key is unknown, has expired, or was deleted", headers=CHALLENGE)
        return actor
    if header:
        if scheme.lower() != "bearer":
            raise Refusal(401, "send the access token as 'Authorization: Bearer …'", headers=CHALLENGE)
        if _is_scraper(web.settings, secret.strip()):
            return Actor("metrics", "admin", scopes=frozenset({Permission.METRICS_READ}))
        return await _session(web, secret.strip())
    cookie = request.cookies.get(ACCESS)
    if cookie is None:
        return None
    if request.method not in SAFE:
        check_origin(web.settings, request)
    return await _session(web, cookie)


def _is_scraper(settings: Settings, token: str) -> bool:
    """Whether this is the token of the operator's metrics collector, which may read them and nothing else."""
    return bool(settings.metrics_token) and hmac.compare_digest(token.encode(), settings.metrics_token.encode())


async def _session(web: Web, token: str) -> Actor:
    try:
        claims = web.tokens.read(token)
    except TokenError as error:
        raise Refusal(401, str(error), headers=CHALLENGE) from None
    actor = await web.accounts.actor(claims.user_id, claims.session)
    if actor is None:
        raise Refusal(401, "the session has ended; sign in again", headers=CHALLENGE)
    return actor


def check_origin(settings: Settings, request: Request) -> None:
    """Refuse what another site's page made the browser send (cross-site request forgery).

    `Sec-Fetch-Site` (W3C Fetch Metadata) decides where the browser sends it, else `Origin`; a request that bears
    a cookie and neither of them is refused, because every browser of today sends one.
    """
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() in settings.allowed_origins:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
    elif origin is not None and _host(origin) == request.host:
        return
    raise Refusal(403, "this request comes from another site's page, or does not say where it comes from")


def _host(origin: str) -> str:
    """Host and port of an origin; nothing where it is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:  # `http://[::1`
        return ""


def is_browser(request: Request) -> bool:
    """Whether the client asks for cookies in place of tokens."""
    return request.headers.get("X-A8N-Client", "").lower() == "browser"


def session_cookies(settings: Settings, request: Request, access: str, refresh: str) -> list[str]:
    """The cookies of a session; empty texts remove them."""
    secure = is_secure(settings, request)
    return [
        cookie(ACCESS, access, settings.base_path, LIFETIME, secure),
        cookie(REFRESH, refresh, settings.base_path + REFRESH_PATH, SESSION_SECONDS, secure),
    ]


def is_secure(settings: Settings, request: Request) -> bool:
    """Whether cookies of this request are for https alone."""
    return request.scheme == "https" or settings.public_url.startswith("https:")


def cookie(name: str, value: str, path: str, seconds: int, secure: bool) -> str:
    """A `Set-Cookie` value that no script reads and no other site's request carries; no value removes it."""
    jar: SimpleCookie = SimpleCookie()
    jar[name] = value
    morsel: Morsel[str] = jar[name]
    morsel["path"] = path
    morsel["max-age"] = str(seconds if value else 0)
    morsel["httponly"] = True
    morsel["samesite"] = "Lax"
    if secure:
        morsel["secure"] = True
    return morsel.OutputString()
