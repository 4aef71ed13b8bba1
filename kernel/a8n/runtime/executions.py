"""Executions as rows: claiming, leases, what is due, and looking them up."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    LargeBinary,
    Row,
    Select,
    String,
    Text,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from a8n.items import JSON
from a8n.journal import now
from a8n.runtime import faults, waits
from a8n.runtime.database import Database
from a8n.runtime.locks import serialize
from a8n.runtime.places import Places, turns
from a8n.runtime.records import StoredStep, plain, unpage
from a8n.runtime.schema import executions, files, idempotency, steps, workflows
from a8n.runtime.schema import waits as wait_rows
from a8n.runtime.writer import EXECUTION_COLUMNS, FILE_COLUMNS, STEP_COLUMNS, Page

CLAIMS = 3
"""Claims without a newly recorded step after which an execution is given up as `crashed`."""
POISON = {
    "kind": "CrashedError",
    "message": f"the process died {CLAIMS} times while it ran this execution, before another step was recorded",
}
ENDED = ("succeeded", "failed", "canceled", "crashed")
PAGE = 50
MAX_PAGE = 500

_e = executions.c

Spare = Callable[[Mapping[str, int]], Collection[str]]
"""Chooses from executions, given with how often they were claimed since a step was last recorded."""


class NewExecution(NamedTuple):
    """What is known of an execution before it runs."""

    id: str
    workflow_id: str
    project_id: str
    version: int
    """0: a draft, whose document is in `options`."""
    trigger: str
    """Node id."""
    mode: str
    created_at: int
    parent_id: str | None = None
    retry_of: str | None = None
    depth: int = 0
    priority: int = 1
    options: bytes | None = None
    """JSON: what a run needs beside its version."""
    parent_node: str | None = None
    """With `parent_path` the step of the parent that waits for it; None where none does."""
    parent_path: str | None = None
    slot: str | None = None
    """What a concurrency limit counts it by; an execution with a slot is stored held. See `a8n.runtime.slots`."""
    slot_limit: int | None = None

    def row(self, status: str, epoch: int, lease: int | None) -> list[Any]:
        """The row in the order of `a8n.runtime.writer.EXECUTION_COLUMNS`; `lease` in microseconds from now."""
        started = self.created_at if epoch else None
        return [
            self.id, self.workflow_id, self.project_id, self.version, self.trigger, self.mode, status, None,
            self.created_at, started, None, self.parent_id, self.retry_of, self.depth, self.priority, self.options,
            epoch, epoch, 0, self.parent_node, self.parent_path, self.slot, self.slot_limit,
            self.slot is not None, lease,
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claimed:
    """An execution that this process may run until its lease ends."""

    id: str
    epoch: int
    """Goes with every write; a later claim makes it stale."""
    workflow_id: str
    project_id: str
    version: int
    trigger: str
    mode: str
    created_at: int
    depth: int
    options: bytes | None
    slot: str | None
    """What a concurrency limit counts it by."""
    cancel_requested: bool
    """Somebody wants it stopped: finish it as canceled."""
    parent_id: str | None
    parent_node: str | None
    parent_path: str | None
    priority: int
    claims: int
    """How often it was claimed since a step was last recorded."""
    waits: Sequence[waits.Waiting] = ()
    """Its open waits, and those that have just ended."""
    pages: Sequence[bytes] = ()
    """What it has recorded, see `Journals.read`."""

    @property
    def poisonous(self) -> bool:
        """Its claimers died too often: end it as `crashed`."""
        return self.claims > CLAIMS and not self.cancel_requested


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which executions to list. What is None or empty asks for nothing."""

    projects: Sequence[str] | None = None
    """The projects that the asker may see."""
    workflow: str | None = None
    statuses: Sequence[str] = ()
    mode: str | None = None
    trigger: str | None = None
    """Node id."""
    version: int | None = None
    """0: those of drafts."""
    since: int | None = None
    """Created at or after; microseconds."""
    until: int | None = None
    """Created before."""
    text: str = ""
    """In the workflow's name or the error, or the beginning of the execution's id."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list."""

    rows: Sequence[Row[Any]]
    next_cursor: str | None
    """Give it back for the next page; None on the last."""


