"""Keys by which items of two inputs find each other."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence

from a8n import JSON, Field, Parameters
from a8n_flow.values import number


class Pair(Parameters):
    """A field of `a` and the field of `b` that has to be equal to it."""

    a: str = Field(min_length=1)
    """Name of the field in items of `a`; dots reach inside."""
    b: str = ""
    """Name of the field in items of `b`; empty for the same name."""

    @property
    def name_in_b(self) -> str:
        """The field's name in items of `b`."""
        return self.b or self.a


def identity(json: dict[str, JSON], fields: Sequence[str], numbers: bool) -> Hashable | None:
    """A key that is the same for equal values of the fields; None when one of them is null or missing.

    1 and 1.0 are the same, 1 and true are not. With `numbers`, so are 1 and the text "1".
    """
    if len(fields) == 1:
        return _identity(reach(json, fields[0]), numbers)
    parts = tuple(_identity(reach(json, field), numbers) for field in fields)
    return None if None in parts else parts


def _identity(value: JSON, numbers: bool) -> Hashable | None:
    if isinstance(value, str):
        found = number(value) if numbers else None
        return value if found is None else found
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, dict | list):
        return ("json", json.dumps(value, sort_keys=True))
    return value if isinstance(value, int | float) else None


def reach(json: dict[str, JSON], name: str) -> JSON:
    """The value of a field, by its own name or by a dotted path; None when it is missing."""
    if name in json or "." not in name:
        return json.get(name)
    value: JSON = json
    for part in name.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and len(part) < 10 and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value
