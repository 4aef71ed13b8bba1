"""Rows of the form as what HTTP sends: text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from a8n import JSON, KeyValue, NodeError


def text_of(value: JSON) -> str:
    """A value as text: `true` and `false` in lower case, objects as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def pairs(rows: Sequence[KeyValue]) -> list[tuple[str, str]]:
    """Rows for a query or a form. A list gives its name once per element, null leaves the row out."""
    return list(_pairs(rows))


def _pairs(rows: Sequence[KeyValue]) -> Iterator[tuple[str, str]]:
    for row in rows:
        values = row.value if isinstance(row.value, list) else [row.value]
        for value in values:
            if row.name and value is not None:
                yield row.name, text_of(value)


def headers(rows: Sequence[KeyValue]) -> dict[str, str]:
    """Rows for headers, names in lower case. A name that comes twice is joined by a comma, as HTTP reads it."""
    found: dict[str, str] = {}
    for name, value in _pairs(rows):
        lower = name.lower()
        found[lower] = f"{found[lower]}, {value}" if lower in found else value
    return found


def reach(value: JSON, path: str) -> JSON:
    """The value at a dotted path, such as `data.0.id`; None where there is none. An empty path is the whole."""
    for part in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def listed(value: JSON, path: str, field: str) -> list[JSON]:
    """The list at a dotted path of an answer. Raises NodeError that names the path where there is none."""
    found = reach(value, path)
    if isinstance(found, list):
        return found
    where = f"at {path!r}" if path else "as its whole"
    has = f"; it has {', '.join(sorted(value)[:20])}" if isinstance(value, dict) and not path else ""
    raise NodeError(f"the answer has no list {where}{has}", field=field, retryable=False)
