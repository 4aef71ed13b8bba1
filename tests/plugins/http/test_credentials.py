"""Credentials of HTTP: what they add, how they are tried, and that they are never seen."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from a8n import Credential, NodeError
from a8n.testing import Services, run
from a8n_http.credentials import HttpBasic, HttpBearer, HttpHeader, HttpQuery
from a8n_http.oauth2 import HttpOAuth2
from a8n_http.request import HttpRequest

from .conftest import Api, Asked, Said


async def call(services: Services, credential: Credential, items: int = 1, **params: Any) -> list[dict[str, Any]]:
    params = {"auth": {"$credential": "c"}, **params}
    outputs = await run(HttpRequest, params, [{}] * items, services=services, credentials={"c": credential})
    return [item.json for item in outputs["main"]]


@pytest.mark.parametrize(
    ("credential", "header", "value"),
    [
        (HttpBasic.model_validate({"username": "é", "password": "p:w"}), "authorization", "Basic w6k6cDp3"),
        (HttpBearer.model_validate({"token": "t0ken"}), "authorization", "Bearer t0ken"),
        (HttpHeader.model_validate({"name": "X-Key", "value": "k3y"}), "x-key", "k3y"),
    ],
)
async def test_headers(api: Api, services: Services, credential: Credential, header: str, value: str) -> None:
    await call(services, credential, url=api.root, headers=[{"name": header, "value": "not this"}])
    assert api.asked[0].headers[header] == value


async def test_a_key_in_the_query_does_not_become_data(api: Api, services: Services) -> None:
    credential = HttpQuery.model_validate({"name": "key", "value": "s3cr&t"})
    [item] = await call(services, credential, url=api.root + "/a", full_response=True)
    assert api.asked[0].query == [("key", "s3cr&t")]
    assert "s3cr" not in str(item)
    assert "s3cr" not in repr(credential)


@pytest.mark.parametrize(
    "credential",
    [
        HttpBearer.model_validate({"token": "pass-w0rd"}),
        HttpBasic.model_validate({"username": "u", "password": "pass-w0rd"}),
        HttpHeader.model_validate({"value": "pass-w0rd"}),
        HttpQuery.model_validate({"value": "pass-w0rd"}),
    ],
)
async def test_a_service_that_repeats_the_secret_does_not_get_it_into_the_error(
    api: Api, services: Services, credential: Credential
) -> None:
    api.answer = lambda asked: Said(f"no {asked.headers.get('authorization')} pass-w0rd".encode(), 403)
    with pytest.raises(NodeError, match="403 Forbidden: no ") as caught:
        await call(services, credential, url=api.root)
    assert "pass-w0rd" not in str(caught.value)
    assert "dTpwYXNzLXcwcmQ" not in str(caught.value)


async def test_the_test_button(api: Api, services: Services) -> None:
    credential = HttpBearer.model_validate({"token": "right", "test_url": api.root + "/me"})
    api.answer = lambda asked: Said(status=200 if asked.headers["authorization"] == "Bearer right" else 401)
    assert await credential.check(services.http) == "127.0.0.1 answered 200"
    wrong = HttpBearer.model_validate({"token": "wrong", "test_url": api.root + "/me"})
    with pytest.raises(NodeError, match=r"127\.0\.0\.1 answered 401"):
        await wrong.check(services.http)
    untested = HttpBearer.model_validate({"token": "right"})
    assert await untested.check(services.http) == "saved; give a test URL to try it"


# --- OAuth2 client credentials -------------------------------------------------------------------------------


class Issuer:
    """A service with a token endpoint: only its latest token is taken."""

    def __init__(self, api: Api, **token: Any):
        self.given = 0
        self.valid = ""
        self.token = token
        api.answer = self

    def __call__(self, asked: Asked) -> Said:
        if asked.path != "/token":
            good = asked.headers.get("authorization") == f"Bearer {self.valid}"
            return Said({"ok": good}, 200 if good else 401)
        self.given += 1
        self.valid = f"token-{self.given}"
        return Said({"access_token": self.valid, "token_type": "Bearer", "expires_in": 3600, **self.token})


def oauth2(api: Api, secret: str, **values: Any) -> HttpOAuth2:
    return HttpOAuth2.model_validate(
        {"token_url": api.root + "/token", "client_id": "me+", "client_secret": secret, **values}
    )


async def test_a_token_is_asked_for_once_and_used_for_all(api: Api, services: Services) -> None:
    issuer = Issuer(api)
    credential = oauth2(api, "one", scope="read write", audience="orders")
    assert await call(services, credential, 20, url=api.root + "/x") == [{"ok": True}] * 20
    await call(services, oauth2(api, "one", scope="read write", audience="orders"), url=api.root + "/x")
    assert issuer.given == 1
    [token] = [asked for asked in api.asked if asked.path == "/token"]
    assert token.headers["authorization"] == "Basic bWUlMkI6b25l"
    assert token.body == b"grant_type=client_credentials&scope=read+write&audience=orders"


async def test_id_and_secret_in_the_body(api: Api, services: Services) -> None:
    Issuer(api)
    await call(services, oauth2(api, "two", client_auth="body"), url=api.root + "/x")
    assert api.asked[0].body == b"grant_type=client_credentials&client_id=me%2B&client_secret=two"
    assert "authorization" not in api.asked[0].headers


async def test_a_refused_token_is_renewed_once(api: Api, services: Services) -> None:
    issuer = Issuer(api)
    credential = oauth2(api, "three")
    await call(services, credential, url=api.root + "/x")
    issuer.valid = "revoked"
    assert await call(services, credential, url=api.root + "/x") == [{"ok": True}]
    assert issuer.given == 2


async def test_a_token_that_is_about_to_end_is_not_used_again(api: Api, services: Services) -> None:
    issuer = Issuer(api, expires_in=20)
    credential = oauth2(api, "four")
    for _ in range(2):
        await call(services, credential, url=api.root + "/x")
    assert issuer.given == 2


async def test_two_credentials_never_share_a_token(api: Api, services: Services) -> None:
    issuer = Issuer(api)
    await asyncio.gather(*(oauth2(api, "five").sign(services.http, project) for project in ("a", "a", "b")))  # type: ignore[arg-type]
    assert issuer.given == 2


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (Said({"error": "invalid_client", "error_description": "no six66"}, 401), "invalid_client: no •••"),
        (Said({"access_token": "x", "token_type": "mac"}), "only bearer tokens"),
        (Said({"token": "x"}), "the token URL answered 200"),
        (Said(b"oops", 502), "the token URL answered 502"),
        (Said(b"", 302, {"Location": "http://127.0.0.9/"}), "the token URL answered 302"),
    ],
)
async def test_what_the_token_url_refuses_is_told(api: Api, services: Services, said: Said, text: str) -> None:
    api.answer = lambda asked: said
    with pytest.raises(NodeError, match=text):
        await call(services, oauth2(api, "six66"), url=api.root + "/x")
    with pytest.raises(NodeError, match=text):
        await oauth2(api, "six66").check(services.http)


async def test_the_test_button_gets_a_token(api: Api, services: Services) -> None:
    Issuer(api)
    assert (await oauth2(api, "seven").check(services.http)).startswith("got a token that lasts 3")
