"""Workflows as people edit them: the draft, its revision, and where it is filed. Versions are in `versions`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, Row, Select, String, cast, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.journal import now
from a8n.runtime.access import Actor, Permission, require, visible
from a8n.runtime.cursors import Page, after, page
from a8n.runtime.database import Database
from a8n.runtime.ids import new_id
from a8n.runtime.refusals import ConflictError, NotFoundError, StaleError
from a8n.runtime.schema import executions, favourites, kept_values, webhooks, workflows
from a8n.runtime.searching import found_by, terms
from a8n.runtime.uses import using
from a8n.workflow import Workflow

TAG_SEPARATOR = "\n"
RECENT = 10
"""Executions of each workflow that a list shows."""

Sort = Literal["name", "updated", "created", "last_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which workflows of a list are wanted; None asks for nothing."""

    project: str | None = None
    active: bool | None = None
    tag: str | None = None
    folder: str | None = None
    q: str | None = None
    """A text that `a8n.runtime.searching` knows of the workflow, or the name of a credential that it uses."""
    credential: str | None = None
    """The id of a credential that its draft uses."""
    node_type: str | None = None
    """The key of a node type that its draft has."""
    favourite: bool | None = None
    """Of whoever asks."""
    archived: bool | None = False


@dataclass(frozen=True, slots=True)
class Ran:
    """One of the latest executions of a workflow."""

    id: str
    status: str
    at: int
    """When it ended, or else began, or else was accepted."""


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
            row = (await connection.execute(select(workflows).where(workflows.c.id == workflow_id))).one()
            await _index(connection, row)
            return row

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
        self, actor: Actor, wanted: Filter, *, sort: Sort = "updated", ascending: bool = False,
        cursor: str | None = None, limit: int = 50,
    ) -> Page[Row[Any]]:  # fmt: skip
        """Rows without drafts, each with `favourite`, and with `recent` for `ran`.

        The page is chosen first and told of its executions then, which takes a look into an index for each row.
        """
        order, kind = _ORDERS[sort]
        query = select(*_LISTED, order.label("sorted")).where(*_conditions(actor, wanted))
        chosen = after(query.limit(limit + 1), [order, workflows.c.id], cursor, [kind, str], ascending=ascending)
        rows = chosen.subquery()
        mine = favourites.c.user_id == actor.user_id, favourites.c.workflow_id == rows.c.id
        told = select(rows, _recent(rows.c.id).label("recent"), exists().where(*mine).label("favourite"))
        keys = [rows.c.sorted, rows.c.id]
        told = told.order_by(*(key.asc() if ascending else key.desc() for key in keys))
        async with self._db.read() as connection:
            found = (await connection.execute(told)).all()
        return page(found, limit, lambda row: [row.sorted, row.id])

    async def drafts(self, ids: Sequence[str]) -> dict[str, bytes]:
        """The documents of some workflows, by id."""
        query = select(workflows.c.id, workflows.c.draft).where(workflows.c.id.in_(ids))
        async with self._db.read() as connection:
            return {row.id: row.draft for row in await connection.execute(query)}

    async def heads(self, ids: Sequence[str]) -> dict[str, Row[Any]]:
        """`id, name, revision` of some workflows, by id."""
        table = workflows.c
        query: Select[Any] = select(table.id, table.name, table.revision).where(table.id.in_(ids))
        async with self._db.read() as connection:
            return {row.id: row for row in await connection.execute(query)}

    async def filing(self, actor: Actor, project: str | None = None) -> Sequence[Row[Any]]:
        """`tags, folder` of each workflow that somebody sees and that is not archived."""
        wanted = Filter(project=project)
        query: Select[Any] = select(workflows.c.tags, workflows.c.folder).where(*_conditions(actor, wanted))
        async with self._db.read() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
            return rows

    async def mark(self, actor: Actor, workflow_id: str, *, favourite: bool) -> None:
        """Make a workflow one of somebody's favourites, or not."""
        place = favourites.c.user_id == actor.user_id, favourites.c.workflow_id == workflow_id
        async with self._db.begin() as connection:
            await connection.execute(delete(favourites).where(*place))
            if favourite:
                await connection.execute(insert(favourites).values(user_id=actor.user_id, workflow_id=workflow_id))

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
            await _index(connection, current)
            return current

    async def delete(self, row: Row[Any], *, expected: int | None = None) -> None:
        """Remove a workflow with its versions, webhooks and kept values; its executions stay.

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
            await connection.execute(delete(kept_values).where(kept_values.c.workflow_id == row.id))

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


def ran(row: Row[Any]) -> list[Ran]:
    """The latest executions of a listed workflow, the newest first."""
    told = [entry.split(" ") for entry in row.recent.split(",")] if row.recent else []
    return sorted((Ran(key, status, int(at)) for key, status, at in told), key=lambda one: one.id, reverse=True)


def packed(document: Workflow) -> bytes:
    """The document in the form it is kept in."""
    return orjson.dumps(document.dump())


def tags_of(row: Row[Any]) -> list[str]:
    """The tags of a workflow."""
    return row.tags.split(TAG_SEPARATOR) if row.tags else []


def _joined(tags: Sequence[str]) -> str:
    return TAG_SEPARATOR.join(dict.fromkeys(" ".join(tag.split()) for tag in tags if tag.strip()))


def _recent(workflow_id: ColumnElement[str]) -> Any:
    """The latest executions of a workflow in one text, in any order: they are told apart by the index alone."""
    table = executions.c
    at = func.coalesce(table.finished_at, table.started_at, table.created_at)
    entry = table.id + " " + table.status + " " + cast(at, String)
    query = select(entry.label("entry")).where(table.workflow_id == workflow_id).correlate(workflow_id.table)
    latest = query.order_by(table.id.desc()).limit(RECENT).subquery()
    return select(func.aggregate_strings(latest.c.entry, ",")).scalar_subquery()


def _conditions(actor: Actor, wanted: Filter) -> list[ColumnElement[bool]]:
    conditions = [visible(actor, workflows.c.project_id)]
    if wanted.archived is not None:
        conditions.append(workflows.c.archived.is_(wanted.archived))
    if wanted.project is not None:
        conditions.append(workflows.c.project_id == wanted.project)
    if wanted.active is not None:
        conditions.append(workflows.c.active.is_(wanted.active))
    if wanted.folder is not None:
        inside = workflows.c.folder.startswith(f"{wanted.folder}/", autoescape=True)
        conditions.append(or_(workflows.c.folder == wanted.folder, inside))
    if wanted.tag is not None:
        framed = TAG_SEPARATOR + workflows.c.tags + TAG_SEPARATOR
        conditions.append(framed.contains(_joined([wanted.tag]).join((TAG_SEPARATOR,) * 2), autoescape=True))
    conditions += [using(name) for name in (wanted.credential, wanted.node_type) if name is not None]
    if wanted.favourite is not None:
        mine = select(favourites.c.workflow_id).where(favourites.c.user_id == actor.user_id)
        known = workflows.c.id.in_(mine)
        conditions.append(known if wanted.favourite else ~known)
    if wanted.q:
        conditions.append(found_by(actor, wanted.q))
    return conditions


async def _index(connection: AsyncConnection, row: Row[Any]) -> None:
    """Keep what a workflow is searched by true to its draft and tags."""
    found = terms(orjson.loads(row.draft), tags_of(row))
    if (found.search, found.uses) != (row.search, row.uses):
        changing = update(workflows).where(workflows.c.id == row.id)
        await connection.execute(changing.values(search=found.search, uses=found.uses))


_LISTED = [column for column in workflows.c if column.name not in ("draft", "search", "uses")]
_LAST_RUN = (
    select(func.coalesce(func.max(executions.c.id), ""))
    .where(executions.c.workflow_id == workflows.c.id)
    .correlate(workflows)
    .scalar_subquery()
)
_ORDERS: dict[Sort, tuple[ColumnElement[Any], type]] = {
    "name": (func.lower(workflows.c.name), str),
    "updated": (workflows.c.updated_at, int),
    "created": (workflows.c.created_at, int),
    "last_run": (_LAST_RUN, str),  # ids of executions tell their time
}
