"""Triggers over the API: what goes live, what cannot, and what is undone at services."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.conftest import Client
from tests.web.toys import Subscribe


@pytest.fixture(autouse=True)
def fresh() -> None:
    Subscribe.service.clear()


def one(type: str, **params: Any) -> dict[str, Any]:
    return {"name": "One", "nodes": [{"id": "t", "name": "T", "type": type, "params": params}]}


async def made(owner: Client, document: dict[str, Any]) -> str:
    saved = await owner.post("/api/workflows", document)
    assert saved.status == 201, saved.body
    return f"/api/workflows/{saved['id']}"


async def test_a_schedule_that_makes_no_sense_is_refused_and_nothing_is_live(owner: Client) -> None:
    path = await made(owner, one("toy.still"))
    refused = await owner.post(f"{path}/activate")
    assert (refused.status, refused.paths) == (422, ["nodes.t"])
    assert "is not after" in refused["errors"][0]["message"]
    assert (await owner.get(path))["active"] is False
    preview = await owner.post("/api/schedules/preview", {"type": "toy.still"})
    assert (preview.status, preview.paths) == (422, ["params"])


async def test_deleting_a_live_workflow_undoes_its_subscriptions(owner: Client) -> None:
    path = await made(owner, one("toy.subscribe"))
    assert (await owner.post(f"{path}/activate")).status == 200
    assert Subscribe.service == ["t"]
    assert (await owner.delete(path)).status == 204
    assert Subscribe.service == []


async def test_a_trigger_that_leaves_a_workflow_is_unsubscribed(owner: Client) -> None:
    path = await made(owner, one("toy.subscribe"))
    await owner.post(f"{path}/activate")
    assert (await owner.put(path, one("toy.start"))).status == 200  # the same id, of another type
    assert (await owner.post(f"{path}/activate"))["problems"] == []
    assert Subscribe.service == []


async def test_a_service_that_says_no_is_named_without_the_secret(owner: Client) -> None:
    secret = {"name": "c", "kind": "toy.account", "values": {"token": "secret-token"}}
    credential = (await owner.post("/api/credentials", secret))["id"]
    path = await made(owner, one("toy.subscribe", account={"$credential": credential}))
    refused = await owner.post(f"{path}/activate")
    assert (refused.status, refused.paths) == (422, ["nodes.t"])
    assert "the service does not know" in refused["errors"][0]["message"]
    assert "secret-token" not in str(refused.body)
    assert (await owner.get(path))["active"] is False
