"""A blob store in memory."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

from a8n.errors import NodeError
from a8n.items import FileRef


class MemoryFiles:
    """Keeps bytes by content hash, and forgets them with the test."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def add(self, data: bytes, name: str = "file", mime: str = "application/octet-stream") -> FileRef:
        """Keep bytes and return their handle, to put on an input item."""
        key = hashlib.sha256(data).hexdigest()
        self.blobs[key] = data
        return FileRef(hash=key, name=name, mime=mime, size=len(data))

    async def save(
        self, data: bytes | AsyncIterator[bytes], name: str, mime: str = "application/octet-stream"
    ) -> FileRef:
        """Keep bytes, given at once or in pieces."""
        whole = data if isinstance(data, bytes) else b"".join([chunk async for chunk in data])
        return self.add(whole, name, mime)

    async def read(self, ref: FileRef) -> bytes:
        """All bytes of a file. Raises NodeError when nothing was saved under its hash."""
        if ref.hash not in self.blobs:
            raise NodeError(f"the file {ref.name} is gone")
        return self.blobs[ref.hash]
