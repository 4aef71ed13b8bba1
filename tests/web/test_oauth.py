"""Signing in at a service for a credential: once, in one's own browser, and renewed by one process at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select, update

import a8n_http
from a8n import Kernel, NodeError
from a8n.runtime.credentials import repository
from a8n.runtime.egress_guard import guarded
from a8n.runtime.instance import Instance
from a8n.runtime.schema import credentials, oauth_states, oauth_tokens
from a8n.runtime.settings import Settings
from tests.web import toys
from tests.web.conftest import Client, Reply, person
from tests.web.login_service import CLIENT, SECRET, LoginService, running


@pytest.fixture
async def service() -> AsyncIterator[LoginService]:
    async with running() as service:
        yield service


@pytest.fixture
async def instance(store_settings: Settings) -> AsyncIterator[Instance]:
    """Every test of this module runs on SQLite and on PostgreSQL."""
    opened = await Instance.open(
        replace(store_settings, egress_allow=("127.0.0.0/8",)), Kernel(plugins=[toys, a8n_http])
    )
    yield opened
    await opened.close(grace=0)


async def made(client: Client, service: LoginService, **changes: Any) -> str:
    values = {
        "authorize_url": f"{service.root}/authorize", "token_url": f"{service.root}/token", "client_id": CLIENT,
        "client_secret": SECRET, "scope": "orders profile", "test_url": f"{service.root}/me", **changes,
    }  # fmt: skip
    reply = await client.post("/api/credentials", {"name": "Shop", "kind": "http.oauth2_code", "values": values})
    assert reply.status == 201, reply.body
    return f"/api/credentials/{reply['id']}"


async def begun(client: Client, path: str) -> tuple[str, str]:
    """The URL at the service, and the cookie of the browser."""
    reply = await client.post(f"{path}/oauth/start")
    assert reply.status == 200, reply.body
    assert reply["redirect_uri"] == "http://localhost/oauth/callback"
    kept = reply.headers["Set-Cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept
    assert "Path=/oauth/callback" in kept
    return reply["url"], kept.partition(";")[0]


async def consented(url: str) -> str:
    """The address that the service sends the browser back to, as our path."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url)
    assert answer.status_code == 302
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


async def returned(client: Client, back: str, cookie: str) -> dict[str, str]:
    """What the builder's page is told."""
    reply: Reply = await Client(client.app).get(back, headers={"Cookie": cookie})
    assert reply.status == 303
    place = urlsplit(reply.headers["Location"])
    assert place.path == "/oauth/done"
    assert not place.netloc
    return {name: values[0] for name, values in parse_qs(place.query).items()}


async def signed_in(client: Client, path: str) -> None:
    url, cookie = await begun(client, path)
    assert (await returned(client, await consented(url), cookie))["status"] == "ok"


async def token_of(instance: Instance, path: str) -> str:
    """The access token as a node gets it, from a repository of its own, as another process has."""
    own = repository(instance)
    async with instance.db.read() as connection:
        project = (await connection.exec_driver_sql("SELECT project_id FROM credentials")).scalar_one()
    return (await own.open_in(project, path.rpartition("/")[2])).oauth_token


async def ends_in(instance: Instance, seconds: float) -> None:
    from a8n.journal import now

    async with instance.db.begin() as connection:
        await connection.execute(update(oauth_tokens).values(expires_at=now() + int(seconds * 1_000_000)))


async def test_somebody_signs_in_and_the_credential_acts_for_them(
    owner: Client, service: LoginService, instance: Instance
) -> None:
    path = await made(owner, service)
    nobody: dict[str, Any] = {"connected": False, "expires_at": None, "scopes": [], "error": None}
    assert (await owner.get(path))["oauth"] == nobody
    message = "nobody has signed in for this credential; open the credential and sign in at its service"
    assert (await owner.post(f"{path}/test")).body == {"ok": False, "message": message}
    url, cookie = await begun(owner, path)
    told = await returned(owner, await consented(url), cookie)
    assert told == {"status": "ok", "credential": path.rpartition("/")[2]}
    assert (await owner.get(path))["oauth"] == {**nobody, "connected": True, "scopes": ["orders", "profile"]}
    assert (await owner.post(f"{path}/test"))["ok"] is True
    assert await token_of(instance, path) in service.access
    kinds = {kind["key"]: kind["oauth"] for kind in (await owner.get("/api/credential-kinds"))["data"]}
    assert kinds["http.oauth2_code"] is True
    assert kinds["toy.account"] is False


