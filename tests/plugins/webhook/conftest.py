"""Triggers and requests as the ingress makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from a8n import Credential, Request
from a8n.params import Binder
from a8n_webhook.trigger import Webhook


def webhook(credential: Credential | None = None, **params: Any) -> Webhook:
    """A trigger of saved parameters, bound as for a request."""
    binder = Binder(Webhook, {"path": "orders", **params})
    assert binder.problems == []
    return binder.fill({use.id: credential for use in binder.credentials if credential is not None})


def request(raw: bytes = b"", headers: Mapping[str, str] | None = None, method: str = "POST", **values: Any) -> Request:
    """A request with lower-case header names, as the strict reader gives it."""
    names = {name.lower(): value for name, value in (headers or {}).items()}
    values = {"path": "orders", "params": {}, "query": {}, "url": "/webhook/orders", "client": "203.0.113.7", **values}
    return Request(method=method, headers=names, raw=raw, **values)
