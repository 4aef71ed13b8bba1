"""Values as bytes, which is all that Redis knows, and back."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Literal

from a8n import JSON, Field, NodeError

Format = Literal["text", "json", "base64"]
FORMAT: Any = Field(
    "text", description="What the value is: text (other values are written as JSON), JSON, or bytes as base64."
)


def packed(value: JSON, form: Format, field: str) -> bytes:
    """A value as bytes. Raises NodeError for what is no base64."""
    if form == "base64":
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise NodeError("the value is not base64", field=field, retryable=False) from None
    if form == "text" and isinstance(value, str):
        return value.encode()
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def unpacked(raw: bytes | None, form: Format, what: str, field: str = "format") -> JSON:
    """Bytes as a value, None for nothing. `what` is what holds them. Raises NodeError where they are something else."""
    if raw is None:
        return None
    try:
        return _read(raw, form)
    except (ValueError, RecursionError) as error:
        other = "JSON" if form == "json" else "text in UTF-8"
        hint = "choose text or base64 as its format" if form == "json" else "choose base64 as its format"
        said = f" ({error})" if isinstance(error, json.JSONDecodeError) else ""
        raise NodeError(f"{what} holds no {other}{said}", field=field, hint=hint, retryable=False) from None


def received(raw: bytes, form: Format, name: str = "value") -> dict[str, JSON]:
    """What cannot be asked for a second time: bytes of another format are handed on as base64, beside an `error`."""
    try:
        return {name: unpacked(raw, form, "it")}
    except NodeError as error:
        return {name: None, "base64": base64.b64encode(raw).decode("ascii"), "error": error.message}


def word(raw: bytes) -> str:
    """A name that the server gives, such as a key's; bytes that are no text are shown as `\\xff`."""
    return raw.decode("utf-8", "backslashreplace")


def _read(raw: bytes, form: Format) -> JSON:
    if form == "base64":
        return base64.b64encode(raw).decode("ascii")
    if form == "text":
        return raw.decode("utf-8")
    value = json.loads(raw.decode("utf-8"), parse_constant=_refused)
    if b"\\u" in raw:
        json.dumps(value, ensure_ascii=False).encode()  # refuses halves of surrogate pairs
    return value


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
