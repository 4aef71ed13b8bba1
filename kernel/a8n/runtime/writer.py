"""Group commit: one writer per process puts the records of all executions in flight into one transaction.

A durable transaction costs a wait for the disk, whatever it holds; so while one is on its way, the next one
gathers. Each execution hands in *pages*; a page becomes durable as a whole or fails alone, without harm to its
neighbours in the group.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Protocol

from a8n.runtime.database import Database, sqlite_path
from a8n.runtime.errors import FencedError, RepeatedError, StoreError, StoreUnavailableError
from a8n.runtime.turn import Turn

GROUP = 500
"""Most pages in one transaction: bounds how long a page waits for its neighbours' writing."""

EXECUTION_COLUMNS = (
    "id", "workflow_id", "project_id", "version", "trigger", "mode", "status", "error", "created_at", "started_at",
    "finished_at", "parent_id", "retry_of", "depth", "priority", "options", "epoch", "claims", "recorded",
    "parent_node", "parent_path", "slot", "slot_limit", "held", "lease_until",
)  # fmt: skip
STATUS, ERROR, FINISHED, LEASE = (
    EXECUTION_COLUMNS.index(name) for name in ("status", "error", "finished_at", "lease_until")
)
RECORDED = EXECUTION_COLUMNS.index("recorded")
CLAIMS = EXECUTION_COLUMNS.index("claims")
OPTIONS = EXECUTION_COLUMNS.index("options")
SLOT = EXECUTION_COLUMNS.index("slot")
PARENT_NODE = EXECUTION_COLUMNS.index("parent_node")
PARENT_PATH = EXECUTION_COLUMNS.index("parent_path")
STEP_COLUMNS = ("execution_id", "page", "recorded", "data")
WAIT_COLUMNS = ("execution_id", "node", "path", "until", "token_hash", "kind", "key_hash")
FILE_COLUMNS = ("hash", "execution_id", "size", "created_at")
CHANGE_COLUMNS = ("id", "status", "error", "finished_at")

Result = StoreError | None
"""What became of a page: None when it is durable."""


class Page:
    """What one execution wants written together.

    `row` makes the execution: values in the order of EXECUTION_COLUMNS, with the length of its lease in
    microseconds (or None) in the place of `lease_until`. A page without one is written only while the execution
    is at `epoch` in the database.
    """

    __slots__ = (
        "change", "done", "epoch", "execution_id", "files", "key", "parent", "row", "spawn", "steps", "unwaits",
        "waits",
    )  # fmt: skip

    def __init__(self, execution_id: str, epoch: int, row: list[Any] | None = None):
        self.execution_id = execution_id
        self.epoch = epoch
        self.row = row
        self.steps: tuple[str, int, int, bytes] | None = None
        """Its steps: a row of STEP_COLUMNS."""
        self.change: tuple[Any, ...] | None = None
        """The end of a run: CHANGE_COLUMNS. Ends the lease, too."""
        self.waits: list[tuple[Any, ...]] = []
        self.unwaits: list[tuple[str, str, str]] = []
        """Waits that are over: (execution, node, path)."""
        self.files: list[tuple[Any, ...]] = []
        self.key: tuple[str, str] | None = None
        """Idempotency key: (scope, key). Only on a page with a row."""
        self.spawn: list[Page] = []
        """Executions that this one starts: they are made together with what it records, or not at all."""
        self.parent: tuple[str, str, str] | None = None
        """On the page that ends a child: the wait (execution, node, path) that ends with the last of the children."""
        self.done: asyncio.Future[Result]

    @property
    def slot(self) -> str:
        """What a concurrency limit counts the execution of this page's row by; empty without a limit."""
        slot: str | None = self.row[SLOT] if self.row is not None else None
        return slot or ""


Landed = Callable[[list[Result]], None]


class Flight(asyncio.Future[Result]):
    """The result of a page to come. It cannot be cancelled: a task that awaits it is cancelled when it is there.

    So a commit can be awaited directly, without a shield around it, which would cost another turn of the loop.
    """

    def cancel(self, msg: Any = None) -> bool:
        """Refuse."""
        return False


