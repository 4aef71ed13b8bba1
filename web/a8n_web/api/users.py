"""Accounts: sign-up, sign-in, renewing and ending sessions, one's own profile, and managing people."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from a8n.errors import Problem
from a8n.runtime.access import Permission
from a8n.runtime.accounts import Grant, folded
from a8n.runtime.passwords import MAX_BYTES, weakness
from a8n.runtime.tokens import LIFETIME
from a8n_web.calls import Answer, Call, rfc3339
from a8n_web.identity import REFRESH, check_origin, is_browser, session_cookies
from a8n_web.loaders import nothing, user
from a8n_web.problems import Refusal, invalid
from a8n_web.routes import Routes

routes = Routes("Users")

EMAIL = re.compile(r"[^@\s,;<>()\"\\]{1,64}@[^@\s,;<>()\"\\]{1,255}")
WRONG = "the e-mail address or the password is wrong"


def _email(text: str) -> str:
    if not EMAIL.fullmatch(text.strip()):
        raise ValueError("this is no e-mail address")
    return folded(text)


Email = Annotated[str, Field(max_length=320, examples=["ana@example.org"]), AfterValidator(_email)]
Password = Annotated[str, Field(max_length=MAX_BYTES, examples=["a long sentence of my own"])]
Name = Annotated[str, Field(max_length=200, examples=["Ana"])]
Role = Literal["owner", "admin", "member"]


class Body(BaseModel):
    """Base of what the API takes: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class SignUp(Body):
    """A new account."""

    email: Email
    password: Password
    name: Name = ""


class SignIn(Body):
    """Who one says one is."""

    email: Annotated[str, Field(max_length=320, examples=["ana@example.org"])]
    password: Password


class Refresh(Body):
    """The refresh token; a browser sends its cookie in place of it."""

    refresh_token: Annotated[str, Field(max_length=200)] | None = None


class Profile(Body):
    """What people may change about themselves. A new password needs the current one."""

    name: Name | None = None
    password: Password | None = None
    current_password: Password | None = None


class NewUser(SignUp):
    """An account that an admin makes."""

    role: Role = "member"


class UserChange(Body):
    """What an admin may change about an account."""

    name: Name | None = None
    role: Role | None = None
    disabled: bool | None = None
    password: Password | None = None


class User(BaseModel):
    """An account."""

    id: str
    email: str
    name: str
    role: Role
    disabled: bool
    created_at: str


class Users(BaseModel):
    """All accounts."""

    data: list[User]
    next_cursor: str | None = None


class Signed(BaseModel):
    """A session. The browser gets cookies and no tokens."""

    user: User
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # the name of a scheme
    expires_in: int
    """Seconds that the access token is good for."""
    access_token: str | None = None
    refresh_token: str | None = None
    """Good once; renewing gives another."""


class SignUpState(BaseModel):
    """Whether an account can be made by anybody who comes."""

    open: bool
    first: bool
    """Nobody has an account yet: the first becomes the instance's owner."""


class Session(BaseModel):
    """A signed-in device."""

    id: str
    agent: str
    address: str
    current: bool
    started_at: str
    used_at: str
    expires_at: str


class Sessions(BaseModel):
    """One's sessions."""

    data: list[Session]
    next_cursor: str | None = None


def described(row: Any) -> dict[str, Any]:
    """An account as JSON."""
    return {
        "id": row.id, "email": row.email, "name": row.name, "role": row.role, "disabled": row.disabled,
        "created_at": rfc3339(row.created_at),
    }  # fmt: skip


# --- signing up and in -------------------------------------------------------------------------------------------


@routes.get("/api/users/sign-up", Permission.PUBLIC, nothing, answer=SignUpState)
async def sign_up_state(call: Call) -> dict[str, bool]:
    """Whether anybody may sign up."""
    first = not await call.web.accounts.any()
    return {"first": first, "open": first or call.web.settings.sign_up == "open"}


