"""The blob store: bytes by content hash in the data folder. No name from outside reaches the file system."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from a8n.errors import NodeError
from a8n.items import FileRef
from a8n.runtime.database import store_error

R = TypeVar("R")

HASH = re.compile(r"[0-9a-f]{64}")
BUFFER = 2**20
"""Bytes of a stream that are gathered before a thread writes them."""
MAX_SIZE = 2**30
NAME_LENGTH = 255

Referenced = Callable[[list[str]], Awaitable[set[str]]]
"""Tells which of some hashes are in use."""


class BlobStore:
    """Keeps bytes under their SHA-256 in `folder/ab/cd/<hash>`; file work is done in threads, off the event loop.

    A blob is whole or absent: it is written aside, synced, then renamed. `max_size` bounds a file, in bytes.
    """

    def __init__(self, folder: Path, max_size: int = MAX_SIZE):
        self._folder = folder
        self._max_size = max_size

    async def save(
        self, data: bytes | AsyncIterator[bytes], name: str, mime: str = "application/octet-stream"
    ) -> FileRef:
        """Keep bytes and return the handle to put on an item.

        Raises StoreFullError, StoreUnavailableError, and NodeError above the size limit.
        """
        if isinstance(data, bytes):
            if len(data) > self._max_size:
                raise self._too_large()
            digest, size = await self.keep(data), len(data)
        else:
            digest, size = await self._stream_in(data)
        return FileRef(hash=digest, name=clean_name(name), mime=mime[:NAME_LENGTH], size=size)

    async def keep(self, data: bytes) -> str:
        """Keep bytes; gives their hash. Returns after they are durable."""
        return await _threaded(self._keep, data)

    async def get(self, digest: str) -> bytes:
        """The bytes of a hash. Raises FileNotFoundError, ValueError for what is no hash."""
        return await _threaded(self.path(digest).read_bytes)

    async def read(self, ref: FileRef) -> bytes:
        """All bytes of a file. Raises NodeError when they are gone."""
        try:
            return await self.get(ref.hash)
        except (FileNotFoundError, ValueError):
            raise self._gone(ref) from None

    async def stream(self, ref: FileRef, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes of a file in pieces, from `start` on. Raises NodeError when they are gone."""
        try:
            file: BinaryIO = await _threaded(self.path(ref.hash).open, "rb")
        except (FileNotFoundError, ValueError):
            raise self._gone(ref) from None
        left = length
        try:
            await _threaded(file.seek, start)
            while left is None or left > 0:
                piece = await _threaded(file.read, BUFFER if left is None else min(BUFFER, left))
                if not piece:
                    return
                left = left - len(piece) if left is not None else None
                yield piece
        finally:
            file.close()

    def path(self, digest: str) -> Path:
        """Where a blob is. Raises ValueError for what is no hash."""
        if not HASH.fullmatch(digest):
            raise ValueError("not a SHA-256 in hex")
        return self._folder / digest[:2] / digest[2:4] / digest

    async def sweep(self, referenced: Referenced, older_than: float = 86_400.0) -> int:
        """Delete blobs that nothing refers to and nobody saved in the last `older_than` seconds; gives how many.

        The age covers what was saved by a step that is not recorded yet.
        """
        folders = await _threaded(lambda: sorted(self._folder.glob("[0-9a-f][0-9a-f]")))
        deleted = 0
        before = time.time() - older_than
        for folder in folders:
            old = await _threaded(lambda folder=folder: list(_older(folder, before)))
            if old:
                unused = set(old) - await referenced(old)
                deleted += await _threaded(lambda unused=unused: sum(self._discard(d, before) for d in unused))
        await _threaded(self._clear_drafts, before)
        return deleted

    # --- in threads ------------------------------------------------------------------------------------------

    def _keep(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        if not self._touched(digest):
            draft = self._draft()
            try:
                with draft.open("xb") as file:
                    file.write(data)
                    _sync(file)
                self._publish(draft, digest)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
        return digest

    async def _stream_in(self, data: AsyncIterator[bytes]) -> tuple[str, int]:
        draft = await _threaded(self._draft)
        file: BinaryIO = await _threaded(draft.open, "xb")
        digest = hashlib.sha256()
        size = 0

        def write(part: bytes) -> None:
            digest.update(part)
            file.write(part)

        try:
            buffer = bytearray()
            async for piece in data:
                size += len(piece)
                if size > self._max_size:
                    raise self._too_large()
                buffer += piece
                if len(buffer) >= BUFFER:
                    await _threaded(write, bytes(buffer))
                    buffer.clear()
            await _threaded(write, bytes(buffer))
            await _threaded(_sync, file)
            if not await _threaded(self._touched, digest.hexdigest()):
                await _threaded(self._publish, draft, digest.hexdigest())
        finally:
            file.close()
            draft.unlink(missing_ok=True)
        return digest.hexdigest(), size

    def _touched(self, digest: str) -> bool:
        """Whether we have it; if so it counts as saved just now, which `sweep` looks at."""
        try:
            os.utime(self.path(digest))
        except FileNotFoundError:
            return False
        return True

    def _draft(self) -> Path:
        folder = self._folder / "drafts"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / secrets.token_hex(16)

    def _publish(self, draft: Path, digest: str) -> None:
        path = self.path(digest)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _discard(self, digest: str, before: float) -> bool:
        """Take a blob away, unless somebody saves it again at this moment: then it is put back."""
        path, aside = self.path(digest), self._draft()
        path.rename(aside)
        if aside.stat().st_mtime >= before:
            aside.rename(path)
            return False
        aside.unlink()
        return True

    def _clear_drafts(self, before: float) -> None:
        """What a crash left half written."""
        for draft in (self._folder / "drafts").glob("*"):
            if draft.stat().st_mtime < before:
                draft.unlink(missing_ok=True)

    def _gone(self, ref: FileRef) -> NodeError:
        return NodeError(f"the file {ref.name!r} is no longer stored", retryable=False)

    def _too_large(self) -> NodeError:
        return NodeError(f"the file is larger than {self._max_size:,} bytes, the limit", retryable=False)


def clean_name(name: str) -> str:
    """A file name to show: the last part of what was given, without control characters."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", last)[:NAME_LENGTH].strip() or "file"


def _older(folder: Path, before: float) -> Iterator[str]:
    for path in folder.glob("*/*"):
        if HASH.fullmatch(path.name) and path.stat().st_mtime < before:
            yield path.name


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


async def _threaded(function: Callable[..., R], *args: Any) -> R:
    """Run in a thread, with the store's words for a full or broken disk."""
    try:
        return await asyncio.to_thread(function, *args)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise store_error(error) or error from error
