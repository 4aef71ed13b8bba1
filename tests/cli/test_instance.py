"""Commands on an instance: accounts, workflows, keys, the log, the tables."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

from a8n.runtime.access import Actor
from a8n.runtime.credentials import Credentials, identity
from a8n.runtime.database import Database
from a8n.runtime.keys import load_or_create_keys
from a8n.runtime.projects import Projects
from a8n.runtime.revisions import head
from a8n.runtime.schema import credentials
from a8n.runtime.settings import Settings
from a8n.runtime.vault import Vault
from a8n_web.cli.environment import kernel_of
from tests.cli.conftest import A8n

PASSWORD = "correct horse battery"
WORKFLOW = """\
name: Nothing much
nodes:
  start:
    type: manual.trigger
  end:
    type: flow.noop
connections:
  - start -> end
layout:
  start: [0, 0]
  end: [240, 0]
"""


@pytest.fixture
def owner(a8n: A8n) -> str:
    made = a8n("user", "create", "ada@example.org", "--name", "Ada", "--password-stdin", stdin=PASSWORD)
    assert made.code == 0, made.err
    return made.out.strip()


def test_the_first_account_is_the_owner_and_others_are_members(a8n: A8n, owner: str) -> None:
    assert a8n("user", "create", "bo@example.org", "--password-stdin", stdin=PASSWORD).code == 0
    listed = json.loads(a8n("user", "list", "--json").out)
    assert [(user["email"], user["role"]) for user in listed] == [
        ("ada@example.org", "owner"), ("bo@example.org", "member"),
    ]  # fmt: skip
    assert listed[0]["id"] == owner
    assert "bo@example.org" in a8n("user", "list").out


def test_accounts_are_changed_by_address(a8n: A8n, owner: str) -> None:
    a8n("user", "create", "bo@example.org", "--password-stdin", stdin=PASSWORD)
    assert a8n("user", "role", "bo@example.org", "admin").code == 0
    assert a8n("user", "disable", "Bo@example.org").code == 0
    bo = json.loads(a8n("user", "list", "--json").out)[1]
    assert (bo["role"], bo["disabled"]) == ("admin", True)
    assert a8n("user", "enable", "bo@example.org").code == 0
    assert a8n("user", "password", "bo@example.org", "--password-stdin", stdin="another long sentence").code == 0
    assert a8n("user", "role", "bo@example.org", "king").code == 2


@pytest.mark.parametrize(
    ("args", "stdin", "code", "sentence"),
    [
        (["create", "nobody"], PASSWORD, 2, "is no e-mail address"),
        (["create", "bo@example.org"], "short", 1, "at least 8 characters"),
        (["create", "ada@example.org"], PASSWORD, 1, "there is an account with this e-mail address"),
        (["password", "bo@example.org"], PASSWORD, 1, "there is no account with the address 'bo@example.org'"),
    ],
)
def test_wrong_accounts_are_refused(
    a8n: A8n, owner: str, args: list[str], stdin: str, code: int, sentence: str
) -> None:
    shown = a8n("user", *args, "--password-stdin", stdin=stdin)
    assert (shown.code, sentence in shown.err, PASSWORD in shown.err) == (code, True, False)


def test_the_only_owner_stays(a8n: A8n, owner: str) -> None:
    shown = a8n("user", "disable", "ada@example.org")
    assert (shown.code, "only owner" in shown.err) == (1, True)


def test_a_workflow_goes_in_and_comes_out_the_same(a8n: A8n, owner: str) -> None:
    made = a8n("import", "-", stdin=WORKFLOW)
    assert (made.code, made.err) == (0, "")
    assert a8n("export", made.out.strip()).out == WORKFLOW
    assert a8n("export", "Nothing much", "-o", "out.yaml").code == 0
    assert Path("out.yaml").read_text() == WORKFLOW
    assert json.loads(a8n("export", "Nothing much", "--json").out)["name"] == "Nothing much"
    again = a8n("import", "out.yaml")
    shown = a8n("export", "Nothing much")
    assert (shown.code, again.out.strip() in shown.err) == (1, True)


def test_an_import_says_what_is_to_be_mended_and_refuses_what_cannot_be(a8n: A8n, owner: str) -> None:
    made = a8n("import", "-", stdin=WORKFLOW.replace("flow.noop", "gone.node"))
    assert (made.code, "nodes.end.type: no installed plugin" in made.err) == (0, True)
    refused = a8n("import", "-", stdin=WORKFLOW.replace("-> end", "-> and"))
    assert (refused.code, "(line 8)" in refused.err) == (1, True)
    assert a8n("import", "-", "--project", "Nowhere", stdin=WORKFLOW).err == "a8n: there is no project 'Nowhere'\n"
    assert a8n("export", "Something").err == "a8n: there is no workflow 'Something'\n"


def test_before_the_first_account_there_is_nobody_to_act_for(a8n: A8n) -> None:
    shown = a8n("import", "-", stdin=WORKFLOW)
    assert (shown.code, "`a8n user create`" in shown.err) == (1, True)


def test_keys_are_added_in_front_and_shown_as_fingerprints(a8n: A8n) -> None:
    before = a8n("keys", "show-ids").out.split()
    assert a8n("keys", "add").code == 0
    after = a8n("keys", "show-ids").out.split()
    assert (len(before), after[1:]) == (1, before)
    assert a8n("keys", "rotate").out.startswith("0 credentials sealed anew")
    assert Path(".a8n/keys.json").stat().st_mode & 0o777 == 0o600


async def test_rotation_seals_credentials_with_the_new_key(a8n: A8n, owner: str) -> None:
    settings = Settings()
    database = await Database.open(settings)
    ring = load_or_create_keys(settings).encryption
    actor = Actor(owner, "owner")
    repository = Credentials(database, Vault(ring), kernel_of(settings).catalogue.credentials)
    values = {"username": "ada", "password": "s3cret"}
    project = await Projects(database).personal(actor)
    row = await repository.create(actor, project, name="Ours", kind="http.basic", values=values)

    await asyncio.to_thread(a8n, "keys", "add")
    rotated = await asyncio.to_thread(a8n, "keys", "rotate")
    assert rotated.out.startswith("1 credential sealed anew")
    newest = load_or_create_keys(settings).encryption[:1]
    async with database.read() as connection:
        sealed = (await connection.execute(credentials.select())).one().sealed
    assert Vault(newest).open(sealed, identity(row.id, project, row.kind)) == values
    await database.close()


def test_the_log_is_verified_and_a_change_shows(a8n: A8n, owner: str) -> None:
    assert a8n("audit", "verify").out.startswith("1 entries, all whole; the last hash is ")
    with sqlite3.connect(".a8n/a8n.db") as connection:
        connection.execute("UPDATE audit SET action = 'user.delete'")
    connection.close()
    shown = a8n("audit", "verify")
    assert (shown.code, "the log is broken" in shown.err) == (1, True)


def test_tables_go_up_and_down(a8n: A8n) -> None:
    assert a8n("db", "upgrade").out == f"the tables are at revision {head()}\n"
    assert a8n("db", "current").out == f"{head()}\n"
    assert a8n("db", "downgrade", "base", stdin="n\n").code == 130
    assert a8n("db", "downgrade", "base", "--yes").out == "the tables are at revision none\n"
    assert a8n("db", "upgrade", "nonsense").code == 1
