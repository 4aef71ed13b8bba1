"""JSON as a8n keeps it: what code returns is taken apart to plain values, or refused with the place that is wrong."""

from __future__ import annotations

import math
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

DEEPEST = 100
"""How deep objects and lists may stand in each other."""
LEAST, MOST = -(2**63), 2**64 - 1
"""Integers that every JSON reader of a8n holds."""


class NotJsonError(ValueError):
    """A value that JSON cannot hold; the message names where it stands."""


def plain(value: Any, path: str = "the result", depth: int = 0) -> Any:
    """The value as JSON: tuples become lists, dates and identifiers text, decimals numbers. Raises NotJsonError."""
    if depth > DEEPEST:
        raise NotJsonError(f"{path[:200]} is deeper than {DEEPEST} levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, int):
        if not LEAST <= value <= MOST:
            raise NotJsonError(f"{path} is an integer beyond 64 bits: return it as text")
        return int(value)
    if isinstance(value, float | Decimal):
        number = float(value)
        if not math.isfinite(number):
            raise NotJsonError(f"{path} is {number}, which JSON does not have")
        return number
    if isinstance(value, dict):
        return {_key(k, path): plain(v, f"{path}.{k}", depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part, f"{path}[{i}]", depth + 1) for i, part in enumerate(value)]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise NotJsonError(f"{path} is of type {type(value).__name__}, which is no JSON")


def _key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise NotJsonError(f"{path} has the key {str(key)[:50]!r}: keys are text")
    return _text(key, path)


def _text(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NotJsonError(f"{path} holds half a character (a lone surrogate)") from None
    if "\0" in value:
        raise NotJsonError(f"{path} holds a NUL character")
    return str(value)
