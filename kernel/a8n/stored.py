"""What may be kept in the store of values: keys, and JSON of some size."""

from __future__ import annotations

import json

from a8n.errors import NodeError
from a8n.items import JSON

MAX_KEY = 300
"""Characters of a key."""
MAX_VALUE = 2**20
"""Bytes of a value as JSON."""


def checked_key(key: str) -> str:
    """The key. Raises NodeError for none, one that is too long, and one with characters that databases refuse."""
    if not 0 < len(key) <= MAX_KEY or "\0" in key:
        raise NodeError(f"a key has 1 to {MAX_KEY} characters, none of them NUL", field="key", retryable=False)
    return key


def encoded(value: JSON) -> bytes:
    """The value as JSON. Raises NodeError for what is none, and for what is too large."""
    try:
        data = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise NodeError(f"this cannot be kept: {error}", field="value", retryable=False) from None
    if len(data) > MAX_VALUE:
        text = f"the value has {len(data):,} bytes; {MAX_VALUE:,} are the most that can be kept under one key"
        raise NodeError(text, field="value", hint="keep it as a file, or under several keys", retryable=False)
    return data
