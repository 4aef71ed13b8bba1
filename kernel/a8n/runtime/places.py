"""Places: how many executions may run at the same time, of all and of each project; and whose turn it is.

They are counted in the database, where a claim takes one. A project with a long queue cannot hold up another: the
queue is looked at project by project.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest

from sqlalchemy import ColumnElement, func, literal_column, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.runtime.schema import executions

PROJECTS = 200
"""Whose queues one look goes through, at most."""

_e = executions.c
_others = executions.alias()
_queued = (_e.status == literal_column("'queued'")) & _e.held.is_(False)
_running = _others.c.status == literal_column("'running'")
"""Written out: an index on a part of the table is used where the query says so in the same words."""


class Places:
    """How many executions may run at the same time; 0 for any number."""

    def __init__(self, of_all: int, of_project: int):
        self.of_all = of_all
        self.of_project = of_project
        self.conditions: Sequence[ColumnElement[bool]] = tuple(self._conditions())
        """What has to hold for a claim. One that is taken over from a dead process has its place already."""

    def _conditions(self) -> list[ColumnElement[bool]]:
        running = select(func.count()).select_from(_others).where(_running)
        found = []
        if self.of_all:
            found.append(or_(_e.status == "running", running.scalar_subquery() < self.of_all))
        if self.of_project:
            of_project = running.where(_others.c.project_id == _e.project_id).scalar_subquery()
            found.append(or_(_e.status == "running", of_project < self.of_project))
        return found

    def free(self, running: dict[str, int]) -> int | None:
        """How many places there are, given who runs; None for any number."""
        return max(0, self.of_all - sum(running.values())) if self.of_all else None


async def turns(
    connection: AsyncConnection, limit: int, places: Places, before: ColumnElement[int] | None = None
) -> list[str]:
    """Up to `limit` ids from the queue for which there are places: one of each project, then the next of each.

    With `before` only what was made before a time.
    """
    running: dict[str, int] = {}
    if places.conditions:
        query = select(_others.c.project_id, func.count()).where(_running).group_by(_others.c.project_id)
        running = {row[0]: row[1] for row in await connection.execute(query)}
        free = places.free(running)
        limit = limit if free is None else min(limit, free)
    rooms = {}
    for project in await _projects(connection):
        room = places.of_project - running.get(project, 0) if places.of_project else limit
        if room > 0:
            rooms[project] = min(room, limit)
    if not rooms or limit <= 0:
        return []
    old = (_e.created_at < before,) if before is not None else ()
    parts = [
        select(
            select(_e.id, _e.project_id)
            .where(_queued, _e.project_id == project, *old)
            .order_by(_e.priority, _e.id)
            .limit(room)
            .subquery()
        )
        for project, room in rooms.items()
    ]
    queues: dict[str, list[str]] = {}
    for row in await connection.execute(union_all(*parts)):
        queues.setdefault(row.project_id, []).append(row.id)
    in_turns = chain.from_iterable(zip_longest(*queues.values()))
    return [execution_id for execution_id in in_turns if execution_id is not None][:limit]


async def _projects(connection: AsyncConnection) -> list[str]:
    """The projects that have something in the queue, one look at the index each."""
    first = select(func.min(_e.project_id).label("project")).where(_queued).cte("waiting", recursive=True)
    following = select(func.min(_e.project_id)).where(_queued, _e.project_id > first.c.project)
    waiting = first.union_all(select(following.scalar_subquery()).where(first.c.project.is_not(None)))
    query = select(waiting.c.project).where(waiting.c.project.is_not(None)).limit(PROJECTS)
    return list((await connection.execute(query)).scalars())
