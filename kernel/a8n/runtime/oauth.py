"""Sign-ins at services for credentials of OAuth2 kinds: begun in a browser, completed once, and kept alive.

A sign-in is tied to the session, the person, the credential and the browser that began it. Tokens are sealed as
credentials are; one process at a time renews one, because many services take a refresh token only once.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from a8n.credential import OAuth2
from a8n.errors import A8nError, InvalidError, NodeError, Problem
from a8n.items import JSON
from a8n.journal import now
from a8n.runtime.database import Database
from a8n.runtime.schema import credentials, oauth_states, oauth_tokens
from a8n.runtime.vault import Vault, VaultError
from a8n.services import HttpClient, HttpResponse

SECOND = 1_000_000
FLOW_LIFE = 600 * SECOND
MARGIN = 120 * SECOND
"""How long before its end a token is renewed."""
LAST = 10 * SECOND
"""How long before its end a token is still given, while another process renews it."""
LEASE = 60 * SECOND
"""How long one process has for a renewal. Longer than EXCHANGE."""
EXCHANGE = 20.0
"""Seconds that a service has to answer."""
PATIENCE = 45.0
"""Seconds to wait for another process's renewal."""
AGAIN = "open the credential and sign in at its service again"


class SignInError(A8nError):
    """The sign-in did not succeed. The message is for the person who tried."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that a browser now goes on with."""

    url: str
    """At the service."""
    state_hash: str
    browser: str
    """What the browser keeps in a cookie until it comes back."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A sign-in that was begun, as it comes back. It exists once."""

    credential_id: str
    user_id: str
    session: str
    verifier: str
    redirect_uri: str
    place: str
    """Digest of the endpoints that it was begun with."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a token endpoint gave."""

    access: str
    refresh: str
    expires_at: int | None
    scopes: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a credential stands, without its tokens."""

    connected: bool
    expires_at: int | None
    """When it ends for good; None where it is renewed by itself, or the service does not say."""
    scopes: Sequence[str]
    error: str | None


NOBODY = SignIn(False, None, (), None)


class SignIns:
    """The repository of sign-ins and their tokens."""

    def __init__(self, db: Database, vault: Vault, http: HttpClient | None):
        """Without a client, nothing can be exchanged or renewed."""
        self._db = db
        self._vault = vault
        self._http = http
        self._renewals: set[asyncio.Task[str]] = set()

    # --- signing in ------------------------------------------------------------------------------------------

    async def begin(
        self, credential_id: str, declared: OAuth2, *, user_id: str, session: str, redirect_uri: str
    ) -> Begun:
        """Raises InvalidError where a browser cannot be sent to the authorization URL."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        if urlsplit(declared.authorize_url).scheme not in ("http", "https"):
            raise InvalidError([Problem("values.authorize_url", "must begin with https:// or http://", "url")])
        state, browser, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        url: str = prepare_grant_uri(
            declared.authorize_url, declared.client_id, "code", redirect_uri, scope=" ".join(declared.scopes),
            state=state, code_challenge=create_s256_code_challenge(verifier), code_challenge_method="S256",
            **declared.extra,
        )  # fmt: skip
        kept = {"verifier": verifier, "redirect_uri": redirect_uri, "place": _place(declared)}
        state_hash = hashed(state)
        async with self._db.begin() as connection:
            await connection.execute(delete(oauth_states).where(oauth_states.c.expires_at < now()))
            await connection.execute(
                insert(oauth_states).values(
                    hash=state_hash, credential_id=credential_id, user_id=user_id, session=session,
                    browser=hashed(browser), sealed=self._vault.seal(kept, _flow_identity(state_hash)),
                    expires_at=now() + FLOW_LIFE,
                )
            )  # fmt: skip
        return Begun(url, state_hash, browser)

    async def take(self, state: str, browser: str) -> Flow:
        """The sign-in that a state stands for, which nobody gets again. Raises SignInError."""
        mine = oauth_states.c.hash == hashed(state)
        async with self._db.begin() as connection:
            row = (await connection.execute(select(oauth_states).where(mine))).one_or_none()
            taken = (await connection.execute(delete(oauth_states).where(mine))).rowcount
        if row is None or taken != 1 or row.expires_at < now():
            raise SignInError("this sign-in has expired or was completed before; start it again")
        if not hmac.compare_digest(row.browser, hashed(browser)):
            raise SignInError("this sign-in was begun in another browser; start it again in this one")
        kept: dict[str, Any] = self._vault.open(row.sealed, _flow_identity(row.hash))
        return Flow(row.credential_id, row.user_id, row.session, **kept)

    async def complete(self, row: Row[Any], declared: OAuth2, flow: Flow, code: str) -> None:
        """Exchange the code and keep the token. Raises SignInError."""
        if flow.place != _place(declared):
            raise SignInError("the credential was changed during the sign-in; start it again")
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": flow.redirect_uri,
            "code_verifier": flow.verifier,
        }  # fmt: skip
        try:
            granted = await self._exchanged(declared, form)
        except NodeError as error:
            raise SignInError(error.message) from None
        values = {
            "sealed": self._sealed(row.id, granted), "expires_at": granted.expires_at, "scopes": granted.scopes,
            "error": "", "refresh_until": None, "connected_at": now(),
        }  # fmt: skip
        try:
            await self._keep(row, values)
        except IntegrityError:  # another sign-in for this credential was first by a moment; the last one counts
            await self._keep(row, values)

    async def _keep(self, row: Row[Any], values: Mapping[str, Any]) -> None:
        table = oauth_tokens.c.credential_id
        unchanged = select(credentials.c.updated_at).where(credentials.c.id == row.id).with_for_update()
        async with self._db.begin() as connection:
            if (await connection.execute(unchanged)).scalar_one_or_none() != row.updated_at:
                raise SignInError("the credential was changed during the sign-in; start it again")
            done = await connection.execute(
                update(oauth_tokens).where(table == row.id).values(**values, serial=_next())
            )
            if not done.rowcount:
                await connection.execute(insert(oauth_tokens).values(credential_id=row.id, serial=1, **values))

    async def states(self, ids: Sequence[str]) -> dict[str, SignIn]:
        """How these credentials stand, by id; without those that nobody has signed in for."""
        query = select(oauth_tokens).where(oauth_tokens.c.credential_id.in_(ids))
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        return {row.credential_id: self._state(row) for row in rows}

    def _state(self, row: Row[Any]) -> SignIn:
        scopes = row.scopes.split()
        try:
            renewable = bool(self._opened(row).refresh)
        except NodeError as error:
            return SignIn(False, None, scopes, error.message)
        lasts = renewable or row.expires_at is None or row.expires_at > now()
        return SignIn(lasts and not row.error, None if renewable else row.expires_at, scopes, row.error or None)

    # --- using the token -------------------------------------------------------------------------------------

    async def token(self, credential_id: str, declared: OAuth2) -> str | None:
        """The access token, renewed if it is about to end; None where nobody has signed in. Raises NodeError."""
        patient_until = time.monotonic() + PATIENCE
        while True:
            row = await self._row(credential_id)
            if row is None:
                return None
            if row.error:
                raise NodeError(f"the sign-in has ended: {row.error}", hint=AGAIN, retryable=False)
            left = None if row.expires_at is None else row.expires_at - now()
            held = self._opened(row)
            if left is None or left > MARGIN or (left > 0 and not held.refresh):
                return held.access
            if not held.refresh:
                raise NodeError("the sign-in has ended and cannot be renewed", hint=AGAIN, retryable=False)
            if await self._claim(row):
                return await self._renewal(row, declared)
            if left > LAST:
                return held.access
            if time.monotonic() > patient_until:
                raise NodeError("the sign-in is being renewed, which takes too long", retryable=True)
            await asyncio.sleep(0.1)

    async def renewed(self, credential_id: str, declared: OAuth2, refused: str) -> str:
        """The token that follows one which its service refuses, before its time; renewed here or, as a run beside
        this one may have done, by another process. Raises NodeError."""
        patient_until = time.monotonic() + PATIENCE
        while True:
            row = await self._row(credential_id)
            if row is None or row.error:
                why = row.error if row is not None else "somebody signed out"
                raise NodeError(f"the sign-in has ended: {why}", hint=AGAIN, retryable=False)
            held = self._opened(row)
            if held.access != refused:
                return held.access
            if not held.refresh:
                text = "the service refuses the sign-in, which cannot be renewed"
                raise NodeError(text, hint=AGAIN, retryable=False)
            if await self._claim(row):
                return await self._renewal(row, declared, refused=True)
            if time.monotonic() > patient_until:
                raise NodeError("the sign-in is being renewed, which takes too long", retryable=True)
            await asyncio.sleep(0.1)

    async def _renewal(self, row: Row[Any], declared: OAuth2, refused: bool = False) -> str:
        """In a task of its own: a run that is cancelled must not lose a refresh token that counts once."""
        task = asyncio.ensure_future(self._renewed(row, declared, refused))
        self._renewals.add(task)
        task.add_done_callback(self._renewals.discard)
        return await asyncio.shield(task)

    async def _row(self, credential_id: str) -> Row[Any] | None:
        async with self._db.read() as connection:
            query = select(oauth_tokens).where(oauth_tokens.c.credential_id == credential_id)
            return (await connection.execute(query)).one_or_none()

    async def _claim(self, row: Row[Any]) -> bool:
        """Whether it is for this process to renew: no other does, and none has since the row was read."""
        table, at = oauth_tokens.c, now()
        free = or_(table.refresh_until.is_(None), table.refresh_until < at)
        claim = update(oauth_tokens).where(_version(row), free).values(refresh_until=at + LEASE)
        async with self._db.begin() as connection:
            return (await connection.execute(claim)).rowcount == 1

    async def _renewed(self, row: Row[Any], declared: OAuth2, refused: bool) -> str:
        changed: dict[str, Any] = {"refresh_until": None}
        try:
            held = self._opened(row)
            try:
                form = {"grant_type": "refresh_token", "refresh_token": held.refresh}
                granted = await self._exchanged(declared, form, before=held)
            except RefusedError as error:
                changed["error"] = error.message
                raise NodeError(f"the sign-in has ended: {error.message}", hint=AGAIN, retryable=False) from None
            except NodeError:
                if not refused and row.expires_at > now():
                    return held.access
                raise
            changed |= {
                "sealed": self._sealed(row.credential_id, granted), "expires_at": granted.expires_at,
                "scopes": granted.scopes, "serial": _next(),
            }  # fmt: skip
            return granted.access
        finally:
            async with self._db.begin() as connection:
                await connection.execute(update(oauth_tokens).where(_version(row)).values(**changed))

    # --- tokens ----------------------------------------------------------------------------------------------

    async def _exchanged(self, declared: OAuth2, form: Mapping[str, str], before: Granted | None = None) -> Granted:
        """What the token endpoint gives for a grant. Raises RefusedError where the grant counts no more, NodeError."""
        assert self._http is not None
        asked = now()
        auth, fields = None, dict(form)
        if declared.client_secret and declared.client_auth == "basic":
            auth = (quote(declared.client_id, safe=""), quote(declared.client_secret, safe=""))
        else:
            fields["client_id"] = declared.client_id
            if declared.client_secret:
                fields["client_secret"] = declared.client_secret
        answer = await self._http.request(
            "POST", declared.token_url, data=fields, auth=auth, headers={"accept": "application/json"},
            follow_redirects=False, max_bytes=2**20, timeout=EXCHANGE,
        )  # fmt: skip
        hidden = [declared.client_secret, *(form.get(name, "") for name in ("code", "code_verifier", "refresh_token"))]
        body = _body(answer, hidden)
        refresh = body.get("refresh_token")
        scope = body.get("scope")
        scopes = scope if isinstance(scope, str) else before.scopes if before else " ".join(declared.scopes)
        return Granted(
            access=body["access_token"],
            refresh=refresh if isinstance(refresh, str) else before.refresh if before else "",
            expires_at=_end(asked, body.get("expires_in")),
            scopes=scopes,
        )

    def _sealed(self, credential_id: str, granted: Granted) -> bytes:
        values = {"access": granted.access, "refresh": granted.refresh}
        return self._vault.seal(values, token_identity(credential_id))

    def _opened(self, row: Row[Any]) -> Granted:
        try:
            values: dict[str, Any] = self._vault.open(row.sealed, token_identity(row.credential_id))
        except VaultError as error:
            raise NodeError(f"the token cannot be opened: {error}", hint=AGAIN, retryable=False) from None
        return Granted(values["access"], values["refresh"], row.expires_at, row.scopes)


