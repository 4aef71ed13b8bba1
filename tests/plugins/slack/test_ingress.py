"""Slack's requests through the real ingress: the challenge, an event that comes twice, a command."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

import a8n_flow
import a8n_slack
from a8n import Kernel
from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings
from a8n_web.server import application

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
EVENT = {
    "type": "event_callback", "team_id": "T1", "event_id": "Ev1",
    "event": {"type": "app_mention", "channel": "C1", "user": "U1", "text": "hi"},
}  # fmt: skip


@pytest.fixture
async def http(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A server with a live workflow that starts at mentions and at /order."""
    instance = await Instance.open(settings, Kernel(plugins=[a8n_flow, a8n_slack]))
    transport = httpx.ASGITransport(application(instance), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://a8n.test") as client:
        person = {"email": "o@example.org", "password": "correct horse of mine", "name": "O"}
        token = (await client.post("/api/users/sign-up", json=person)).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        secret = {"name": "s", "kind": "slack.signing_secret", "values": {"secret": SECRET}}
        kept = await client.post("/api/credentials", json=secret)
        assert kept.status_code == 201, kept.text
        params = {"secret": {"$credential": kept.json()["id"]}, "path": "slack", "events": ["app_mention", "/order"]}
        node = {"id": "t", "name": "Slack", "type": "slack.event", "params": params}
        made = await client.post("/api/workflows", json={"name": "Slack", "nodes": [node], "connections": []})
        assert made.status_code == 201, made.text
        live = await client.post(f"/api/workflows/{made.json()['id']}/activate")
        assert live.status_code == 200, live.text
        yield client
    await instance.close(grace=0)


async def sends(http: httpx.AsyncClient, raw: bytes, kind: str = "application/json", secret: str = SECRET) -> Any:
    stamp = str(int(time.time()))
    signature = hmac.digest(secret.encode(), f"v0:{stamp}:".encode() + raw, "sha256").hex()
    headers = {"content-type": kind, "x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signature}"}
    return await http.post("/webhook/slack", content=raw, headers=headers)


async def started(http: httpx.AsyncClient) -> int:
    return len((await http.get("/api/executions")).json()["data"])


async def test_what_slack_sends_is_answered_as_slack_wants_it(http: httpx.AsyncClient) -> None:
    challenge = await sends(http, json.dumps({"type": "url_verification", "challenge": "3eZbrw"}).encode())
    assert (challenge.status_code, challenge.text) == (200, "3eZbrw")
    ignored = await sends(http, json.dumps({**EVENT, "event": {"type": "message"}}).encode())
    assert (ignored.status_code, ignored.text) == (200, "")
    assert (await sends(http, json.dumps(EVENT).encode(), secret="another")).status_code == 401
    assert await started(http) == 0
    for _ in range(2):
        taken = await sends(http, json.dumps(EVENT).encode())
        assert (taken.status_code, taken.text) == (200, "")
    assert await started(http) == 1
    command = urlencode({"command": "/order", "text": "17", "channel_id": "C1", "trigger_id": "1.2.a"}).encode()
    answer = await sends(http, command, "application/x-www-form-urlencoded")
    assert (answer.status_code, answer.text) == (200, "")
    assert await started(http) == 2
