"""The repositories of people and their things, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import pytest
from sqlalchemy import delete, update

from a8n.credential import Credential
from a8n.errors import InvalidError, NodeError
from a8n.fields import Secret
from a8n.journal import now
from a8n.runtime.access import Actor, Permission
from a8n.runtime.accounts import Accounts
from a8n.runtime.audit import Audit
from a8n.runtime.credentials import Credentials
from a8n.runtime.database import Database
from a8n.runtime.ids import new_id
from a8n.runtime.passwords import Throttle, weakness
from a8n.runtime.projects import Projects
from a8n.runtime.refusals import ConflictError, NotFoundError, StaleError
from a8n.runtime.schema import audit, executions
from a8n.runtime.vault import Vault, VaultError
from a8n.runtime.versions import Endpoint, Versions
from a8n.runtime.workflows import RECENT, Filter, Sort, Workflows, ran
from a8n.workflow import Workflow

READ, EDIT = Permission.WORKFLOW_READ, Permission.WORKFLOW_EDIT


class Bot(Credential):
    """A bot."""

    key = "test.bot"

    token: Secret


async def somebody(db: Database, email: str, role: str = "member") -> Actor:
    user = await Accounts(db).create(email, "", None, role)
    return Actor(user.id, role)


async def test_one_owner_is_founded_and_addresses_are_unique(database: Database) -> None:
    accounts = Accounts(database)
    founded = await asyncio.gather(*(accounts.found(f"p{i}@x.org", "", "hash") for i in range(5)))
    assert [user.role for user in founded if user is not None] == ["owner"]
    await accounts.create("Ana@X.org", "Ana", None)
    with pytest.raises(ConflictError, match="e-mail"):
        await accounts.create("ana@x.ORG", "", None)
    found = await accounts.by_email(" ANA@x.org")
    assert found is not None
    assert found.name == "Ana"


async def test_a_refresh_token_is_taken_once_and_a_replay_ends_the_family(database: Database) -> None:
    accounts = Accounts(database)
    user = await accounts.create("ana@x.org", "", None)
    first = await accounts.open_session(user, "agent", "::1")
    taken = await asyncio.gather(*(accounts.renew(first.refresh_token, "", "") for _ in range(5)))
    assert sum(grant is not None for grant in taken) == 1
    assert await accounts.actor(user.id, first.session) is None
    assert await accounts.sessions_of(user.id) == []


async def test_drafts_are_saved_on_the_revision_that_was_seen(database: Database) -> None:
    ana, workflows = await somebody(database, "ana@x.org"), Workflows(database)
    project = await Projects(database).personal(ana)
    row = await workflows.create(ana, project, Workflow(name="One"), tags=["a", "a", " b  c "])
    assert (row.revision, row.tags) == (1, "a\nb c")
    saves = [workflows.save(row, Workflow(name=f"W{i}"), expected=1) for i in range(6)]
    results = await asyncio.gather(*saves, return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert {result.current for result in results if isinstance(result, StaleError)} == {2}
    assert [found.id for found in (await workflows.list_for(ana, Filter(tag="b c"))).rows] == [row.id]
    await workflows.delete(row)
    with pytest.raises(NotFoundError):
        await workflows.get_for(ana, row.id, READ)


async def test_a_list_of_workflows_tells_of_their_latest_executions_in_every_order(database: Database) -> None:
    ana, workflows = await somebody(database, "ana@x.org"), Workflows(database)
    project = await Projects(database).personal(ana)
    rows = [await workflows.create(ana, project, Workflow(name=name)) for name in ("b", "A", "c")]
    at = now()
    ran_of = {
        "workflow_id": rows[1].id, "project_id": project, "version": 1, "trigger": "t", "mode": "manual",
        "status": "failed", "created_at": at, "finished_at": at + 5,
    }  # fmt: skip
    ids = [new_id() for _ in range(RECENT + 2)]
    async with database.begin() as connection:
        await connection.execute(executions.insert(), [{**ran_of, "id": execution_id} for execution_id in ids])
    orders: dict[Sort, list[str]] = {"name": ["c", "b", "A"], "created": ["c", "A", "b"], "last_run": ["A", "c", "b"]}
    for sort, order in orders.items():
        found: list[str] = []
        cursor: str | None = None
        while len(found) < 4:
            page = await workflows.list_for(ana, Filter(), sort=sort, cursor=cursor, limit=1)
            found += [row.name for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert found == order
    [first, *others] = (await workflows.list_for(ana, Filter(q="a"), sort="last_run")).rows
    assert others == []
    assert [(one.id, one.status, one.at) for one in ran(first)] == [
        (execution_id, "failed", at + 5) for execution_id in reversed(ids[2:])
    ]


async def test_strangers_learn_nothing_and_admins_act_everywhere(database: Database) -> None:
    ana, eve = await somebody(database, "ana@x.org"), await somebody(database, "eve@x.org")
    admin = await somebody(database, "root@x.org", "admin")
    workflows = Workflows(database)
    row = await workflows.create(ana, await Projects(database).personal(ana), Workflow())
    with pytest.raises(NotFoundError):
        await workflows.get_for(eve, row.id, READ)
    assert (await workflows.list_for(eve, Filter())).rows == []
    assert (await workflows.get_for(admin, row.id, EDIT)).id == row.id


async def test_a_path_is_registered_once_and_equal_content_is_one_version(database: Database) -> None:
    ana, workflows, versions = await somebody(database, "a@x.org"), Workflows(database), Versions(database)
    project = await Projects(database).personal(ana)
    rows = [await workflows.create(ana, project, Workflow(name=f"W{i}")) for i in range(4)]
    endpoint = Endpoint("hook", "POST", "orders/{id}", "orders/{}")
    results = await asyncio.gather(*(versions.publish(ana, row, [endpoint]) for row in rows), return_exceptions=True)
    assert sorted(str(type(result).__name__) for result in results) == ["ConflictError"] * 3 + ["int"]
    winner = rows[[isinstance(result, int) for result in results].index(True)]
    assert await versions.publish(ana, winner, [endpoint]) == 1
    changed = await workflows.save(winner, Workflow(name="Other"), expected=None)
    assert await versions.publish(ana, changed, [endpoint], note="why") == 2
    assert [row.version for row in (await versions.list(changed)).rows] == [2, 1]
    with pytest.raises(ConflictError, match="too"):
        await versions.publish(ana, changed, [endpoint, Endpoint("b", "POST", "orders/{x}", "orders/{}")])


async def test_credentials_are_sealed_rotated_and_open_in_their_project_alone(database: Database) -> None:
    ana, eve = await somebody(database, "ana@x.org"), await somebody(database, "eve@x.org")
    projects, old, new = Projects(database), secrets.token_bytes(32), secrets.token_bytes(32)
    kinds: dict[str, Any] = {"test.bot": Bot}
    before = Credentials(database, Vault([old]), kinds)
    mine = await projects.personal(ana)
    row = await before.create(ana, mine, name="Bot", kind="test.bot", values={"token": "secret"})
    with pytest.raises(ConflictError, match="named 'Bot'"):
        await before.create(ana, mine, name="Bot", kind="test.bot", values={"token": "x"})
    with pytest.raises(NotFoundError):
        await before.create(eve, mine, name="Eve", kind="test.bot", values={"token": "x"})
    with pytest.raises(InvalidError, match=r"values\.token"):
        await before.create(ana, mine, name="Bad", kind="test.bot", values={})
    with pytest.raises(NodeError, match="does not exist in this project"):
        await before.open_in(await projects.personal(eve), row.id)

    assert await Credentials(database, Vault([new, old]), kinds).rotate() == 1
    assert await Credentials(database, Vault([new, old]), kinds).rotate() == 0
    after = Credentials(database, Vault([new]), kinds)
    opened = await after.open_in(mine, row.id)
    assert isinstance(opened, Bot)
    assert opened.token.get_secret_value() == "secret"
    with pytest.raises(NodeError, match="encryption key"):
        await before.open_in(mine, row.id)
    with pytest.raises(VaultError):
        await before.rotate()


async def test_the_audit_log_is_a_chain(database: Database) -> None:
    log = Audit(database)
    await asyncio.gather(*(log.record("test", f"object {i}", details={"i": i}) for i in range(20)))
    verdict = await log.verify()
    assert (verdict.rows, verdict.broken) == (20, None)
    page = await log.list(limit=15)
    rest = await log.list(limit=15, cursor=page.next_cursor)
    assert (len(page.rows), len(rest.rows), rest.next_cursor) == (15, 5, None)
    middle = page.rows[10].id
    async with database.begin() as connection:
        await connection.execute(update(audit).where(audit.c.id == middle).values(object="forged"))
    assert (await log.verify()).broken == middle
    async with database.begin() as connection:
        await connection.execute(delete(audit).where(audit.c.id == middle))
    assert (await log.verify()).broken == middle + 1


def test_back_off_doubles_and_forgets_the_oldest() -> None:
    time = 0.0
    throttle = Throttle(free=3, first=1.0, longest=10.0, names=2, clock=lambda: time)
    for _ in range(3):
        assert throttle.wait("ana") == 0
        throttle.failed("ana")
    waits = []
    for _ in range(6):
        waits.append(throttle.wait("ana", "other"))
        time += waits[-1]
        throttle.failed("ana")
    assert waits == [1, 2, 4, 8, 10, 10]
    throttle.failed("b")
    throttle.failed("c")
    assert throttle.wait("ana") == 0
    throttle.succeeded("b", "c")


@pytest.mark.parametrize("password", ["Pa$$word", "12345678", "abababab", "ANA@x.org"])
def test_passwords_that_anybody_would_try(password: str) -> None:
    assert weakness(password, "ana@x.org") is not None
    assert weakness("a sentence of my own", "ana@x.org") is None
