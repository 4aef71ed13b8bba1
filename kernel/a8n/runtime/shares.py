"""Credentials that other projects may use: use and nothing else, for as long as their own project lets them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select, true

from a8n.runtime.access import PROJECT_ROLES, Actor, Permission
from a8n.runtime.schema import credential_shares, credentials, members

_c = credentials.c
_s = credential_shares.c


def usable_in(project_id: str) -> ColumnElement[bool]:
    """The condition for credentials that workflows of a project may use: its own, and those shared with it."""
    return or_(_c.project_id == project_id, _c.id.in_(select(_s.credential_id).where(_s.project_id == project_id)))


def usable(actor: Actor, roles: Sequence[str] = tuple(PROJECT_ROLES)) -> ColumnElement[bool]:
    """The condition for credentials of somebody's projects, and those shared with them; with these roles there."""
    if actor.everywhere:
        return true()
    mine = select(members.c.project_id).where(members.c.user_id == actor.user_id, members.c.role.in_(roles))
    shared = select(_s.credential_id).where(_s.project_id.in_(mine))
    return or_(_c.project_id.in_(mine), _c.id.in_(shared))


def roles_with(permission: Permission) -> tuple[str, ...]:
    """The roles in a project that carry a permission."""
    return tuple(role for role, permissions in PROJECT_ROLES.items() if permission in permissions)
