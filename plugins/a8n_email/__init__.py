"""E-mail: send mails, read mailboxes, start at a new mail, and wait for answers."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, Trigger, hookimpl
from a8n_email.ask import Ask
from a8n_email.credentials import ImapAccount, SmtpAccount
from a8n_email.mails import Flag, Move, Read
from a8n_email.send import Send
from a8n_email.trigger import NewMail


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """Mails that go out, and those that are there."""
    return [Send, Ask, Read, Move, Flag]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """Mails that come in."""
    return [NewMail]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Accounts."""
    return [SmtpAccount, ImapAccount]