_COLUMNS = [executions.c[field.name] for field in dataclasses.fields(Claimed) if field.name not in ("waits", "pages")]
_LISTED = [c for c in executions.c if c.name not in ("options", "lease_until", "recorded", "claims")]


class Executions:
    """The table of executions. `lease` in seconds; `places` and `project_places` are how many may run at the same
    time, of all and of one project, 0 for any number."""

    def __init__(self, database: Database, lease: float = 30.0, places: int = 0, project_places: int = 0):
        self._database = database
        self._lease = lease
        self._prepared: Any = None
        """The statement that claims, where the driver runs it."""
        self._places = Places(places, project_places)
        self.freed: Callable[[Iterable[str]], None] = lambda slots: None
        """Called with the slots of executions that ended here."""

    # --- claiming --------------------------------------------------------------------------------------------

    async def claim(self, *ids: str, spare: Spare | None = None) -> list[Claimed]:
        """Take those of some executions that are due: queued, left by a process whose lease ended, or done waiting.

        Those that are not due, or that somebody else was quicker to take, are left out. One that was claimed three
        times without a newly recorded step is given as `poisonous`. `spare` is given how often each of those that
        could be taken was claimed, and chooses which of them stay queued instead.
        """
        if self._places.conditions:  # all rows of a statement would count the same free places
            return [claimed for one in ids for claimed in await self._claim(_e.id == one, spare)]
        if self._database.dialect == "postgresql":
            return await self._claim_prepared(ids, spare)
        return await self._claim(_e.id.in_(ids), spare)

    @faults.around("claim")
    async def _claim(self, which: ColumnElement[bool], spare: Spare | None = None) -> list[Claimed]:
        database = self._database
        async with database.begin() as connection:
            if self._places.conditions:  # nobody else may count and take a place at the same moment
                await serialize(connection, "places")
            rows = (await connection.execute(self._claiming(which, now()))).mappings().all()
            return await self._looked_at(connection, rows, spare)

    @faults.around("claim")
    async def _claim_prepared(self, ids: Sequence[str], spare: Spare | None) -> list[Claimed]:
        if self._prepared is None:
            from a8n.runtime.claims_postgres import Prepared

            asked = bindparam("ids", type_=ARRAY(String))
            statement = self._claiming(_e.id == any_(asked), bindparam("moment", type_=BigInteger))
            self._prepared = Prepared(statement, self._database.engine.dialect)
        async with (
            self._database.single() as connection,
            self._prepared.begun(connection, ids=list(ids), moment=now()) as rows,
        ):
            if any(row["waited"] or row["claims"] > 1 for row in rows):
                return await self._looked_at(connection, rows, spare)
            return [_claimed(row, (), row["pages"] or ()) for row in rows]

    async def _looked_at(self, connection: AsyncConnection, rows: Sequence[Any], spare: Spare | None) -> list[Claimed]:
        """What was claimed, without those that shall wait, with their waits and all that they have recorded."""
        spared = spare({row["id"]: row["claims"] for row in rows}) if spare is not None else ()
        if spared:
            rows = [row for row in rows if row["id"] not in spared]
            back = executions.update().where(_e.id.in_(spared))
            await connection.execute(back.values(status="queued", claims=_e.claims - 1, lease_until=None))
        open_waits = await waits.take(connection, self._database, [row["id"] for row in rows if row["waited"]])
        pages = await _pages(connection, [row["id"] for row in rows])
        return [_claimed(row, open_waits.get(row["id"], ()), pages.get(row["id"], ())) for row in rows]

    def _claiming(self, which: ColumnElement[bool], moment: Any) -> Any:
        """The statement that claims; made when it is its turn, since SQLite's time is that of this process."""
        database = self._database
        if database.dialect == "postgresql":  # claimers that lock several rows in any order would block each other
            free = select(_e.id).where(which, self._is_due()).with_for_update(skip_locked=True)
            which = _e.id.in_(free)
        recorded = (
            select(func.coalesce(func.sum(steps.c.recorded), 0)).where(steps.c.execution_id == _e.id).scalar_subquery()
        )
        extra: list[Any] = [exists().where(wait_rows.c.execution_id == _e.id).label("waited")]
        if database.dialect == "postgresql":
            in_order = aggregate_order_by(steps.c.data, steps.c.page)
            pages = select(func.array_agg(in_order, type_=ARRAY(LargeBinary))).where(steps.c.execution_id == _e.id)
            extra.append(pages.scalar_subquery().label("pages"))
        return (
            executions.update()
            .where(which, self._is_due(), *self._places.conditions)
            .values(
                epoch=_e.epoch + 1,
                claims=case((recorded > _e.recorded, 1), else_=_e.claims + 1),
                recorded=recorded,
                status="running",
                started_at=func.coalesce(_e.started_at, moment),
                lease_until=database.clock(self._lease),
            )
            .returning(*_COLUMNS, *extra)
        )

    def _in_no_hurry(self) -> list[ColumnElement[Any]]:
        """What makes PostgreSQL commit without waiting for its disk: fit for leases alone. One that is lost with the
        server's memory ends earlier than its holder believes, and the claim that follows fences it."""
        if self._database.dialect != "postgresql":
            return []
        return [func.set_config("synchronous_commit", "off", True).label("hurry")]

    def _is_due(self) -> ColumnElement[bool]:
        at = self._database.clock()
        over = exists().where(wait_rows.c.execution_id == _e.id, wait_rows.c.until <= at)
        return or_(
            and_(_e.status == "queued", _e.held.is_(False)),
            and_(_e.status == "running", _e.lease_until < at),
            and_(_e.status == "waiting", over),
        )

    async def due(self, limit: int, queued_for: float = 0.0) -> list[str]:
        """Ids of executions that are due: up to `limit` that wait in the queue, in turns of their projects, and up to
        `limit` others; new ones only where they are queued for some seconds: their wake-ups are on their way."""
        before = self._database.clock(-queued_for) if queued_for else None
        async with self._database.read() as connection:
            others = (await connection.execute(self._due(limit, queued=False))).scalars().all()
            return [*others, *await turns(connection, limit, self._places, before)]

    def _due(self, limit: int, *, queued: bool = True) -> Select[Any]:
        """By index, a part per reason; the soonest of each. `finished_at IS NULL` is what the index is limited to."""
        at = self._database.clock()
        open_ones = select(_e.id, _e.priority).where(_e.finished_at.is_(None))
        parts = [
            open_ones.where(_e.status == "queued", _e.held.is_(False)).order_by(_e.priority, _e.id),
            open_ones.where(_e.status == "running", _e.lease_until < at).order_by(_e.lease_until),
            select(_e.id, _e.priority)
            .join(wait_rows, wait_rows.c.execution_id == _e.id)
            .where(_e.status == "waiting", wait_rows.c.until <= at)
            .order_by(wait_rows.c.until),
        ]
        if not queued:
            del parts[0]
        found = union_all(*(select(part.limit(limit).subquery()) for part in parts)).subquery()
        due = select(found.c.id).group_by(found.c.id, found.c.priority)  # one may be due for two waits
        return due.order_by(found.c.priority, found.c.id).limit(limit)

    # --- holding ---------------------------------------------------------------------------------------------

    async def renew(self, held: Mapping[str, int]) -> list[str]:
        """Extend the leases of executions that this process runs, given with their epochs; gives those it lost."""
        kept: set[str] = set()
        pairs = list(held.items())
        for start in range(0, len(pairs), MAX_PAGE):
            statement = (
                executions.update()
                .where(tuple_(_e.id, _e.epoch).in_(pairs[start : start + MAX_PAGE]), _e.status == "running")
                .values(lease_until=self._database.clock(self._lease))
                .returning(_e.id, *self._in_no_hurry())
            )
            async with self._database.begin() as connection:
                kept.update((await connection.execute(statement)).scalars())
        return [execution_id for execution_id in held if execution_id not in kept]

    async def release(self, execution_id: str, epoch: int, error: Mapping[str, JSON] | None = None) -> bool:
        """Hand an execution back to the queue, because this process stops, or lacks what it takes, which `error` says.

        False when it was lost already.
        """
        encoded = orjson.dumps(plain(error)) if error is not None else None
        return await self._end(execution_id, epoch, status="queued", lease_until=None, claims=0, error=encoded)

    async def _end(self, execution_id: str, epoch: int, **values: Any) -> bool:
        statement = (
            executions.update().where(_e.id == execution_id, _e.epoch == epoch, _e.status == "running").values(**values)
        )
        async with self._database.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1

    # --- cancelling ------------------------------------------------------------------------------------------

    async def cancel(self, execution_id: str) -> bool:
        """Stop an execution: at once where nobody runs it, else the process that does is asked to.

        False when it had ended already, or there is none.
        """
        async with self._database.begin() as connection:
            ended = await stop(connection, self._database, [execution_id])
            known = bool(ended) or await _asked(connection, execution_id)
        self._free(ended)
        return known

    async def cancel_requests(self, ids: Sequence[str]) -> list[str]:
        """Those of the executions that this process runs which somebody wants stopped."""
        query = select(_e.id).where(_e.id.in_(ids), _e.cancel_requested)
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def open_children(self, parent_id: str) -> list[str]:
        """The children that a parent waits for, or waited for, and that have not ended."""
        query = select(_e.id).where(_e.parent_id == parent_id, _e.parent_node.is_not(None), _e.finished_at.is_(None))
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def passing(self, execution_id: str) -> bool:
        """Whether a waiting execution waits for nothing but its own next attempt or its children."""
        kinds = select(wait_rows.c.kind).where(wait_rows.c.execution_id == execution_id)
        async with self._database.read() as connection:
            found = set((await connection.execute(kinds)).scalars())
        return found <= {"retry", "children"}

    async def children(self, parent_id: str, node: str, path: str) -> Sequence[Row[Any]]:
        """The children that a step has started and waits for, in the order in which it made them."""
        query = executions.select().where(_e.parent_id == parent_id, _e.parent_node == node, _e.parent_path == path)
        async with self._database.read() as connection:
            return (await connection.execute(query.order_by(_e.id))).all()

    # --- waits -----------------------------------------------------------------------------------------------

    async def resume(self, token_hash: str, payload: JSON) -> str | None:
        """End the wait of a resume token (its SHA-256 in hex): of any number of calls, one gets the execution's id."""
        return await waits.resume(self._database, token_hash, payload)

    async def reply(self, key_hash: str, payload: JSON) -> str | None:
        """End the wait for a reply (`waits.reply_digest`): of any number of replies, one gets the execution's id."""
        async with self._database.begin() as connection:
            return await waits.reply(connection, self._database, key_hash, payload)

    async def decide(self, execution_id: str, node: str, path: str, payload: JSON) -> bool:
        """End the wait for a person's decision about a step."""
        return await waits.decide(self._database, execution_id, node, path, payload)

    # --- looking up ------------------------------------------------------------------------------------------

    async def get(self, execution_id: str) -> Row[Any] | None:
        """The row of an execution."""
        async with self._database.read() as connection:
            return (await connection.execute(executions.select().where(_e.id == execution_id))).first()

    async def steps(self, execution_id: str) -> Sequence[StoredStep]:
        """All that an execution has noted of its steps, in the order in which they began: intents, waits and ends.

        `Journals.data` gives what one of them holds.
        """
        query = select(steps.c.data).where(steps.c.execution_id == execution_id).order_by(steps.c.page)
        async with self._database.read() as connection:
            pages = (await connection.execute(query)).scalars().all()
        return sorted((step for page in pages for step in unpage(page)), key=lambda step: step.started_at)

    async def list(self, where: Filter, *, cursor: str | None = None, limit: int = PAGE) -> Listed:
        """Executions, the newest first. `cursor` is the last page's `next_cursor`."""
        limit = max(1, min(limit, MAX_PAGE))
        query = select(*_LISTED).where(*_conditions(where)).order_by(_e.id.desc()).limit(limit + 1)
        if cursor is not None:
            query = query.where(_e.id < cursor)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        more = len(rows) > limit
        return Listed(rows[:limit], rows[limit - 1].id if more else None)

    async def counts(self, where: Filter) -> dict[str, int]:
        """How many executions there are of each status."""
        query = select(_e.status, func.count()).where(*_conditions(where)).group_by(_e.status)
        async with self._database.read() as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}

    # --- deleting --------------------------------------------------------------------------------------------

    async def delete(self, ids: Sequence[str]) -> int:
        """Delete executions with all they recorded; gives how many. One that runs is fenced by that."""
        held = select(_e.slot).where(_e.id.in_(ids), _e.slot.is_not(None), _e.finished_at.is_(None))
        async with self._database.begin() as connection:
            freed = (await connection.execute(held)).all()
            deleted = await delete_rows(connection, ids)
        self._free(freed)
        return deleted

    def _free(self, ended: Iterable[Row[Any]]) -> None:
        slots = [row.slot for row in ended if row.slot is not None]
        if slots:
            self.freed(slots)

    async def referenced(self, hashes: Sequence[str]) -> set[str]:
        """Those of some content hashes that an execution refers to: what a sweep of the blob store must keep."""
        found: set[str] = set()
        async with self._database.read() as connection:
            for start in range(0, len(hashes), MAX_PAGE):
                query = select(files.c.hash).where(files.c.hash.in_(hashes[start : start + MAX_PAGE])).distinct()
                found.update((await connection.execute(query)).scalars())
        return found