async def test_the_token_of_a_bot_is_a_bearer_token_as_slack_names_it(
    owner: Client, service: LoginService, instance: Instance
) -> None:
    service.kind = "bot"
    path = await made(owner, service)
    await signed_in(owner, path)
    assert await token_of(instance, path) in service.access


async def test_no_token_is_in_an_answer_or_readable_in_the_store(
    owner: Client, service: LoginService, instance: Instance
) -> None:
    path = await made(owner, service)
    await signed_in(owner, path)
    secrets = {SECRET, *service.access, *service.refresh}
    pages = [path, "/api/credentials", "/api/audit", "/api/credential-kinds"]
    said = "".join([str((await owner.get(page)).body) for page in pages])
    assert not any(secret in said for secret in secrets)
    await begun(owner, path)
    async with instance.db.read() as connection:
        rows = [*(await connection.execute(oauth_tokens.select())), *(await connection.execute(oauth_states.select()))]
    assert len(rows) == 2
    assert not any(secret in str(rows) for secret in secrets)
    assert instance.secrets.masked(f"got {await token_of(instance, path)}") == "got •••••"


@pytest.mark.parametrize("auth", ["basic", "body"])
async def test_a_way_back_counts_once(owner: Client, service: LoginService, auth: str) -> None:
    url, cookie = await begun(owner, await made(owner, service, client_auth=auth))
    back = await consented(url)
    assert (await returned(owner, back, cookie))["status"] == "ok"
    again = await returned(owner, back, cookie)
    assert again["status"] == "error"
    assert "completed before" in again["message"]
    assert service.exchanges == ["authorization_code"]


async def test_another_browser_cannot_complete_it(owner: Client, service: LoginService) -> None:
    path = await made(owner, service)
    for cookie in ("", "a8n_oauth_0=x"):
        url, _ = await begun(owner, path)
        told = await returned(owner, await consented(url), cookie)
        assert told["status"] == "error"
        assert "another browser" in told["message"]
    assert service.exchanges == []
    assert (await owner.get(path))["oauth"]["connected"] is False


async def test_it_expires(owner: Client, service: LoginService, instance: Instance) -> None:
    url, cookie = await begun(owner, await made(owner, service))
    async with instance.db.begin() as connection:
        await connection.execute(update(oauth_states).values(expires_at=1))
    assert "expired" in (await returned(owner, await consented(url), cookie))["message"]
    assert service.exchanges == []


async def test_it_ends_with_the_session(owner: Client, service: LoginService) -> None:
    member = await person(owner, "m@example.org")
    url, cookie = await begun(member, await made(member, service))
    await owner.patch(f"/api/users/{member.user['id']}", {"disabled": True})
    assert "session has ended" in (await returned(member, await consented(url), cookie))["message"]
    assert service.exchanges == []


async def test_a_credential_that_was_changed_meanwhile_gets_no_token(owner: Client, service: LoginService) -> None:
    path = await made(owner, service)
    url, cookie = await begun(owner, path)
    await owner.patch(path, {"values": {"token_url": f"{service.root}/elsewhere", "client_secret": SECRET}})
    assert (await returned(owner, await consented(url), cookie))["status"] == "error"
    assert service.exchanges == []


async def test_what_the_service_refuses_is_told(owner: Client, service: LoginService) -> None:
    path = await made(owner, service)
    service.denies = True
    url, cookie = await begun(owner, path)
    assert (await returned(owner, await consented(url), cookie))["message"] == (
        "the service refused: access_denied: Ana said no"
    )
    service.denies = False
    url, cookie = await begun(owner, path)
    back = await consented(url)
    code = parse_qs(urlsplit(back).query)["code"][0]
    service.codes.clear()
    message = (await returned(owner, back, cookie))["message"]
    assert "invalid_grant: bad code" in message
    assert code not in message
    assert "start again" in (await returned(owner, "/oauth/callback", ""))["message"]


async def test_who_may_begin(owner: Client, service: LoginService) -> None:
    path = await made(owner, service)
    key = await owner.post("/api/keys", {"name": "k", "scopes": ["credential:edit"]})
    machine = Client(owner.app, headers={"X-API-Key": key["key"]})
    assert (await machine.post(f"{path}/oauth/start")).status == 403
    assert (await (await person(owner, "m@example.org")).post(f"{path}/oauth/start")).status == 404
    toy = await owner.post("/api/credentials", {"name": "T", "kind": "toy.account", "values": {"token": "t"}})
    assert toy["oauth"] is None
    assert (await owner.post(f"/api/credentials/{toy['id']}/oauth/start")).status == 422


