"""Frames on a private pipe: four bytes of length, then JSON. The same on both sides."""

from __future__ import annotations

import json
import os
import struct
from typing import Any

LENGTH = struct.Struct(">I")


def write(descriptor: int, value: Any) -> None:
    """Send one value. Raises OSError where nobody reads any more."""
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    view = memoryview(LENGTH.pack(len(data)) + data)
    while view:
        view = view[os.write(descriptor, view) :]


def read(descriptor: int, most: int) -> bytes | None:
    """The next frame as it came, None at the end. Raises ValueError where it is longer than `most` bytes."""
    head = _exactly(descriptor, LENGTH.size)
    if head is None:
        return None
    (size,) = LENGTH.unpack(head)
    if size > most:
        raise ValueError(f"a frame of {size} bytes")
    return _exactly(descriptor, size)


def _exactly(descriptor: int, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        piece = os.read(descriptor, min(size - len(data), 1 << 16))
        if not piece:
            return None
        data += piece
    return bytes(data)
