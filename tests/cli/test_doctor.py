"""`a8n doctor`: what it finds, what it advises, and that it changes and betrays nothing."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from a8n.journal import now
from a8n.runtime.database import Database
from a8n.runtime.instance import Instance
from a8n.runtime.schema import executions
from a8n.runtime.settings import Settings
from a8n_web.cli.doctor_redis import judged
from a8n_web.cli.doctor_store import store
from a8n_web.cli.findings import Area, Finding
from tests.cli.conftest import A8n
from tests.runtime.store import opened

KEY = base64.b64encode(secrets.token_bytes(32)).decode()
WORKFLOW_KEYS = {"JWT_SECRET_KEY": secrets.token_urlsafe(48), "A8N_ENCRYPTION_KEYS": KEY}


@pytest.fixture(autouse=True)
def free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A8N_PORT", "0")


def found(a8n: A8n, level: str) -> list[dict[str, str]]:
    return [finding for finding in json.loads(a8n("doctor", "--json").out) if finding["level"] == level]


def test_an_empty_folder_is_well_and_stays_empty(a8n: A8n, tmp_path: Path) -> None:
    answer = a8n("doctor")
    assert answer.code == 0, answer.out
    assert "nothing wrong" in answer.out
    assert list(tmp_path.iterdir()) == []


def test_an_instance_is_well(a8n: A8n) -> None:
    made = a8n("user", "create", "ada@example.org", "--password-stdin", stdin="correct horse battery")
    assert made.code == 0, made.err
    assert a8n("doctor").code == 0
    texts = " ".join(finding["text"] for finding in found(a8n, "ok"))
    assert "the tables are those of this version" in texts
    assert "SQLite answers" in texts


def test_unknown_settings_are_told_with_what_was_meant(a8n: A8n, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A8N_LOG_LEVLE", "debug")
    (finding,) = [finding for finding in found(a8n, "warn") if finding["area"] == "settings"]
    assert finding["text"].startswith("A8N_LOG_LEVLE is no setting")
    assert finding["advice"] == "did you mean A8N_LOG_LEVEL?"
    assert a8n("doctor").code == 0


def test_all_wrong_settings_are_told_at_once_and_no_secret_is(a8n: A8n, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A8N_LEASE", "soon")
    monkeypatch.setenv("A8N_MAX_BODY", "-1")
    monkeypatch.setenv("JWT_SECRET_KEY", "hunter2")
    wrong = [finding["text"].partition(" ")[0] for finding in found(a8n, "bad")]
    assert sorted(wrong) == ["A8N_LEASE", "A8N_MAX_BODY", "JWT_SECRET_KEY"]
    answer = a8n("doctor")
    assert answer.code == 1
    assert "hunter2" not in answer.out


def test_a_database_and_a_redis_that_are_away_are_told(a8n: A8n, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://a8n:hunter2@127.0.0.1:1/a8n")
    monkeypatch.setenv("REDIS_URL", "redis://:hunter2@127.0.0.1:1")
    for name, value in WORKFLOW_KEYS.items():
        monkeypatch.setenv(name, value)
    assert sorted(finding["area"] for finding in found(a8n, "bad")) == ["database", "redis"]
    assert "hunter2" not in a8n("doctor").out


def test_a_port_that_somebody_else_has_is_told(a8n: A8n, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        taken.settimeout(0)
        monkeypatch.setenv("A8N_PORT", str(taken.getsockname()[1]))
        (finding,) = found(a8n, "bad")
    assert finding["area"] == "web"


@pytest.mark.parametrize("mode", [pytest.param(0o644, id="readable"), pytest.param(0o666, id="writable")])
def test_keys_that_others_can_read_are_told(a8n: A8n, tmp_path: Path, mode: int) -> None:
    keys = tmp_path / ".a8n" / "keys.json"
    keys.parent.mkdir(mode=0o700)
    keys.write_text("{}")
    keys.chmod(mode)
    (finding,) = found(a8n, "bad")
    assert (finding["area"], finding["advice"]) == ("data", f"chmod 600 {keys}")


def test_a_public_url_without_tls_is_told(a8n: A8n, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A8N_PUBLIC_URL", "http://a8n.example.org")
    assert [finding["area"] for finding in found(a8n, "warn")] == ["web"]


def test_a_lock_that_cannot_be_read_is_told(a8n: A8n, tmp_path: Path) -> None:
    folder = tmp_path / ".a8n"
    folder.mkdir(mode=0o700)
    (folder / "a8n.plugins.lock").write_text("no JSON")
    (finding,) = found(a8n, "bad")
    assert finding["area"] == "plugins"


def test_credentials_that_no_key_opens_are_told(a8n: A8n, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fill() -> None:
        from sqlalchemy import insert

        from a8n.runtime.credentials import identity
        from a8n.runtime.schema import credentials, projects

        instance = await Instance.open(Settings(data_dir=tmp_path / ".a8n"))
        sealed = instance.vault.seal({"token": "geheim"}, identity("c1", "p1", "toy"))
        at = now()
        async with instance.db.begin() as connection:
            await connection.execute(insert(projects).values(id="p1", name="p", created_at=at))
            row = {"id": "c1", "project_id": "p1", "name": "shop", "kind": "toy", "sealed": sealed}
            await connection.execute(insert(credentials).values(**row, created_at=at, updated_at=at))
        await instance.close(0)

    asyncio.run(fill())
    assert found(a8n, "bad") == []
    monkeypatch.setenv("A8N_ENCRYPTION_KEYS", KEY)
    (finding,) = found(a8n, "bad")
    assert (finding["area"], "'shop'" in finding["text"]) == ("keys", True)
    monkeypatch.delenv("A8N_ENCRYPTION_KEYS")
    (tmp_path / ".a8n" / "keys.json").unlink()
    (finding,) = found(a8n, "bad")
    assert finding["text"].endswith("keys.json is gone, and credentials were sealed by it")


def of(findings: list[Finding], level: str) -> list[str]:
    return [finding.area for finding in findings if finding.level == level]


async def test_a_queue_that_nobody_works_on_is_told(database: Database, settings: Settings) -> None:
    from sqlalchemy import text

    from a8n.runtime.revisions import head

    settings = replace(settings, database_url=database.engine.url.render_as_string(hide_password=False))
    async with database.begin() as connection:
        if database.dialect == "postgresql":
            await connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            await connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head()})
    async with opened(database, settings) as process:
        assert of(await store(settings), "bad") == []
        await process.queued(created_at=now() - 60_000_000)
        assert of(await store(settings), "bad") == ["queue"]
        busy = await process.queued()
        await process.executions.claim(busy)
        findings = await store(settings)
        assert (of(findings, "bad"), of(findings, "warn")) == ([], ["queue"])
        async with database.begin() as connection:
            await connection.execute(executions.update().where(executions.c.id == busy).values(lease_until=1))
        findings = await store(settings)
        assert (of(findings, "bad"), of(findings, "warn")) == (["queue"], ["queue"])


async def test_tables_of_another_version_are_told(database: Database, settings: Settings) -> None:
    from sqlalchemy import text

    settings = replace(settings, database_url=database.engine.url.render_as_string(hide_password=False))
    async with database.begin() as connection:
        await connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    (finding,) = [finding for finding in await store(settings) if finding.level == "bad"]
    assert finding.text.startswith("the tables are at revision none")


@pytest.mark.parametrize(
    ("info", "levels"),
    [
        pytest.param({"redis_version": "7.2.4", "maxmemory": 0, "maxmemory_policy": "noeviction"}, ["ok"], id="well"),
        pytest.param({"redis_version": "6.2.0"}, ["bad"], id="old"),
        pytest.param(
            {"redis_version": "8.0.1", "maxmemory": 10**6, "maxmemory_policy": "allkeys-lru"}, ["warn"], id="evicts"
        ),
    ],
)
def test_what_redis_says_of_itself(info: dict[str, object], levels: list[str]) -> None:
    assert [finding.level for finding in judged(Area("redis"), info)] == levels
