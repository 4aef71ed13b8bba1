"""Tables: small data tables inside of a8n, and values by key."""

from __future__ import annotations

from a8n import BatchNode, Node, hookimpl
from a8n_tables.rows import AddRows, ChangeRows, DeleteRows, FindRows, PutRows
from a8n_tables.values import ChangeValue, DeleteValue, GetValue, SetValue


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """What can be done with rows and values."""
    return [FindRows, AddRows, PutRows, ChangeRows, DeleteRows, GetValue, SetValue, ChangeValue, DeleteValue]
