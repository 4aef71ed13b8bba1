"""The database: transactions, errors that say what to do, and revisions of the tables."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir

import pytest
from sqlalchemy import Connection, column, insert, select, table, text

import a8n_migrations
from a8n.journal import now
from a8n.runtime import revisions
from a8n.runtime.database import Database
from a8n.runtime.errors import MigrationError, SettingsError, StoreFullError, StoreUnavailableError
from a8n.runtime.schema import metadata, projects, workflows
from a8n.runtime.searching import Terms, terms
from a8n.runtime.settings import Settings

PROJECT = {"id": "p1", "name": "One", "personal": False, "created_at": 1}


async def names(database: Database) -> list[str]:
    async with database.read() as connection:
        return list((await connection.execute(select(projects.c.name))).scalars())


class TestTransactions:
    async def test_a_block_that_ends_is_committed(self, database: Database) -> None:
        async with database.begin() as connection:
            await connection.execute(insert(projects).values(PROJECT))
        assert await names(database) == ["One"]

    async def test_a_block_that_raises_changes_nothing(self, database: Database) -> None:
        async def broken() -> None:
            async with database.begin() as connection:
                await connection.execute(insert(projects).values(PROJECT))
                _ = 1 / 0

        with pytest.raises(ZeroDivisionError):
            await broken()
        assert await names(database) == []

    async def test_errors_of_the_block_keep_their_type(self, database: Database) -> None:
        with pytest.raises(ConnectionResetError):
            async with database.begin():
                raise ConnectionResetError

    async def test_a_reader_of_sqlite_sees_one_state_while_others_write(self, sqlite_url: str) -> None:
        database = await Database.open(sqlite_url)
        await database.prepare()
        async with database.read() as connection:
            assert (await connection.execute(select(projects.c.id))).first() is None
            async with database.begin() as other:
                await other.execute(insert(projects).values(PROJECT))
            assert (await connection.execute(select(projects.c.id))).first() is None
        await database.close()

    async def test_writers_wait_in_line(self, database: Database) -> None:
        async def add(number: int) -> None:
            async with database.begin() as connection:
                await connection.execute(insert(projects).values({**PROJECT, "id": f"p{number}"}))

        await asyncio.gather(*(add(number) for number in range(30)))
        assert len(await names(database)) == 30

    async def test_the_clock_is_now(self, database: Database) -> None:
        async with database.read() as connection:
            at = (await connection.execute(select(database.clock(60)))).scalar_one()
        assert abs(at - now() - 60_000_000) < 5_000_000

    async def test_sqlite_is_durable_and_checks_references(self, sqlite_url: str) -> None:
        database = await Database.open(sqlite_url)
        async with database.read() as connection:
            found = [
                (await connection.execute(text(f"PRAGMA {name}"))).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
        await database.close()
        assert found == ["wal", 2, 1]


class TestErrors:
    async def test_nobody_answers(self, tmp_path: Path) -> None:
        with pytest.raises(StoreUnavailableError, match="cannot be reached"):
            await Database.open(f"postgresql://postgres@/x?host={tmp_path}")

    async def test_a_database_that_another_program_locks(self, sqlite_url: str, tmp_path: Path) -> None:
        database = await Database.open(sqlite_url)
        await database.prepare()
        await database.close()
        other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        impatient = await Database.open(Settings(database_url=sqlite_url, store_timeout=0.1))
        with pytest.raises(StoreUnavailableError, match="locked by another program"):
            async with impatient.begin() as connection:
                await connection.execute(insert(projects).values(PROJECT))
        other.execute("ROLLBACK")
        async with impatient.begin() as connection:
            await connection.execute(insert(projects).values(PROJECT))
        await impatient.close()
        other.close()

    async def test_a_full_disk(self, sqlite_url: str) -> None:
        database = await Database.open(sqlite_url)
        await database.prepare()

        async def fill() -> None:
            async with database.begin() as connection:
                pages = (await connection.execute(text("PRAGMA page_count"))).scalar()
                await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
                await connection.execute(insert(projects).values({**PROJECT, "name": "x" * 100_000}))

        with pytest.raises(StoreFullError, match="no space left"):
            await fill()
        assert await names(database) == []
        await database.close()

    async def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "test.db").write_bytes(b"not a database, but long enough to look like one" * 100)
        with pytest.raises(StoreUnavailableError, match="damaged"):
            await Database.open(f"sqlite:///{tmp_path / 'test.db'}")

    async def test_a_data_folder_that_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("")
        with pytest.raises(SettingsError, match=r"A8N_DATA_DIR .*data cannot be used as a folder: it is a file"):
            await Database.open(Settings(data_dir=tmp_path / "data"))

    def test_a_data_folder_without_rights(self, tmp_path: Path) -> None:
        """In a process without privileges: root may write everywhere."""
        folder = tmp_path / "data"
        folder.mkdir()
        folder.chmod(0o500)
        for parent in takewhile(lambda path: path != Path(gettempdir()), (tmp_path, *tmp_path.parents)):
            parent.chmod(0o755)
        program = (
            "import os, sys; from pathlib import Path; from a8n.runtime.keys import prepare_data_dir\n"
            "os.geteuid() == 0 and os.setuid(65534)\n"
            "prepare_data_dir(Path(sys.argv[1]))"
        )
        ended = subprocess.run(
            [sys.executable, "-c", program, folder], capture_output=True, text=True, env={**os.environ}, check=False
        )
        assert "SettingsError: A8N_DATA_DIR" in ended.stderr
        assert "cannot be written by this user" in ended.stderr


class TestRevisions:
    async def test_models_and_migrations_agree(self, database_url: str) -> None:
        await revisions.upgrade(database_url)
        assert await revisions.current(database_url) == revisions.head()
        assert await differences(database_url) == []

    async def test_the_shortcut_for_a_new_file_gives_what_the_migrations_give(
        self, sqlite_url: str, tmp_path: Path
    ) -> None:
        migrated = f"sqlite:///{tmp_path / 'migrated.db'}"
        await revisions.upgrade(migrated)
        database = await Database.open(sqlite_url)
        await database.prepare()
        await database.close()
        assert tables(tmp_path / "test.db") == tables(tmp_path / "migrated.db")
        assert await differences(sqlite_url) == []

    async def test_the_head_is_the_last_script(self) -> None:
        from alembic.script import ScriptDirectory

        script = ScriptDirectory(str(Path(a8n_migrations.__file__).parent))
        assert script.get_current_head() == revisions.head()

    async def test_down_and_up_again(self, database_url: str) -> None:
        await revisions.upgrade(database_url)
        await revisions.downgrade(database_url, "0001")
        assert await revisions.current(database_url) == "0001"
        await revisions.downgrade(database_url, "base")
        assert await revisions.current(database_url) is None
        await revisions.upgrade(database_url)
        assert await differences(database_url) == []

    async def test_drafts_from_before_there_was_a_search_are_found(self, database_url: str) -> None:
        await revisions.upgrade(database_url, "0002")
        account = {"$credential": "018f0000-0000-7000-8000-000000000001"}
        nodes = [
            {"id": "hook", "name": "Höok", "type": "webhook.trigger", "params": {"path": "orders/{id}"}},
            {"id": "send", "name": "Send", "type": "http.request", "params": {"auth": account, "list": [account]}},
        ]
        draft = {"name": "Überblick", "description": "Of Ana.", "nodes": nodes, "connections": []}
        workflow = {
            "id": "w1", "project_id": "p1", "name": "x", "active": False, "revision": 1, "archived": False,
            "draft": json.dumps(draft).encode(), "tags": "Urgent\nb", "folder": "", "created_at": 1, "updated_at": 1,
        }  # fmt: skip
        database = await Database.open(database_url)
        columns = [column(name, workflows.c[name].type) for name in workflow]
        async with database.begin() as connection:
            await connection.execute(insert(projects).values(PROJECT))
            await connection.execute(insert(table("workflows", *columns)).values(workflow))
        await database.close()
        await revisions.upgrade(database_url)
        database = await Database.open(database_url)
        async with database.read() as connection:
            row = (await connection.execute(select(workflows.c.search, workflows.c.uses))).one()
        await database.close()
        assert Terms(row.search, row.uses) == terms(draft, ["Urgent", "b"])

    async def test_tables_of_a_newer_version_are_left_alone(self, database_url: str) -> None:
        await revisions.upgrade(database_url)
        database = await Database.open(database_url)
        async with database.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        for migrate in (True, False):
            with pytest.raises(MigrationError, match=r"9999.*a newer a8n made them"):
                await revisions.prepare(database, migrate=migrate)
        with pytest.raises(MigrationError, match="a newer a8n made them"):
            await revisions.upgrade(database_url)
        await database.close()

    async def test_preparing_is_done_once(self, sqlite_url: str) -> None:
        database = await Database.open(sqlite_url)
        await database.prepare()
        async with database.begin() as connection:
            await connection.execute(insert(projects).values(PROJECT))
        await database.prepare()
        assert await names(database) == ["One"]
        await database.close()

    async def test_postgresql_is_migrated_only_when_asked(self, postgres_url: str) -> None:
        database = await Database.open(postgres_url)
        with pytest.raises(MigrationError, match="run `a8n db upgrade`"):
            await database.prepare()
        await revisions.upgrade(postgres_url)
        await database.prepare()
        await database.close()

    async def test_two_processes_may_start_at_once(self, database_url: str) -> None:
        await asyncio.gather(revisions.upgrade(database_url), revisions.upgrade(database_url))
        assert await differences(database_url) == []

    def test_starting_on_a_current_database_imports_no_alembic(self, tmp_path: Path) -> None:
        program = (
            "import asyncio, sys; from pathlib import Path\n"
            "from a8n.runtime.database import Database; from a8n.runtime.settings import Settings\n"
            "async def main():\n"
            "    for _ in range(2):\n"
            "        database = await Database.open(Settings(data_dir=Path(sys.argv[1])))\n"
            "        await database.prepare()\n"
            "        await database.close()\n"
            "asyncio.run(main()); print('alembic' in sys.modules)"
        )
        ended = subprocess.run(
            [sys.executable, "-c", program, tmp_path / "data"], capture_output=True, text=True, check=True
        )
        assert ended.stdout.strip() == "False"


async def differences(url: str) -> list[object]:
    """What Alembic would change to bring the database to the models."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def compare(connection: Connection) -> list[object]:
        defaults = connection.dialect.name == "postgresql"  # on SQLite Alembic takes '' for a change; see `tables`
        context = MigrationContext.configure(connection, opts={"compare_server_default": defaults})
        return list(compare_metadata(context, metadata))

    database = await Database.open(url)
    try:
        async with database.read() as connection:
            return await connection.run_sync(compare)
    finally:
        await database.close()


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Columns, indices and references of every table of a SQLite file."""
    connection = sqlite3.connect(path)
    found = {}
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
        columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
        indices = sorted(row[1:] for row in connection.execute(f"PRAGMA index_list({name})"))
        references = connection.execute(f"PRAGMA foreign_key_list({name})").fetchall()
        found[name] = [*columns, *indices, *references]
    connection.close()
    return found
