"""The database: SQLite in the data folder, or PostgreSQL, behind one set of transactions and errors."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, cast

from sqlalchemy import URL, BigInteger, ColumnElement, event, func, literal, make_url
from sqlalchemy import cast as sql_cast
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from a8n.journal import now
from a8n.runtime.errors import StoreError, StoreFullError, StoreUnavailableError
from a8n.runtime.keys import prepare_data_dir
from a8n.runtime.settings import Settings, database_url
from a8n.runtime.turn import Turn

Dialect = Literal["sqlite", "postgresql"]

WAL = "PRAGMA journal_mode=WAL"
PRAGMAS = (
    "PRAGMA synchronous=FULL",  # an acknowledged commit survives a loss of power
    "PRAGMA foreign_keys=ON",
    "PRAGMA wal_autocheckpoint=4000",  # pages, 16 MiB: fewer, longer checkpoints
    "PRAGMA temp_store=MEMORY",
)
PG_POOL = 10
_FULL = (errno.ENOSPC, errno.EDQUOT)
_UNAVAILABLE_STATES = ("08", "57P", "53", "40", "25006", "55P03")


class Database:
    """The store's connections. Make one per process by `open`, and `close` it."""

    def __init__(self, engine: AsyncEngine, timeout: float):
        self.engine = engine
        self.timeout = timeout
        self.dialect: Dialect = cast(Dialect, engine.dialect.name)
        self.turn = Turn()
        """SQLite has one writer at a time and lets others poll for it; waiting in line here is fair and quicker.
        The group-commit writer takes its turn as well."""
        self._single = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._writing = engine.execution_options(a8n_begin="BEGIN IMMEDIATE")

    @classmethod
    async def open(cls, source: Settings | str) -> Database:
        """Connect, given the settings or a URL. Makes an embedded database's folder, but no tables: see `prepare`.

        Raises SettingsError for a data folder that cannot be used, StoreUnavailableError when nobody answers.
        """
        settings = source if isinstance(source, Settings) else Settings(database_url=database_url(source))
        if settings.embedded:
            prepare_data_dir(settings.data_dir)
        url = make_url(settings.store_url)
        database = cls(make_engine(url, settings.store_timeout), settings.store_timeout)
        path = sqlite_path(url)
        try:
            if path is not None:
                _try_file(path)
            async with database.read() as connection:
                await connection.exec_driver_sql("SELECT 1")
        except BaseException as error:
            await database.close()
            if path is not None and isinstance(error, StoreUnavailableError):
                raise StoreUnavailableError(f"{path}: {error}") from error
            raise
        return database

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end of the block, rolled back on an error.

        Keep it short and await nothing else inside (no other transaction, no writer's commit): on SQLite nobody
        else writes meanwhile. Raises StoreUnavailableError and StoreFullError; nothing was changed then.
        """
        if self.dialect == "postgresql":
            async with self._transaction(self.engine) as connection:
                yield connection
            return
        try:
            await asyncio.wait_for(self.turn.take(), self.timeout)
        except TimeoutError:
            raise StoreUnavailableError("the database is busy with other writes") from None
        try:
            async with self._transaction(self._writing) as connection:
                yield connection
        finally:
            self.turn.give()

    @asynccontextmanager
    async def single(self) -> AsyncIterator[AsyncConnection]:
        """For one statement that is a transaction by itself, which spares PostgreSQL two messages; else `begin`."""
        if self.dialect == "postgresql":
            async with self._transaction(self._single) as connection:
                yield connection
        else:
            async with self.begin() as connection:
                yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One consistent view of the data, beside the writers and without holding them up. For reading only."""
        async with self._transaction(self.engine) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        inside = False
        try:
            async with engine.begin() as connection:
                inside = True
                yield connection
                inside = False
        except (DBAPIError, PoolTimeoutError) as error:
            raise store_error(error) or error from error
        except (OSError, TimeoutError) as error:
            if inside:  # of the block's own doing
                raise
            raise store_error(error) or error from error

    def clock(self, offset: float = 0.0) -> ColumnElement[int]:
        """The database's own time plus `offset` seconds, in microseconds: what leases are measured by.

        SQLite has no other clock than that of this host.
        """
        micros = round(offset * 1_000_000)
        if self.dialect == "sqlite":
            return literal(now() + micros, BigInteger)
        return sql_cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger) + micros

    async def prepare(self) -> None:
        """Make sure that the tables are those of this version: made or upgraded on SQLite, checked on PostgreSQL.

        Raises MigrationError, which says what to do.
        """
        from a8n.runtime.revisions import prepare

        await prepare(self, migrate=self.dialect == "sqlite")

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def make_engine(url: URL, timeout: float, *, foreign_keys: bool = True) -> AsyncEngine:
    """An engine whose transactions begin as the database's ought to. `timeout` in seconds."""
    if url.get_backend_name() == "postgresql":
        return create_async_engine(
            url,
            pool_size=PG_POOL,
            max_overflow=PG_POOL,
            pool_timeout=timeout,
            pool_pre_ping=True,
            connect_args={"timeout": timeout, "command_timeout": timeout},
        )
    engine = create_async_engine(url, pool_timeout=timeout, connect_args={"timeout": timeout})

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        try:
            connection.isolation_level = None  # the driver begins nothing by itself: `begin` below does
            cursor = connection.cursor()
            _make_wal(cursor, timeout)
            for pragma in PRAGMAS:
                cursor.execute(pragma)
            if not foreign_keys:
                cursor.execute("PRAGMA foreign_keys=OFF")
            cursor.close()
        except BaseException:
            connection.close()  # nobody else knows it yet; left open, its thread outlives the event loop
            raise

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("a8n_begin", "BEGIN"))

    return engine


