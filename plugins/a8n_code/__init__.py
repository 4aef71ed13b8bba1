"""Code: Python and JavaScript of the author's own, shut off from the machine that runs it."""

from __future__ import annotations

from a8n import BatchNode, hookimpl
from a8n_code.javascript import JavaScript
from a8n_code.python import Python

__all__ = ["JavaScript", "Python", "register_nodes"]


@hookimpl
def register_nodes() -> list[type[BatchNode]]:
    """All nodes of this plugin."""
    return [Python, JavaScript]
