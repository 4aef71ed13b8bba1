"""The journal of an execution over the group-commit writer, and reading it back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import orjson
from sqlalchemy import select

from a8n.errors import NodeError
from a8n.items import JSON
from a8n.journal import ExecutionStatus, StepRecord, StepStatus, now
from a8n.runtime import faults
from a8n.runtime.blobs import BlobStore
from a8n.runtime.database import Database
from a8n.runtime.errors import RepeatedError, StoreError
from a8n.runtime.executions import Claimed, NewExecution
from a8n.runtime.records import (
    Fragment,
    StoredStep,
    decode,
    encode,
    files_of,
    load_reply,
    micros,
    paged,
    path_of,
    path_text,
    plain,
    unpage,
)
from a8n.runtime.schema import steps
from a8n.runtime.settings import Settings
from a8n.runtime.waits import digest, reply_digest
from a8n.runtime.writer import (
    CLAIMS,
    ERROR,
    FINISHED,
    LEASE,
    PARENT_NODE,
    PARENT_PATH,
    RECORDED,
    STATUS,
    Page,
    Result,
    Writer,
)
from a8n.services import Reply

ENDED = ("succeeded", "failed", "canceled", "crashed")
KEY_LENGTH = 300
PAGE_ROWS = 256
PAGE_BYTES = 8 * 2**20
PAGE_AGE = 1_000_000
"""A page that has grown to this many rows or bytes, or is this old (microseconds), is written without being asked."""


class _Large(NamedTuple):
    """A step whose data is too large for its page; the hash is missing until the blob is stored."""

    step: tuple[Any, ...]
    data: bytes


class ExecutionJournal:
    """What one execution records; implements `a8n.journal.Journal`.

    An execution that ends before its first commit reaches the database as one row with its final status. Once a
    commit has failed, all later ones raise the same error: the execution must stop, and is taken up again from
    what is durable.
    """

    __slots__ = (
        "_bytes",
        "_failure",
        "_flights",
        "_large",
        "_number",
        "_opened",
        "_page",
        "_parts",
        "_spawned",
        "_steps",
        "_storing",
        "_waits",
        "epoch",
        "id",
        "parent",
        "priority",
        "project_id",
    )  # fmt: skip

    def __init__(self, parts: Journals, known: NewExecution | Claimed, epoch: int, row: list[Any] | None = None):
        self.id = known.id
        self.project_id = known.project_id
        self.priority = known.priority
        self.parent: tuple[str, str, str] | None = None
        """The wait of a parent that ends with this execution: (execution, node, path)."""
        if known.parent_id is not None and known.parent_node is not None:
            self.parent = (known.parent_id, known.parent_node, known.parent_path or "")
        self.epoch = epoch
        self._parts = parts
        self._page: Page | None = Page(self.id, epoch, row) if row is not None else None
        self._opened = now() if row is not None else 0
        self._bytes = 0
        self._steps: list[tuple[Any, ...]] = []
        self._number = epoch << 20
        """Of the last page; those of a later epoch are larger."""
        self._flights: list[asyncio.Future[Result]] = []
        self._failure: StoreError | None = None
        self._large: list[_Large] = []
        self._storing: asyncio.Lock | None = None
        self._waits: set[tuple[str, str]] = set()
        self._spawned: list[str] = []

    # --- taking note -----------------------------------------------------------------------------------------

    def record(self, record: StepRecord) -> None:
        """Take note of a step. Raises NodeError when its output is not JSON or too large."""
        data = encode(record, self._parts.max_output)
        path = path_text(record.path) if record.path else ""
        step = (
            record.node, path, record.status, record.attempt, record.started_at, record.finished_at,
            Fragment(data) if data is not None else None, None,
        )  # fmt: skip
        page = self._open()
        if data is not None and len(data) > self._parts.inline_output:
            self._large.append(_Large(step, data))
        else:
            self._steps.append(step)
            self._bytes += len(data) if data is not None else 0
        if data is not None and b'"files":' in data:  # cheaper than a look at each item
            for ref in files_of(record.outputs):
                page.files.append((ref.hash, self.id, ref.size, record.finished_at))
        if record.children:
            self.spawn((child.page for child in record.children), record.node if record.wait else None, path)
        if record.wait is not None:
            self._wait(page, record, path)
        elif self._waits and (record.node, path) in self._waits:
            self._waits.discard((record.node, path))
            page.unwaits.append((self.id, record.node, path))
        if len(self._steps) >= PAGE_ROWS or self._bytes > PAGE_BYTES or record.finished_at - self._opened > PAGE_AGE:
            self._send()

    @faults.around("intent")
    def intend(self, node: str, path: tuple[int, ...], attempt: int) -> None:
        """Take note that an unsafe step is about to start."""
        at = now()
        self._open()
        self._steps.append((node, path_text(path), "started", attempt, at, at, None, None))

    def finish(self, status: ExecutionStatus, error: Mapping[str, JSON] | None = None) -> Page:
        """Take note of how this run ended (`waiting` and `queued` too): it gives up the lease. Gives the open page."""
        page = self._open()
        encoded = orjson.dumps(plain(error)) if error is not None else None
        at = now() if status in ENDED else None
        if at is not None:
            page.parent = self.parent
            if self._waits:
                page.unwaits += [(self.id, *wait) for wait in self._waits]
                self._waits.clear()
        if page.row is not None:
            page.row[STATUS], page.row[ERROR], page.row[FINISHED], page.row[LEASE] = status, encoded, at, None
            page.row[CLAIMS] = 0
        else:
            page.change = (self.id, status, encoded, at)
        return page

    def spawn(self, pages: Iterable[Page], node: str | None = None, path: str = "") -> None:
        """Start executions with what is noted next. With `node` its step waits for them all to end."""
        page = self._open()
        for child in pages:
            if node is not None and child.row is not None:
                child.row[PARENT_NODE], child.row[PARENT_PATH] = node, path
            page.spawn.append(child)
            self._spawned.append(child.execution_id)

    def _wait(self, page: Page, record: StepRecord, path: str) -> None:
        wait = record.wait
        assert wait is not None
        until = micros(wait.until) if wait.until is not None else None
        token = digest(wait.token) if wait.callable and wait.token else None
        key = reply_digest(self.project_id, wait.key) if wait.key else None
        page.waits.append((self.id, record.node, path, until, token, wait.kind, key))
        self._waits.add((record.node, path))

    def _open(self) -> Page:
        page = self._page
        if page is None:
            page = self._page = Page(self.id, self.epoch)
            self._opened = now()
        return page

    # --- committing ------------------------------------------------------------------------------------------

    async def accept(self, scope: str, key: str) -> str:
        """Make a new execution durable under an idempotency key.

        Gives the id of the execution that the key belongs to: our own, or of an earlier one. Then this one is
        not stored and must not run.
        """
        page = self._page
        if page is None or page.row is None:
            raise ValueError("an idempotency key belongs to the first commit of a new execution")
        page.key = (scope, bounded(key))
        try:
            await self.commit()
        except RepeatedError as error:
            return error.execution_id
        return self.id

    async def commit(self) -> None:
        """Return when everything noted so far is durable.

        Raises FencedError when another process has taken the execution over, StoreUnavailableError,
        StoreFullError, or StoreError.
        """
        if self._large or self._storing is not None:
            await self._store_large()
        self._send()
        if self._flights:
            await self._flights[-1]
            self._landed()
        if self._failure is not None:
            raise self._failure
        if self._spawned:
            spawned, self._spawned = self._spawned, []
            self._parts.wake(spawned)

    async def sealed(self, key: tuple[str, str] | None = None) -> Page:
        """All that was noted, as a page that somebody else writes together with what belongs to it.

        Nothing may be noted afterwards. See `a8n.runtime.executions.insert`; `key` is an idempotency key with its
        scope, which `a8n.runtime.executions.claim_key` looks at.
        """
        if self._large:
            await self._store_large()
        page = self._close(self._open())
        self._page = None
        if key is not None:
            page.key = (key[0], bounded(key[1]))
        return page

    def _send(self) -> None:
        page = self._page
        if page is None or self._large:  # a page goes with its large rows, once these are stored
            return
        self._page = None
        self._bytes = 0
        self._close(page)
        if self._failure is None:
            self._flights.append(self._parts.writer.submit(page))

    def _close(self, page: Page) -> Page:
        """Put the steps into their page."""
        if self._steps:
            recorded = sum(step[2] != "started" for step in self._steps)
            self._number += 1
            page.steps = (self.id, self._number, recorded, paged(self._steps))
            self._steps = []
            if page.row is not None:
                page.row[RECORDED] = recorded
        return page

    def _landed(self) -> None:
        """Take in the results of what was written, in order."""
        flights = self._flights
        while flights and flights[0].done():
            result = flights.pop(0).result()
            if result is not None and self._failure is None:
                self._failure = result

    async def _store_large(self) -> None:
        """Put large data into the blob store, and its hash into the row. In line: an earlier one's rows come first."""
        if self._storing is None:
            self._storing = asyncio.Lock()
        async with self._storing:
            while self._large:
                step, data = self._large[0]
                digest = await self._parts.blobs.keep(data)
                page = self._open()
                self._steps.append((*step[:6], None, digest))
                page.files.append((digest, self.id, len(data), step[5]))
                self._large.pop(0)


