"""Workflows as people edit them: the draft, its revision, and where it is filed. Versions are in `versions`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, delete, func, insert, or_, select, update

from a8n.journal import now
from a8n.runtime.access import Actor, Permission, require, visible
from a8n.runtime.cursors import Page, after, page
from a8n.runtime.database import Database
from a8n.runtime.ids import new_id
from a8n.runtime.refusals import ConflictError, NotFoundError, StaleError
from a8n.runtime.schema import executions, webhooks, workflows
from a8n.workflow import Workflow

TAG_SEPARATOR = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which workflows of a list are wanted; None asks for nothing."""

    project: str | None = None
    active: bool | None = None
    tag: str | None = None
    folder: str | None = None
    q: str | None = None
    """A text in the name or anywhere in the document, such as a node type or a credential's id."""
    archived: bool = False


class Workflows:
    """The repository of drafts."""

    def __init__(self, db: Database):
        self._db = db

    async def create(
        self, actor: Actor, project_id: str, document: Workflow, *, tags: Sequence[str] = (), folder: str = ""
    ) -> Row[Any]:
        """A new workflow in a project that the actor may edit."""
        at, workflow_id = now(), new_id()
        async with self._db.begin() as connection:
            await require(connection, actor, project_id, Permission.WORKFLOW_EDIT)
            await connection.execute(
                insert(workflows).values(
                    id=workflow_id, project_id=project_id, name=document.name, revision=1, draft=packed(document),
                    tags=_joined(tags), folder=folder, created_at=at, updated_at=at,
                )
            )  # fmt: skip
            return (await connection.execute(select(workflows).where(workflows.c.id == workflow_id))).one()

    async def get_for(self, actor: Actor, workflow_id: str, permission: Permission) -> Row[Any]:
        """The row, draft included. Raises NotFoundError or ForbiddenError."""
        async with self._db.read() as connection:
            row = (await connection.execute(select(workflows).where(workflows.c.id == workflow_id))).one_or_none()
            if row is None:
                raise NotFoundError("workflow")
            await require(connection, actor, row.project_id, permission, "workflow")
            return row

    async def known(self, actor: Actor, project_id: str, ids: Sequence[str]) -> set[str]:
        """Which of these are workflows of a project that the actor sees."""
        query = select(workflows.c.id).where(
            workflows.c.id.in_(ids), workflows.c.project_id == project_id, visible(actor, workflows.c.project_id)
        )
        async with self._db.read() as connection:
            return set((await connection.execute(query)).scalars())

    async def list_for(
        self, actor: Actor, wanted: Filter, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Row[Any]]:
        """Rows, drafts included, the last changed first."""
        query = select(workflows).where(visible(actor, workflows.c.project_id))
        query = query.where(workflows.c.archived.is_(wanted.archived))
        if wanted.project is not None:
            query = query.where(workflows.c.project_id == wanted.project)
        if wanted.active is not None:
            query = query.where(workflows.c.active.is_(wanted.active))
        if wanted.folder is not None:
            query = query.where(
                or_(
                    workflows.c.folder == wanted.folder,
                    workflows.c.folder.startswith(f"{wanted.folder}/", autoescape=True),
                )
            )
        if wanted.tag is not None:
            framed = TAG_SEPARATOR + workflows.c.tags + TAG_SEPARATOR
            query = query.where(framed.contains(_joined([wanted.tag]).join((TAG_SEPARATOR,) * 2), autoescape=True))
        if wanted.q:
            query = query.where(func.lower(workflows.c.name).contains(wanted.q.lower(), autoescape=True))
        order = [workflows.c.updated_at, workflows.c.id]
        query = after(query.limit(limit + 1), order, cursor, [int, str])
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        return page(rows, limit, lambda row: [row.updated_at, row.id])

    async def save(self, row: Row[Any], document: Workflow | None, *, expected: int | None, **values: Any) -> Row[Any]:
        """Replace the draft (or leave it, with None) and set `tags`, `folder`, `archived` or `project_id`.

        `expected` is the revision that the caller saw; None overwrites whatever is there. Raises StaleError.
        """
        if document is not None:
            values |= {"draft": packed(document), "name": document.name}
        if "tags" in values:
            values["tags"] = _joined(values["tags"])
        own = workflows.c.id == row.id
        async with self._db.begin() as connection:
            changing = update(workflows).where(own)
            if expected is not None:
                changing = changing.where(workflows.c.revision == expected)
            changing = changing.values(revision=workflows.c.revision + 1, updated_at=now(), **values)
            changed = (await connection.execute(changing)).rowcount
            current = (await connection.execute(select(workflows).where(own))).one_or_none()
            if current is None:
                raise NotFoundError("workflow")
            if not changed:
                raise StaleError(current.revision)
            return current

    async def delete(self, row: Row[Any], *, expected: int | None = None) -> None:
        """Remove a workflow with its versions and webhooks; its executions stay.

        Raises StaleError, and ConflictError while an execution is not over: it would have nothing to go on with.
        """
        async with self._db.begin() as connection:
            table = executions.c
            query = select(func.count()).where(table.workflow_id == row.id, table.finished_at.is_(None))
            open_ones = (await connection.execute(query)).scalar_one()
            if open_ones:
                raise ConflictError(f"{open_ones} of its executions are not over: cancel them, or let them end, first")
            condition = workflows.c.id == row.id
            if expected is not None:
                current = (await connection.execute(select(workflows.c.revision).where(condition))).scalar_one_or_none()
                if current is not None and current != expected:
                    raise StaleError(current)
            await connection.execute(delete(workflows).where(condition))

    async def webhooks_for(self, actor: Actor, workflow_id: str | None = None) -> Sequence[Row[Any]]:
        """Registered webhooks that somebody sees, each with the `name` and `project_id` of its workflow."""
        query = (
            select(webhooks, workflows.c.name, workflows.c.project_id, workflows.c.published)
            .join(workflows, workflows.c.id == webhooks.c.workflow_id)
            .where(visible(actor, workflows.c.project_id))
            .order_by(webhooks.c.path, webhooks.c.method)
        )
        if workflow_id is not None:
            query = query.where(webhooks.c.workflow_id == workflow_id)
        async with self._db.read() as connection:
            return (await connection.execute(query)).all()


def packed(document: Workflow) -> bytes:
    """The document in the form it is kept in."""
    return orjson.dumps(document.dump())


def tags_of(row: Row[Any]) -> list[str]:
    """The tags of a workflow."""
    return row.tags.split(TAG_SEPARATOR) if row.tags else []


def _joined(tags: Sequence[str]) -> str:
    return TAG_SEPARATOR.join(dict.fromkeys(" ".join(tag.split()) for tag in tags if tag.strip()))
