"""Who may do what: permissions, the roles that carry them, and the one question that every repository asks.

A person has a role in the instance (owner, admin, member) and one in each project they belong to (owner, editor,
viewer). The instance's owner and admins act in every project with an owner's rights. An API key narrows its
owner's rights to its scopes and never widens them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.runtime.refusals import ForbiddenError, NotFoundError
from a8n.runtime.schema import members


class Permission(StrEnum):
    """Something that a route asks for. The values are the scopes of API keys, apart from the first two."""

    PUBLIC = "public"
    """Open to strangers; every such route is on an explicit list."""
    ACCOUNT = "account"
    """One's own account, sessions and keys. No API key has it."""
    CATALOGUE = "catalogue:read"
    USERS_READ = "users:read"
    USERS_EDIT = "users:edit"
    AUDIT_READ = "audit:read"
    METRICS_READ = "metrics:read"
    PROJECT_CREATE = "project:create"
    PROJECT_READ = "project:read"
    PROJECT_EDIT = "project:edit"
    WORKFLOW_READ = "workflow:read"
    WORKFLOW_EDIT = "workflow:edit"
    WORKFLOW_RUN = "workflow:run"
    CREDENTIAL_READ = "credential:read"
    """Names and kinds, never values."""
    CREDENTIAL_USE = "credential:use"
    CREDENTIAL_EDIT = "credential:edit"
    VARIABLE_READ = "variable:read"
    VARIABLE_EDIT = "variable:edit"
    TABLE_READ = "table:read"
    TABLE_EDIT = "table:edit"
    EXECUTION_READ = "execution:read"
    EXECUTION_EDIT = "execution:edit"


P = Permission
_MEMBER = frozenset({P.ACCOUNT, P.CATALOGUE, P.USERS_READ, P.PROJECT_CREATE})
INSTANCE_ROLES: Mapping[str, frozenset[Permission]] = {
    "member": _MEMBER,
    "admin": frozenset(P) - {P.PUBLIC},
    "owner": frozenset(P) - {P.PUBLIC},
}
_VIEWER = frozenset(
    {P.PROJECT_READ, P.WORKFLOW_READ, P.CREDENTIAL_READ, P.VARIABLE_READ, P.TABLE_READ, P.EXECUTION_READ}
)
_EDITOR = _VIEWER | {
    P.WORKFLOW_EDIT, P.WORKFLOW_RUN, P.CREDENTIAL_USE, P.CREDENTIAL_EDIT, P.VARIABLE_EDIT, P.TABLE_EDIT,
    P.EXECUTION_EDIT,
}  # fmt: skip
PROJECT_ROLES: Mapping[str, frozenset[Permission]] = {
    "viewer": _VIEWER,
    "editor": _EDITOR,
    "owner": _EDITOR | {P.PROJECT_EDIT},
}
SCOPES = tuple(sorted(permission.value for permission in P if permission not in (P.PUBLIC, P.ACCOUNT)))


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something: a signed-in person, or an API key in their name."""

    user_id: str
    role: str
    """In the instance."""
    scopes: frozenset[str] | None = None
    """Of the API key; None for a session, which has all of its owner's rights."""
    session: str | None = None
    """The session's id, for ending it."""
    key_id: str | None = None

    def covers(self, permission: Permission) -> bool:
        """True unless an API key without this scope asks."""
        return self.scopes is None or permission in self.scopes

    def may(self, permission: Permission) -> bool:
        """Whether the role in the instance alone gives this right."""
        return self.covers(permission) and permission in INSTANCE_ROLES[self.role]

    @property
    def everywhere(self) -> bool:
        """True for those who act in every project."""
        return self.role in ("owner", "admin")


async def role_in(connection: AsyncConnection, actor: Actor, project_id: str) -> str | None:
    """The role of somebody in a project, None for strangers."""
    if actor.everywhere:
        return "owner"
    query = select(members.c.role).where(members.c.project_id == project_id, members.c.user_id == actor.user_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def require(
    connection: AsyncConnection, actor: Actor, project_id: str, permission: Permission, what: str = "project"
) -> str:
    """The role with which somebody does this in a project.

    Raises NotFoundError for strangers, who learn nothing of the object, and ForbiddenError for members whose
    role does not reach.
    """
    role = await role_in(connection, actor, project_id)
    if role is None:
        raise NotFoundError(what)
    if permission not in PROJECT_ROLES[role]:
        raise ForbiddenError(f"your role in this project is {role}, which does not include {permission}")
    if not actor.covers(permission):
        raise ForbiddenError(f"this API key does not have the scope {permission}")
    return role


def visible(actor: Actor, project_id: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that keeps the rows of projects which somebody belongs to."""
    if actor.everywhere:
        return true()
    return project_id.in_(select(members.c.project_id).where(members.c.user_id == actor.user_id))
