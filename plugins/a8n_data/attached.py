"""Files on items: finding one by its name, and putting another beside it."""

from __future__ import annotations

from a8n import FileRef, Item, NodeError

LARGEST = 256 * 2**20
"""Bytes of a file that is read into memory."""


def attached(item: Item, name: str, field: str) -> FileRef:
    """The file with this name on an item. Raises NodeError that lists the names there are."""
    ref = (item.files or {}).get(name)
    if ref is None:
        have = ", ".join(sorted(item.files)[:10]) if item.files else "none"
        raise NodeError(f"the item has no file {name[:100]!r}", hint=f"It has: {have}.", field=field, retryable=False)
    if ref.size > LARGEST:
        raise NodeError(f"the file {name!r} is larger than {LARGEST:,} bytes", field=field, retryable=False)
    return ref


def with_files(item: Item, files: dict[str, FileRef]) -> dict[str, FileRef]:
    """The item's files with others added or in their place."""
    return {**(item.files or {}), **files}