@routes.post(
    "/api/users/sign-up", Permission.PUBLIC, nothing, body=SignUp, answer=Signed, status=201, refusals=(403, 409)
)
async def sign_up(call: Call) -> Answer:
    """Make an account and sign in.

    The first account is the instance's owner. After it, sign-up is closed unless the operator opens it
    (`A8N_SIGN_UP=open`); an owner or admin makes accounts by `POST /api/users`.
    """
    body: SignUp = call.body
    _browser_origin(call)
    first = not await call.web.accounts.any()
    if not first and call.web.settings.sign_up != "open":
        raise Refusal(403, "sign-up is closed; ask the owner of this instance for an account")
    check_password(body.password, body.email, body.name)
    hashed = await call.web.passwords.hash(body.password)
    made = await call.web.accounts.found(body.email, body.name, hashed) if first else None
    if made is None:
        if call.web.settings.sign_up != "open":
            raise Refusal(403, "sign-up is closed; somebody else made the first account")
        made = await call.web.accounts.create(body.email, body.name, hashed)
    call.web.instance.fresh = False
    await call.audit("user.sign_up", made.id)
    return await _signed(call, await call.web.accounts.open_session(made, _agent(call), call.address), 201)


@routes.post("/api/users/sign-in", Permission.PUBLIC, nothing, body=SignIn, answer=Signed, refusals=(401, 429))
async def sign_in(call: Call) -> Answer:
    """Sign in with e-mail address and password.

    With the header `X-A8N-Client: browser` the tokens are set as HttpOnly cookies and left out of the body.
    After several failures an account and an address have to wait, longer each time (429 with `Retry-After`).
    """
    body: SignIn = call.body
    _browser_origin(call)
    accounts, addresses, account = call.web.account_throttle, call.web.address_throttle, folded(body.email)
    wait = max(accounts.wait(account), addresses.wait(call.address))
    if wait > 0:
        headers = {"Retry-After": str(math.ceil(wait))}
        raise Refusal(429, f"too many attempts; try again in {math.ceil(wait)} s", headers=headers)
    accounts.failed(account)  # counted before the check, so that many at once do not slip by
    addresses.failed(call.address)
    found = await call.web.accounts.by_email(body.email)
    right = await call.web.passwords.check(body.password, found.password if found is not None else None)
    if not right or found is None or found.disabled:
        await call.audit("user.sign_in", found.id if found is not None else "", "refused")
        raise Refusal(401, WRONG)
    accounts.succeeded(account)
    addresses.forgiven(call.address)
    await call.audit("user.sign_in", found.id)
    return await _signed(call, await call.web.accounts.open_session(found, _agent(call), call.address))


@routes.post(
    "/api/users/refresh", Permission.PUBLIC, nothing, body=Refresh, body_optional=True, answer=Signed, refusals=(401,)
)
async def refresh(call: Call) -> Answer:
    """Renew a session by its refresh token.

    Each refresh token is good once. One that comes a second time ends the session, because somebody else has it.
    """
    token = _refresh_token(call)
    grant = await call.web.accounts.renew(token, _agent(call), call.address) if token else None
    if grant is None:
        if token:
            await call.audit("user.refresh", result="refused")
        raise Refusal(401, "the refresh token is unknown, was used before, or is too old; sign in again")
    return await _signed(call, grant)


@routes.post("/api/users/sign-out", Permission.PUBLIC, nothing, body=Refresh, body_optional=True, status=204)
async def sign_out(call: Call) -> Answer:
    """End the session of the refresh token, or else of the access token."""
    from a8n_web.identity import identify

    token = _refresh_token(call)
    family = await call.web.accounts.session_of(token) if token else None
    if family is None:
        try:
            actor = await identify(call.web, call.request)
        except Refusal:
            actor = None
        family = actor.session if actor is not None else None
    if family is not None and await call.web.accounts.end_session(family):
        await call.audit("user.sign_out")
    return Answer(cookies=session_cookies(call.web.settings, call.request, "", ""))


# --- oneself -----------------------------------------------------------------------------------------------------


@routes.get("/api/users/me", Permission.ACCOUNT, nothing, answer=User)
async def me(call: Call) -> dict[str, Any]:
    """Who one is."""
    return described(await call.web.accounts.get(call.actor.user_id))


@routes.patch("/api/users/me", Permission.ACCOUNT, nothing, body=Profile, answer=User, refusals=(403,))
async def change_me(call: Call) -> dict[str, Any]:
    """Change one's name or password.

    A new password ends all sessions, this one included.
    """
    body: Profile = call.body
    own = await call.web.accounts.get(call.actor.user_id)
    values: dict[str, Any] = {"name": body.name} if body.name is not None else {}
    if body.password is not None:
        if not await call.web.passwords.check(body.current_password or "", own.password):
            raise Refusal(403, "the current password is wrong", errors=[Problem("current_password", "is wrong")])
        check_password(body.password, own.email, own.name)
        values["password"] = await call.web.passwords.hash(body.password)
    changed = await call.web.accounts.update(own.id, **values)
    await call.audit("user.change", own.id, fields=sorted(values))
    return described(changed)


