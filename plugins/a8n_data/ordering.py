"""The order of JSON values, in the ways people mean it."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Literal, TypeAlias

from a8n import JSON

Manner: TypeAlias = Literal["auto", "number", "text", "natural"]
"""`auto`: by type (booleans, numbers, texts, then lists and objects), then by value. `number`: also text that reads
as a number; what is none counts as missing. `text`: everything as text. `natural`: as text, with numbers inside of it
by value, so that item 9 comes before item 10."""

_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\s*")
_DIGITS = re.compile(r"([0-9]+)")
_LONGEST_NUMBER = 400


def sort_key(value: JSON, manner: Manner, ignore_case: bool) -> Any:
    """A key to sort by; None for a value that has no place, which is null and, by `number`, what is no number."""
    if value is None:
        return None
    if manner == "number":
        return as_number(value)
    if manner == "auto":
        return _by_type(value, ignore_case)
    text = as_text(value)
    text = text.casefold() if ignore_case else text
    return _natural(text) if manner == "natural" else text


def _by_type(value: JSON, ignore_case: bool) -> tuple[int, Any]:
    if isinstance(value, bool):
        return 0, value
    if isinstance(value, int | float):
        return 1, value
    if isinstance(value, str):
        return 2, value.casefold() if ignore_case else value
    return 3, as_text(value)


def _natural(text: str) -> tuple[tuple[int, Any], ...]:
    return tuple(
        (0, (len(part.lstrip("0")), part.lstrip("0"))) if part[0] in "0123456789" else (1, part)
        for part in _DIGITS.split(text)
        if part
    )


def as_number(value: JSON) -> int | float | None:
    """The number that a value is, or that its text reads as; None for anything else, booleans too."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER or _NUMBER.fullmatch(value) is None:
        return None
    try:
        return int(value)
    except ValueError:
        found = float(value)
        return found if math.isfinite(found) else None


def as_text(value: JSON) -> str:
    """A value as text: null is empty, lists and objects are compact JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return str(value)


def identity(value: JSON) -> tuple[str, Any]:
    """A hashable key that is the same for equal JSON: 1 equals 1.0, and neither true nor "1"."""
    if isinstance(value, str):
        return "text", value
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, int | float):
        return "number", value
    if value is None:
        return "null", None
    if isinstance(value, dict):
        return "object", frozenset((name, identity(entry)) for name, entry in value.items())
    if isinstance(value, list):
        return "list", tuple(identity(entry) for entry in value)
    return "missing", None