def _make_wal(cursor: Any, timeout: float) -> None:
    """Where two make the same new file at once, SQLite refuses one of them without waiting; so wait here."""
    until = time.monotonic() + timeout
    while True:
        try:
            cursor.execute(WAL)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            await_only(asyncio.sleep(0.01))


def _try_file(path: Path) -> None:
    """Raise StoreUnavailableError for a file that cannot be opened. The driver of the engine would leave a thread
    behind, which complains when it outlives the event loop."""
    try:
        sqlite3.connect(path).close()
    except sqlite3.Error as error:
        raise store_error(error) or error from error


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite URL; None for another database or one in memory."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def store_error(error: BaseException) -> StoreError | None:
    """What a driver's error means for the caller; None where it is about the statement, not the store."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, StoreError):
            return seen
        found = _meaning(seen)
        if found is not None:
            return found
        seen = getattr(seen, "orig", None) or seen.__cause__
    return None


def _meaning(error: BaseException) -> StoreError | None:
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return _sqlite_meaning(code & 0xFF, error)
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        if state == "53100":
            return StoreFullError("the database has no space left on its disk")
        if state.startswith(_UNAVAILABLE_STATES):
            return StoreUnavailableError(f"the database cannot do this now: {_line(error)}")
        return None
    if isinstance(error, OSError) and error.errno in _FULL:
        return StoreFullError("no space left on the disk of the data folder")
    if isinstance(error, OSError | TimeoutError | PoolTimeoutError):
        return StoreUnavailableError(f"the database cannot be reached: {_line(error) or 'no answer in time'}")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return StoreUnavailableError("the connection to the database was lost")
    return None


def _sqlite_meaning(code: int, error: BaseException) -> StoreError | None:
    if code == sqlite3.SQLITE_FULL:
        return StoreFullError("no space left on the disk of the data folder")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreUnavailableError("the database is locked by another program")
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return StoreUnavailableError(f"the database file cannot be opened for writing: {_line(error)}")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreUnavailableError(f"the database file is damaged: {_line(error)}")
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL):
        return StoreUnavailableError(f"the database file cannot be read or written: {_line(error)}")
    return None


def _line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
