"""The only ways from a value to a part of it: keys first, then a few names from tables. No Python attribute
is
ever reached by a name that an expression chose, unless its class lists that name (see `scope.exposed`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import FunctionType, MethodType
from typing import Any, Final, NoReturn

from a8n.expressions.errors import MissingError, RefusedError
from a8n.expressions.scope import EXPOSED

TEXT_METHODS: Final = {
    "upper": "upper",
    "lower": "lower",
    "title": "title",
    "capitalize": "capitalize",
    "strip": "trim",
    "split": "split",
    "replace": "replace",
    "startswith": "starts_with",
    "endswith": "ends_with",
}
OBJECT_METHODS: Final = {"keys": "keys", "values": "values", "items": "items", "get": "get"}
_DATE_PARTS: Final = frozenset({"year", "month", "day"})
_TIME_PARTS: Final = _DATE_PARTS | {"hour", "minute", "second", "microsecond"}
_SPAN_PARTS: Final = frozenset({"days", "seconds"})


class Missing:
    """What a missing key, index or root gives. Further steps give it again; any use of it is an error."""

    __slots__ = ("key", "owner")

    def __init__(self, owner: Any, key: Any):
        self.owner = owner
        self.key = key

    def _refuse(self, *_: object) -> NoReturn:
        raise MissingError(self)

    __bool__ = __str__ = __len__ = __iter__ = __contains__ = __eq__ = __hash__ = _refuse


NO_ROOT: Final = object()
"""The owner of a missing root."""


class Method:
    """A method of a text or object before it is called: the filter of that meaning, and its value."""

    __slots__ = ("filter", "value")

    def __init__(self, name: str, value: Any):
        self.filter = name
        self.value = value


class Bound:
    """A method of an exposed object before it is called."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any]):
        self.function = function


def attribute(value: Any, name: str) -> Any:
    """`value.name`: the key of an object, else a harmless method or part, else `Missing`."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        method = OBJECT_METHODS.get(name)
        return Method(method, value) if method else Missing(value, name)
    if isinstance(value, Missing):
        return value
    if isinstance(value, str):
        method = TEXT_METHODS.get(name)
        return Method(method, value) if method else Missing(value, name)
    if name in parts_of(value):
        return getattr(value, name)
    if name in exposed_names(value) and name != "__getitem__":
        part = getattr(value, name)
        return Bound(part) if isinstance(part, MethodType) else part
    return Missing(value, name)


def subscript(value: Any, key: Any) -> Any:
    """`value[key]`: the key of an object or the index into a list or text, else `Missing`."""
    if isinstance(key, Missing):
        raise MissingError(key)
    if isinstance(value, Missing):
        return value
    try:
        if isinstance(value, dict):
            return value[key]
        if isinstance(value, (list, tuple, str, range)) and type(key) is int:
            return value[key]
        if "__getitem__" in exposed_names(value):
            return value[key]
    except (KeyError, IndexError, TypeError):
        pass
    return Missing(value, key)


def reach(value: Any, steps: tuple[str, ...]) -> Any:
    """Follow the steps of a dotted path such as `user.tags.0`, as `attribute=` of many filters does."""
    for step in steps:
        if isinstance(value, (list, tuple)):
            value = subscript(value, int(step)) if step.lstrip("-").isdecimal() else Missing(value, step)
        elif isinstance(value, dict):
            value = subscript(value, step)
        else:
            value = attribute(value, step)
    return value


def callable_part(value: Any) -> Callable[..., Any]:
    """The function behind an exposed function or method; raises RefusedError for anything else."""
    if isinstance(value, Missing):
        raise MissingError(value)
    if isinstance(value, Bound):
        return value.function
    if isinstance(value, FunctionType | MethodType) and getattr(value, EXPOSED, None) is True:
        return value
    raise RefusedError(f"Cannot call {kind(value)}: it is not a function")


def exposed_names(value: Any) -> frozenset[str]:
    """The names that the class of `value` exposes; empty for everything that is not marked."""
    names = getattr(type(value), EXPOSED, None)
    return names if isinstance(names, frozenset) else frozenset()


def parts_of(value: Any) -> frozenset[str]:
    """The parts of a date or duration that can be read by name."""
    if isinstance(value, datetime):
        return _TIME_PARTS
    if isinstance(value, date):
        return _DATE_PARTS
    return _SPAN_PARTS if isinstance(value, timedelta) else frozenset()


def kind(value: Any) -> str:
    """The type of `value` in a reader's words."""
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    return "a function" if callable(value) else "something that is not data"


_KINDS: Final[tuple[tuple[Any, str], ...]] = (
    (type(None), "null"),
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "text"),
    ((list, tuple, range), "a list"),
    (dict, "an object"),
    ((date, datetime), "a date"),
    (timedelta, "a duration"),
    (Missing, "missing"),
    ((Method, Bound), "a method"),
)
