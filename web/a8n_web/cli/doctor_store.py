"""The doctor on the database, what waits in it, and the keys of the credentials in it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from a8n_web.cli.findings import Area, Finding, megabytes

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from a8n.runtime.database import Database
    from a8n.runtime.settings import Settings
    from a8n.runtime.vault import Vault

SAMPLE = 20
"""Credentials that are opened."""
SKEW = 1.0
"""Seconds between two clocks that nobody notices."""
PATIENCE = 10.0
"""Seconds that an execution may be in the queue before that looks like trouble."""
LONG_WAL = 256 * 2**20
POSTGRES = 140000


async def store(settings: Settings) -> list[Finding]:
    """All about the database; what cannot be looked at because it is away is left out."""
    from a8n.errors import A8nError
    from a8n.runtime.database import Database

    area = Area("database")
    if settings.embedded and not (settings.data_dir / "a8n.db").exists():
        return [area.ok("there is no database yet; the first start makes it")]
    try:
        database = await Database.open(settings)
    except A8nError as error:
        advice = "look at A8N_DATA_DIR" if settings.embedded else "look at DATABASE_URL, and whether the server runs"
        return [area.bad(str(error), advice)]
    try:
        return [finding async for finding in _looked(database, settings, area)]
    except A8nError as error:
        return [area.bad(str(error), "the database went away, or its tables are damaged")]
    finally:
        with contextlib.suppress(Exception):
            await database.close()


async def _looked(database: Database, settings: Settings, area: Area) -> AsyncIterator[Finding]:
    async with database.read() as connection:
        for finding in await (_sqlite if database.dialect == "sqlite" else _postgres)(connection, settings, area):
            yield finding
        found = await _revision(connection)
    if found is not None:
        yield found
        return
    yield area.ok("the tables are those of this version")
    for finding in await _queue(database, settings):
        yield finding
    for finding in await _credentials(database, settings):
        yield finding


async def _sqlite(connection: AsyncConnection, settings: Settings, area: Area) -> list[Finding]:
    async def pragma(name: str) -> object:
        return (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()

    findings = []
    mode, synchronous = await pragma("journal_mode"), await pragma("synchronous")
    if mode != "wal":
        advice = "keep the data folder on a local disk: network file systems have no write-ahead log"
        findings.append(area.bad(f"the journal mode of SQLite is {mode}, not WAL", advice))
    if synchronous != 2:
        findings.append(area.bad("SQLite does not wait for the disk", "something has set synchronous; a8n wants FULL"))
    if not settings.embedded:
        return [*findings, area.ok("SQLite answers")]
    path = settings.data_dir / "a8n.db"
    size = path.stat().st_size
    log = path.with_name("a8n.db-wal")
    if log.exists() and log.stat().st_size > LONG_WAL:
        text = f"the write-ahead log has grown to {megabytes(log.stat().st_size)}"
        findings.append(area.warn(text, "somebody reads for very long: look for other programs that use the file"))
    return [*findings, area.ok(f"SQLite answers; the file has {megabytes(size)}")]


async def _postgres(connection: AsyncConnection, settings: Settings, area: Area) -> list[Finding]:
    findings = []
    number = int(str((await connection.exec_driver_sql("SHOW server_version_num")).scalar()))
    began, asked = time.time(), time.monotonic()
    there = await connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())::float8")
    took = time.monotonic() - asked
    skew = abs(float(there.scalar_one()) - (began + took / 2))
    if number < POSTGRES:
        findings.append(area.warn(f"PostgreSQL {number // 10000} is not tested", "use 14 or newer"))
    if skew > SKEW + took:
        text = f"the clocks of this host and the database are {skew:.1f} s apart"
        findings.append(area.warn(text, "let both be set by NTP: times that people see come from either"))
    if (await connection.exec_driver_sql("SHOW synchronous_commit")).scalar() == "off":
        text = "PostgreSQL acknowledges before the disk has it (synchronous_commit is off)"
        findings.append(area.warn(text, "switch it on, or accept that a crash of the database loses the last moments"))
    size = (await connection.exec_driver_sql("SELECT pg_database_size(current_database())")).scalar_one()
    text = f"PostgreSQL {number // 10000} answers in {took * 1000:.1f} ms; the database has {megabytes(size)}"
    return [*findings, area.ok(text)]


async def _revision(connection: AsyncConnection) -> Finding | None:
    """What is wrong with the tables' revision."""
    from sqlalchemy import inspect, text

    from a8n.runtime.revisions import head

    area = Area("database")
    names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    found = None
    if "alembic_version" in names:
        found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    if found == head():
        return None
    told = f"the tables are at revision {found or 'none'}, this a8n needs {head()}"
    return area.bad(told, "run `a8n db upgrade`; if the tables are newer, install the newer a8n")


async def _queue(database: Database, settings: Settings) -> list[Finding]:
    from a8n.runtime.gauges import backlog

    area, found = Area("queue"), await backlog(database)
    findings = []
    if found.stuck:
        text = f"{found.stuck} executions belong to processes that died or hang"
        findings.append(area.warn(text, "a running a8n takes them over within seconds; if none runs, start one"))
    alive = found.open["running"] > found.stuck
    if found.oldest > max(PATIENCE, 5 * settings.reap):
        text = f"an execution has been in the queue for {found.oldest:.0f} s"
        if alive:
            findings.append(area.warn(text, "the workers are behind: start more, or raise A8N_MAX_IN_FLIGHT"))
        else:
            findings.append(area.bad(f"{text}, and nobody seems to work", f"start {_who(settings)}"))
    counts = ", ".join(f"{count} {status}" for status, count in found.open.items())
    return [*findings, area.ok(f"executions that are not over: {counts}")]


def _who(settings: Settings) -> str:
    return "`a8n worker`" if settings.redis_url else "`a8n serve`"


async def _credentials(database: Database, settings: Settings) -> list[Finding]:
    """Whether the keys open the latest credentials. What is in them is not looked at."""
    from sqlalchemy import select

    from a8n.errors import A8nError
    from a8n.runtime.credentials import identity
    from a8n.runtime.keys import FILE, load_or_create_keys
    from a8n.runtime.schema import credentials
    from a8n.runtime.vault import Vault

    area = Area("keys")
    query = select(credentials).order_by(credentials.c.id.desc()).limit(SAMPLE)
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    given = settings.encryption_keys and settings.jwt_secret_key
    if not given and not (settings.data_dir / FILE).exists():  # which the next line would make
        if not rows:
            return [area.ok("there are no keys yet; the first start makes them")]
        text = f"{settings.data_dir / FILE} is gone, and credentials were sealed by it"
        return [area.bad(text, "restore it from a backup: nothing else opens them")]
    try:
        vault = Vault(load_or_create_keys(settings).encryption)
    except A8nError as error:
        return [area.bad(str(error), "restore the keys from a backup")]
    closed = [row.name for row in rows if not _opens(vault, row.sealed, identity(row.id, row.project_id, row.kind))]
    if closed:
        text = f"{len(closed)} of the latest {len(rows)} credentials cannot be opened, such as {closed[0]!r}"
        return [area.bad(text, "put the key that sealed them back into A8N_ENCRYPTION_KEYS (or keys.json)")]
    return [area.ok(f"the keys open the latest {len(rows)} credentials" if rows else "the keys can be read")]


def _opens(vault: Vault, sealed: bytes, place: str) -> bool:
    from a8n.runtime.vault import VaultError

    try:
        vault.open(sealed, place)
    except VaultError:
        return False
    return True
