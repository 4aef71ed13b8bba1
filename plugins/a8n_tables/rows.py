"""Rows of data tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from a8n import JSON, BatchNode, Context, Example, Field, Item, Node, NodeError, Parameters, hint

Table = Annotated[str, hint(placeholder="customers")]
TABLE: Any = Field(min_length=1, max_length=100, description="Table by its name; tables are made on the page Tables.")
Operator = Literal[
    "eq", "ne", "gt", "gte", "lt", "lte", "contains", "starts_with", "in", "empty", "not_empty"
]  # fmt: skip


class Comparison(Parameters):
    """One comparison of a column."""

    column: str = Field(min_length=1, max_length=63, description="Column to look at; id is there, too.")
    op: Operator = Field("eq", description="How it compares. Texts are looked into without regard to capitals.")
    value: Annotated[Any, hint(widget="text")] = Field(None, description="What with; for `in` a list.")


WHERE: Any = Field(default_factory=lambda: [], max_length=20, description="Comparisons that all have to hold.")


class Removed(Parameters):
    """What is gone."""

    deleted: int
    """Rows that were deleted."""


class FindRows(Node):
    """Find rows of a data table: one item for each."""

    key = "tables.find"
    title = "Find rows of a table"
    group = "database"
    effect = "idempotent"
    subtitle = "{table}"
    examples = (
        Example(
            "Customers of a town, the newest first",
            {
                "table": "customers", "where": [{"column": "town", "value": {"$": "json.town"}}],
                "order": "created_at", "descending": True, "limit": 10,
            },
            items=({"town": "Rome"},),
            needs=("tables",),
        ),
    )  # fmt: skip

    table: Table = TABLE
    where: list[Comparison] = WHERE
    order: str = Field("", max_length=63, description="Column to sort by; empty: as they came.")
    descending: bool = Field(False, description="The largest or latest first.")
    limit: int = Field(1000, ge=1, le=100_000, description="How many rows at most.")
    always: bool = Field(False, description="Where no row is found, go on with the item that came in.")

    async def run(self, ctx: Context) -> list[Item]:
        """Find them."""
        rows = await ctx.tables.rows(
            self.table, _compared(self.where), order=self.order, descending=self.descending, limit=self.limit
        )
        if not rows and self.always:
            return [ctx.item]
        return [Item(row, None, ctx.index) for row in rows]


class Written(BatchNode):
    """What nodes that write items share: all items in one transaction, so that all are written or none."""

    group: ClassVar[str] = "database"
    effect = "idempotent"
    subtitle: ClassVar[str] = "{table}"

    table: Table = TABLE
    columns: list[str] = Field(
        default_factory=lambda: [],
        max_length=50,
        description="Fields to write, into columns of their names; empty: all.",
    )

    def picked(self, items: Sequence[Item]) -> list[dict[str, JSON]]:
        """What is written of each item. Raises NodeError for a field that one does not have."""
        if not self.columns:
            return [item.json for item in items]
        rows = []
        for number, item in enumerate(items, 1):
            missing = [name for name in self.columns if name not in item.json]
            if missing:
                raise NodeError(f"item {number} has no field {missing[0]!r}", field="columns", retryable=False)
            rows.append({name: item.json[name] for name in self.columns})
        return rows


class AddRows(Written):
    """Add each item as a row: its fields go into the columns of their names. A retry adds nothing twice."""

    key = "tables.add"
    title = "Add rows to a table"
    examples = (
        Example("Keep customers", {"table": "customers", "columns": ["email", "name"]},
                items=({"email": "ada@example.org", "name": "Ada"},), needs=("tables",)),
    )  # fmt: skip

    async def run(self, ctx: Context, items: Sequence[Item]) -> list[Item]:
        """Add them."""
        rows = await ctx.tables.add(self.table, self.picked(items), _keys(ctx, items))
        return [Item(row, items[index].files, index) for index, row in enumerate(rows)]


class PutRows(Written):
    """Change, for each item, the row that is the same in some columns, or add one. A retry adds nothing twice."""

    key = "tables.put"
    title = "Add or change rows of a table"
    examples = (
        Example("Keep customers up to date", {"table": "customers", "match": ["email"]},
                items=({"email": "ada@example.org", "name": "Ada"},), needs=("tables",)),
    )  # fmt: skip

    match: list[str] = Field(min_length=1, max_length=50, description="Columns by which a row is found.")

    async def run(self, ctx: Context, items: Sequence[Item]) -> list[Item]:
        """Put them."""
        rows = await ctx.tables.put(self.table, self.picked(items), self.match, _keys(ctx, items))
        return [Item(row, items[index].files, index) for index, row in enumerate(rows)]


class Value(Parameters):
    """A new value of a column."""

    column: str = Field(min_length=1, max_length=63, description="Column to change.")
    value: Annotated[Any, hint(widget="text")] = Field(None, description="Its value.")


class ChangeRows(Node):
    """Change columns of all rows that meet some comparisons: one item for each row."""

    key = "tables.change"
    title = "Change rows of a table"
    group = "database"
    effect = "idempotent"
    subtitle = "{table}"
    examples = (
        Example(
            "Tick an order off",
            {
                "table": "orders", "where": [{"column": "number", "value": {"$": "json.order"}}],
                "values": [{"column": "done", "value": True}],
            },
            items=({"order": 17},),
            needs=("tables",),
        ),
    )  # fmt: skip

    table: Table = TABLE
    where: list[Comparison] = Field(
        min_length=1, max_length=20, description="Comparisons that all have to hold; without any, nothing is changed."
    )
    values: list[Value] = Field(min_length=1, max_length=50, description="What changes.")

    async def run(self, ctx: Context) -> list[Item]:
        """Change them."""
        values = {one.column: one.value for one in self.values}
        rows = await ctx.tables.change(self.table, _compared(self.where), values)
        return [Item(row, None, ctx.index) for row in rows]


class DeleteRows(Node):
    """Delete all rows that meet some comparisons."""

    key = "tables.delete"
    title = "Delete rows of a table"
    group = "database"
    effect = "idempotent"
    subtitle = "{table}"
    examples = (
        Example("Forget a customer",
                {"table": "customers", "where": [{"column": "email", "value": {"$": "json.email"}}]},
                items=({"email": "ada@example.org"},), needs=("tables",)),
    )  # fmt: skip

    table: Table = TABLE
    where: list[Comparison] = Field(
        default_factory=lambda: [], max_length=20, description="Comparisons that all have to hold."
    )
    everything: bool = Field(False, description="Delete all rows where no comparison is given.")

    async def run(self, ctx: Context) -> Removed:
        """Delete them."""
        if not self.where and not self.everything:
            hint = "give a comparison, or tick `everything`"
            raise NodeError("this would delete all rows", field="where", hint=hint, retryable=False)
        return Removed(deleted=await ctx.tables.remove(self.table, _compared(self.where)))


def _compared(where: Sequence[Comparison]) -> list[tuple[str, str, JSON]]:
    return [(one.column, one.op, one.value) for one in where]


def _keys(ctx: Context, items: Sequence[Item]) -> list[str]:
    """An idempotency key for each item, the same on every attempt."""
    return [f"{ctx.key}-{number}" for number in range(len(items))]
