"""Google: rows of spreadsheets, mails and calendars."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, hookimpl
from a8n_google.calendar import CreateEvent, ListEvents
from a8n_google.credentials import GoogleAccount, GoogleServiceAccount
from a8n_google.gmail import SendMail
from a8n_google.sheets import AppendRows, ReadRows, UpdateRows


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """What an account can do."""
    return [ReadRows, AppendRows, UpdateRows, SendMail, ListEvents, CreateEvent]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """People and machines."""
    return [GoogleAccount, GoogleServiceAccount]
