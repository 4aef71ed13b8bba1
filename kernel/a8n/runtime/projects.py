"""Projects: who belongs to them with which role, and the variables that their workflows share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import orjson
from sqlalchemy import Row, and_, delete, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.items import JSON
from a8n.journal import now
from a8n.runtime.access import PROJECT_ROLES, Actor, Permission, require, visible
from a8n.runtime.database import Database
from a8n.runtime.ids import new_id
from a8n.runtime.refusals import ConflictError, ForbiddenError, NotFoundError
from a8n.runtime.schema import credentials, members, projects, users, variables, workflows


class Projects:
    """The repository of projects, members and variables."""

    def __init__(self, db: Database):
        self._db = db

    async def create(self, actor: Actor, name: str) -> Row[Any]:
        """A project that this person owns."""
        project_id = new_id()
        async with self._db.begin() as connection:
            await connection.execute(insert(projects).values(id=project_id, name=name, created_at=now()))
            await connection.execute(insert(members).values(project_id=project_id, user_id=actor.user_id, role="owner"))
            return await _project(connection, actor, project_id)

    async def get_for(self, actor: Actor, project_id: str, permission: Permission) -> Row[Any]:
        """The project with the asker's `role`. Raises NotFoundError or ForbiddenError."""
        async with self._db.read() as connection:
            await require(connection, actor, project_id, permission)
            return await _project(connection, actor, project_id)

    async def list_for(self, actor: Actor) -> Sequence[Row[Any]]:
        """The projects that somebody sees, with their `role`: those of one's own first, as `personal` takes them."""
        async with self._db.read() as connection:
            query = _with_role(actor).where(visible(actor, projects.c.id))
            # The instance's owner and admins also see the personal projects of others: those never come first.
            query = query.order_by(members.c.user_id.is_(None), projects.c.personal.desc(), projects.c.id)
            return (await connection.execute(query)).all()

    async def allowing(self, actor: Actor, permission: Permission) -> Collection[str] | None:
        """The projects in which somebody may do something; None for all of them."""
        if not actor.covers(permission):
            return ()
        if actor.everywhere:
            return None
        roles = [role for role, granted in PROJECT_ROLES.items() if permission in granted]
        query = select(members.c.project_id).where(members.c.user_id == actor.user_id, members.c.role.in_(roles))
        async with self._db.read() as connection:
            return set((await connection.execute(query)).scalars())

    async def personal(self, actor: Actor) -> str:
        """Where things go for which no project was named: the first project of one's own."""
        query = (
            select(projects.c.id)
            .join(members, members.c.project_id == projects.c.id)
            .where(members.c.user_id == actor.user_id, members.c.role.in_(("owner", "editor")))
            .order_by(projects.c.personal.desc(), projects.c.id)
            .limit(1)
        )
        async with self._db.read() as connection:
            project_id: str | None = (await connection.execute(query)).scalar_one_or_none()
        if project_id is None:
            raise ForbiddenError("you have no project of your own to put it into; name one")
        return project_id

    async def rename(self, project: Row[Any], name: str) -> None:
        """Give it another name."""
        async with self._db.begin() as connection:
            await connection.execute(update(projects).where(projects.c.id == project.id).values(name=name))

    async def delete(self, project: Row[Any]) -> None:
        """Remove an empty project. Raises ConflictError while workflows or credentials are in it."""
        async with self._db.begin() as connection:
            for table, what in ((workflows, "workflows"), (credentials, "credentials")):
                if (await connection.execute(select(exists().where(table.c.project_id == project.id)))).scalar_one():
                    raise ConflictError(f"the project still has {what}; move or delete them first")
            if project.personal:
                owner = exists().where(members.c.project_id == project.id, members.c.user_id == users.c.id)
                if (await connection.execute(select(func.count()).select_from(users).where(owner))).scalar_one():
                    raise ConflictError("a personal project goes with its account")
            await connection.execute(delete(projects).where(projects.c.id == project.id))

    # --- members ---------------------------------------------------------------------------------------------

    async def members_of(self, project: Row[Any]) -> Sequence[Any]:
        """`user_id, email, name, role` of everybody who belongs to it."""
        query = (
            select(members.c.user_id, users.c.email, users.c.name, members.c.role)
            .join(users, users.c.id == members.c.user_id)
            .where(members.c.project_id == project.id)
            .order_by(users.c.email)
        )
        async with self._db.read() as connection:
            return (await connection.execute(query)).all()

    async def put_member(self, project: Row[Any], user_id: str, role: str) -> None:
        """Add somebody, or give them another role. Raises NotFoundError; the last owner stays one."""
        async with self._db.begin() as connection:
            if (await connection.execute(select(users.c.id).where(users.c.id == user_id))).one_or_none() is None:
                raise NotFoundError("account")
            if role != "owner":
                await _another_owner(connection, project.id, user_id)
            changed = await connection.execute(update(members).where(_member(project, user_id)).values(role=role))
            if changed.rowcount == 0:
                await connection.execute(insert(members).values(project_id=project.id, user_id=user_id, role=role))

    async def remove_member(self, project: Row[Any], user_id: str) -> None:
        """Raises NotFoundError; the last owner stays."""
        async with self._db.begin() as connection:
            await _another_owner(connection, project.id, user_id)
            if (await connection.execute(delete(members).where(_member(project, user_id)))).rowcount != 1:
                raise NotFoundError("member")

    # --- variables -------------------------------------------------------------------------------------------

    async def variables_for(self, actor: Actor, project_id: str | None) -> Sequence[Row[Any]]:
        """`project_id, name, value` (JSON text) of the variables somebody sees, of one project or of all."""
        query = select(variables).where(visible(actor, variables.c.project_id))
        if project_id is not None:
            query = query.where(variables.c.project_id == project_id)
        async with self._db.read() as connection:
            return (await connection.execute(query.order_by(variables.c.project_id, variables.c.name))).all()

    async def put_variable(self, project: Row[Any], name: str, value: JSON) -> None:
        """Set a variable to a JSON value."""
        text = orjson.dumps(value).decode()
        place = and_(variables.c.project_id == project.id, variables.c.name == name)
        async with self._db.begin() as connection:
            changed = await connection.execute(update(variables).where(place).values(value=text))
            if changed.rowcount == 0:
                await connection.execute(insert(variables).values(project_id=project.id, name=name, value=text))

    async def delete_variable(self, project: Row[Any], name: str) -> None:
        """Raises NotFoundError."""
        place = and_(variables.c.project_id == project.id, variables.c.name == name)
        async with self._db.begin() as connection:
            if (await connection.execute(delete(variables).where(place))).rowcount != 1:
                raise NotFoundError("variable")


def _with_role(actor: Actor) -> Any:
    mine = and_(members.c.project_id == projects.c.id, members.c.user_id == actor.user_id)
    role = literal("owner") if actor.everywhere else members.c.role
    return select(projects, role.label("role")).outerjoin(members, mine)


async def _project(connection: AsyncConnection, actor: Actor, project_id: str) -> Row[Any]:
    found = (await connection.execute(_with_role(actor).where(projects.c.id == project_id))).one_or_none()
    if found is None:
        raise NotFoundError("project")
    row: Row[Any] = found
    return row


def _member(project: Row[Any], user_id: str) -> Any:
    return and_(members.c.project_id == project.id, members.c.user_id == user_id)


async def _another_owner(connection: AsyncConnection, project_id: str, user_id: str) -> None:
    owners = select(members.c.user_id).where(members.c.project_id == project_id, members.c.role == "owner")
    if [row.user_id for row in (await connection.execute(owners)).all()] == [user_id]:
        raise ForbiddenError("this is the project's only owner; make somebody else owner first")
