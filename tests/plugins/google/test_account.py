"""Accounts: what they ask for, how machines sign in, and what refusals say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.plugins.google.conftest import account
from tests.plugins.google.google_apis import SHEET, Google, error

from a8n import NodeError
from a8n.testing import Services, credential, run
from a8n_google.credentials import GoogleAccount, GoogleServiceAccount
from a8n_google.sheets import ReadRows

KEY = RSAKey.generate_key(2048)


def machine(google: Google, **values: Any) -> GoogleServiceAccount:
    key = {
        "client_email": "bot@p.iam.gserviceaccount.com", "private_key_id": "k1",
        "private_key": KEY.as_pem(private=True).decode(),
    }  # fmt: skip
    given = {"key_json": json.dumps(key), "api_url": google.url, "sheets": "write", **values}
    return credential(GoogleServiceAccount, **given)


async def fails(google: Google, services: Services, **params: Any) -> NodeError:
    given = {"account": account(google), "spreadsheet": SHEET, "sheet": "Or'ders", **params}
    with pytest.raises(NodeError) as caught:
        await run(ReadRows, given, services=services)
    return caught.value


def test_a_person_is_asked_for_no_more_than_was_chosen() -> None:
    made = credential(GoogleAccount, client_id="i", client_secret="s", gmail="send", sheets="read")
    asked = made.oauth()
    base = "https://www.googleapis.com/auth/"
    assert asked.scopes == ("openid", "email", f"{base}spreadsheets.readonly", f"{base}gmail.send")
    assert asked.extra == {"access_type": "offline", "prompt": "consent"}


async def test_the_test_button_says_who_signed_in(google: Google, services: Services) -> None:
    assert await account(google).check(services.http) == "signed in as ada@example.org"


async def test_a_machine_signs_in_once_for_many_calls(google: Google, services: Services) -> None:
    robot = machine(google, subject="ada@example.org")
    for _ in range(3):
        await run(ReadRows, {"account": robot, "spreadsheet": SHEET, "sheet": "Or'ders"}, services=services)
    (assertion,) = google.assertions
    claims = jwt.decode(assertion, KEY).claims
    assert claims["iss"] == "bot@p.iam.gserviceaccount.com"
    assert claims["sub"] == "ada@example.org"
    assert claims["scope"] == "https://www.googleapis.com/auth/spreadsheets"
    assert claims["aud"] == "https://oauth2.googleapis.com/token"
    assert claims["exp"] - claims["iat"] == 3600


async def test_a_machine_that_is_refused_says_why(google: Google, services: Services) -> None:
    said = {"error": "unauthorized_client", "error_description": "Client is unauthorized for the scopes."}
    google.refusals.append(web.json_response(said, status=401))
    with pytest.raises(NodeError, match=r"unauthorized for the scopes") as caught:
        await machine(google, subject="eve@example.org").check(services.http)
    assert not caught.value.retryable


@pytest.mark.parametrize("key", ["", "[]", "{}", '{"client_email":"a","private_key":"x","private_key_id":"k"}'])
async def test_a_key_that_is_none_names_the_field(google: Google, services: Services, key: str) -> None:
    with pytest.raises(NodeError) as caught:
        await machine(google, key_json=key).check(services.http)
    assert caught.value.field == "key_json"


async def test_rate_limits_say_how_long_to_wait(google: Google, services: Services) -> None:
    google.refusals.append(error(403, "Rate Limit Exceeded", "rateLimitExceeded"))
    assert (await fails(google, services)).retry_after == 60
    google.refusals.append(error(429, "Quota exceeded", "RESOURCE_EXHAUSTED", **{"Retry-After": "7"}))
    assert (await fails(google, services)).retry_after == 7


@pytest.mark.parametrize(
    ("status", "reason", "advice"),
    [(403, "insufficientPermissions", "sign in again"), (403, "accessNotConfigured", "enable"), (403, "x", "shared")],
)
async def test_what_is_not_allowed_says_what_to_do(
    google: Google, services: Services, status: int, reason: str, advice: str
) -> None:
    google.refusals.append(error(status, "No", reason))
    caught = await fails(google, services)
    assert advice in (caught.hint or "")
    assert not caught.retryable


async def test_a_token_that_is_taken_back(google: Google, services: Services) -> None:
    caught = await fails(google, services, account=account(google, token="old"))
    assert not caught.retryable
    assert "old" not in str(caught)


@pytest.mark.parametrize("body", ["<html>", "[]", "null"])
async def test_an_answer_that_is_none_of_google(google: Google, services: Services, body: str) -> None:
    google.refusals.append(web.Response(text=body))
    assert "no JSON object" in (await fails(google, services)).message
    google.refusals.append(web.Response(text=body, status=502))
    assert (await fails(google, services)).retryable
