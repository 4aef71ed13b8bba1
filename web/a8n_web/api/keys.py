"""API keys: for scripts, with fewer rights than their owner."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from a8n.journal import now
from a8n.runtime.access import SCOPES, Permission
from a8n_web.api.users import Body
from a8n_web.calls import Call, microseconds, rfc3339
from a8n_web.loaders import nothing
from a8n_web.problems import Refusal
from a8n_web.routes import Routes

routes = Routes("API keys")

Scope = Literal[SCOPES]  # type: ignore[valid-type]  # the scopes are the permissions, listed once


class NewKey(Body):
    """An API key to be made."""

    name: Annotated[str, Field(min_length=1, max_length=200, examples=["deploy script"])]
    scopes: Annotated[list[Scope], Field(min_length=1, examples=[["workflow:read", "workflow:edit"]])]
    expires_at: datetime | None = None


class ApiKey(BaseModel):
    """An API key. The key itself is shown once, when it is made."""

    id: str
    name: str
    scopes: list[str]
    created_at: str
    expires_at: str | None
    used_at: str | None
    key: str | None = None


class Keys(BaseModel):
    """One's API keys."""

    data: list[ApiKey]
    next_cursor: str | None = None


def _described(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "scopes": row.scopes.split(), "created_at": rfc3339(row.created_at),
        "expires_at": rfc3339(row.expires_at), "used_at": rfc3339(row.used_at),
    }  # fmt: skip


@routes.get("/api/keys", Permission.ACCOUNT, nothing, answer=Keys)
async def list_keys(call: Call) -> dict[str, Any]:
    """One's API keys, newest first."""
    rows = await call.web.accounts.keys_of(call.actor.user_id)
    return {"data": [_described(row) for row in rows], "next_cursor": None}


@routes.post("/api/keys", Permission.ACCOUNT, nothing, body=NewKey, answer=ApiKey, status=201)
async def create_key(call: Call) -> dict[str, Any]:
    """Make an API key.

    It is sent as `Authorization: Bearer a8n_…` or as `X-API-Key`. What it may do is what its scopes name, as far
    as its owner may do it at that moment.
    """
    body: NewKey = call.body
    expires_at = microseconds(body.expires_at)
    if expires_at is not None and expires_at <= now():
        raise Refusal(422, "the key would have expired already")
    row, secret = await call.web.accounts.create_key(call.actor.user_id, body.name, body.scopes, expires_at)
    await call.audit("key.create", row.id, scopes=row.scopes)
    return {**_described(row), "key": secret}


@routes.delete("/api/keys/{key}", Permission.ACCOUNT, nothing, status=204, refusals=(404,))
async def delete_key(call: Call) -> None:
    """Delete an API key: it stops working at once."""
    await call.web.accounts.delete_key(call.actor.user_id, call.args["key"])
    await call.audit("key.delete", call.args["key"])