class RefusedError(NodeError):
    """The service does not take the grant any more (`invalid_grant`): only a new sign-in helps."""


def token_identity(credential_id: str) -> str:
    """What sealed tokens are tied to."""
    return f"a8n.oauth.token\n{credential_id}"


def same_place(one: OAuth2 | None, other: OAuth2 | None) -> bool:
    """Whether two declarations speak of the same service and application, so that tokens stay good."""
    return one is not None and other is not None and _place(one) == _place(other)


def _place(declared: OAuth2) -> str:
    return hashed("\0".join((declared.authorize_url, declared.token_url, declared.client_id)))


def _flow_identity(state_hash: str) -> str:
    return f"a8n.oauth.flow\n{state_hash}"


def hashed(text: str) -> str:
    """How states are kept: whoever reads the store learns none."""
    return hashlib.sha256(text.encode()).hexdigest()


def _version(row: Row[Any]) -> Any:
    """The very token of a row: not its successor, nor that of a later sign-in."""
    table = oauth_tokens.c
    same = (table.serial == row.serial) & (table.connected_at == row.connected_at)
    return (table.credential_id == row.credential_id) & same


def _next() -> Any:
    return oauth_tokens.c.serial + 1


def _body(answer: HttpResponse, hidden: Sequence[str]) -> dict[str, JSON]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status != 200 or not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
        text = f"no token was given: {complaint(answer, body)}"
        for secret in hidden:
            text = text.replace(secret, "•••") if len(secret) > 3 else text
        if isinstance(body, dict) and body.get("error") == "invalid_grant":
            raise RefusedError(text, retryable=False)
        raise NodeError(text, retryable=answer.status >= 500 or answer.status == 429)
    kind = body.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() not in ("bearer", "bot"):  # what Slack calls its bearer tokens
        raise NodeError(f"the token is of the type {kind!r}; only bearer tokens can be used", retryable=False)
    return body


def complaint(answer: HttpResponse, body: JSON) -> str:
    """The error of RFC 6749 section 5.2, or the status."""
    if isinstance(body, dict) and isinstance(body.get("error"), str):
        description = body.get("error_description")
        return f"{body['error']}: {description}"[:300] if isinstance(description, str) else str(body["error"])[:300]
    return f"the token URL answered {answer.status}"


def _end(asked: int, seconds: JSON) -> int | None:
    """When a token ends that lasts so many seconds, which some services write as text."""
    try:
        lasts = float(seconds)
        return asked + int(max(0.0, min(lasts, 10.0**9)) * SECOND)
    except (TypeError, ValueError, OverflowError):
        return None
