"""SQL: ask a database, and write items into its tables."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, Trigger, hookimpl
from a8n_sql.database import SqlDatabase
from a8n_sql.listen import Notified
from a8n_sql.query import Query
from a8n_sql.rows import Delete, Insert, Update, Upsert
from a8n_sql.transaction import Transaction


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """Questions, and rows that are written."""
    return [Query, Transaction, Insert, Upsert, Update, Delete]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """Notifications."""
    return [Notified]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Databases."""
    return [SqlDatabase]
