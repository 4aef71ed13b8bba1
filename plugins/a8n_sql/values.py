"""What databases hold, as JSON, and back."""

from __future__ import annotations

import base64
import binascii
import datetime
import decimal
import json
import math
import uuid
from typing import Any

from a8n import JSON


def portable(value: Any) -> JSON:
    """A value as JSON: times in ISO 8601, exact numbers and UUIDs as text, bytes in base64."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case datetime.timedelta():
            return value.total_seconds()
        case decimal.Decimal() | uuid.UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return base64.b64encode(bytes(value)).decode("ascii")
        case list() | tuple() | set() | frozenset():
            return [portable(one) for one in value]
        case dict():
            return {str(name): portable(one) for name, one in value.items()}
        case _:  # addresses, ranges, points and the like
            return str(value)


def literal(value: JSON, column: Any) -> str | None:
    """A value as text that PostgreSQL reads as a column's type (SQLAlchemy's), so that `portable` gives it back.

    Raises ValueError for bytes that are not base64.
    """
    from sqlalchemy import ARRAY, LargeBinary, types
    from sqlalchemy.dialects.postgresql import BYTEA

    match value:
        case None:
            return None
        case list() if isinstance(column, ARRAY):
            return _array(value)
        case str() if isinstance(column, LargeBinary | BYTEA):
            return "\\x" + _decoded(value).hex()
        case str() if not isinstance(column, types.JSON):
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)


def _array(values: list[JSON]) -> str:
    """A list as an array (PostgreSQL's manual, 8.15.2): lists nest, and what is text is quoted."""
    return "{" + ",".join(_element(one) for one in values) + "}"


def _element(value: JSON) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return _array(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("bytes are given in base64") from None
