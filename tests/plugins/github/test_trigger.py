"""Webhooks of a repository: made, taken away, and believed only with a signature."""

from __future__ import annotations

import hmac
import json
from typing import Any

import pytest
from tests.plugins.github.conftest import account
from tests.plugins.github.github_api import GitHub

from a8n import Request, TriggerContext, UnauthorizedError
from a8n.testing import Services, credential
from a8n_github.credentials import GitHubWebhookSecret
from a8n_github.trigger import RepositoryEvent

SECRET = "a long random secret"
URL = "https://a8n.example.com/webhook/shop"


def trigger(api: GitHub, **values: Any) -> RepositoryEvent:
    given = {
        "account": account(api), "secret": credential(GitHubWebhookSecret, secret=SECRET), "repository": "octo/shop",
        "events": ["issues.opened", "push"], "path": "shop", **values,
    }  # fmt: skip
    return RepositoryEvent.model_validate(given)


def delivery(event: str, body: Any, secret: str = SECRET) -> Request:
    raw = json.dumps(body).encode()
    headers = {
        "x-github-event": event, "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "x-hub-signature-256": "sha256=" + hmac.digest(secret.encode(), raw, "sha256").hex(),
    }  # fmt: skip
    return Request("POST", "shop", {}, {}, headers, raw, body)


async def test_the_webhook_is_made_kept_up_to_date_and_deleted(api: GitHub, services: Services) -> None:
    ctx = TriggerContext("w", "n", URL, services)
    await trigger(api).activate(ctx)
    (hook,) = api.hooks.values()
    assert hook["events"] == ["issues", "push"]
    assert hook["config"] == {"url": URL, "content_type": "json", "secret": SECRET, "insecure_ssl": "0"}
    await trigger(api, events=["*"]).activate(ctx)
    assert [one["events"] for one in api.hooks.values()] == [["*"]]
    await trigger(api).deactivate(ctx)
    await trigger(api).deactivate(ctx)
    assert api.hooks == {}
    assert ctx.state == {}


async def test_a_crash_leaves_no_second_webhook(api: GitHub, services: Services) -> None:
    await trigger(api).activate(TriggerContext("w", "n", URL, services))
    again = TriggerContext("w", "n", URL, services)  # the state of the first was lost
    await trigger(api).activate(again)
    assert list(api.hooks) == [again.state["hook"]]


async def test_a_webhook_that_somebody_deleted_is_made_anew(api: GitHub, services: Services) -> None:
    ctx = TriggerContext("w", "n", URL, services, {"hook": 5, "repository": "octo/shop"})
    await trigger(api).activate(ctx)
    assert list(api.hooks) == [ctx.state["hook"]]


async def test_what_was_asked_for_starts_something(api: GitHub) -> None:
    request = delivery("issues", {"action": "opened", "issue": {"number": 1}})
    await trigger(api).authenticate(request)
    (item,) = trigger(api).receive(request) or []
    assert (item.json["event"], item.json["action"]) == ("issues", "opened")
    assert trigger(api).dedup_key(request) == "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    assert trigger(api).receive(delivery("issues", {"action": "closed"})) is None
    assert trigger(api, events=["*"]).receive(delivery("ping", {"zen": "Keep it logically awesome."})) is None


@pytest.mark.parametrize("signature", [None, "", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "sha256=é"])
async def test_other_signatures_are_refused(api: GitHub, signature: str | None) -> None:
    request = delivery("push", {})
    headers = {name: value for name, value in request.headers.items() if name != "x-hub-signature-256"}
    request.headers = headers if signature is None else {**headers, "x-hub-signature-256": signature}
    with pytest.raises(UnauthorizedError):
        await trigger(api).authenticate(request)
    with pytest.raises(UnauthorizedError):
        await trigger(api).authenticate(delivery("push", {}, "another secret, as long"))
