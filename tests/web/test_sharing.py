"""Credentials that other projects may use: in workflows, and neither to be read nor to be changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from a8n import Kernel
from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings
from tests.web import toys
from tests.web.conftest import Client, Reply, person

SECRET = "s3cret-of-the-service"


@dataclass
class Two:
    """A credential's project and another, with somebody who edits in each, and somebody who edits in both."""

    boss: Client
    giver: Client
    taker: Client
    watcher: Client
    """Who only looks, in the other project."""
    project: str
    other: str
    credential: str

    @property
    def path(self) -> str:
        return f"/api/credentials/{self.credential}"

    @property
    def share(self) -> str:
        return f"{self.path}/shares/{self.other}"

    def document(self) -> dict[str, Any]:
        params = {"account": {"$credential": self.credential}}
        return {
            "name": "Sends",
            "nodes": [
                {"id": "start", "name": "Start", "type": "toy.start"},
                {"id": "send", "name": "Send", "type": "toy.send", "params": params},
            ],
            "connections": [{"from": "start", "to": "send"}],
        }

    async def saved(self) -> Reply:
        return await self.taker.post("/api/workflows", {**self.document(), "project": self.other})


@pytest.fixture
async def instance(store_settings: Settings) -> AsyncIterator[Instance]:
    """Every test of this module runs on SQLite and on PostgreSQL."""
    opened = await Instance.open(store_settings, Kernel(plugins=[toys]))
    yield opened
    await opened.close(grace=0)


@pytest.fixture
async def two(owner: Client) -> Two:
    people = [await person(owner, f"{name}@example.org") for name in ("boss", "giver", "taker", "watcher")]
    boss, giver, taker, watcher = people
    project = (await boss.post("/api/projects", {"name": "Ours"}))["id"]
    other = (await boss.post("/api/projects", {"name": "Theirs"}))["id"]
    await boss.put(f"/api/projects/{project}/members/{giver.user['id']}", {"role": "editor"})
    await boss.put(f"/api/projects/{other}/members/{taker.user['id']}", {"role": "editor"})
    await boss.put(f"/api/projects/{other}/members/{watcher.user['id']}", {"role": "viewer"})
    new = {"name": "Bot", "kind": "toy.account", "values": {"user": "ana", "token": SECRET}, "project": project}
    credential = (await boss.post("/api/credentials", new))["id"]
    return Two(boss, giver, taker, watcher, project, other, credential)


async def test_a_shared_credential_is_used_and_not_read(two: Two) -> None:
    assert (await two.saved()).status == 422
    assert (await two.taker.post(f"{two.path}/test")).status == 404
    shared = await two.boss.put(two.share)
    assert (shared.status, shared["project"]) == (200, two.other)
    assert (await two.boss.get(two.path))["shares"] == [two.other]

    seen = (await two.taker.get(f"/api/credentials?project={two.other}"))["data"]
    assert [(row["id"], row["shared"], row["shares"]) for row in seen] == [(two.credential, True, [])]
    assert [row["shared"] for row in (await two.taker.get("/api/credentials"))["data"]] == [True]
    assert [row["shared"] for row in (await two.boss.get("/api/credentials"))["data"]] == [False]

    made = await two.saved()
    assert made.status == 201
    run = await two.taker.post(f"/api/workflows/{made['id']}/run", {"mode": "sync"})
    assert run["status"] == "succeeded"
    assert (await two.taker.post(f"{two.path}/test"))["ok"] is True
    body = {"params": {"account": {"$credential": two.credential}}}
    assert (await two.taker.post("/api/node-types/toy.send/options/channel", body)).status == 200

    change = {"values": {"user": "eve"}}
    for reply in (
        await two.taker.get(two.path), await two.taker.patch(two.path, change), await two.taker.delete(two.path),
        await two.taker.put(f"{two.path}/shares/{two.project}"), await two.taker.delete(two.share),
        await two.taker.get(two.share), await two.taker.post(f"{two.path}/oauth/start"),
    ):  # fmt: skip
        assert reply.status == 404


async def test_a_share_that_is_taken_back_counts_at_the_next_run(two: Two) -> None:
    await two.boss.put(two.share)
    made = await two.saved()
    assert (await two.boss.delete(two.share)).status == 204
    run = await two.taker.post(f"/api/workflows/{made['id']}/run", {"mode": "sync"})
    assert run["status"] == "failed"
    assert "does not exist in this project" in str(run.body)
    assert (await two.taker.get("/api/credentials"))["data"] == []
    assert (await two.boss.delete(two.share)).status == 404
    assert (await two.saved()).status == 422


async def test_who_shares_has_rights_in_both(two: Two) -> None:
    assert (await two.giver.put(two.share)).status == 404
    assert (await two.taker.put(two.share)).status == 404
    assert (await two.boss.put(f"{two.path}/shares/{two.project}")).paths == ["project"]
    assert (await two.boss.put(f"{two.path}/shares/none")).status == 404
    both = f"/api/projects/{two.other}/members/{two.giver.user['id']}"
    await two.boss.put(both, {"role": "viewer"})
    assert (await two.giver.put(two.share)).status == 403
    await two.boss.put(both, {"role": "editor"})
    assert [(await two.giver.put(two.share)).status for _ in range(2)] == [200, 200]
    assert (await two.giver.get(two.share))["project"] == two.other
    assert (await two.boss.get(two.path))["shares"] == [two.other]


async def test_who_only_looks_in_the_other_project_cannot_use_it(two: Two) -> None:
    await two.boss.put(two.share)
    assert [row["id"] for row in (await two.watcher.get("/api/credentials"))["data"]] == [two.credential]
    assert (await two.watcher.post(f"{two.path}/test")).status == 404


async def test_used_by_names_only_what_one_sees(two: Two) -> None:
    await two.boss.put(two.share)
    await two.saved()
    assert [row["name"] for row in (await two.boss.get(two.path))["used_by"]] == ["Sends"]
    assert (await two.giver.get(two.path))["used_by"] == []


async def test_a_text_names_a_shared_credential_and_ones_own_goes_first(two: Two) -> None:
    await two.boss.put(two.share)
    made = await two.saved()
    raw = (await two.taker.get(f"/api/workflows/{made['id']}/export")).body
    text = raw.decode()
    assert "Bot" in text
    assert two.credential not in text
    again = await two.taker.post("/api/workflows/import", {"text": text, "project": two.other})
    assert two.credential in str(again.body)
    new = {"name": "Bot", "kind": "toy.account", "values": {"token": "another"}, "project": two.other}
    own = (await two.taker.post("/api/credentials", new))["id"]
    again = await two.taker.post("/api/workflows/import", {"text": text, "project": two.other})
    assert own in str(again.body)


async def test_a_share_goes_with_the_project(two: Two) -> None:
    await two.boss.put(two.share)
    assert (await two.boss.delete(f"/api/projects/{two.other}")).status == 204
    assert (await two.boss.get(two.path))["shares"] == []
