"""Files for browsers: asked for again each time at the price of a 304, and sent as they were compressed at build."""

from __future__ import annotations

import asyncio
import hashlib
from functools import lru_cache
from pathlib import Path

from quart import Response, request
from werkzeug.http import parse_etags
from werkzeug.security import safe_join

IMMUTABLE = "public, max-age=31536000, immutable"
"""For names that hold a hash of what is in them."""
REVALIDATED = "no-cache"
"""The browser keeps it and asks whether it is still right: an update shows at once."""
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""Not left to the system's table of types, which an installer may have changed."""
ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""What the build leaves beside a file, best first."""


async def sent(folder: Path, name: str, caching: str = REVALIDATED) -> Response | None:
    """A file of the folder, in the best encoding that is there and that the client takes; None where it is not there.

    What is no kind of file that a page is made of is not there, and neither is what begins with a dot.
    """
    joined = safe_join(str(folder), name)
    if joined is None or any(part.startswith(".") for part in name.split("/")):
        return None
    path = Path(joined)
    kind = KINDS.get(path.suffix)
    if kind is None:
        return None
    accepted = [encoding for encoding in ENCODINGS if request.accept_encodings.quality(encoding) > 0]
    found = await asyncio.to_thread(_best, path, tuple(accepted))
    if found is None:
        return None
    encoding, content, etag = found
    response = answer(content, kind, etag, caching)
    response.headers["Vary"] = "Accept-Encoding"
    if encoding and response.status_code == 200:
        response.headers["Content-Encoding"] = encoding
    return response


def answer(content: bytes, kind: str, etag: str, caching: str = REVALIDATED) -> Response:
    """The content with its ETag, or 304 where the client has it already."""
    known = parse_etags(request.headers.get("If-None-Match"))
    response = Response(b"", 304) if known.contains(etag) else Response(content, content_type=kind)
    response.set_etag(etag)
    response.headers["Cache-Control"] = caching
    return response


def tag(content: bytes) -> str:
    """What tells this content from any other."""
    return hashlib.sha256(content).hexdigest()[:32]


def _best(path: Path, accepted: tuple[str, ...]) -> tuple[str, bytes, str] | None:
    if not path.is_file():
        return None
    for encoding in accepted:
        packed = path.with_name(path.name + ENCODINGS[encoding])
        if packed.is_file():
            return encoding, *_content(packed)
    return "", *_content(path)


def _content(path: Path) -> tuple[bytes, str]:
    found = path.stat()
    return _read(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=256)
def _read(path: Path, changed: int, size: int) -> tuple[bytes, str]:
    """Once for each state of the file."""
    content = path.read_bytes()
    return content, tag(content)