async def test_one_process_renews_while_the_others_wait(
    owner: Client, service: LoginService, instance: Instance
) -> None:
    path = await made(owner, service)
    await signed_in(owner, path)
    first = await token_of(instance, path)
    assert await token_of(instance, path) == first
    await ends_in(instance, -5)
    tokens = await asyncio.gather(*(token_of(instance, path) for _ in range(8)))
    assert len(set(tokens)) == 1
    assert first not in tokens
    assert service.exchanges == ["authorization_code", "refresh_token"]
    assert (await owner.get(path))["oauth"]["connected"] is True


async def test_a_token_that_lasts_is_used_while_another_renews_it(
    owner: Client, service: LoginService, instance: Instance
) -> None:
    path = await made(owner, service)
    await signed_in(owner, path)
    first = await token_of(instance, path)
    await ends_in(instance, 60)
    service.gate = asyncio.Event()
    renewal = asyncio.ensure_future(token_of(instance, path))
    while "refresh_token" not in service.exchanges:
        await asyncio.sleep(0.01)
    assert await token_of(instance, path) == first
    service.gate.set()
    assert await renewal != first


async def test_a_cancelled_run_does_not_lose_the_new_token(
    owner: Client, service: LoginService, instance: Instance
) -> None:
    path = await made(owner, service)
    await signed_in(owner, path)
    await ends_in(instance, -5)
    service.gate = asyncio.Event()
    renewal = asyncio.ensure_future(token_of(instance, path))
    while "refresh_token" not in service.exchanges:
        await asyncio.sleep(0.01)
    renewal.cancel()
    service.gate.set()
    assert await token_of(instance, path) in service.access
    assert service.exchanges.count("refresh_token") == 1


async def test_what_cannot_be_renewed_asks_for_a_new_sign_in(
    owner: Client, service: LoginService, instance: Instance
) -> None:
    path = await made(owner, service)
    await signed_in(owner, path)
    await ends_in(instance, -5)
    service.revoked = True
    for _ in range(2):
        with pytest.raises(NodeError, match="the sign-in has ended") as caught:
            await token_of(instance, path)
        assert not caught.value.retryable
        assert "sign in" in (caught.value.hint or "")
    assert service.exchanges == ["authorization_code", "refresh_token"]
    state = (await owner.get(path))["oauth"]
    assert state["connected"] is False
    assert "revoked" in state["error"]
    service.revoked = False
    await signed_in(owner, path)
    assert (await owner.get(path))["oauth"]["error"] is None
    assert await token_of(instance, path) in service.access


async def test_a_service_that_is_down_ends_no_sign_in(owner: Client, service: LoginService, instance: Instance) -> None:
    path = await made(owner, service)
    await signed_in(owner, path)
    first = await token_of(instance, path)
    service.down = True
    await ends_in(instance, 60)
    assert await token_of(instance, path) == first
    await ends_in(instance, -5)
    with pytest.raises(NodeError, match="temporarily_unavailable") as caught:
        await token_of(instance, path)
    assert caught.value.retryable
    service.down = False
    assert await token_of(instance, path) != first


async def asks(client: Client, path: str, service: LoginService, **params: Any) -> Any:
    """The end of an execution that asks the service who it acts for."""
    auth = {"$credential": path.rpartition("/")[2]}
    nodes = [
        {"id": "start", "name": "Start", "type": "toy.start"},
        {"id": "ask", "name": "Ask", "type": "http.request",
         "params": {"url": f"{service.root}/me", "auth": auth, **params}},
    ]  # fmt: skip
    document = {"name": "Asks", "nodes": nodes, "connections": [{"from": "start", "to": "ask"}]}
    workflow = await client.post("/api/workflows", document)
    assert workflow.status == 201, workflow.body
    ended = await client.post(f"/api/workflows/{workflow['id']}/run", {"mode": "sync"})
    return (await client.get(f"/api/executions/{ended['execution_id']}")).body


async def test_a_token_that_the_service_refuses_is_renewed_in_the_middle_of_a_run(
    owner: Client, service: LoginService, instance: Instance
) -> None:
    path = await made(owner, service)
    await signed_in(owner, path)
    first = await token_of(instance, path)
    service.access.clear()
    assert (await asks(owner, path, service))["status"] == "succeeded"
    assert await token_of(instance, path) != first
    assert service.exchanges.count("refresh_token") == 1
    service.access.clear()
    assert (await owner.post(f"{path}/test"))["message"].endswith("answered 200")
    assert service.exchanges.count("refresh_token") == 2
    assert (await owner.get(path))["oauth"]["connected"] is True


