"""Webhooks: start a workflow by a web request, and answer it."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, Trigger, hookimpl
from a8n_webhook.credentials import WebhookBasic, WebhookHeader, WebhookHmac, WebhookJwt
from a8n_webhook.respond import Respond
from a8n_webhook.trigger import Webhook


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """The way in."""
    return [Webhook]


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """The way back."""
    return [Respond]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """How callers prove who they are."""
    return [WebhookBasic, WebhookHeader, WebhookJwt, WebhookHmac]
