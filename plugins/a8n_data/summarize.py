"""Figures over groups of items: Summarize."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Literal, TypeAlias

from a8n import JSON, BatchNode, Context, Example, Field, Item, NodeError, Parameters, Result
from a8n_data.ordering import as_number, as_text, identity
from a8n_data.paths import MISSING, get, kind, last_part, put

Operation: TypeAlias = Literal[
    "count", "sum", "average", "median", "min", "max", "first", "last", "concat", "unique_count", "collect"
]


class Figure(Parameters):
    """One figure to work out for each group."""

    op: Operation = "count"
    """What to work out. Null and missing values do not count; `sum`, `average` and `median` take numbers, also in
    text; `min` and `max` numbers or texts; `collect` makes a list, `concat` joins to one text."""
    field: str = Field(default="", max_length=500)
    """Name of the field; dots reach inside. Empty is for `count` alone: it then counts items."""
    name: str = Field(default="", max_length=500)
    """Name for the figure; empty makes one, such as `sum_total`."""
    separator: str = Field(default=", ", max_length=100)
    """What `concat` puts between two values."""


class Summarize(BatchNode):
    """Work out figures over all items, or over each group of items: count, sum, average, and so on.

    Gives one item for each group, in the order in which the groups first appear, with the group's fields and the
    figures. Groups are told apart like items in Remove duplicates; a missing field is a group of its own.
    """

    key = "data.summarize"
    icon = "sigma"
    effect = "pure"
    group = "data"
    examples = (
        Example(
            "Revenue of each country",
            {
                "group_by": ["country"],
                "figures": [{"op": "count"}, {"op": "sum", "field": "total", "name": "revenue"}],
            },
            ({"country": "DE", "total": 10}, {"country": "FR", "total": 7}, {"country": "DE", "total": "5.5"}),
            {"main": [{"country": "DE", "count": 2, "revenue": 15.5}, {"country": "FR", "count": 1, "revenue": 7}]},
        ),
    )

    group_by: list[str] = Field(default_factory=lambda: [], max_length=20)
    """Fields whose values make a group; dots reach inside. Empty takes all items as one group."""
    figures: list[Figure] = Field(default_factory=lambda: [Figure()], min_length=1, max_length=100)
    """What to work out."""

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Make an item of each group."""
        groups: dict[Hashable, list[int]] = {}
        for i, item in enumerate(items):
            groups.setdefault(tuple(identity(get(item.json, name)) for name in self.group_by), []).append(i)
        return [self._summary(items, members) for members in groups.values()]

    def _summary(self, items: Sequence[Item], members: Sequence[int]) -> Item:
        made: dict[str, JSON] = {}
        for name in self.group_by:
            value = get(items[members[0]].json, name)
            if value is not MISSING:
                put(made, name, value)
        for i, figure in enumerate(self.figures):
            put(made, figure.name or _name(figure), _worked_out(figure, items, members, f"figures.{i}.field"))
        return Item(made, None, tuple(members))


def _name(figure: Figure) -> str:
    return f"{figure.op}_{last_part(figure.field)}" if figure.field else figure.op


def _worked_out(figure: Figure, items: Sequence[Item], members: Sequence[int], place: str) -> JSON:
    if not figure.field:
        if figure.op != "count":
            raise NodeError(f"{figure.op} needs the name of a field", field=place, retryable=False)
        return len(members)
    pairs = [
        (i, value) for i in members if (value := get(items[i].json, figure.field)) is not None and value is not MISSING
    ]
    if figure.op == "concat":
        return figure.separator.join(as_text(value) for _, value in pairs)
    if figure.op in _NUMERIC:
        values: list[Any] = [_number(value, figure, i, place) for i, value in pairs]
    elif figure.op in ("min", "max"):
        values = _comparable(pairs, figure, place)
    else:
        values = [value for _, value in pairs]
    try:
        return _OPERATIONS[figure.op](values)
    except OverflowError:
        raise NodeError(f"the {figure.op} of {figure.field!r} is too large", field=place, retryable=False) from None


def _number(value: JSON, figure: Figure, i: int, place: str) -> int | float:
    found = as_number(value)
    if found is None:
        raise NodeError(
            f"{figure.op} needs numbers, but {figure.field!r} of item {i + 1} is {kind(value)}",
            field=place,
            retryable=False,
        )
    return found


def _comparable(pairs: Sequence[tuple[int, JSON]], figure: Figure, place: str) -> list[Any]:
    """The values as they are when all are texts, otherwise as numbers."""
    if all(isinstance(value, str) for _, value in pairs):
        numbers = [as_number(value) for _, value in pairs]
        return [value for _, value in pairs] if None in numbers else numbers
    return [_number(value, figure, i, place) for i, value in pairs]


def _sum(values: list[Any]) -> int | float:
    """Exact for whole numbers; correctly rounded for others."""
    return sum(values) if all(isinstance(value, int) for value in values) else _finite(math.fsum(values))


def _average(values: list[Any]) -> float | None:
    return _finite(_sum(values) / len(values)) if values else None


def _median(values: list[Any]) -> int | float | None:
    if not values:
        return None
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else _finite((ordered[middle - 1] + ordered[middle]) / 2)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise OverflowError
    return value


_NUMERIC = frozenset(("sum", "average", "median"))
_OPERATIONS: dict[str, Callable[[list[Any]], JSON]] = {
    "count": len,
    "sum": _sum,
    "average": _average,
    "median": _median,
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "first": lambda values: values[0] if values else None,
    "last": lambda values: values[-1] if values else None,
    "unique_count": lambda values: len({identity(value) for value in values}),
    "collect": lambda values: values,
}
