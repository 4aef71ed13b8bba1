"""Changing the fields of items: Edit fields, Rename fields, Remove fields."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from a8n import JSON, Context, Example, Field, Item, Node, Parameters, Result, hint
from a8n_data.paths import MISSING, get, put, without


class Assignment(Parameters):
    """A field and its new value."""

    name: str = Field(min_length=1, max_length=500)
    """Name of the field; dots reach inside, `user.name` or `lines.0.price`."""
    value: Annotated[Any, hint(widget="text")] = None
    """The value: text, a number, true or false, a list, an object, or an expression that gives one."""


class EditFields(Node):
    """Set fields of each item, and keep or drop the others.

    Dotted names reach inside of objects and lists, which are made where they are missing. Fields are set in the
    order of the list; expressions see the item as it came in.
    """

    key = "data.set"
    icon = "pencil"
    effect = "pure"
    group = "data"
    title = "Edit fields"
    subtitle = "{mode} other fields"
    examples = (
        Example(
            "Write a greeting beside the name",
            {"fields": [{"name": "text", "value": {"$t": "Hello {{ json.name }}"}}]},
            ({"name": "Ada"},),
            {"main": [{"name": "Ada", "text": "Hello Ada"}]},
        ),
        Example(
            "Keep only what is set, inside of an object",
            {"mode": "only", "fields": [{"name": "user.id", "value": {"$": "json.id"}}]},
            ({"id": 7, "name": "Ada"},),
            {"main": [{"user": {"id": 7}}]},
        ),
    )

    mode: Literal["keep", "only"] = "keep"
    """Keep the other fields of the item, or only those set here."""
    fields: list[Assignment] = Field(default_factory=lambda: [], max_length=500)
    """The fields to set."""
    files: Annotated[Literal["keep", "drop"], hint(advanced=True)] = "keep"
    """What becomes of the item's files."""

    def run(self, ctx: Context) -> Result:
        """Make the changed item."""
        item = ctx.item
        json: dict[str, JSON] = item.json.copy() if self.mode == "keep" else {}
        for field in self.fields:
            name = field.name
            if "." in name:
                put(json, name, field.value)
            else:
                json[name] = field.value
        if item.files and self.files == "keep":
            return Item(json, item.files)
        return json


class Renaming(Parameters):
    """An old and a new name."""

    old: str = Field(min_length=1, max_length=500)
    """The field's name now; dots reach inside."""
    new: str = Field(min_length=1, max_length=500)
    """Its new name; with dots it moves inside."""


class RenameFields(Node):
    """Give fields of each item other names, or move them.

    All old names are read first, so two fields can trade names. Fields that an item does not have are passed over.
    A field that already has the new name is replaced. Renamed fields keep their place among the others.
    """

    key = "data.rename"
    icon = "replace"
    effect = "pure"
    group = "data"
    examples = (
        Example(
            "Shorten a name and flatten an object",
            {"fields": [{"old": "customer_name", "new": "name"}, {"old": "address.city", "new": "city"}]},
            ({"customer_name": "Ada", "address": {"city": "London", "zip": "N1"}},),
            {"main": [{"name": "Ada", "address": {"zip": "N1"}, "city": "London"}]},
        ),
    )

    fields: list[Renaming] = Field(default_factory=lambda: [], max_length=500)
    """Which field gets which name."""

    def run(self, ctx: Context) -> Result:
        """Make the changed item."""
        json = ctx.item.json
        moves = [(row, value) for row in self.fields if (value := get(json, row.old)) is not MISSING]
        plain = {row.old: row.new for row, _ in moves if row.old in json and "." not in row.new}
        moved = [(row.new, value) for row, value in moves if row.old not in plain]
        kept = json
        for row, _ in moves:
            if row.old not in plain:
                kept = without(kept, row.old)
        taken = set(plain.values())
        made = {plain.get(name, name): value for name, value in kept.items() if name in plain or name not in taken}
        for name, value in moved:
            put(made, name, value)
        return Item(made, ctx.item.files)


class RemoveFields(Node):
    """Remove fields from each item, or all but the ones you name."""

    key = "data.remove"
    icon = "eraser"
    effect = "pure"
    group = "data"
    subtitle = "{mode}"
    examples = (
        Example(
            "Remove what nobody should see",
            {"fields": ["password", "card.number"]},
            ({"name": "Ada", "password": "x", "card": {"number": "4", "valid": "12/30"}},),
            {"main": [{"name": "Ada", "card": {"valid": "12/30"}}]},
        ),
        Example(
            "Keep two fields",
            {"mode": "keep", "fields": ["id", "user.name"]},
            ({"id": 1, "user": {"name": "Ada", "age": 36}, "x": 0},),
            {"main": [{"id": 1, "user": {"name": "Ada"}}]},
        ),
    )

    mode: Literal["remove", "keep"] = "remove"
    """Remove the named fields, or keep only those."""
    fields: list[str] = Field(default_factory=lambda: [], max_length=500)
    """Names of fields; dots reach inside. A field that is not there is passed over."""

    def run(self, ctx: Context) -> Result:
        """Make the changed item."""
        json = ctx.item.json
        if self.mode == "remove":
            for name in self.fields:
                json = without(json, name)
            return Item(json, ctx.item.files)
        kept: dict[str, JSON] = {}
        for name in self.fields:
            value = get(json, name)
            if value is not MISSING and name in json:
                kept[name] = value
            elif value is not MISSING:
                put(kept, name, value)
        return Item(kept, ctx.item.files)
