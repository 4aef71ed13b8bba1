"""Checkpoints of drafts: points that somebody marked, to look back at and to return to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, insert, select

from a8n.journal import now
from a8n.runtime.access import Actor
from a8n.runtime.database import Database
from a8n.runtime.ids import new_id
from a8n.runtime.refusals import NotFoundError
from a8n.runtime.schema import workflow_checkpoints

KEPT = 50
"""Checkpoints that a workflow keeps; an older one makes room."""

_table = workflow_checkpoints.c
_DESCRIBED: tuple[ColumnElement[Any], ...] = (_table.id, _table.revision, _table.created_by, _table.created_at)


class Checkpoints:
    """The repository of checkpoints."""

    def __init__(self, db: Database):
        self._db = db

    async def add(self, actor: Actor, row: Row[Any]) -> Row[Any]:
        """Mark the draft of this row. One that is marked already keeps its mark, and that is given."""
        latest = _of(row, *_DESCRIBED, _table.document).limit(1)
        async with self._db.begin() as connection:
            found: Row[Any] | None = (await connection.execute(latest)).one_or_none()
            if found is not None and found.document == row.draft:
                return found
            values = {
                "id": new_id(), "workflow_id": row.id, "revision": row.revision, "document": row.draft,
                "created_by": actor.user_id, "created_at": now(),
            }  # fmt: skip
            await connection.execute(insert(workflow_checkpoints).values(values))
            old = (await connection.execute(_of(row, _table.id).offset(KEPT).limit(KEPT))).scalars().all()
            await connection.execute(delete(workflow_checkpoints).where(_table.id.in_(old)))
            made: Row[Any] = (await connection.execute(latest)).one()
            return made

    async def list(self, row: Row[Any]) -> Sequence[Row[Any]]:
        """All that are kept, without their documents, latest first."""
        async with self._db.read() as connection:
            found: Sequence[Row[Any]] = (await connection.execute(_of(row, *_DESCRIBED))).all()
        return found

    async def get(self, row: Row[Any], checkpoint: str) -> Row[Any]:
        """One with its document. Raises NotFoundError."""
        query = select(workflow_checkpoints).where(_table.workflow_id == row.id, _table.id == checkpoint)
        async with self._db.read() as connection:
            found = (await connection.execute(query)).one_or_none()
        if found is None:
            raise NotFoundError("checkpoint")
        return found


def _of(row: Row[Any], *columns: ColumnElement[Any]) -> Select[Any]:
    """The checkpoints of a workflow, latest first: their ids grow with time."""
    return select(*columns).where(_table.workflow_id == row.id).order_by(_table.id.desc())