def _claimed(row: Mapping[str, Any], open_waits: Sequence[waits.Waiting], pages: Sequence[bytes]) -> Claimed:
    return Claimed(**{column.name: row[column.name] for column in _COLUMNS}, waits=open_waits, pages=pages)


async def _pages(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[bytes]]:
    """What executions have recorded, page by page."""
    found: dict[str, list[bytes]] = {}
    if ids:
        query = select(steps.c.execution_id, steps.c.data).where(steps.c.execution_id.in_(ids)).order_by(steps.c.page)
        for execution_id, data in await connection.execute(query):
            found.setdefault(execution_id, []).append(data)
    return found


async def insert(connection: AsyncConnection, page: Page) -> None:
    """Write the page of a new, queued execution (`ExecutionJournal.sealed`) in a transaction of the caller's.

    So that an execution and what started it, such as the cursor of a poll, are stored together or not at all.
    Wake the execution up after the commit.
    """
    assert page.row is not None
    await connection.execute(executions.insert(), dict(zip(EXECUTION_COLUMNS, page.row, strict=True)))
    if page.steps is not None:
        await connection.execute(steps.insert(), dict(zip(STEP_COLUMNS, page.steps, strict=True)))
    for file in dict.fromkeys(page.files):
        await connection.execute(files.insert(), dict(zip(FILE_COLUMNS, file, strict=True)))


