"""Airtable: records of tables."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, hookimpl
from a8n_airtable.api import AirtableAccount
from a8n_airtable.records import CreateRecords, DeleteRecord, FindRecords, UpdateRecords


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """What a token can do."""
    return [FindRecords, CreateRecords, UpdateRecords, DeleteRecord]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Tokens."""
    return [AirtableAccount]
