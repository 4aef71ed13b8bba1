"""Credentials: saved, tested and used, and never read back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field, SecretStr

from a8n.credential import Credential as Kind
from a8n.errors import NodeError, Problem
from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n.runtime.cursors import MAX_LIMIT
from a8n.runtime.egress_guard import guarded
from a8n.runtime.oauth import NOBODY, SignIn
from a8n_web.api.users import Body
from a8n_web.calls import Call, rfc3339
from a8n_web.loaders import collection, credential
from a8n_web.problems import invalid
from a8n_web.routes import Routes

routes = Routes("Credentials")

TEST_TIMEOUT = 20.0
"""Seconds."""
MASK = "•••••"

HOST = r"^((\*\.)?[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$"
"""A name, `*.` and a name for all below it, or an address; with a port where only that one is meant."""

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Sales bot"])]
Host = Annotated[str, Field(max_length=260, pattern=HOST, examples=["api.example.com"])]
Hosts = Annotated[list[Host], Field(max_length=50)]


class NewCredential(Body):
    """A credential to save."""

    name: Name
    kind: Annotated[str, Field(max_length=200, examples=["telegram.bot"])]
    """A key of `/api/credential-kinds`."""
    values: Annotated[dict[str, Any], Field(examples=[{"token": "123:abc"}])]
    """The fields of the kind. Write-only."""
    hosts: Hosts = Field(default_factory=list)
    """The only hosts that it may be sent to; none named means any."""
    project: str | None = None


class CredentialChange(Body):
    """What to change. Values that are not named stay; null removes one."""

    name: Name | None = None
    values: dict[str, Any] | None = None
    hosts: Hosts | None = None


class CredentialTrial(Body):
    """A credential to try before it is saved."""

    kind: Annotated[str, Field(max_length=200, examples=["telegram.bot"])]
    values: Annotated[dict[str, Any], Field(examples=[{"token": "123:abc"}])]
    id: Annotated[str, Field(max_length=36)] | None = None
    """Of the saved one: its values and hosts stand in for those that are not given. Needs the right to change it."""
    hosts: Hosts | None = None


class OAuthState(BaseModel):
    """How a credential stands for which somebody signs in at a service."""

    connected: bool
    expires_at: str | None
    """When it ends for good; null where it is renewed by itself, or the service does not say."""
    scopes: list[str]
    """What the service granted."""
    error: str | None
    """Why somebody has to sign in again."""


class OAuthStart(BaseModel):
    """Where a browser goes to sign in."""

    url: str
    """At the service; open it in the browser that asked, within ten minutes."""
    redirect_uri: str
    """What the service must know as this application's redirect URL."""


class RedirectUri(BaseModel):
    """What a service has to know before somebody can sign in at it."""

    redirect_uri: str


class Credential(BaseModel):
    """A credential, without its values."""

    id: str
    project: str
    name: str
    kind: str
    hosts: list[str]
    oauth: OAuthState | None
    """Null for kinds that need no sign-in at a service."""
    shares: list[str]
    """Projects that may use it, for those who may read it."""
    shared: bool
    """It is another project's: it can be used, and neither read nor changed."""
    created_at: str
    updated_at: str
    last_used_at: str | None
    """By a node, to some minutes."""


class CredentialUse(BaseModel):
    """A workflow that refers to a credential."""

    id: str
    name: str
    project: str
    active: bool


class CredentialDetails(Credential):
    """A credential and who uses it."""

    used_by: list[CredentialUse]


class CredentialPage(BaseModel):
    """Credentials, newest first."""

    data: list[Credential]
    next_cursor: str | None


class CredentialQuery(Body):
    """Filters of a list."""

    project: str | None = None
    kind: str | None = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50


class TestResult(BaseModel):
    """What a service said to a credential."""

    ok: bool
    message: str


async def _described(call: Call, rows: Sequence[Any]) -> list[dict[str, JSON]]:
    repository = call.web.credentials
    signed = await repository.sign_ins.states([row.id for row in rows if repository.signs_in(row.kind)])
    shares = await repository.shares.projects([row.id for row in rows])
    return [
        {
            "id": row.id, "project": row.project_id, "name": row.name, "kind": row.kind, "hosts": row.hosts.split(),
            "oauth": _state(signed.get(row.id, NOBODY)) if repository.signs_in(row.kind) else None,
            "shares": [] if (shared := getattr(row, "shared", False)) else shares.get(row.id, []),
            "shared": bool(shared),
            "created_at": rfc3339(row.created_at), "updated_at": rfc3339(row.updated_at),
            "last_used_at": rfc3339(row.last_used_at),
        }
        for row in rows
    ]  # fmt: skip


async def _one(call: Call, row: Any) -> dict[str, JSON]:
    return (await _described(call, [row]))[0]


def _state(found: SignIn) -> JSON:
    return {
        "connected": found.connected, "expires_at": rfc3339(found.expires_at), "scopes": list(found.scopes),
        "error": found.error,
    }  # fmt: skip


@routes.get("/api/credentials", Permission.CREDENTIAL_READ, collection, query=CredentialQuery, answer=CredentialPage)
async def list_credentials(call: Call) -> dict[str, JSON]:
    """The credentials of one's projects, without their values."""
    page = await call.web.credentials.list_for(call.actor, **call.query.model_dump())
    return {"data": await _described(call, page.rows), "next_cursor": page.next_cursor}