async def claim_key(connection: AsyncConnection, page: Page) -> str:
    """The execution that the idempotency key of a page belongs to: the page's own unless it was used before."""
    assert page.key is not None
    scope, key = page.key
    values = {"scope": scope, "key": key, "execution_id": page.execution_id, "created_at": now()}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    await connection.execute(dialect.insert(idempotency).values(values).on_conflict_do_nothing())
    owner = select(idempotency.c.execution_id).where(idempotency.c.scope == scope, idempotency.c.key == key)
    return str((await connection.execute(owner)).scalar_one())


async def stop(connection: AsyncConnection, database: Database, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Cancel executions that nobody runs, and ask for the end of the others; gives `id, slot` of those canceled."""
    idle = or_(
        _e.status.in_(("queued", "waiting")),
        and_(_e.status == "running", _e.lease_until < database.clock()),
    )
    at_once = (
        executions.update()
        .where(_e.id.in_(ids), idle)
        .values(status="canceled", epoch=_e.epoch + 1, finished_at=now(), lease_until=None, held=False)
        .returning(_e.id, _e.slot, _e.parent_id, _e.parent_node, _e.parent_path)
    )
    ask = executions.update().where(_e.id.in_(ids), _e.status == "running").values(cancel_requested=True)
    ended = (await connection.execute(at_once)).all()
    await connection.execute(wait_rows.delete().where(wait_rows.c.execution_id.in_([row.id for row in ended])))
    for row in ended:
        if row.parent_node is not None:
            await waits.child_ended(connection, database, row.parent_id, row.parent_node, row.parent_path)
    if len(ended) < len(ids):
        await connection.execute(ask)
    return ended


class _as_text(FunctionElement[str]):  # noqa: N801  # a function of SQL
    """Bytes that hold UTF-8, as text."""

    type = Text()
    inherit_cache = True


@compiles(_as_text, "sqlite")
def _as_text_sqlite(element: _as_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS TEXT)"


@compiles(_as_text, "postgresql")
def _as_text_postgresql(element: _as_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"convert_from({compiler.process(element.clauses, **options)}, 'UTF8')"


async def _asked(connection: AsyncConnection, execution_id: str) -> bool:
    query = select(_e.id).where(_e.id == execution_id, _e.status == "running", _e.cancel_requested)
    return (await connection.execute(query)).first() is not None


async def delete_rows(connection: AsyncConnection, ids: Sequence[str], *, keys: bool = True) -> int:
    """Delete executions with all they recorded, and with `keys` their idempotency keys; gives how many."""
    deleted = 0
    recorded = (steps, wait_rows, files, idempotency) if keys else (steps, wait_rows, files)
    for start in range(0, len(ids), MAX_PAGE):
        part = ids[start : start + MAX_PAGE]
        for table in recorded:
            await connection.execute(table.delete().where(table.c.execution_id.in_(part)))
        deleted += (await connection.execute(executions.delete().where(_e.id.in_(part)))).rowcount
    return deleted


def _conditions(where: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if where.projects is not None:
        conditions.append(_e.project_id.in_(where.projects))
    if where.workflow is not None:
        conditions.append(_e.workflow_id == where.workflow)
    if where.statuses:
        conditions.append(_e.status.in_(where.statuses))
    if where.mode is not None:
        conditions.append(_e.mode == where.mode)
    if where.trigger is not None:
        conditions.append(_e.trigger == where.trigger)
    if where.version is not None:
        conditions.append(_e.version == where.version)
    if where.since is not None:
        conditions.append(_e.created_at >= where.since)
    if where.until is not None:
        conditions.append(_e.created_at < where.until)
    if where.text:
        named = select(workflows.c.id).where(workflows.c.name.icontains(where.text, autoescape=True))
        wanted = orjson.dumps(where.text).decode()[1:-1]  # as it stands in JSON
        said = and_(_e.error.is_not(None), _as_text(_e.error).icontains(wanted, autoescape=True))
        conditions.append(or_(_e.workflow_id.in_(named), _e.id.startswith(where.text, autoescape=True), said))
    return conditions