class Journals:
    """Makes the journals of new and resumed executions, and reads them."""

    def __init__(self, writer: Writer, blobs: BlobStore, database: Database, settings: Settings):
        self.writer = writer
        self.blobs = blobs
        self.max_output = settings.max_output
        self.inline_output = settings.inline_output
        self._database = database
        self._lease = round(settings.lease * 1_000_000)
        self.wake: Callable[[Iterable[str]], None] = lambda ids: None
        """Called with the executions that a commit has started."""

    def begin(self, **fields: Any) -> ExecutionJournal:
        """The journal of a new execution that this process runs; `fields` are those of NewExecution."""
        new = NewExecution(**fields)
        return ExecutionJournal(self, new, 1, new.row("running", 1, self._lease))

    def enqueue(self, **fields: Any) -> ExecutionJournal:
        """The journal of a new execution that waits to be claimed; record its trigger's step, then commit."""
        new = NewExecution(**fields)
        return ExecutionJournal(self, new, 0, new.row("queued", 0, None))

    def resume(self, claimed: Claimed) -> ExecutionJournal:
        """The journal of an execution that this process has claimed."""
        journal = ExecutionJournal(self, claimed, claimed.epoch)
        journal._waits.update((waiting.node, waiting.path) for waiting in claimed.waits)
        return journal

    async def load(self, execution_id: str) -> list[StepRecord]:
        """What an execution has recorded, one record per step, in the order in which they finished.

        Raises NodeError when the data of a step is no longer in the blob store.
        """
        return await self.read(await self.pages(execution_id))

    async def pages(self, execution_id: str) -> Sequence[bytes]:
        """The pages of an execution, in order."""
        query = select(steps.c.data).where(steps.c.execution_id == execution_id).order_by(steps.c.page)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalars().all()

    async def read(self, pages: Sequence[bytes]) -> list[StepRecord]:
        """What the pages of an execution hold, see `load`."""
        latest, begun = gathered(pages)
        ordered = sorted(latest.values(), key=lambda step: step.finished_at)
        records = [await self.step(step) for step in ordered]
        for record in records:
            intent = begun.get((record.node, path_text(record.path)))
            if intent is not None:
                record.status, record.attempt = "started", intent.attempt
        return records

    async def step(self, step: StoredStep) -> StepRecord:
        """A step with what it holds. Raises NodeError when that is no longer in the blob store."""
        outputs, error, logs, wait = decode(await self.data(step))
        status = cast(StepStatus, step.status)
        return StepRecord(
            step.node, path_of(step.path), step.attempt, status, step.started_at, step.finished_at, outputs, error,
            logs, wait,
        )  # fmt: skip

    async def reply(self, execution_id: str) -> Reply | None:
        """What an execution answered the web request that started it, as far as that was kept."""
        pages = await self.pages(execution_id)
        for step in (step for page in pages if b'"reply":' in page for step in unpage(page)):
            document = await self.data(step)
            if document and "reply" in document:
                return load_reply(document["reply"])
        return None

    async def data(self, step: StoredStep) -> JSON:
        """What a step holds, from its page or the blob store. Raises NodeError when it is gone."""
        if step.blob is None:
            return step.data
        try:
            return orjson.loads(await self.blobs.get(step.blob))
        except FileNotFoundError:
            raise NodeError(f"the output of {step.node} is no longer stored", retryable=False) from None


def bounded(key: str) -> str:
    """An idempotency key as it is stored: a long one by its hash."""
    return key if len(key) <= KEY_LENGTH else f"sha256:{digest(key)}"


Noted = dict[tuple[str, str], StoredStep]
"""Steps by node and path."""


def gathered(pages: Iterable[bytes]) -> tuple[Noted, Noted]:
    """What counts of each step that pages tell of, and intents of attempts that began after it."""
    latest: Noted = {}
    begun: Noted = {}
    for step in (step for page in pages for step in unpage(page)):
        known = latest.get((step.node, step.path))
        if known is not None and known.status == "waiting" and step.status == "started":
            if step.attempt > known.attempt:  # an attempt after one that was postponed
                begun[step.node, step.path] = step
        elif known is None or _rank(step) >= _rank(known):
            latest[step.node, step.path] = step
            begun.pop((step.node, step.path), None)
    return latest, begun


def _rank(step: StoredStep) -> tuple[int, int]:
    """Which of several records of one step counts: what it gave, else the latest, an intent last."""
    return {"started": 0, "pinned": 2, "succeeded": 2}.get(step.status, 1), step.finished_at
