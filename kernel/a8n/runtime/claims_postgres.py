"""Claiming on PostgreSQL: the one statement that every execution in a worker waits for, compiled once.

SQLAlchemy takes 2 ms to build, look up and run it; the driver alone takes one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from a8n.runtime.database import store_error
from a8n.runtime.errors import StoreUnavailableError


class Prepared:
    """A statement whose bound parameters without a value are given at each run."""

    def __init__(self, statement: Any, dialect: Dialect):
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._names: list[str] = list(compiled.positiontup)
        self._constants: dict[str, Any] = dict(compiled.params)

    @asynccontextmanager
    async def begun(self, connection: AsyncConnection, **values: Any) -> AsyncIterator[Sequence[asyncpg.Record]]:
        """Its rows, inside of a transaction that is committed at the end of the block. Raises StoreError.

        `connection` is one that begins nothing by itself (`Database.single`): what is executed on it in the block
        belongs to the transaction.
        """
        given = {**self._constants, **values}
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
        assert driver is not None
        try:
            async with driver.transaction():
                yield await driver.fetch(self._text, *(given[name] for name in self._names))
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            if driver.is_closed():
                await connection.invalidate()
            raise store_error(error) or StoreUnavailableError(f"the database refused a claim: {error}") from error
