"""Packing and unpacking bytes. Nothing here trusts the sizes that an archive claims."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import IO

from a8n import NodeError

PIECE = 64 * 1024
MOST_FILES = 1_000
LARGEST = 256 * 2**20
"""Bytes that one archive may unpack to."""
FREE = 10 * 2**20
"""Bytes below which the ratio does not matter."""
RATIO = 200
"""How many times larger than the archive its content may be."""


class Budget:
    """Counts unpacked bytes, and refuses what grows past the limits."""

    def __init__(self, packed: int, field: str):
        self._left = min(LARGEST, max(FREE, packed * RATIO))
        self._field = field

    def take(self, count: int) -> None:
        """Charge for bytes that were unpacked. Raises NodeError past the limit."""
        self._left -= count
        if self._left < 0:
            raise NodeError(
                f"the archive unpacks to too much: more than {RATIO} times its size, or {LARGEST:,} bytes",
                field=self._field,
                retryable=False,
            )


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP archive. Its times are fixed, so that the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unzipped(data: bytes, field: str) -> Iterator[tuple[str, bytes]]:
    """The files of a ZIP archive with their cleaned paths. Raises NodeError for broken, locked and giant ones."""
    budget = Budget(len(data), field)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MOST_FILES:
                raise NodeError(f"the archive has more than {MOST_FILES:,} files", field=field, retryable=False)
            for member in members:
                if member.flag_bits & 1:
                    raise NodeError("the archive is locked with a password", field=field, retryable=False)
                with archive.open(member) as stream:
                    yield clean(member.filename), b"".join(_pieces(stream, budget))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise NodeError(f"this is no ZIP archive that can be read: {error}", field=field, retryable=False) from None


def _pieces(stream: IO[bytes], budget: Budget) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        budget.take(len(piece))
        yield piece


def gzipped(data: bytes) -> bytes:
    """Gzip data without a time in it, so that the same data gives the same bytes."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


def gunzipped(data: bytes, field: str) -> bytes:
    """What gzip data holds, all members joined. Raises NodeError for broken and giant data."""
    budget = Budget(len(data), field)
    made: list[bytes] = []
    rest = data
    try:
        while rest:
            unpacker = zlib.decompressobj(wbits=31)
            while not unpacker.eof:
                piece = unpacker.decompress(rest, PIECE)
                rest = unpacker.unconsumed_tail
                if not piece and not rest and not unpacker.eof:
                    raise NodeError("the gzip data ends too early", field=field, retryable=False)
                budget.take(len(piece))
                made.append(piece)
            rest = unpacker.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise NodeError(f"this is no gzip data: {error}", field=field, retryable=False) from None
    return b"".join(made)


def clean(name: str) -> str:
    """A path of an archive as a plain name: relative, with `/`, without steps up and control characters."""
    text = "".join(letter for letter in name.replace("\\", "/") if letter.isprintable())
    steps = [step for step in text.split("/") if step not in ("", ".", "..")]
    return "/".join(steps)[-200:] or "file"
