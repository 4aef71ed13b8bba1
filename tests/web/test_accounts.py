"""Signing up, signing in, and staying signed in."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from typing import Any

import pytest
from quart import Quart

from a8n import Kernel
from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings
from a8n_web.app import create_app
from tests.web.conftest import PASSWORD, Client, Reply, person

BROWSER = {"X-A8N-Client": "browser", "Sec-Fetch-Site": "same-origin"}


def signing_in(email: str = "owner@example.org", password: str = PASSWORD) -> dict[str, str]:
    return {"email": email, "password": password}


async def test_sign_up_is_closed_after_the_first_account(owner: Client, stranger: Client) -> None:
    reply = await stranger.post("/api/users/sign-up", signing_in("eve@example.org"))
    assert reply.status == 403
    assert "closed" in reply["detail"]
    assert (await stranger.get("/api/users/sign-up")).body == {"first": False, "open": False}


async def test_of_many_first_accounts_one_becomes_the_owner(stranger: Client) -> None:
    people = [signing_in(f"p{i}@example.org") for i in range(6)]
    replies = await asyncio.gather(*(stranger.post("/api/users/sign-up", one) for one in people))
    assert sorted(reply.status for reply in replies) == [201, 403, 403, 403, 403, 403]


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least 8"),
        ("password123", "first that anybody"),
        ("PassWord123", "first that anybody"),
        ("aaaaaaaaaaaa", "first that anybody"),
        ("ana@example.org", "first that anybody"),
        ("x" * 1025, "at most 1024"),
    ],
)
async def test_weak_passwords_are_refused(stranger: Client, password: str, words: str) -> None:
    reply = await stranger.post("/api/users/sign-up", signing_in("ana@example.org", password))
    assert reply.status == 422
    assert reply.paths == ["password"]
    assert words in reply["detail"]


async def test_a_long_password_counts_to_its_end(stranger: Client) -> None:
    long = "0123456789" * 20
    await stranger.post("/api/users/sign-up", signing_in("ana@example.org", long))
    assert (await stranger.post("/api/users/sign-in", signing_in("ana@example.org", long[:-1] + "x"))).status == 401
    assert (await stranger.post("/api/users/sign-in", signing_in("ana@example.org", long))).status == 200


async def test_an_unknown_account_and_a_wrong_password_look_the_same(owner: Client, stranger: Client) -> None:
    wrong = await stranger.post("/api/users/sign-in", signing_in(password="not the password"))
    unknown = await stranger.post("/api/users/sign-in", signing_in("nobody@example.org"))
    assert wrong.status == unknown.status == 401
    assert wrong["detail"] == unknown["detail"]


async def test_guessing_is_slowed_down(owner: Client, stranger: Client) -> None:
    for _ in range(5):
        assert (await stranger.post("/api/users/sign-in", signing_in(password="a wrong guess"))).status == 401
    blocked = await stranger.post("/api/users/sign-in", signing_in())
    assert blocked.status == 429
    assert int(blocked.headers["Retry-After"]) >= 1


async def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_session(owner: Client, stranger: Client) -> None:
    signed = await stranger.post("/api/users/sign-in", signing_in())
    first = {"refresh_token": signed["refresh_token"]}
    renewed = await stranger.post("/api/users/refresh", first)
    assert renewed.status == 200
    client = Client(stranger.app, renewed["access_token"])
    assert (await client.get("/api/users/me")).status == 200

    assert (await stranger.post("/api/users/refresh", first)).status == 401  # somebody else has it
    assert (await client.get("/api/users/me")).status == 401
    second = {"refresh_token": renewed["refresh_token"]}
    assert (await stranger.post("/api/users/refresh", second)).status == 401
    assert (await owner.get("/api/users/me")).status == 200  # another session


async def test_of_two_at_once_one_refresh_wins(owner: Client, stranger: Client) -> None:
    signed = await stranger.post("/api/users/sign-in", signing_in())
    token = {"refresh_token": signed["refresh_token"]}
    replies = await asyncio.gather(*(stranger.post("/api/users/refresh", token) for _ in range(5)))
    assert sorted(reply.status for reply in replies) == [200, 401, 401, 401, 401]


async def test_signing_out_ends_the_session_at_once(owner: Client, stranger: Client) -> None:
    signed = await stranger.post("/api/users/sign-in", signing_in())
    client = Client(stranger.app, signed["access_token"])
    assert (await client.post("/api/users/sign-out")).status == 204
    assert (await client.get("/api/users/me")).status == 401
    assert (await stranger.post("/api/users/refresh", {"refresh_token": signed["refresh_token"]})).status == 401


async def test_sessions_are_listed_and_ended(owner: Client, stranger: Client) -> None:
    headers = {"User-Agent": "phone"}
    signed = await stranger.post("/api/users/sign-in", signing_in(), headers=headers)
    phone = Client(stranger.app, signed["access_token"])
    listed = (await owner.get("/api/users/me/sessions"))["data"]
    assert (listed[0]["agent"], listed[0]["current"]) == ("phone", False)
    assert (await owner.delete(f"/api/users/me/sessions/{listed[0]['id']}")).status == 204
    assert (await phone.get("/api/users/me")).status == 401
    assert (await owner.delete("/api/users/me/sessions/none")).status == 404


async def test_a_new_password_needs_the_old_one_and_ends_every_session(owner: Client, stranger: Client) -> None:
    change = {"password": "another long sentence", "current_password": "wrong"}
    assert (await owner.patch("/api/users/me", change)).status == 403
    assert (await owner.patch("/api/users/me", {**change, "current_password": PASSWORD})).status == 200
    assert (await owner.get("/api/users/me")).status == 401
    again = await stranger.post("/api/users/sign-in", signing_in(password="another long sentence"))
    assert again.status == 200


async def test_a_disabled_account_is_out_at_once(owner: Client, member: Client) -> None:
    key = await member.post("/api/keys", {"name": "k", "scopes": ["workflow:read"]})
    await owner.patch(f"/api/users/{member.user['id']}", {"disabled": True})
    assert (await member.get("/api/users/me")).status == 401
    assert (await Client(owner.app, key["key"]).get("/api/workflows")).status == 401
    signed = await Client(owner.app).post("/api/users/sign-in", signing_in("member@example.org"))
    assert signed.status == 401


async def test_the_last_owner_stays(owner: Client) -> None:
    path = f"/api/users/{owner.user['id']}"
    assert (await owner.patch(path, {"role": "member"})).status == 403
    assert (await owner.delete(path)).status == 403
    second = await person(owner, "second@example.org", "owner")
    assert (await second.patch(path, {"role": "member"})).status == 200


async def test_an_admin_makes_no_owners(owner: Client) -> None:
    admin = await person(owner, "admin@example.org", "admin")
    body = {**signing_in("x@example.org"), "role": "owner"}
    assert (await admin.post("/api/users", body)).status == 403
    assert (await admin.patch(f"/api/users/{owner.user['id']}", {"name": "x"})).status == 403


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "é", "a8n_unknown"])
async def test_tokens_that_are_none_of_ours(owner: Client, token: str) -> None:
    reply = await owner.get("/api/users/me", headers={"Authorization": f"Bearer {token}"})
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_token_with_our_signature_but_another_purpose_is_refused(owner: Client, instance: Instance) -> None:
    import time

    from joserfc import jwt
    from joserfc.jwk import OctKey

    key = OctKey.import_key(instance.keys.jwt_secret.encode(), {"kid": "1"})
    good = {
        "iss": "a8n",
        "aud": "a8n-api",
        "sub": owner.user["id"],
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
    }
    session = (await owner.get("/api/users/me/sessions"))["data"][0]["id"]
    good["sid"] = session
    header = {"alg": "HS256", "typ": "at+jwt", "kid": "1"}

    async def status(header: dict[str, str], claims: dict[str, object]) -> int:
        token = jwt.encode(header, claims, key, algorithms=["HS256", "HS512"])
        return (await Client(owner.app, token).get("/api/users/me")).status

    assert await status(header, good) == 200
    assert await status({**header, "typ": "JWT"}, good) == 401
    assert await status({**header, "alg": "HS512"}, good) == 401
    assert await status({**header, "kid": "2"}, good) == 401
    for claim, value in (("aud", "other"), ("iss", "other"), ("exp", 1), ("sid", "other")):
        assert await status(header, {**good, claim: value}) == 401, claim
        assert await status(header, {k: v for k, v in good.items() if k != claim}) == 401, claim


# --- the browser -------------------------------------------------------------------------------------------------


class Browser:
    """Keeps cookies as a browser does."""

    def __init__(self, app: Quart):
        self._client = app.test_client()

    async def __call__(self, method: str, path: str, json: object = None, **headers: str) -> Reply:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        body: dict[str, Any] = {} if json is None else {"json": json}
        response = await self._client.open(path, method=method, headers=sent, **body)
        return Reply(response.status_code, response.headers, await response.get_json(silent=True))


async def test_the_browser_gets_cookies_and_no_tokens(owner: Client) -> None:
    browser = Browser(owner.app)
    signed = await browser("POST", "/api/users/sign-in", signing_in(), **BROWSER)
    assert signed.status == 200
    assert "access_token" not in signed.body
    assert "refresh_token" not in signed.body
    cookies = signed.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    assert (await browser("GET", "/api/users/me"))["email"] == "owner@example.org"
    assert (await browser("POST", "/api/users/refresh", **BROWSER)).status == 200
    assert (await browser("POST", "/api/users/sign-out", **BROWSER)).status == 204
    assert (await browser("GET", "/api/users/me")).status == 401


async def test_cookies_are_kept_to_the_path_that_a8n_has(settings: Settings) -> None:
    below = dataclasses.replace(settings, public_url="https://example.com/tools/a8n")
    instance = await Instance.open(below, Kernel())
    try:
        browser = Browser(create_app(instance))
        signed = await browser("POST", "/api/users/sign-up", signing_in(), **BROWSER)
        paths = [re.findall(r"Path=([^;]+)", cookie)[0] for cookie in signed.headers.getlist("Set-Cookie")]
        assert paths == ["/tools/a8n/", "/tools/a8n/api/users"]
    finally:
        await instance.close(grace=0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_Fetch_Site": "same-origin"}, 201),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[::1"}, 403),
        ({"Origin": "http://localhost"}, 201),
        ({}, 403),
    ],
)
async def test_another_sites_page_can_do_nothing_with_the_cookie(
    owner: Client, headers: dict[str, str], status: int
) -> None:
    browser = Browser(owner.app)
    await browser("POST", "/api/users/sign-in", signing_in(), **BROWSER)
    assert (await browser("POST", "/api/projects", {"name": "x"}, **headers)).status == status
