"""Credentials that other projects may use: use and nothing else, for as long as their own project lets them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, insert, or_, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.errors import InvalidError, Problem
from a8n.journal import now
from a8n.runtime.access import PROJECT_ROLES, Actor, Permission, require
from a8n.runtime.database import Database
from a8n.runtime.refusals import NotFoundError
from a8n.runtime.schema import credential_shares, credentials, members

_c = credentials.c
_s = credential_shares.c


class Shares:
    """The repository."""

    def __init__(self, db: Database):
        self._db = db

    async def put(self, actor: Actor, row: Row[Any], project_id: str) -> Row[Any]:
        """Let a project use a credential. Whoever does this has the right to edit credentials in both projects: that
        in the credential's own was asked for when it was loaded. Raises NotFoundError, ForbiddenError, InvalidError.
        """
        async with self._db.begin() as connection:
            await require(connection, actor, project_id, Permission.CREDENTIAL_EDIT)
            if project_id == row.project_id:
                raise InvalidError([Problem("project", "the credential belongs to this project", "own_project")])
            if (await connection.execute(_share(row.id, project_id))).one_or_none() is None:
                values = {"credential_id": row.id, "project_id": project_id, "created_at": now()}
                try:
                    async with connection.begin_nested():
                        await connection.execute(insert(credential_shares).values(**values))
                except IntegrityError:  # shared by another in this moment, or deleted: the next line tells
                    pass
            found = (await connection.execute(_share(row.id, project_id))).one_or_none()
        if found is None:
            raise NotFoundError("credential")
        return found

    async def get(self, row: Row[Any], project_id: str) -> Row[Any]:
        """`project_id, created_at`. Raises NotFoundError where it is not shared with this project."""
        async with self._db.read() as connection:
            found = (await connection.execute(_share(row.id, project_id))).one_or_none()
        if found is None:
            raise NotFoundError("share")
        return found

    async def delete(self, row: Row[Any], project_id: str) -> None:
        """From now on the project's workflows cannot use it. Raises NotFoundError."""
        gone = delete(credential_shares).where(_s.credential_id == row.id, _s.project_id == project_id)
        async with self._db.begin() as connection:
            if not (await connection.execute(gone)).rowcount:
                raise NotFoundError("share")

    async def projects(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """With whom these credentials are shared: project ids, in the order of sharing."""
        query = select(_s.credential_id, _s.project_id).where(_s.credential_id.in_(ids))
        found: dict[str, list[str]] = {}
        async with self._db.read() as connection:
            for row in await connection.execute(query.order_by(_s.created_at, _s.project_id)):
                found.setdefault(row.credential_id, []).append(row.project_id)
        return found


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


async def may_use(connection: AsyncConnection, actor: Actor, credential_id: str) -> bool:
    """Whether somebody may use a credential in any project that has it or that it is shared with."""
    mine = usable(actor, roles_with(Permission.CREDENTIAL_USE))
    query = select(exists().where(_c.id == credential_id, mine))
    return actor.covers(Permission.CREDENTIAL_USE) and bool((await connection.execute(query)).scalar_one())


def _share(credential_id: str, project_id: str) -> Any:
    return select(credential_shares).where(_s.credential_id == credential_id, _s.project_id == project_id)
