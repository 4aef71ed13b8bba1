"""What the runtime runs: the published documents of workflows, without regard to who asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import orjson
from sqlalchemy import Row, Select, select

from a8n.errors import A8nError
from a8n.items import JSON
from a8n.runtime.database import Database
from a8n.runtime.schema import variables, workflow_versions, workflows


class Published:
    """Reads workflows for running them; the repositories of people are `workflows` and `versions`."""

    def __init__(self, db: Database):
        self._db = db

    async def active(self, workflow_id: str | None = None) -> Sequence[Row[Any]]:
        """`id, project_id, published, document` of the active workflows, or of one if it is active."""
        query = _documents().where(workflows.c.active)
        if workflow_id is not None:
            query = query.where(workflows.c.id == workflow_id)
        async with self._db.read() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
        return rows

    async def versions(self) -> dict[str, int]:
        """The published version of each active workflow: what changes when somebody publishes."""
        query = select(workflows.c.id, workflows.c.published).where(workflows.c.active)
        async with self._db.read() as connection:
            return {row.id: row.published for row in await connection.execute(query)}

    async def draft(self, workflow_id: str) -> Row[Any] | None:
        """`project_id, draft` of a workflow."""
        query = select(workflows.c.project_id, workflows.c.draft).where(workflows.c.id == workflow_id)
        async with self._db.read() as connection:
            found: Any = (await connection.execute(query)).one_or_none()
        return cast("Row[Any] | None", found)

    async def runnable(self, workflow_id: str) -> Row[Any] | None:
        """`id, project_id, published, document` of a workflow that was published at some time."""
        async with self._db.read() as connection:
            found = await connection.execute(_documents().where(workflows.c.id == workflow_id))
            row: Row[Any] | None = found.one_or_none()
        return row

    async def document(self, workflow_id: str, version: int) -> JSON:
        """The document of a version. Raises A8nError when it is gone."""
        table = workflow_versions.c
        query = select(table.document).where(table.workflow_id == workflow_id, table.version == version)
        async with self._db.read() as connection:
            found = (await connection.execute(query)).scalar_one_or_none()
        if found is None:
            raise A8nError(f"version {version} of the workflow {workflow_id} is gone")
        return orjson.loads(found)

    async def variables(self) -> dict[str, dict[str, JSON]]:
        """The variables of all projects, by project and name."""
        found: dict[str, dict[str, JSON]] = {}
        async with self._db.read() as connection:
            for row in (await connection.execute(select(variables))).all():
                found.setdefault(row.project_id, {})[row.name] = orjson.loads(row.value)
        return found


def _documents() -> Select[Any]:
    table = workflow_versions.c
    return select(workflows.c.id, workflows.c.project_id, workflows.c.published, table.document).join(
        workflow_versions, (table.workflow_id == workflows.c.id) & (table.version == workflows.c.published)
    )
