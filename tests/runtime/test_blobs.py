"""The blob store: content by hash, whole or absent, and no name reaches the file system."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from a8n.errors import NodeError
from a8n.items import FileRef
from a8n.runtime.blobs import BlobStore, clean_name
from a8n.runtime.errors import StoreFullError


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "files", max_size=5_000_000)


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "files").rglob("*") if path.is_file())


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_bytes_come_back(blobs: BlobStore) -> None:
    ref = await blobs.save(b"hello", "greeting.txt", "text/plain")
    assert ref == FileRef(hash=hashlib.sha256(b"hello").hexdigest(), name="greeting.txt", mime="text/plain", size=5)
    assert await blobs.read(ref) == b"hello"


@pytest.mark.parametrize("parts", [[], [b""], [b"a", b"bc"], [b"x" * 700_000] * 4])
async def test_a_stream_is_the_same_as_its_bytes(blobs: BlobStore, parts: list[bytes]) -> None:
    whole = b"".join(parts)
    assert await blobs.save(pieces(*parts), "a") == await blobs.save(whole, "a")
    assert await blobs.read(await blobs.save(whole, "a")) == whole


async def test_parts_of_a_file_can_be_read(blobs: BlobStore) -> None:
    ref = await blobs.save(bytes(range(256)) * 8192, "a")
    assert b"".join([piece async for piece in blobs.stream(ref)]) == bytes(range(256)) * 8192
    assert [piece async for piece in blobs.stream(ref, 255, 3)] == [b"\xff\x00\x01"]


async def test_the_same_content_is_kept_once(blobs: BlobStore, tmp_path: Path) -> None:
    data = b"y" * 300_000
    saved = await asyncio.gather(*(blobs.save(data, f"{i}") for i in range(20)), blobs.save(pieces(data), "s"))
    assert len({ref.hash for ref in saved}) == 1
    assert stored(tmp_path) == [saved[0].hash]
    assert await blobs.read(saved[7]) == data


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "C:\\windows\\passwd", "a/../passwd", "\0pass\nwd"]
)
async def test_names_are_only_shown(blobs: BlobStore, tmp_path: Path, name: str) -> None:
    ref = await blobs.save(b"x", name)
    assert ref.name == "passwd"
    assert stored(tmp_path) == [ref.hash]


def test_a_name_that_says_nothing() -> None:
    assert [clean_name(name) for name in ("", "a/", "\ud800", "x" * 300)] == ["file", "file", "file", "x" * 255]


@pytest.mark.parametrize("digest", ["../../../etc/passwd", "", "A" * 64, "a" * 63, "a" * 64 + "\n"])
async def test_a_handle_that_we_did_not_make_opens_nothing(blobs: BlobStore, digest: str) -> None:
    with pytest.raises(NodeError, match="no longer stored"):
        await blobs.read(FileRef(hash=digest, name="x"))


async def test_what_is_gone_is_said(blobs: BlobStore) -> None:
    ref = FileRef(hash="a" * 64, name="report.pdf")
    with pytest.raises(NodeError, match=r"the file 'report.pdf' is no longer stored"):
        await blobs.read(ref)
    with pytest.raises(NodeError, match=r"the file 'report.pdf' is no longer stored"):
        await anext(blobs.stream(ref))


async def test_a_stream_that_breaks_leaves_nothing(blobs: BlobStore, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 2_000_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await blobs.save(broken(), "a")
    assert stored(tmp_path) == []


async def test_a_file_above_the_limit_leaves_nothing(blobs: BlobStore, tmp_path: Path) -> None:
    for data in (b"x" * 5_000_001, pieces(*[b"x" * 1_000_000] * 6)):
        with pytest.raises(NodeError, match="larger than 5,000,000 bytes"):
            await blobs.save(data, "a")
    assert stored(tmp_path) == []


async def test_a_full_disk_is_said_and_leaves_nothing(
    blobs: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for data in (b"x", pieces(b"x")):
        with pytest.raises(StoreFullError, match="no space left on the disk"):
            await blobs.save(data, "a")
    assert stored(tmp_path) == []


class TestSweep:
    async def test_old_and_unused_content_goes(self, blobs: BlobStore, tmp_path: Path) -> None:
        used, unused, young = [await blobs.save(name, "x") for name in (b"used", b"unused", b"young")]
        for ref in (used, unused):
            age(blobs.path(ref.hash))

        async def referenced(hashes: list[str]) -> set[str]:
            assert young.hash not in hashes
            return {used.hash}

        assert await blobs.sweep(referenced) == 1
        assert stored(tmp_path) == sorted([used.hash, young.hash])

    async def test_what_is_saved_again_counts_as_young(self, blobs: BlobStore) -> None:
        ref = await blobs.save(b"again", "x")
        age(blobs.path(ref.hash))
        await blobs.save(b"again", "x")
        assert await blobs.sweep(nothing) == 0

    async def test_what_is_saved_during_the_sweep_stays(self, blobs: BlobStore) -> None:
        ref = await blobs.save(b"again", "x")
        age(blobs.path(ref.hash))

        async def meanwhile(hashes: list[str]) -> set[str]:
            await blobs.save(b"again", "x")
            return set()

        assert await blobs.sweep(meanwhile) == 0
        assert await blobs.read(ref) == b"again"

    async def test_what_a_crash_left_half_written_goes(self, blobs: BlobStore, tmp_path: Path) -> None:
        await blobs.save(b"x", "x")
        draft = tmp_path / "files" / "drafts" / "left"
        draft.write_bytes(b"half")
        age(draft)
        await blobs.sweep(nothing)
        assert not draft.exists()


async def nothing(hashes: list[str]) -> set[str]:
    return set()


def age(path: Path) -> None:
    os.utime(path, (time.time() - 100_000,) * 2)
