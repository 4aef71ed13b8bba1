"""An instance with toy nodes, its web application, and clients for people with different rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest
from pydantic import BaseModel
from quart import Quart
from quart.testing.connections import TestHTTPConnection
from werkzeug.datastructures import Headers

from a8n import Kernel
from a8n.runtime import revisions
from a8n.runtime.instance import Instance
from a8n.runtime.passwords import Passwords
from a8n.runtime.settings import Settings
from a8n_web.app import create_app
from a8n_web.routes import Route
from tests.web import toys

PASSWORD = "correct horse of mine"


@dataclass
class Reply:
    """An answer: its status, headers and body (parsed where it is JSON)."""

    status: int
    headers: Any
    body: Any

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    @property
    def paths(self) -> list[str]:
        """The places that a problem names."""
        return [error["path"] for error in self.body["errors"]]


@dataclass
class Watch:
    """A response of server-sent events that goes on."""

    connection: Any
    status: int
    raw: bytes

    async def until(self, kind: str) -> list[tuple[str, Any]]:
        """Names and data of the events up to the next of a kind."""
        found: list[tuple[str, Any]] = []
        while True:
            while b"\n\n" in self.raw:
                block, _, self.raw = self.raw.partition(b"\n\n")
                fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if not line.startswith(":"))
                if "event" in fields:
                    found.append((fields["event"], orjson.loads(fields["data"])))
                    if fields["event"] == kind:
                        return found
            async with asyncio.timeout(20):
                self.raw += await self.connection.receive()

    async def ended(self) -> None:
        """Returns when the server has ended the response."""
        async with asyncio.timeout(20):
            while await self.connection.receive():
                pass


@dataclass
class Client:
    """Speaks to the application as one person."""

    app: Quart
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    user: Any = None

    async def __call__(self, method: str, path: str, json: Any = None, **options: Any) -> Reply:
        headers = {**self.headers, **options.pop("headers", {})}
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        data = options.pop("data", None)
        if json is not None:
            data = orjson.dumps(json)
        if data is not None:
            headers.setdefault("Content-Type", "application/json")
        client = self.app.test_client(use_cookies=False)
        response = await client.open(path, method=method, headers=headers, data=data, **options)
        raw = await response.get_data(as_text=False)
        body = orjson.loads(raw) if raw and "json" in (response.content_type or "") else raw
        return Reply(response.status_code, response.headers, body)

    @asynccontextmanager
    async def watch(self, path: str) -> AsyncIterator[Watch]:
        """A response that goes on, as its events come."""
        headers = {**self.headers}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        async with self.app.test_client(use_cookies=False).request(path, headers=Headers(headers)) as connection:
            await connection.send_complete()
            first = await connection.receive()
            assert isinstance(connection, TestHTTPConnection)
            yield Watch(connection, connection.status_code or 0, first)
            await connection.disconnect()

    async def get(self, path: str, **options: Any) -> Reply:
        return await self("GET", path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> Reply:
        return await self("POST", path, json, **options)

    async def put(self, path: str, json: Any = None, **options: Any) -> Reply:
        return await self("PUT", path, json, **options)

    async def patch(self, path: str, json: Any = None, **options: Any) -> Reply:
        return await self("PATCH", path, json, **options)

    async def delete(self, path: str, **options: Any) -> Reply:
        return await self("DELETE", path, **options)


def check_answer(route: Route, body: Any) -> None:
    """Every answer of every test fits what the route documents, and says nothing beyond it."""
    if route.answer is None or body is None:
        return
    model = route.answer.model_validate(body)
    _no_more(model, body, f"{route.method} {route.path}")


def _no_more(model: Any, body: Any, where: str) -> None:
    if isinstance(model, BaseModel):
        names = {
            info.serialization_alias or info.alias or name: name for name, info in type(model).model_fields.items()
        }
        assert set(body) <= set(names), f"{where} answers {set(body) - set(names)}, which its model does not have"
        for key, value in body.items():
            _no_more(getattr(model, names[key]), value, f"{where}.{key}")
    elif isinstance(model, list):
        for one, value in zip(model, body, strict=True):
            _no_more(one, value, where)


@pytest.fixture
async def store_settings(database_url: str, settings: Settings) -> Settings:
    """Settings on SQLite and on PostgreSQL; a test that takes them runs on both."""
    if database_url.startswith("sqlite"):
        return settings
    await revisions.upgrade(database_url)
    settings.data_dir.mkdir()
    keys: Any = {"jwt_secret_key": "s" * 40, "encryption_keys": (bytes(range(32)),)}
    return replace(settings, database_url=database_url, **keys)


@pytest.fixture
async def instance(settings: Settings) -> AsyncIterator[Instance]:
    toys.Fail.working = False
    toys.Slow.gate = None
    opened = await Instance.open(settings, Kernel(plugins=[toys]))
    yield opened
    await opened.close(grace=0)


@pytest.fixture
def app(instance: Instance) -> Quart:
    return create_app(instance, passwords=Passwords(rounds=4), check=check_answer)


@pytest.fixture
def stranger(app: Quart) -> Client:
    """Nobody: no token."""
    return Client(app)


@pytest.fixture
async def owner(stranger: Client) -> Client:
    """The first account, which owns the instance."""
    reply = await stranger.post(
        "/api/users/sign-up", {"email": "owner@example.org", "password": PASSWORD, "name": "Olga"}
    )
    assert reply.status == 201, reply.body
    return Client(stranger.app, reply["access_token"], user=reply["user"])


async def person(owner: Client, email: str, role: str = "member") -> Client:
    """Somebody with an account that the owner made."""
    made = await owner.post("/api/users", {"email": email, "password": PASSWORD, "name": "", "role": role})
    assert made.status == 201, made.body
    signed = await Client(owner.app).post("/api/users/sign-in", {"email": email, "password": PASSWORD})
    assert signed.status == 200, signed.body
    return Client(owner.app, signed["access_token"], user=signed["user"])


@pytest.fixture
async def member(owner: Client) -> Client:
    """Somebody with an ordinary account."""
    return await person(owner, "member@example.org")


def workflow(*, path: str = "greet", name: str = "Greet") -> dict[str, Any]:
    """A document that runs: a webhook and a manual trigger, and one node."""
    return {
        "name": name,
        "nodes": [
            {"id": "start", "name": "Start", "type": "toy.start", "position": [0, 0]},
            {"id": "hook", "name": "Hook", "type": "toy.hook", "params": {"path": path}, "position": [0, 160]},
            {"id": "greet", "name": "Greet", "type": "toy.greet", "params": {"text": "Hello"}, "position": [240, 0]},
        ],
        "connections": [{"from": "start", "to": "greet"}, {"from": "hook", "to": "greet"}],
    }
