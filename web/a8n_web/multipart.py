"""Multipart bodies (RFC 7578), on python-multipart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from a8n_web.bodies import BodyError

MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class Part:
    """One field or file of a form."""

    name: str
    filename: str | None
    mime: str
    data: bytes


class _Collector:
    """Gathers what the parser reports."""

    def __init__(self, max_parts: int, max_files: int):
        self.parts: list[Part] = []
        self._max_parts = max_parts
        self._max_files = max_files
        self._files = 0
        self.ended = False
        self._data = bytearray()
        self._headers: dict[str, str] = {}
        self._field = b""
        self._value = b""

    def on_part_begin(self) -> None:
        self._data = bytearray()
        self._headers = {}

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = self._value.decode("utf-8", "replace")
        self._field = self._value = b""

    def on_end(self) -> None:
        self.ended = True

    def on_part_end(self) -> None:
        from python_multipart.multipart import parse_options_header

        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if not name or len(name) > MAX_NAME or "\0" in name:
            raise BodyError(400, "Bad form", "a part has no name, or one that is too long")
        filename = options.get(b"filename")
        if filename is not None:
            self._files += 1
        if len(self.parts) >= self._max_parts or self._files > self._max_files:
            raise BodyError(413, "Too many parts", f"at most {self._max_parts} parts, {self._max_files} files")
        mime = self._headers.get("content-type", "application/octet-stream").partition(";")[0].strip()
        shown = _safe_name(filename.decode("utf-8", "replace")) if filename is not None else None
        self.parts.append(Part(name, shown, mime[:100], bytes(self._data)))


def _safe_name(name: str) -> str:
    """A name to show and to offer for a download; it never reaches the file system."""
    base = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f]", "", base)[:MAX_NAME] or "file"


def parse(content_type: str, body: bytes, *, max_parts: int, max_files: int) -> Sequence[Part]:
    """The parts of a form. Raises BodyError for a body that is none, or has too many parts."""
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise BodyError(400, "Bad form", "the content type of a multipart body names its boundary")
    collector = _Collector(max_parts, max_files)
    names = ("part_begin", "part_data", "part_end", "header_field", "header_value", "header_end", "end")
    callbacks = {f"on_{name}": getattr(collector, f"on_{name}") for name in names}
    parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]  # its TypedDict is private
    try:
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise BodyError(400, "Bad form", f"the multipart body cannot be read: {error}") from None
    if not collector.ended:
        raise BodyError(400, "Bad form", "the multipart body ends before its last boundary")
    return collector.parts
