"""From lists to items and back: Split out, Aggregate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from a8n import JSON, BatchNode, Context, Example, Field, FileRef, Item, Node, NodeError, Parameters, Result
from a8n_data.paths import MISSING, get, kind, last_part, put, without


class SplitOut(Node):
    """Make an item of each entry of a list.

    Entries that are objects become items themselves, other entries stand under the field's name; or all of them
    under a name that you choose. Other fields of the item can come along.
    """

    key = "data.split_out"
    icon = "ungroup"
    effect = "pure"
    group = "data"
    subtitle = "{field}"
    examples = (
        Example(
            "An item for each line of an order",
            {"field": "lines", "include": "all"},
            ({"order": 7, "lines": [{"sku": "a"}, {"sku": "b"}]},),
            {"main": [{"order": 7, "sku": "a"}, {"order": 7, "sku": "b"}]},
        ),
        Example(
            "An item for each tag",
            {"field": "post.tags", "destination": "tag"},
            ({"post": {"tags": ["red", "blue"]}},),
            {"main": [{"tag": "red"}, {"tag": "blue"}]},
        ),
    )

    field: str = Field(min_length=1, max_length=500)
    """Name of the field with the list; dots reach inside."""
    destination: str = Field(default="", max_length=500)
    """Name for the entry in its new item. Empty spreads objects into the item, and puts other entries under the
    field's own name."""
    include: Literal["none", "all", "selected"] = "none"
    """Which other fields each new item gets. An entry's own fields win over them."""
    fields: list[str] = Field(default_factory=lambda: [], max_length=100)
    """The other fields, where `include` is `selected`."""
    missing: Literal["error", "skip", "keep"] = "error"
    """What to do with an item whose field is missing or null: fail, give nothing for it, or pass it on."""

    def run(self, ctx: Context) -> Result:
        """Make the items."""
        item = ctx.item
        entries = get(item.json, self.field)
        if entries is MISSING or entries is None:
            if self.missing == "error":
                raise self._unfit(f"{self.field!r} is {kind(entries)}, not a list")
            return item if self.missing == "keep" else None
        if not isinstance(entries, list):
            raise self._unfit(f"{self.field!r} is {kind(entries)}, not a list")
        beside = self._beside(item.json)
        files = item.files if self.include == "all" else None
        return [Item(self._entry(beside, entry), files) for entry in entries]

    def _beside(self, json: dict[str, JSON]) -> dict[str, JSON]:
        if self.include == "all":
            return without(json, self.field)
        made: dict[str, JSON] = {}
        for name in self.fields if self.include == "selected" else ():
            value = get(json, name)
            if value is not MISSING:
                put(made, name, value)
        return made

    def _entry(self, beside: dict[str, JSON], entry: JSON) -> dict[str, JSON]:
        if not self.destination and isinstance(entry, dict):
            return {**beside, **entry}
        made = beside.copy()
        put(made, self.destination or last_part(self.field), entry)
        return made

    @staticmethod
    def _unfit(message: str) -> NodeError:
        return NodeError(message, field="field", retryable=False)


class WholeItems(Parameters):
    """A list of whole items."""

    what: Literal["items"]
    """Which kind of list this is."""
    name: str = Field(default="items", min_length=1, max_length=500)
    """Name for the list."""


class Collected(Parameters):
    """A field whose values become a list."""

    field: str = Field(min_length=1, max_length=500)
    """Name of the field; dots reach inside."""
    name: str = Field(default="", max_length=500)
    """Name for the list; empty for the field's own."""


class FieldValues(Parameters):
    """Lists of the values of fields."""

    what: Literal["fields"]
    """Which kind of list this is."""
    fields: list[Collected] = Field(min_length=1, max_length=100)
    """The fields, each of which becomes a list."""
    keep_missing: bool = False
    """Put null where an item does not have the field or it is null. Otherwise the list is that much shorter."""


class Aggregate(BatchNode):
    """Make one item of all: with a list of the items, or with a list of the values of each field you name."""

    key = "data.aggregate"
    icon = "group"
    effect = "pure"
    group = "data"
    subtitle = "{collect.what}"
    examples = (
        Example(
            "All items as one list",
            {"collect": {"what": "items", "name": "people"}},
            ({"name": "Ada"}, {"name": "Tim"}),
            {"main": [{"people": [{"name": "Ada"}, {"name": "Tim"}]}]},
        ),
        Example(
            "A list of all addresses",
            {"collect": {"what": "fields", "fields": [{"field": "mail", "name": "to"}]}},
            ({"mail": "a@example.org"}, {"mail": None}, {"mail": "b@example.org"}),
            {"main": [{"to": ["a@example.org", "b@example.org"]}]},
        ),
    )

    collect: Annotated[WholeItems | FieldValues, Field(discriminator="what")] = Field(
        default_factory=lambda: WholeItems(what="items")
    )
    """What to make a list of."""
    files: bool = False
    """Take the files of all items along. Where two have one name, the later ones are numbered: `file_2`."""

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Make the item."""
        made: dict[str, JSON] = {}
        if isinstance(self.collect, WholeItems):
            put(made, self.collect.name, [item.json for item in items])
        else:
            for row in self.collect.fields:
                put(made, row.name or last_part(row.field), self._values(row.field, items, self.collect.keep_missing))
        return Item(made, self._files(items) if self.files else None, tuple(range(len(items))))

    @staticmethod
    def _values(field: str, items: Sequence[Item], keep_missing: bool) -> list[JSON]:
        found = (get(item.json, field) for item in items)
        values = [None if value is MISSING else value for value in found]
        return values if keep_missing else [value for value in values if value is not None]

    @staticmethod
    def _files(items: Sequence[Item]) -> dict[str, FileRef]:
        made: dict[str, FileRef] = {}
        count: dict[str, int] = {}
        for item in items:
            for name, ref in (item.files or {}).items():
                free = name
                while free in made:
                    count[name] = count.get(name, 1) + 1
                    free = f"{name}_{count[name]}"
                made[free] = ref
        return made
