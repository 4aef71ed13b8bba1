"""E-mail: send mails."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, hookimpl
from a8n_email.credentials import SmtpAccount
from a8n_email.send import Send


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """Mails that go out."""
    return [Send]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Accounts."""
    return [SmtpAccount]
