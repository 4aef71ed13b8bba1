"""Filters for objects, JSON, and values of any type."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any, Final, NoReturn

from a8n.expressions.access import Missing, kind, reach
from a8n.expressions.errors import RefusedError
from a8n.expressions.filters.entry import Group
from a8n.expressions.limits import Work
from a8n.expressions.result import as_text
from a8n.expressions.result import to_json as json_text

GROUP: Final = Group("Objects and any value")
_NAMES: Final = {
    "null": "null",
    "true or false": "boolean",
    "a number": "number",
    "text": "string",
    "a list": "array",
    "an object": "object",
}


@GROUP.also("d")
def default(value: object, fallback: Any = "", empty: bool = False) -> object:
    """`fallback` where something along the way is missing; with `empty`, also for null, false, 0 and empty
    text.

    >>> json.user.nickname.short | default("none")
    "none"
    >>> "" | default("nobody", true)
    "nobody"
    """
    if isinstance(value, Missing) or (empty and not value):
        return fallback
    return value


@GROUP.add
def keys(value: dict[str, Any]) -> list[Any]:
    """The keys.

    >>> {"a": 1, "b": 2} | keys
    ["a", "b"]
    """
    return list(value)


@GROUP.add
def values(value: dict[str, Any]) -> list[Any]:
    """The values.

    >>> {"a": 1, "b": 2} | values
    [1, 2]
    """
    return list(value.values())


@GROUP.add
def items(value: dict[str, Any]) -> list[Any]:
    """Pairs of key and value.

    >>> {"a": 1, "b": 2} | items
    [["a", 1], ["b", 2]]
    """
    return [[key, part] for key, part in value.items()]


@GROUP.add
def from_items(value: list[Any]) -> dict[str, Any]:
    """An object of pairs of key and value.

    >>> [["a", 1], ["b", 2]] | from_items
    {"a": 1, "b": 2}
    """
    if not all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in value):
        raise RefusedError("from_items needs a list of pairs")
    return {_key(pair[0]): pair[1] for pair in value}


@GROUP.add
def merge(value: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """One object of several; of equal keys the last wins.

    >>> {"a": 1, "b": 2} | merge({"b": 3})
    {"a": 1, "b": 3}
    """
    merged = dict(value)
    for other in others:
        merged.update(other)
    return merged


@GROUP.add
def pick(value: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Only these keys, in this order; those that are missing are left out.

    >>> {"a": 1, "b": 2, "c": 3} | pick("c", "a")
    {"c": 3, "a": 1}
    """
    return {key: value[key] for key in keys if key in value}


@GROUP.add
def omit(value: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Without these keys.

    >>> {"a": 1, "b": 2, "c": 3} | omit("b")
    {"a": 1, "c": 3}
    """
    return {key: part for key, part in value.items() if key not in keys}


@GROUP.add
def dictsort(value: dict[str, Any], reverse: bool = False) -> dict[str, Any]:
    """With keys in order.

    >>> {"b": 2, "a": 1} | dictsort
    {"a": 1, "b": 2}
    """
    return dict(sorted(value.items(), key=lambda pair: pair[0], reverse=reverse))


@GROUP.add
def get(value: Any, path: str, default: Any = None) -> Any:
    """What is at the dotted `path`, where a number is an index; `default` if it is missing.

    >>> {"tags": [{"name": "new"}]} | get("tags.0.name")
    "new"
    >>> {} | get("a.b", 0)
    0
    """
    if isinstance(value, dict) and path in value:
        return value[path]
    found = reach(value, steps(path))
    return default if isinstance(found, Missing) else found


@GROUP.also("tojson")
def to_json(work: Work, value: Any, indent: int | None = None) -> str:
    """As JSON text: compact, or with `indent` spaces per level (8 at most).

    >>> {"a": [1, true, null]} | to_json
    "{\\"a\\":[1,true,null]}"
    """
    return json_text(value, work, None if indent is None else max(0, min(indent, 8)))


@GROUP.also("fromjson")
def from_json(work: Work, value: str) -> Any:
    """The value that JSON text stands for.

    >>> '{"a": [1, true]}' | from_json
    {"a": [1, true]}
    """
    try:
        parsed = json.loads(value, parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"from_json: this is not JSON ({str(error)[:80]})") from error
    work.deep(parsed)
    return parsed


@GROUP.add
def type_(value: object) -> str:
    """The name of the type: null, boolean, number, string, array, object, date, duration or missing.

    >>> [1] | type
    "array"
    """
    if isinstance(value, (date, timedelta)):
        return "duration" if isinstance(value, timedelta) else "date"
    return _NAMES.get(kind(value), "missing" if isinstance(value, Missing) else "function")


@GROUP.add
def bool_(value: Any) -> bool:
    """True or false of any value. Texts such as `false`, `no`, `off`, `0` and the empty text are false.

    >>> "no" | bool
    false
    """
    if isinstance(value, str):
        return value.strip().lower() not in ("", "false", "no", "off", "0", "null", "none", "n", "f")
    return bool(value)


@GROUP.add
def string(work: Work, value: Any) -> str:
    """As text: null is empty, lists and objects are JSON.

    >>> 42 | string
    "42"
    """
    return as_text(value, work)


def steps(path: str) -> tuple[str, ...]:
    """The steps of a dotted path; raises RefusedError for more than 20."""
    parts = tuple(path.split(".", 20))
    if len(parts) > 20:
        raise RefusedError("A path may have 20 steps at most")
    return parts


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise RefusedError(f"The key of an object must be text, not {kind(key)}")
    return key


def _not_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a value of JSON")
