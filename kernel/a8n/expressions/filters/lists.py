"""Filters for lists; some also take text or objects."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from a8n.expressions.access import Missing, kind, reach
from a8n.expressions.errors import RefusedError, WrongTypeError
from a8n.expressions.filters.entry import Group, need
from a8n.expressions.filters.objects import steps
from a8n.expressions.filters.ordering import identity, ordered
from a8n.expressions.limits import Work
from a8n.expressions.operators import equal
from a8n.expressions.result import as_text

GROUP: Final = Group("Lists")


@GROUP.also("count")
def length(value: Any) -> int:
    """The number of items, keys or characters.

    >>> [1, 2, 3] | length
    3
    """
    if not isinstance(value, (str, list, tuple, dict, range)):
        raise WrongTypeError("a list, an object or text", kind(value))
    return len(value)


@GROUP.add
def first(value: Any) -> Any:
    """The first item or character; missing if there is none.

    >>> [1, 2, 3] | first
    1
    """
    return _sequence(value)[0] if len(_sequence(value)) else Missing(value, 0)


@GROUP.add
def last(value: Any) -> Any:
    """The last item or character; missing if there is none.

    >>> [1, 2, 3] | last
    3
    """
    return _sequence(value)[-1] if len(_sequence(value)) else Missing(value, -1)


@GROUP.add
def list_(value: Any) -> list[Any]:
    """A list: of a range, of the characters of a text, of the keys of an object; a single value in a list.

    >>> range(3) | list
    [0, 1, 2]
    """
    return list(value) if isinstance(value, (str, list, tuple, dict, range)) else [value]


@GROUP.add
def join(work: Work, value: list[Any], separator: str = "", attribute: str | None = None) -> str:
    """The items, or an attribute of each, as one text.

    >>> ["a", "b", 3] | join(", ")
    "a, b, 3"
    """
    parts = [as_text(part, work) for part in column(work, value, attribute)]
    work.reserve_text(sum(map(len, parts)) + len(separator) * max(len(parts) - 1, 0))
    return separator.join(parts)


@GROUP.add
def reverse(value: Any) -> Any:
    """The other way round; also text.

    >>> [1, 2, 3] | reverse
    [3, 2, 1]
    """
    reversed_ = _sequence(value)[::-1]
    return reversed_ if isinstance(reversed_, str) else list(reversed_)


@GROUP.add
def sort(
    work: Work,
    value: list[Any],
    reverse: bool = False,
    case_sensitive: bool = False,
    attribute: str | None = None,
) -> list[Any]:
    """In order: nulls, numbers, texts, dates; by an attribute if one is named.

    >>> [{"n": 2}, {"n": 1}] | sort(attribute="n")
    [{"n": 1}, {"n": 2}]
    """
    keys = ordered(work, column(work, value, attribute), case_sensitive)
    order = sorted(range(len(value)), key=keys.__getitem__, reverse=reverse)
    return [value[index] for index in order]


@GROUP.add
def sum_(work: Work, value: list[Any], attribute: str | None = None, start: float = 0) -> float:
    """The sum of the numbers, or of an attribute of each item.

    >>> [{"price": 2}, {"price": 3.5}] | sum(attribute="price")
    5.5
    """
    numbers = [_number(part) for part in column(work, value, attribute)]
    whole = all(isinstance(number, int) for number in numbers)
    return sum(numbers, start) if whole else math.fsum(numbers) + start


@GROUP.add
def average(work: Work, value: list[Any], attribute: str | None = None) -> float:
    """The mean of the numbers, or of an attribute of each item; an error for an empty list.

    >>> [1, 2, 6] | average
    3.0
    """
    if not value:
        raise RefusedError("An empty list has no average")
    return math.fsum(_number(part) for part in column(work, value, attribute)) / len(value)


@GROUP.add
def min_(work: Work, value: list[Any], attribute: str | None = None) -> Any:
    """The smallest item, or the item with the smallest attribute; missing if the list is empty.

    >>> [3, 1, 2] | min
    1
    """
    return _extreme(work, value, attribute, min)


@GROUP.add
def max_(work: Work, value: list[Any], attribute: str | None = None) -> Any:
    """The largest item, or the item with the largest attribute; missing if the list is empty.

    >>> [3, 1, 2] | max
    3
    """
    return _extreme(work, value, attribute, max)


@GROUP.add
def unique(work: Work, value: list[Any], attribute: str | None = None) -> list[Any]:
    """Each item once (or once per value of an attribute), the first of equals.

    >>> [1, 2, 1, "1"] | unique
    [1, 2, "1"]
    """
    kept: dict[Any, Any] = {}
    for part, key in zip(value, column(work, value, attribute), strict=True):
        kept.setdefault(identity(work, key), part)
    return list(kept.values())


@GROUP.add
def flatten(work: Work, value: list[Any], levels: int = 1) -> list[Any]:
    """Lists inside the list taken apart, `levels` deep.

    >>> [1, [2, [3]]] | flatten
    [1, 2, [3]]
    """
    for _ in range(min(levels, 100)):
        flat: list[Any] = []
        for part in value:
            work.charge(1 + (len(part) if isinstance(part, list) else 0))
            flat.extend(part) if isinstance(part, list) else flat.append(part)
        value = flat
    return value


@GROUP.add
def pluck(work: Work, value: list[Any], attribute: str, default: object = Missing) -> list[Any]:
    """An attribute of each item, named by a dotted path.

    >>> [{"user": {"name": "Ada"}}, {"user": {"name": "Alan"}}] | pluck("user.name")
    ["Ada", "Alan"]
    """
    return [_or(part, default) for part in _reached(work, value, attribute)]


@GROUP.add
def chunk(work: Work, value: list[Any], size: int) -> list[Any]:
    """Lists of `size` items each; the last may have fewer.

    >>> [1, 2, 3, 4, 5] | chunk(2)
    [[1, 2], [3, 4], [5]]
    """
    if size < 1:
        raise RefusedError("chunk: size must be 1 or more")
    work.charge(len(value))
    return [value[index : index + size] for index in range(0, len(value), size)]


@GROUP.add
def slice_(value: Any, start: int, stop: int | None = None) -> Any:
    """The items or characters from `start` up to but without `stop`; negative numbers count from the end.

    >>> [1, 2, 3, 4] | slice(1, -1)
    [2, 3]
    """
    part = _sequence(value)[start:stop]
    return part if isinstance(part, str) else list(part)


@GROUP.add
def index_of(work: Work, value: list[Any], item: Any) -> int:
    """Where `item` is in the list, counted from 0; -1 if it is not.

    >>> ["a", "b"] | index_of("b")
    1
    """
    for index, part in enumerate(value):
        work.charge(1)
        if equal(work, part, item):
            return index
    return -1


@GROUP.add
def zip_(value: list[Any], other: list[Any]) -> list[Any]:
    """Pairs of items of two lists, as long as the shorter.

    >>> ["a", "b"] | zip([1, 2])
    [["a", 1], ["b", 2]]
    """
    return [[left, right] for left, right in zip(value, other, strict=False)]


@GROUP.add
def compact(value: list[Any]) -> list[Any]:
    """Without nulls and empty texts.

    >>> ["a", null, "", 0] | compact
    ["a", 0]
    """
    return [part for part in value if part is not None and part != ""]


def _sequence(value: Any) -> Any:
    if isinstance(value, (str, list, tuple, range)):
        return value
    raise WrongTypeError("a list or text", kind(value))


def _reached(work: Work, value: list[Any], path: str) -> list[Any]:
    way = steps(path)
    work.charge(len(value) * len(way))
    return [reach(part, way) for part in value]


def column(work: Work, value: list[Any], path: str | None) -> list[Any]:
    """The items, or what is at `path` in each: nothing may be missing."""
    return value if path is None else [need(part) for part in _reached(work, value, path)]


def _or(value: Any, default: object) -> Any:
    if not isinstance(value, Missing):
        return value
    return need(value) if default is Missing else default


def _number(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise WrongTypeError("numbers", kind(value), "Make numbers of texts with `| map('float')`.")


def _extreme(work: Work, value: list[Any], attribute: str | None, choose: Callable[..., int]) -> Any:
    if not value:
        return Missing(value, 0)
    keys = ordered(work, column(work, value, attribute), True)
    return value[choose(range(len(value)), key=keys.__getitem__)]
