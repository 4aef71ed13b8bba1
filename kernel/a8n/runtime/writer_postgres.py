"""Group commit into PostgreSQL: one statement per table and group, its rows as arrays (`unnest`)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import asyncpg

from a8n.journal import now
from a8n.runtime import faults
from a8n.runtime.database import store_error
from a8n.runtime.errors import StoreError, StoreUnavailableError
from a8n.runtime.writer import (
    CHANGE_COLUMNS,
    EXECUTION_COLUMNS,
    FILE_COLUMNS,
    STEP_COLUMNS,
    WAIT_COLUMNS,
    Landed,
    Page,
    Result,
    fenced,
    refused,
    repeated,
)

CLOCK = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
TYPES = {
    **dict.fromkeys(("version", "depth", "priority", "epoch", "claims", "recorded", "slot_limit"), "integer"),
    **dict.fromkeys(("created_at", "started_at", "finished_at", "lease_until", "until", "size", "page"), "bigint"),
    **dict.fromkeys(("error", "options", "data"), "bytea"),
    "held": "boolean",
}
"""All other columns are text."""
RETRIES = ("40001", "40P01")
"""Serialization failure and deadlock: the same transaction may succeed at once."""
CONNECT_OPTIONS = ("host", "port", "user", "password", "database", "ssl", "server_settings", "passfile", "timeout")


def _arrays(columns: Sequence[str]) -> str:
    """`unnest` of one array parameter per column, named `v`."""
    arrays = ", ".join(f"${i}::{TYPES.get(name, 'text')}[]" for i, name in enumerate(columns, 1))
    return f"unnest({arrays}) AS v({_names(columns)})"


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _insert(table: str, columns: Sequence[str], key: int, update: Iterable[str] = ()) -> str:
    values = ", ".join(f"{CLOCK} + v.lease_until" if n == "lease_until" else f'v."{n}"' for n in columns)
    text = f"INSERT INTO {table} ({_names(columns)}) SELECT {values} FROM {_arrays(columns)}"  # noqa: S608  # constants
    if not key:
        return text
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in update)
    return f"{text} ON CONFLICT ({_names(columns[:key])}) DO {'UPDATE SET ' + changes if changes else 'NOTHING'}"


EXECUTIONS = _insert("executions", EXECUTION_COLUMNS, 0)
STEPS = _insert("steps", STEP_COLUMNS, 0)
WAITS = (
    _insert("waits", WAIT_COLUMNS, 3, ("until", "token_hash", "kind", "key_hash"))
    + ", resumed_at = NULL, payload = NULL"
)
UNWAITS = (
    f"DELETE FROM waits w USING {_arrays(WAIT_COLUMNS[:3])} "  # noqa: S608  # constants
    "WHERE w.execution_id = v.execution_id AND w.node = v.node AND w.path = v.path"
)
FILES = _insert("files", FILE_COLUMNS, 2)
EPOCHS = "SELECT id, epoch FROM executions WHERE id = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE"
CHANGES = (
    "UPDATE executions e SET status = v.status, error = v.error, finished_at = v.finished_at, lease_until = NULL, "  # noqa: S608  # constants
    f"claims = 0 FROM {_arrays(CHANGE_COLUMNS)} WHERE e.id = v.id"
)
PARENTS = (
    f"SELECT FROM waits w JOIN {_arrays(WAIT_COLUMNS[:3])} "  # constants
    "ON w.execution_id = v.execution_id AND w.node = v.node AND w.path = v.path "
    "ORDER BY w.execution_id, w.node, w.path FOR UPDATE OF w"
)
"""Of two children that end at one moment, in two transactions, the later one must see that the other has ended."""
CHILDREN_ENDED = (
    f"UPDATE waits w SET until = {CLOCK} FROM {_arrays(WAIT_COLUMNS[:3])} "  # noqa: S608  # constants
    "WHERE w.execution_id = v.execution_id AND w.node = v.node AND w.path = v.path AND w.resumed_at IS NULL "
    "AND NOT EXISTS (SELECT FROM executions c WHERE c.parent_id = v.execution_id AND c.parent_node = v.node "
    "AND c.parent_path = v.path AND c.finished_at IS NULL)"
)
KEY = "INSERT INTO idempotency VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
KEY_OWNER = "SELECT execution_id FROM idempotency WHERE scope = $1 AND key = $2"


class PostgresBackend:
    """One connection, opened anew when it is lost. `timeout` seconds bound each group."""

    def __init__(self, options: dict[str, Any], timeout: float):
        self._options = {name: value for name, value in options.items() if name in CONNECT_OPTIONS}
        self._timeout = timeout
        self._connection: asyncpg.Connection[Any] | None = None
        self._committing = False
        self._writing: asyncio.Task[None] | None = None

    def begin(self, pages: Sequence[Page], landed: Landed) -> None:
        """See Backend. A group whose connection is lost before its COMMIT was sent is tried once more."""
        self._writing = asyncio.get_running_loop().create_task(self._landing(pages, landed))

    async def _landing(self, pages: Sequence[Page], landed: Landed) -> None:
        try:
            results = await self._written(pages)
        except Exception as error:  # whatever it is, nobody may wait for ever
            results = [refused(error)] * len(pages)
        landed(results)

    async def _written(self, pages: Sequence[Page]) -> list[Result]:
        stale = self._connection is not None
        try:
            return await self._attempt(pages)
        except _LostError as lost:
            if not stale or not lost.harmless:
                return [lost.meaning] * len(pages)
        try:
            return await self._attempt(pages)
        except _LostError as lost:
            return [lost.meaning] * len(pages)

    async def close(self) -> None:
        """See Backend."""
        if self._connection is not None:
            with suppress(Exception):
                await self._connection.close(timeout=self._timeout)

    async def _connected(self) -> asyncpg.Connection[Any]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(**{**self._options, "timeout": self._timeout})
        return self._connection

    async def _attempt(self, pages: Sequence[Page]) -> list[Result]:
        self._committing = False
        try:
            async with asyncio.timeout(self._timeout):
                connection = await self._connected()
                return await self._write(connection, pages)
        except Exception as error:
            if self._connection is not None:
                self._connection.terminate()
                self._connection = None
            meaning = store_error(error) or StoreUnavailableError(f"the connection to the database was lost: {error}")
            harmless = not self._committing and not isinstance(error, TimeoutError)
            raise _LostError(meaning, harmless) from error

    async def _write(self, connection: asyncpg.Connection[Any], pages: Sequence[Page]) -> list[Result]:
        try:
            await connection.execute("BEGIN")
            results = await _fill(connection, pages)
            self._committing = True
            await _commit(connection)
            self._committing = False
            return results
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, OverflowError) as error:
            if connection.is_closed() or self._committing:
                raise
            await connection.execute("ROLLBACK")
            general = store_error(error)
            again = getattr(error, "sqlstate", None) in RETRIES
            if (general is not None and not again) or len(pages) == 1:
                return [general or refused(error)] * len(pages)
        middle = len(pages) // 2
        return await self._write(connection, pages[:middle]) + await self._write(connection, pages[middle:])


class _LostError(Exception):
    """The connection is gone. `harmless`: nothing was committed, and it did not take long."""

    def __init__(self, meaning: StoreError, harmless: bool):
        super().__init__(str(meaning))
        self.meaning = meaning
        self.harmless = harmless


async def _fill(connection: asyncpg.Connection[Any], pages: Sequence[Page]) -> list[Result]:
    """Write pages inside the open transaction. Gives the results of those that may not be written."""
    at = now()
    results: list[Result] = [None] * len(pages)
    rows = []
    unsure = []
    for place, page in enumerate(pages):
        if page.key is not None:
            await connection.execute(KEY, *page.key, page.execution_id, at)
            results[place] = repeated(page, await connection.fetchval(KEY_OWNER, *page.key))
        if page.row is None:
            unsure.append(page.execution_id)
        elif results[place] is None:
            rows.append(page.row)
    await _run(connection, EXECUTIONS, rows)
    epochs = {row[0]: row[1] for row in await connection.fetch(EPOCHS, unsure)} if unsure else {}
    live = fenced(pages, epochs, results)
    spawned = [child for page in live for child in page.spawn]
    await _run(connection, EXECUTIONS, [child.row for child in spawned if child.row is not None])
    written = [*live, *spawned]
    await _run(connection, STEPS, [page.steps for page in written if page.steps is not None])
    await _run(connection, UNWAITS, [wait for page in live for wait in page.unwaits])
    await _run(connection, WAITS, list({w[:3]: w for page in live for w in page.waits}.values()))
    await _run(connection, FILES, [file for page in written for file in page.files])
    await _run(connection, CHANGES, [page.change for page in live if page.change is not None])
    parents = sorted({page.parent for page in live if page.parent is not None})
    await _run(connection, PARENTS, parents)
    await _run(connection, CHILDREN_ENDED, parents)
    return results


@faults.around("commit")
async def _commit(connection: asyncpg.Connection[Any]) -> None:
    await connection.execute("COMMIT")


async def _run(connection: asyncpg.Connection[Any], text: str, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        await connection.execute(text, *zip(*rows, strict=True))
