"""Order and number of items: Sort, Limit, Remove duplicates."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal

from a8n import BatchNode, Context, Example, Field, Item, Parameters, Result, to
from a8n_data.ordering import Manner, identity, sort_key
from a8n_data.paths import MISSING, get


class SortKey(Parameters):
    """A field to sort by."""

    field: str = Field(min_length=1, max_length=500)
    """Name of the field; dots reach inside."""
    order: Literal["asc", "desc"] = "asc"
    """Smallest first, or largest first."""
    compare: Manner = "auto"
    """By type and value, as numbers (also those in text), as text, or naturally (item 9 before item 10)."""
    ignore_case: bool = False
    """Take capital and small letters for the same."""


class Sort(BatchNode):
    """Sort items by one or several fields.

    Items that are equal by all of them keep their order. Items whose field is null or missing come last, in either
    order, or first if you say so.
    """

    key = "data.sort"
    icon = "arrow-up-down"
    effect = "pure"
    group = "data"
    examples = (
        Example(
            "The largest orders first, and by name among equals",
            {"keys": [{"field": "total", "order": "desc"}, {"field": "name"}]},
            ({"name": "Tim", "total": 5}, {"name": "Ada", "total": 5}, {"name": "Bob", "total": 9}),
            {"main": [{"name": "Bob", "total": 9}, {"name": "Ada", "total": 5}, {"name": "Tim", "total": 5}]},
        ),
    )

    keys: list[SortKey] = Field(min_length=1, max_length=20)
    """The fields to sort by, the most important first."""
    missing: Literal["last", "first"] = "last"
    """Where items go whose field is null or missing."""

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Sort by the least important field first: sorting is stable."""
        made = list(items)
        for key in reversed(self.keys):
            keyed = []
            rest = []
            for item in made:
                value = get(item.json, key.field)
                place = None if value is MISSING else sort_key(value, key.compare, key.ignore_case)
                keyed.append((place, item)) if place is not None else rest.append(item)
            keyed.sort(key=lambda pair: pair[0], reverse=key.order == "desc")
            in_order = [item for _, item in keyed]
            made = rest + in_order if self.missing == "first" else in_order + rest
        return made


class Limit(BatchNode):
    """Keep the first or the last items, and drop the rest."""

    key = "data.limit"
    icon = "list-end"
    effect = "pure"
    group = "data"
    subtitle = "{keep} {count}"
    examples = (
        Example(
            "The second page of two",
            {"count": 2, "skip": 2},
            ({"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}, {"n": 5}),
            {"main": [{"n": 3}, {"n": 4}]},
        ),
    )

    count: int = Field(default=1, ge=0, le=1_000_000)
    """How many items to keep."""
    keep: Literal["first", "last"] = "first"
    """From which end."""
    skip: int = Field(default=0, ge=0, le=1_000_000)
    """How many items to pass over at that end before."""

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Cut the list."""
        if self.keep == "first":
            return list(items[self.skip : self.skip + self.count])
        end = max(len(items) - self.skip, 0)
        return list(items[max(end - self.count, 0) : end])


class RemoveDuplicates(BatchNode):
    """Keep one item of each kind; the others leave by `duplicates`, usually to nowhere.

    Items are of a kind when they are the same JSON, or have the same values in the fields you name. 1 is the same
    as 1.0, but not as "1"; a missing field is not the same as null.
    """

    key = "data.deduplicate"
    icon = "copy-x"
    effect = "pure"
    group = "data"
    outputs = ("main", "duplicates")
    subtitle = "keep {keep}"
    examples = (
        Example(
            "The latest entry of each customer",
            {"fields": ["customer"], "keep": "last"},
            ({"customer": 1, "v": "old"}, {"customer": 2, "v": "only"}, {"customer": 1, "v": "new"}),
            {
                "main": [{"customer": 2, "v": "only"}, {"customer": 1, "v": "new"}],
                "duplicates": [{"customer": 1, "v": "old"}],
            },
        ),
    )

    fields: list[str] = Field(default_factory=lambda: [], max_length=100)
    """Fields that tell items apart; dots reach inside. Empty compares whole items."""
    keep: Literal["first", "last"] = "first"
    """Which item of each kind stays."""

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Sort out the duplicates; both outputs keep the order."""
        seen: set[Hashable] = set()
        kept: list[Item] = []
        repeated: list[Item] = []
        for item in items if self.keep == "first" else reversed(items):
            key = self._kind(item)
            (repeated if key in seen else kept).append(item)
            seen.add(key)
        if self.keep == "last":
            kept.reverse()
            repeated.reverse()
        return [to("main", kept), to("duplicates", repeated)]

    def _kind(self, item: Item) -> Hashable:
        if not self.fields:
            return identity(item.json)
        return tuple(identity(get(item.json, field)) for field in self.fields)
