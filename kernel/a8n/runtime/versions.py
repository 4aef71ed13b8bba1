"""Published versions of workflows: immutable, numbered, and what live triggers run."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, delete, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.items import JSON
from a8n.journal import now
from a8n.runtime.access import Actor, role_in
from a8n.runtime.cursors import Page, after, page
from a8n.runtime.database import Database
from a8n.runtime.ids import new_id
from a8n.runtime.refusals import ConflictError, NotFoundError
from a8n.runtime.schema import schedules, webhooks, workflow_versions, workflows

Register = Callable[[AsyncConnection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and path that a trigger of a workflow listens to."""

    node: str
    method: str
    path: str
    shape: str
    """The path with every parameter as `{}`."""


class Versions:
    """The repository of versions and of the webhooks they register."""

    def __init__(self, db: Database):
        self._db = db

    async def publish(
        self, actor: Actor, row: Row[Any], endpoints: Sequence[Endpoint], *, name: str = "", note: str = "",
        register: Register | None = None,
    ) -> int:  # fmt: skip
        """Make the draft of this row a version, register its webhooks, and turn the workflow on. Gives the version.

        A draft whose content is that of the latest version makes no new one. `register` is given the transaction,
        for what else goes live with it. Raises ConflictError, which names
        the other workflow, where a webhook is taken, and NotFoundError where the workflow is gone.
        """
        try:
            async with self._db.begin() as connection:
                version = await self._version(connection, actor, row, name, note)
                await connection.execute(delete(webhooks).where(webhooks.c.workflow_id == row.id))
                await _free(connection, actor, endpoints)
                if endpoints:
                    await connection.execute(insert(webhooks), [_values(row.id, endpoint) for endpoint in endpoints])
                changed = await connection.execute(
                    update(workflows).where(workflows.c.id == row.id).values(active=True, published=version)
                )
                if changed.rowcount != 1:
                    raise NotFoundError("workflow")
                if register is not None:
                    await register(connection)
                return version
        except IntegrityError:  # somebody registered the same path between the look and the insert
            async with self._db.read() as connection:
                await _free(connection, actor, endpoints)
            raise ConflictError("the workflow was changed or activated by somebody else; try again") from None

    async def withdraw(self, row: Row[Any]) -> None:
        """Turn a workflow off and free its webhooks; its versions stay."""
        async with self._db.begin() as connection:
            await connection.execute(delete(webhooks).where(webhooks.c.workflow_id == row.id))
            await connection.execute(delete(schedules).where(schedules.c.workflow_id == row.id))
            await connection.execute(update(workflows).where(workflows.c.id == row.id).values(active=False))

    async def list(self, row: Row[Any], *, cursor: str | None = None, limit: int = 50) -> Page[Row[Any]]:
        """Versions without their documents, latest first."""
        table = workflow_versions.c
        query = select(table.version, table.hash, table.name, table.note, table.created_by, table.created_at)
        query = query.where(table.workflow_id == row.id)
        query = after(query.limit(limit + 1), [table.version], cursor, [int])
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        return page(rows, limit, lambda version: [version.version])

    async def get(self, row: Row[Any], version: int) -> Row[Any]:
        """One version, its document included. Raises NotFoundError."""
        table = workflow_versions.c
        query = select(workflow_versions).where(table.workflow_id == row.id, table.version == version)
        async with self._db.read() as connection:
            found = (await connection.execute(query)).one_or_none()
        if found is None:
            raise NotFoundError("version")
        return found

    async def _version(self, connection: AsyncConnection, actor: Actor, row: Row[Any], name: str, note: str) -> int:
        table = workflow_versions.c
        digest = content_hash(orjson.loads(row.draft))
        query = select(table.version, table.hash).where(table.workflow_id == row.id)
        latest = (await connection.execute(query.order_by(table.version.desc()).limit(1))).one_or_none()
        if latest is not None and latest.hash == digest:
            if name or note:
                place = (table.workflow_id == row.id) & (table.version == latest.version)
                await connection.execute(update(workflow_versions).where(place).values(name=name, note=note))
            number: int = latest.version
            return number
        number = latest.version + 1 if latest is not None else 1
        await connection.execute(
            insert(workflow_versions).values(
                workflow_id=row.id, version=number, hash=digest, document=row.draft, name=name, note=note,
                created_by=actor.user_id, created_at=now(),
            )
        )  # fmt: skip
        return number


def content_hash(document: JSON) -> str:
    """SHA-256 of a document's content: the same whatever the order of its keys, and wherever its nodes lie."""
    nodes = [{**node, "position": None} for node in document.get("nodes", ())]
    content = {**document, "nodes": nodes, "notes": None, "pins": None}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _values(workflow_id: str, endpoint: Endpoint) -> dict[str, str]:
    return {
        "id": new_id(), "workflow_id": workflow_id, "node": endpoint.node, "method": endpoint.method,
        "path": endpoint.path, "shape": endpoint.shape,
    }  # fmt: skip


async def _free(connection: AsyncConnection, actor: Actor, endpoints: Sequence[Endpoint]) -> None:
    """Raises ConflictError when two of the endpoints, or one of another workflow, have one method and shape."""
    seen: dict[tuple[str, str], Endpoint] = {}
    for endpoint in endpoints:
        other = seen.setdefault((endpoint.method, endpoint.shape), endpoint)
        if other is not endpoint:
            text = f"{endpoint.method} {endpoint.path} is what the node {other.node!r} listens to, too"
            raise ConflictError(text, path=f"nodes.{endpoint.node}.params.path")
    if not seen:
        return
    query = (
        select(webhooks.c.method, webhooks.c.shape, workflows.c.id, workflows.c.name, workflows.c.project_id)
        .join(workflows, workflows.c.id == webhooks.c.workflow_id)
        .where(tuple_(webhooks.c.method, webhooks.c.shape).in_(list(seen)))
        .limit(1)
    )
    taken = (await connection.execute(query)).one_or_none()
    if taken is None:
        return
    seen_by = await role_in(connection, actor, taken.project_id)
    owner = f"the workflow {taken.name!r} ({taken.id})" if seen_by is not None else "a workflow of another project"
    endpoint = seen[taken.method, taken.shape]
    text = f"{endpoint.method} {endpoint.path} is taken by {owner}"
    raise ConflictError(text, path=f"nodes.{endpoint.node}.params.path")