@routes.post(
    "/api/credentials", Permission.CREDENTIAL_EDIT, collection, body=NewCredential, answer=Credential, status=201,
    refusals=(404, 409),
)  # fmt: skip
async def create_credential(call: Call) -> dict[str, JSON]:
    """Save a credential. Its values are encrypted at once and never given back."""
    body: NewCredential = call.body
    row = await call.web.credentials.create(
        call.actor, await call.project(body.project), name=body.name, kind=body.kind, values=body.values,
        hosts=body.hosts,
    )  # fmt: skip
    await call.audit("credential.create", row.id, kind=row.kind)
    return await _one(call, row)


@routes.post(
    "/api/credentials/test", Permission.CREDENTIAL_EDIT, collection, body=CredentialTrial, answer=TestResult,
    refusals=(404, 409),
)  # fmt: skip
async def try_credential(call: Call) -> dict[str, JSON]:
    """Try a credential before it is saved. Nothing of it is kept or logged."""
    body: CredentialTrial = call.body
    saved = None
    if body.id is not None:
        saved = await call.web.credentials.get_for(call.actor, body.id, Permission.CREDENTIAL_EDIT)
        if saved.kind != body.kind:
            raise invalid([Problem("kind", f"the saved credential is of the kind {saved.kind!r}", "kind")])
    try:
        opened = await call.web.credentials.tried(body.kind, body.values, saved, body.hosts)
        ok, message = await tested(opened, call.web.instance.http)
    except NodeError as error:
        ok, message = False, _sentence(error)
    await call.audit("credential.try", body.id or "", "ok" if ok else "failed", kind=body.kind)
    return {"ok": ok, "message": message}


@routes.get("/api/credentials/{id}", Permission.CREDENTIAL_READ, credential, answer=CredentialDetails)
async def read_credential(call: Call) -> dict[str, JSON]:
    """One credential, without its values, and the workflows that refer to it."""
    users = await call.web.credentials.used_by(call.actor, call.object)
    used_by = [{"id": row.id, "name": row.name, "project": row.project_id, "active": row.active} for row in users]
    return {**await _one(call, call.object), "used_by": used_by}


@routes.patch(
    "/api/credentials/{id}", Permission.CREDENTIAL_EDIT, credential, body=CredentialChange, answer=Credential,
    refusals=(409,),
)  # fmt: skip
async def change_credential(call: Call) -> dict[str, JSON]:
    """Change a credential; secrets that are not mentioned stay as they are."""
    body: CredentialChange = call.body
    row = await call.web.credentials.update(call.object, name=body.name, values=body.values, hosts=body.hosts)
    await call.audit("credential.change", row.id, fields=sorted(body.model_fields_set))
    return await _one(call, row)


@routes.delete("/api/credentials/{id}", Permission.CREDENTIAL_EDIT, credential, status=204)
async def delete_credential(call: Call) -> None:
    """Delete a credential. Workflows that refer to it cannot run until another is chosen."""
    await call.web.credentials.delete(call.object)
    await call.audit("credential.delete", call.object.id)


@routes.post("/api/credentials/{id}/test", Permission.CREDENTIAL_USE, credential, answer=TestResult, refusals=(409,))
async def test_credential(call: Call) -> dict[str, JSON]:
    """Try a credential at its service, and say who one is signed in as there."""
    try:
        opened = await call.web.credentials.open(call.object)
        ok, message = await tested(opened, call.web.instance.http)
    except NodeError as error:
        ok, message = False, _sentence(error)
    await call.audit("credential.test", call.object.id, "ok" if ok else "failed")
    return {"ok": ok, "message": message}


async def tested(opened: Kind, http: Any) -> tuple[bool, str]:
    """Whether a credential works, and what the service said, with every secret masked."""
    try:
        async with asyncio.timeout(TEST_TIMEOUT):
            return True, masked(str(await opened.check(guarded(http, [opened]))), opened)
    except NodeError as error:
        return False, masked(_sentence(error), opened)
    except TimeoutError:
        return False, f"the service did not answer within {TEST_TIMEOUT:.0f} s"
    except Exception as error:  # a plugin's SDK raises what it likes; the person wants to know why
        return False, masked(f"{type(error).__name__}: {error}", opened)[:500]


def _sentence(error: NodeError) -> str:
    """What is wrong and, where it is known, what to do."""
    return f"{error.message}; {error.hint}" if error.hint else error.message


def masked(text: str, opened: Kind) -> str:
    """A text without any of the credential's secrets."""
    held = (opened.__pydantic_private__ or {}).values()
    for secret in sorted(set(_secrets([*opened.__dict__.values(), *held])), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def _secrets(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if isinstance(value, SecretStr):
            secret = value.get_secret_value()
            if len(secret) > 3:
                yield secret
        elif isinstance(value, BaseModel):
            yield from _secrets(value.__dict__.values())
        elif isinstance(value, dict):
            yield from _secrets(value.values())
        elif isinstance(value, list | tuple):
            yield from _secrets(value)
