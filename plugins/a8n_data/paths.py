"""Dotted names: `user.name` reaches into objects, `lines.0.price` into lists. Nothing is changed in place.

A field whose own name has dots in it comes first; elsewhere a dot that belongs to the name is written `\\.`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from a8n import JSON, NodeError

MISSING: Any = object()
"""What `get` gives for a field that is not there, as opposed to one that is null."""

_DEEPEST = 50
_LONGEST_INDEX = 9


@lru_cache(4_096)
def parts(name: str) -> tuple[str, ...]:
    """The steps of a dotted name. Raises NodeError for one that is empty, has an empty step, or is too deep."""
    if "\\." in name:
        found = tuple(part.replace("\0", ".") for part in name.replace("\\.", "\0").split("."))
    else:
        found = tuple(name.split("."))
    if "" in found:
        raise NodeError(f"{name!r} is no name of a field", hint="Write names like user.name.", retryable=False)
    if len(found) > _DEEPEST:
        raise NodeError(f"a name may have at most {_DEEPEST} parts", retryable=False)
    return found


def get(json: dict[str, JSON], name: str) -> JSON:
    """The value of a field, or MISSING."""
    if name in json:
        return json[name]
    if "." not in name:
        return MISSING
    value: JSON = json
    for part in parts(name):
        if isinstance(value, dict):
            value = value.get(part, MISSING)
        elif isinstance(value, list):
            index = _index(part)
            value = value[index] if index is not None and index < len(value) else MISSING
        else:
            return MISSING
    return value


def put(json: dict[str, JSON], name: str, value: JSON) -> None:
    """Set a field of `json`, an object of the caller's own; what lies inside it is copied along the way.

    Objects that are missing or null on the way are made; a list takes an index that it has, or the next one.
    Raises NodeError where the way leads through text, a number or a boolean.
    """
    if "." not in name or name in json:
        if not name:
            parts(name)
        json[name] = value
        return
    steps = parts(name)
    place: Any = json
    for depth, step in enumerate(steps[:-1]):
        below = _below(place, step)
        if isinstance(below, dict | list):
            copy: Any = below.copy()
        elif below is None or below is MISSING:
            copy = {}
        else:
            raise NodeError(f"cannot set {name!r}: {'.'.join(steps[: depth + 1])!r} is {kind(below)}", retryable=False)
        _assign(place, step, copy, name)
        place = copy
    _assign(place, steps[-1], value, name)


def without(json: dict[str, JSON], name: str) -> dict[str, JSON]:
    """The object without a field; the same object when it has no such field. Entries of lists stay."""
    if name in json:
        return {key: value for key, value in json.items() if key != name}
    if "." not in name or get(json, name) is MISSING:
        return json
    return cast("dict[str, JSON]", _without(json, parts(name)))


def _without(value: Any, steps: tuple[str, ...]) -> Any:
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        if not rest:
            return value
        index = int(step)
        return [_without(entry, rest) if i == index else entry for i, entry in enumerate(value)]
    if not rest:
        return {key: entry for key, entry in value.items() if key != step}
    return {key: _without(entry, rest) if key == step else entry for key, entry in value.items()}


def last_part(name: str) -> str:
    """The innermost step: `price` of `lines.0.price`."""
    return parts(name)[-1]


def kind(value: Any) -> str:
    """What a value is, in words, for errors."""
    if value is MISSING:
        return "missing"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"


def _below(place: Any, step: str) -> Any:
    if isinstance(place, dict):
        return place.get(step, MISSING)
    index = _index(step)
    return place[index] if index is not None and index < len(place) else MISSING


def _assign(place: Any, step: str, value: JSON, name: str) -> None:
    if isinstance(place, dict):
        place[step] = value
        return
    index = _index(step)
    if index is None or index > len(place):
        raise NodeError(f"cannot set {name!r}: the list has {len(place)} entries, not {step!r}", retryable=False)
    if index == len(place):
        place.append(value)
    else:
        place[index] = value


def _index(part: str) -> int | None:
    return int(part) if part.isdecimal() and len(part) <= _LONGEST_INDEX else None