class Backend(Protocol):
    """Writes a group of pages to one kind of database."""

    def begin(self, pages: Sequence[Page], landed: Landed) -> None:
        """Write all pages in one transaction, and those of a bad one's group apart from it.

        Calls `landed` with each one's result, from the event loop.
        """
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


class Writer:
    """Gathers pages and writes them group by group, in the order in which they came.

    A loaded event loop takes milliseconds for each of its rounds, so a commit takes as few of them as can be: what
    is submitted in one round goes out at its end, and what the next group holds goes out with the landing of the
    one before.
    """

    def __init__(self, backend: Backend, turn: Turn):
        self._backend = backend
        self._turn = turn
        self._loop = asyncio.get_running_loop()
        self._pages: list[Page] = []
        self._group: list[Page] = []
        """On its way to the database."""
        self._waits = False
        """A hand-over is scheduled, or waits for its turn."""
        self._line: asyncio.Task[None] | None = None
        self._idle: asyncio.Future[None] | None = None
        self._closed = False
        self._began = 0.0
        self.written: Callable[[list[Result], float], None] | None = None
        """Told of each group: its results, and when it began by `time.perf_counter`."""

    @property
    def depth(self) -> int:
        """How many pages wait to be written: what back-pressure looks at."""
        return len(self._pages)

    def submit(self, page: Page) -> asyncio.Future[Result]:
        """Take a page into the next group. The page must not be changed any more; await its result, or do not."""
        page.done = Flight(loop=self._loop)
        if self._closed:
            page.done.set_result(StoreUnavailableError("the process is stopping"))
            return page.done
        self._pages.append(page)
        if not self._waits and not self._group:
            self._waits = True
            self._loop.call_soon(self._hand_over)
        return page.done

    async def close(self) -> None:
        """Write what was submitted and close the connection; nothing is taken any more."""
        self._closed = True
        if self._waits or self._group:
            self._idle = self._loop.create_future()
            await self._idle
        await self._backend.close()

    def _hand_over(self) -> None:
        if self._turn.try_take():
            self._begin()
        else:
            self._line = self._loop.create_task(self._in_line())

    async def _in_line(self) -> None:
        await self._turn.take()
        self._begin()

    def _begin(self) -> None:
        self._waits = False
        self._group = self._pages[:GROUP]
        del self._pages[:GROUP]
        self._began = perf_counter()
        try:
            self._backend.begin(self._group, self._landed)
        except Exception as error:  # whatever it is, nobody may wait for ever
            self._landed([refused(error)] * len(self._group))

    def _landed(self, results: list[Result]) -> None:
        group, self._group = self._group, []
        if self.written is not None:
            self.written(results, self._began)
        self._turn.give()
        if self._pages:
            self._waits = True
            self._hand_over()
        for page, result in zip(group, results, strict=True):
            page.done.set_result(result)
        if self._idle is not None and not self._waits and not self._group:
            self._idle.set_result(None)
            self._idle = None


async def open_writer(database: Database) -> Writer:
    """The writer for a database. It connects when the first group is written."""
    url = database.engine.url
    path = sqlite_path(url)
    if path is not None:
        from a8n.runtime.writer_sqlite import SqliteBackend

        return Writer(SqliteBackend(path, database.timeout), database.turn)
    from a8n.runtime.writer_postgres import PostgresBackend

    options: dict[str, Any] = dict(database.engine.dialect.create_connect_args(url)[1])
    return Writer(PostgresBackend(options, database.timeout), Turn())


def refused(error: BaseException) -> StoreError:
    """The error of a page that the database will not take."""
    return StoreError(f"the store refused a record: {str(error).partition(chr(10))[0]}")


def fenced(pages: Sequence[Page], epochs: dict[str, int], results: list[Result]) -> list[Page]:
    """The pages that may be written, given the epochs in the database; the others get their result."""
    live = []
    for place, page in enumerate(pages):
        if results[place] is None:
            if page.row is None and epochs.get(page.execution_id) != page.epoch:
                results[place] = FencedError(page.execution_id)
            else:
                live.append(page)
    return live


def repeated(page: Page, first: str) -> RepeatedError | None:
    """The error of a page whose idempotency key belongs to another execution."""
    return RepeatedError(first) if first != page.execution_id else None
