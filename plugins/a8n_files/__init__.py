"""Files: of this machine, in folders that are open to workflows, and in stores that speak the protocol of S3."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, hookimpl
from a8n_files.account import S3Account
from a8n_files.local import DeleteFile, ListFiles, ReadFile, WriteFile
from a8n_files.objects import Copy, Delete, Download, Link, ListObjects, Upload


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """What can be done with files and objects."""
    return [ReadFile, WriteFile, ListFiles, DeleteFile, Upload, Download, ListObjects, Link, Copy, Delete]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Where objects are."""
    return [S3Account]
