"""The revision of the tables: made, checked and brought up to date by Alembic, which is imported only when needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from a8n.runtime.database import Database, make_engine, store_error
from a8n.runtime.errors import MigrationError
from a8n.runtime.schema import metadata
from a8n.runtime.settings import database_url

if TYPE_CHECKING:
    from alembic.config import Config

LOCK = 4_187_201
"""Advisory lock that lets one process at a time change the tables of a PostgreSQL database."""
TIMEOUT = 3600.0
"""Seconds that a migration may take."""


def head() -> str:
    """The revision that this version of a8n works with."""
    from a8n_migrations import HEAD

    return HEAD


def usable(revision: str | None) -> bool:
    """Whether a process that is running can go on with tables at this revision: they are its own, or newer.

    Revisions count up, and each leaves the code of the version before it working, so that a rolling upgrade can
    migrate first and replace the processes one by one. A process that starts is stricter: see `prepare`.
    """
    return revision is not None and revision.isdecimal() and int(revision) >= int(head())


async def prepare(database: Database, *, migrate: bool = True) -> None:
    """Make sure that the tables are at the head revision; cheap when they are.

    An empty SQLite file gets its tables at once, without Alembic. With `migrate`, older tables are upgraded;
    without, that is refused. Raises MigrationError for tables that a newer a8n has made.
    """
    async with database.read() as connection:
        revision, empty = await connection.run_sync(_inspect)
    if revision == head():
        return
    if empty and migrate and database.dialect == "sqlite":
        async with database.begin() as connection:
            await connection.run_sync(_create)
        return
    if usable(revision):
        raise _too_new(revision)
    if not migrate:
        raise MigrationError(
            f"the tables are at revision {revision or 'none'}, this a8n needs {head()}: run `a8n db upgrade`"
        )
    await upgrade(database.engine.url.render_as_string(hide_password=False))


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the tables to a later revision, in one transaction. Raises MigrationError."""
    from alembic import command

    await _run(url, lambda config: command.upgrade(config, revision))


async def downgrade(url: str, revision: str = "-1") -> None:
    """Bring the tables back to an earlier revision, in one transaction: what only later ones hold is lost."""
    from alembic import command

    await _run(url, lambda config: command.downgrade(config, revision))


async def current(url: str) -> str | None:
    """The revision that the tables are at; None for a database without our tables."""
    database = await Database.open(url)
    try:
        async with database.read() as connection:
            return (await connection.run_sync(_inspect))[0]
    finally:
        await database.close()


def _inspect(connection: Connection) -> tuple[str | None, bool]:
    """The stamped revision, and whether the database has no tables at all."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        return None, not tables
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar(), False


def _create(connection: Connection) -> None:
    """All tables at the head revision: what the migrations would make (a test compares them)."""
    if inspect(connection).get_table_names():  # another process was quicker
        return
    metadata.create_all(connection, checkfirst=False)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head()})


async def _run(url: str, action: Callable[[Config], None]) -> None:
    engine = make_engine(make_url(database_url(url)), TIMEOUT, foreign_keys=False)
    try:
        async with engine.execution_options(a8n_begin="BEGIN IMMEDIATE").begin() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            await connection.run_sync(_migrate, action)
    except (DBAPIError, OSError, TimeoutError) as error:
        raise store_error(error) or error from error
    finally:
        await engine.dispose()


def _migrate(connection: Connection, action: Callable[[Config], Any]) -> None:
    from alembic.util.exc import CommandError

    config = configuration(connection)
    revision = _inspect(connection)[0]
    if revision is not None and not _known(config, revision):
        raise _too_new(revision)
    try:
        action(config)
    except CommandError as error:
        raise MigrationError(f"the tables cannot be migrated: {error}") from error


def _too_new(revision: str | None) -> MigrationError:
    return MigrationError(
        f"the tables are at revision {revision}, which this a8n (at {head()}) does not know: a newer a8n made them; "
        "install that, or restore a backup"
    )


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for our scripts over an open connection."""
    from alembic.config import Config

    import a8n_migrations

    config = Config()
    folder = str(Path(a8n_migrations.__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _known(config: Config, revision: str) -> bool:
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    try:
        return ScriptDirectory.from_config(config).get_revision(revision) is not None
    except CommandError:
        return False
