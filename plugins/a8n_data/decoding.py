"""Bytes as text, and text as bytes, in the encodings that people's files have."""

from __future__ import annotations

import codecs
from typing import Literal, TypeAlias

from a8n import NodeError

Encoding: TypeAlias = Literal["utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "shift_jis", "gb18030"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(data: bytes, encoding: Encoding | Literal["auto"], field: str) -> str:
    """The text of a file. `auto` goes by the byte order mark, then tries UTF-8, then takes Windows-1252.

    A byte order mark is never part of the text. Raises NodeError for bytes that the encoding does not have, and NUL.
    """
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    try:
        text = data.decode(marked or ("utf-8" if encoding == "auto" else encoding))
    except UnicodeDecodeError as error:
        if encoding != "auto" or marked is not None:
            raise NodeError(
                f"the file is not in {marked or encoding}: byte {error.start + 1}", field=field, retryable=False
            ) from None
        text = data.decode("windows-1252", "replace")
    if "\0" in text:
        raise NodeError("this is no text: it has NUL in it", field=field, retryable=False)
    return text


def encoded(text: str, encoding: Encoding, field: str) -> bytes:
    """Text as bytes. Raises NodeError that names the first character that the encoding does not have."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        letter = text[error.start]
        raise NodeError(
            f"{encoding} has no {letter!r} (U+{ord(letter):04X})", hint="Use utf-8.", field=field, retryable=False
        ) from None
