"""SQL: ask a database, and write items into its tables."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, hookimpl
from a8n_sql.database import SqlDatabase
from a8n_sql.query import Query
from a8n_sql.rows import Delete, Insert, Update, Upsert


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """Questions, and rows that are written."""
    return [Query, Insert, Upsert, Update, Delete]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Databases."""
    return [SqlDatabase]