async def test_a_service_that_refuses_the_new_token_too_asks_to_sign_in_again(
    owner: Client, service: LoginService
) -> None:
    path = await made(owner, service)
    await signed_in(owner, path)
    service.forgets = True
    ended = await asks(owner, path, service)
    assert ended["status"] == "failed"
    assert "refuses the sign-in of the credential 'Shop'" in ended["error"]["message"]
    assert "sign in at its service again" in ended["error"]["hint"]
    assert service.exchanges.count("refresh_token") == 1
    tolerant = await asks(owner, path, service, never_fail=True, full_response=True)
    assert tolerant["status"] == "succeeded"
    service.revoked = True
    ended = await asks(owner, path, service)
    assert "the sign-in has ended" in ended["error"]["message"]
    assert (await owner.get(path))["oauth"]["connected"] is False


async def test_one_process_renews_a_refused_token_for_all(
    owner: Client, service: LoginService, instance: Instance, store_settings: Settings
) -> None:
    path = await made(owner, service)
    await signed_in(owner, path)
    first = await token_of(instance, path)
    reaching = replace(store_settings, egress_allow=("127.0.0.0/8",))
    other = await Instance.open(reaching, Kernel(plugins=[toys, a8n_http])) if instance.db.dialect != "sqlite" else None
    processes = [instance, other or instance]
    async with instance.db.read() as connection:
        row = (await connection.execute(select(credentials))).one()
    opened = [(one, await repository(one).open(row)) for one in processes for _ in range(3)]
    service.access.clear()
    service.gate = asyncio.Event()
    headers = {"authorization": f"Bearer {first}"}
    answers = [
        asyncio.ensure_future(guarded(one.http, [held]).request("GET", f"{service.root}/me", headers=headers))
        for one, held in opened
    ]
    while "refresh_token" not in service.exchanges:
        await asyncio.sleep(0.01)
    service.gate.set()
    assert [(await answer).status for answer in answers] == [200] * 6
    assert service.exchanges.count("refresh_token") == 1
    if other is not None:
        await other.close(grace=0)


async def test_a_refused_token_without_renewal_asks_to_sign_in_again(owner: Client, service: LoginService) -> None:
    service.gives_refresh = False
    path = await made(owner, service)
    await signed_in(owner, path)
    service.access.clear()
    ended = await asks(owner, path, service)
    assert ended["error"]["message"] == "the service refuses the sign-in, which cannot be renewed"
    assert "sign in at its service again" in ended["error"]["hint"]


async def test_a_token_without_renewal_ends(owner: Client, service: LoginService, instance: Instance) -> None:
    service.gives_refresh = False
    path = await made(owner, service)
    await signed_in(owner, path)
    assert (await owner.get(path))["oauth"]["expires_at"] is not None
    await ends_in(instance, 60)
    assert await token_of(instance, path) in service.access
    await ends_in(instance, -5)
    with pytest.raises(NodeError, match="cannot be renewed"):
        await token_of(instance, path)
    assert (await owner.get(path))["oauth"]["connected"] is False


async def test_tokens_and_secret_go_to_no_other_place(owner: Client, service: LoginService) -> None:
    path = await made(owner, service)
    await signed_in(owner, path)
    elsewhere = {"token_url": "https://evil.example.com/token"}
    assert (await owner.patch(path, {"values": elsewhere})).paths == ["values.client_secret"]
    await owner.patch(path, {"values": {"scope": "orders"}})
    assert (await owner.get(path))["oauth"]["connected"] is True
    changed = await owner.patch(path, {"values": {**elsewhere, "client_secret": "another"}})
    assert changed["oauth"]["connected"] is False


async def test_a_changed_one_is_tried_with_its_token_as_long_as_it_asks_the_same_service(
    owner: Client, service: LoginService
) -> None:
    path = await made(owner, service)
    await signed_in(owner, path)
    trial = {"kind": "http.oauth2_code", "id": path.rpartition("/")[2]}
    assert (await owner.post("/api/credentials/test", {**trial, "values": {"scope": "orders"}}))["ok"] is True
    elsewhere = {"token_url": "https://evil.example/token"}
    asked = await owner.post("/api/credentials/test", {**trial, "values": elsewhere})
    assert asked.paths == ["values.client_secret"]
    entered = {**elsewhere, "client_secret": "mine"}
    refused = await owner.post("/api/credentials/test", {**trial, "values": entered})
    assert refused["ok"] is False
    assert refused["message"].startswith("nobody has signed in for this credential")