@routes.get("/api/users/me/sessions", Permission.ACCOUNT, nothing, answer=Sessions)
async def sessions(call: Call) -> dict[str, Any]:
    """The devices on which one is signed in."""
    rows = await call.web.accounts.sessions_of(call.actor.user_id)
    data = [
        {
            "id": row.id, "agent": row.agent, "address": row.address, "current": row.id == call.actor.session,
            "started_at": rfc3339(row.started_at), "used_at": rfc3339(row.used_at),
            "expires_at": rfc3339(row.expires_at),
        }
        for row in rows
    ]  # fmt: skip
    return {"data": data, "next_cursor": None}


@routes.delete("/api/users/me/sessions/{session}", Permission.ACCOUNT, nothing, status=204, refusals=(404,))
async def end_session(call: Call) -> None:
    """Sign a device out."""
    if not await call.web.accounts.end_session(call.args["session"], call.actor.user_id):
        raise Refusal(404, "there is no such session")
    await call.audit("user.end_session", call.args["session"])


# --- people ------------------------------------------------------------------------------------------------------


@routes.get("/api/users", Permission.USERS_READ, nothing, answer=Users)
async def list_users(call: Call) -> dict[str, Any]:
    """Everybody who has an account."""
    return {"data": [described(row) for row in await call.web.accounts.list()], "next_cursor": None}


@routes.post("/api/users", Permission.USERS_EDIT, nothing, body=NewUser, answer=User, status=201, refusals=(409,))
async def create_user(call: Call) -> dict[str, Any]:
    """Make an account for somebody."""
    body: NewUser = call.body
    _owners_only(call, body.role)
    check_password(body.password, body.email, body.name)
    hashed = await call.web.passwords.hash(body.password)
    made = await call.web.accounts.create(body.email, body.name, hashed, body.role)
    await call.audit("user.create", made.id, role=body.role)
    return described(made)


@routes.patch("/api/users/{id}", Permission.USERS_EDIT, user, body=UserChange, answer=User)
async def change_user(call: Call) -> dict[str, Any]:
    """Change an account's name, role or password, or disable it."""
    body: UserChange = call.body
    _owners_only(call, call.object.role)
    _owners_only(call, body.role or "member")
    values = body.model_dump(exclude_none=True)
    if body.password is not None:
        check_password(body.password, call.object.email, call.object.name)
        values["password"] = await call.web.passwords.hash(body.password)
    changed = await call.web.accounts.update(call.object.id, **values)
    await call.audit("user.change", changed.id, fields=sorted(values))
    return described(changed)


@routes.delete("/api/users/{id}", Permission.USERS_EDIT, user, status=204)
async def delete_user(call: Call) -> None:
    """Remove an account. Its projects stay, in the hands of the instance's owner."""
    _owners_only(call, call.object.role)
    await call.web.accounts.delete(call.object.id)
    await call.audit("user.delete", call.object.id)


def check_password(password: str, *others: str) -> None:
    """Raises 422 for a password that is too short, too long or too common."""
    wrong = weakness(password, *others)
    if wrong is not None:
        raise invalid([Problem("password", wrong, "weak_password")])


def _owners_only(call: Call, role: str) -> None:
    if role == "owner" and call.actor.role != "owner":
        raise Refusal(403, "only an owner can make or change an owner")


def _browser_origin(call: Call) -> None:
    if is_browser(call.request):
        check_origin(call.web.settings, call.request)


def _agent(call: Call) -> str:
    return call.request.headers.get("User-Agent", "")


def _refresh_token(call: Call) -> str | None:
    body: Refresh = call.body
    if body.refresh_token is not None:
        return body.refresh_token
    token = call.request.cookies.get(REFRESH)
    if token is not None:
        check_origin(call.web.settings, call.request)
    return token


async def _signed(call: Call, grant: Grant, status: int = 200) -> Answer:
    import asyncio

    access = await asyncio.to_thread(call.web.tokens.issue, grant.user.id, grant.session)
    body = {"user": described(grant.user), "token_type": "Bearer", "expires_in": LIFETIME}
    if is_browser(call.request):
        cookies = session_cookies(call.web.settings, call.request, access, grant.refresh_token)
        return Answer(body, status, cookies=cookies)
    body |= {"access_token": access, "refresh_token": grant.refresh_token}
    return Answer(body, status)
