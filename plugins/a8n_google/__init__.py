"""Google: rows of spreadsheets, files of Drive, mails and calendars."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, Trigger, hookimpl
from a8n_google.calendar import CreateEvent, ListEvents
from a8n_google.changes import EventChanged
from a8n_google.clearing import ClearRows
from a8n_google.credentials import GoogleAccount, GoogleServiceAccount
from a8n_google.drive import ChangeFile, Download, FindFiles, MakeFolder, Upload
from a8n_google.gmail import SendMail
from a8n_google.inbox import ChangeMail, FindMails, NewGmail
from a8n_google.sheets import AppendRows, ReadRows, UpdateRows


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """What an account can do."""
    files: list[type[Node] | type[BatchNode]] = [FindFiles, Download, Upload, MakeFolder, ChangeFile]
    return [
        ReadRows,
        AppendRows,
        UpdateRows,
        ClearRows,
        *files,
        SendMail,
        FindMails,
        ChangeMail,
        ListEvents,
        CreateEvent,
    ]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """What workflows start at."""
    return [NewGmail, EventChanged]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """People and machines."""
    return [GoogleAccount, GoogleServiceAccount]
