"""Signing in at services for credentials of OAuth2 kinds: the way there, and the way back."""

from __future__ import annotations

from urllib.parse import urlencode

from quart import Response

from a8n.errors import InvalidError, Problem
from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n.runtime.oauth import FLOW_LIFE, SECOND, SignInError, hashed
from a8n.runtime.refusals import ForbiddenError, NotFoundError
from a8n.runtime.vault import VaultError
from a8n_web.api.credentials import OAuthStart, RedirectUri
from a8n_web.calls import Answer, Call
from a8n_web.headers import SHARED_GROUP
from a8n_web.identity import cookie, is_secure
from a8n_web.loaders import collection, credential, nothing
from a8n_web.problems import Refusal
from a8n_web.routes import Routes

routes = Routes("Credentials")

CALLBACK = "oauth/callback"
DONE = "oauth/done"
"""The builder's page that tells the window which began it."""
MAX_CHARACTERS = 8192
"""Of a code or a state."""


@routes.get("/api/credentials/redirect-uri", Permission.CREDENTIAL_READ, collection, answer=RedirectUri)
async def read_redirect_uri(call: Call) -> dict[str, JSON]:
    """The redirect URL to register this application with at a service, before anybody can sign in there."""
    return {"redirect_uri": _redirect_uri(call)}


@routes.post("/api/credentials/{id}/oauth/start", Permission.CREDENTIAL_EDIT, credential, answer=OAuthStart)
async def start_sign_in(call: Call) -> Answer:
    """Begin to sign in at the service of a credential, in the browser that asks.

    The answer sets a cookie by which the browser is known when it comes back; API keys have no browser and get 403.
    """
    session = call.actor.session
    if session is None:
        raise Refusal(403, "only people who are signed in can sign in at a service; an API key cannot")
    repository = call.web.credentials
    declared = repository.opened(call.object).oauth()
    if declared is None:
        raise InvalidError([Problem("id", "this kind of credential needs no sign-in", "no_sign_in")])
    settings, redirect_uri = call.web.settings, _redirect_uri(call)
    begun = await repository.sign_ins.begin(
        call.object.id, declared, user_id=call.actor.user_id, session=session, redirect_uri=redirect_uri
    )
    await call.audit("credential.sign_in", call.object.id, "begun")
    kept = cookie(
        _cookie_name(begun.state_hash), begun.browser, settings.base_path + CALLBACK, FLOW_LIFE // SECOND,
        is_secure(settings, call.request),
    )  # fmt: skip
    return Answer({"url": begun.url, "redirect_uri": redirect_uri}, cookies=[kept])


@routes.get("/oauth/callback", Permission.PUBLIC, nothing, status=303, media="text/html")
async def complete_sign_in(call: Call) -> Response:
    """Where services send the browser back to: the code becomes a token, and the builder's page says how it went."""
    told = {"status": "ok", "message": ""}
    try:
        told["credential"] = await _completed(call)
    except SignInError as error:
        told |= {"status": "error", "message": str(error)}
    response = Response("", 303, content_type="text/html; charset=utf-8")
    response.headers["Location"] = f"{call.web.settings.base_path}{DONE}?{urlencode(told)}"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Cross-Origin-Opener-Policy"] = SHARED_GROUP
    state = call.request.args.get("state", "")
    settings = call.web.settings
    forgotten = cookie(
        _cookie_name(hashed(state)), "", settings.base_path + CALLBACK, 0, is_secure(settings, call.request)
    )
    response.headers.add("Set-Cookie", forgotten)
    return response


async def _completed(call: Call) -> str:
    """The credential's id. Raises SignInError."""
    given = call.request.args
    state, code = given.get("state", ""), given.get("code", "")
    if not state or max(len(state), len(code)) > MAX_CHARACTERS:
        raise SignInError("the service sent the browser back without what it was given; start again")
    repository = call.web.credentials
    flow = await repository.sign_ins.take(state, call.request.cookies.get(_cookie_name(hashed(state)), ""))
    actor = await call.web.accounts.actor(flow.user_id, flow.session)
    if actor is None:
        raise SignInError("your session has ended; sign in to a8n and start again")
    call.identity = actor
    try:
        row = await repository.get_for(actor, flow.credential_id, Permission.CREDENTIAL_EDIT)
        declared = repository.opened(row).oauth()
    except (NotFoundError, ForbiddenError):
        raise SignInError("you may not change this credential any more") from None
    except (InvalidError, VaultError) as error:
        raise SignInError(f"the credential cannot be opened: {error}") from None
    try:
        if declared is None:
            raise SignInError("this kind of credential needs no sign-in")
        if not code:
            raise SignInError(_refusal(given.get("error", ""), given.get("error_description", "")))
        await repository.sign_ins.complete(row, declared, flow, code)
    except SignInError:
        await call.audit("credential.sign_in", row.id, "failed")
        raise
    await call.audit("credential.sign_in", row.id)
    return str(row.id)


def _redirect_uri(call: Call) -> str:
    outside = call.web.settings.public_url or f"{call.request.scheme}://{call.request.host}"
    return f"{outside.rstrip('/')}/{CALLBACK}"


def _refusal(error: str, description: str) -> str:
    """What the service said (RFC 6749 section 4.1.2.1)."""
    if error == "access_denied" and not description:
        return "access was not granted at the service"
    text = f"{error}: {description}" if description else error
    return f"the service refused: {text}"[:300] if text else "the service gave no code"


def _cookie_name(state_hash: str) -> str:
    """One for each sign-in, so that two windows do not disturb each other."""
    return f"a8n_oauth_{state_hash[:16]}"
