"""Letting other projects use a credential."""

from __future__ import annotations

from pydantic import BaseModel

from a8n.items import JSON
from a8n.runtime.access import Permission
from a8n_web.calls import Call, rfc3339
from a8n_web.loaders import credential
from a8n_web.routes import Routes

routes = Routes("Credentials")

PATH = "/api/credentials/{id}/shares/{project}"


class Share(BaseModel):
    """A project that may use a credential of another."""

    project: str
    created_at: str


@routes.get(PATH, Permission.CREDENTIAL_READ, credential, answer=Share)
async def read_share(call: Call) -> dict[str, JSON]:
    """Since when a project may use a credential."""
    found = await call.web.credentials.shares.get(call.object, call.args["project"])
    return {"project": found.project_id, "created_at": rfc3339(found.created_at)}


@routes.put(PATH, Permission.CREDENTIAL_EDIT, credential, answer=Share)
async def put_share(call: Call) -> dict[str, JSON]:
    """Let another project's workflows use a credential; nobody there reads or changes it.

    Needs the right to edit credentials in both projects.
    """
    found = await call.web.credentials.shares.put(call.actor, call.object, call.args["project"])
    await call.audit("credential.share", call.object.id, project=found.project_id)
    return {"project": found.project_id, "created_at": rfc3339(found.created_at)}


@routes.delete(PATH, Permission.CREDENTIAL_EDIT, credential, status=204)
async def delete_share(call: Call) -> None:
    """Let a project use a credential no more. Its workflows that name it cannot run until another is chosen."""
    await call.web.credentials.shares.delete(call.object, call.args["project"])
    await call.audit("credential.unshare", call.object.id, project=call.args["project"])
