"""Filters that run another filter or a test on each item."""

from __future__ import annotations

from typing import Any, Final

from a8n.expressions.access import Missing, reach
from a8n.expressions.errors import RefusedError
from a8n.expressions.filters.entry import Entry, Group, bool_of, close_to
from a8n.expressions.filters.lists import column, pluck
from a8n.expressions.filters.objects import steps
from a8n.expressions.filters.ordering import identity
from a8n.expressions.limits import Work
from a8n.expressions.result import as_text

GROUP: Final = Group("Lists, item by item")


@GROUP.add
def map_(
    work: Work,
    value: list[Any],
    filter: str | None = None,
    *arguments: Any,
    attribute: str | None = None,
    default: object = Missing,
) -> list[Any]:
    """A filter applied to each item, or with `attribute` a dotted path read from each.

    >>> ["a", "b"] | map("upper")
    ["A", "B"]
    >>> [{"n": 1}, {}] | map(attribute="n", default=0)
    [1, 0]
    """
    if filter is None:
        if attribute is None:
            raise RefusedError("map: name a filter or an attribute")
        return pluck(work, value, attribute, default)
    entry = _entry("filter", filter)
    return [entry.call(work, part, *arguments) for part in value]


@GROUP.add
def select(
    work: Work, value: list[Any], test: str | None = None, *arguments: Any, attribute: str | None = None
) -> list[Any]:
    """The items (or those whose `attribute`) pass a test; without a test, those that are true.

    >>> [1, 2, 3] | select("odd")
    [1, 3]
    >>> [{"n": 5}, {"n": 15}] | select("gt", 10, attribute="n")
    [{"n": 15}]
    """
    return [part for part, passed in _tested(work, value, attribute, test, arguments) if passed]


@GROUP.add
def reject(
    work: Work, value: list[Any], test: str | None = None, *arguments: Any, attribute: str | None = None
) -> list[Any]:
    """The items that fail a test; without a test, those that are false.

    >>> [0, 1, "", "a"] | reject
    [0, ""]
    """
    return [part for part, passed in _tested(work, value, attribute, test, arguments) if not passed]


@GROUP.add
def selectattr(work: Work, value: list[Any], attribute: str, test: str | None = None, *arguments: Any) -> list[Any]:
    """As `select` with `attribute=`, in the form that Jinja knows.

    >>> [{"on": true, "n": 1}, {"on": false, "n": 2}] | selectattr("on") | pluck("n")
    [1]
    """
    return [part for part, passed in _tested(work, value, attribute, test, arguments) if passed]


@GROUP.add
def rejectattr(work: Work, value: list[Any], attribute: str, test: str | None = None, *arguments: Any) -> list[Any]:
    """As `reject` with `attribute=`, in the form that Jinja knows.

    >>> [{"n": 1}, {"n": 2}] | rejectattr("n", "eq", 1)
    [{"n": 2}]
    """
    return [part for part, passed in _tested(work, value, attribute, test, arguments) if not passed]


@GROUP.add
def group_by(work: Work, value: list[Any], attribute: str) -> list[Any]:
    """Groups of items with the same attribute, as objects `{key, items}` in order of first appearance.

    >>> [{"t": "a", "n": 1}, {"t": "b", "n": 2}, {"t": "a", "n": 3}] | group_by("t") | pluck("key")
    ["a", "b"]
    """
    groups: dict[Any, dict[str, Any]] = {}
    for part, key in zip(value, column(work, value, attribute), strict=True):
        groups.setdefault(identity(work, key), {"key": key, "items": []})["items"].append(part)
    return list(groups.values())


@GROUP.add
def key_by(work: Work, value: list[Any], attribute: str) -> dict[str, Any]:
    """An object with each item under the text of its attribute; of equal ones the last wins.

    >>> [{"id": 7, "n": "x"}] | key_by("id")
    {"7": {"id": 7, "n": "x"}}
    """
    keys = [as_text(key, work) for key in column(work, value, attribute)]
    return dict(zip(keys, value, strict=True))


def _tested(
    work: Work, value: list[Any], attribute: str | None, test: str | None, arguments: tuple[Any, ...]
) -> list[tuple[Any, bool]]:
    way = () if attribute is None else steps(attribute)
    work.charge(len(value) * len(way))
    entry = None if test is None else _entry("test", test)
    pairs = []
    for part in value:
        subject = reach(part, way)
        pairs.append((part, bool_of(subject) if entry is None else bool(entry.call(work, subject, *arguments))))
    return pairs


def _entry(kind: str, name: str) -> Entry:
    from a8n.expressions.filters import FILTERS, TESTS

    table = FILTERS if kind == "filter" else TESTS
    if name not in table:
        raise RefusedError(f"There is no {kind} {name[:64]!r}{close_to(name, table)}")
    return table[name]
