"""Values by key, which outlive executions."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from a8n import JSON, Context, Duration, Example, Field, Json, Node, NodeError, Parameters, hint

Name = Annotated[str, hint(placeholder="last_invoice")]
NAME: Any = Field(min_length=1, max_length=300, description="Name of the value.")
Shared = Annotated[bool, hint(advanced=True)]
SHARED: Any = Field(False, description="A value of all workflows of the project, rather than of this one alone.")
MOST = 10_000
"""Entries of a list that is added to."""


class Kept(Parameters):
    """A value."""

    name: str
    """Its name."""
    value: Any
    """What it is now; null where there is none."""


class Gone(Parameters):
    """What became of a value."""

    name: str
    """Its name."""
    deleted: bool
    """Whether there was one."""


class GetValue(Node):
    """Get a value that was set by this workflow, or by another of its project."""

    key = "values.get"
    title = "Get a value"
    group = "database"
    effect = "idempotent"
    subtitle = "{name}"
    examples = (
        Example("Where we left off", {"name": "last_invoice", "default": 0},
                output={"main": [{"name": "last_invoice", "value": 0}]}),
    )  # fmt: skip

    name: Name = NAME
    default: Json = Field(None, description="What it gives where there is no value.")
    shared: Shared = SHARED

    async def run(self, ctx: Context) -> Kept:
        """Look it up."""
        return Kept(name=self.name, value=await ctx.store(shared=self.shared).get(self.name, self.default))


class SetValue(Node):
    """Set a value, for later executions to get."""

    key = "values.set"
    title = "Set a value"
    group = "database"
    effect = "idempotent"
    subtitle = "{name}"
    examples = (
        Example("Remember where we are", {"name": "last_invoice", "value": {"$": "json.number"}},
                items=({"number": 17},), output={"main": [{"name": "last_invoice", "value": 17}]}),
    )  # fmt: skip

    name: Name = NAME
    value: Json = Field(description="Its value: any JSON of 1 MB at most.")
    forget_after: Duration | None = Field(None, description="How long it is kept; empty: for ever.")
    shared: Shared = SHARED

    async def run(self, ctx: Context) -> Kept:
        """Set it."""
        lifetime = _seconds(self.forget_after)
        await ctx.store(shared=self.shared).put(self.name, self.value, lifetime=lifetime)
        return Kept(name=self.name, value=self.value)


class Count(Parameters):
    """Add a number to it; where there is none it begins with 0."""

    kind: Literal["add"] = Field("add", description="How the value changes.")
    amount: float = Field(1, description="What is added; less than 0 to take away.")


class Append(Parameters):
    """Put an entry at the end of a list; where there is none it begins empty."""

    kind: Literal["append"] = Field("append", description="How the value changes.")
    entry: Json = Field(None, description="The entry.")
    most: int = Field(100, ge=1, le=MOST, description="How many entries are kept, the latest.")


Change = Annotated[Count | Append, Field(discriminator="kind")]


class ChangeValue(Node):
    """Count something, or add to a list. Nobody changes the value in between, however many executions there are."""

    key = "values.change"
    title = "Change a value"
    group = "database"
    effect = "unsafe"
    subtitle = "{name}"
    examples = (
        Example("Count orders", {"name": "orders", "change": {"kind": "add"}},
                output={"main": [{"name": "orders", "value": 1}]}),
        Example("The last ten errors", {"name": "errors", "change": {"kind": "append", "entry": {"$": "json"},
                "most": 10}}, items=({"code": 5},), output={"main": [{"name": "errors", "value": [{"code": 5}]}]}),
    )  # fmt: skip

    name: Name = NAME
    change: Change = Field(Count(), description="How the value changes.")
    forget_after: Duration | None = Field(None, description="How long it is kept from now on; empty: for ever.")
    shared: Shared = SHARED

    async def run(self, ctx: Context) -> Kept:
        """Change it."""
        store = ctx.store(shared=self.shared)
        return Kept(
            name=self.name, value=await store.change(self.name, self._changed, lifetime=_seconds(self.forget_after))
        )

    def _changed(self, value: JSON) -> JSON:
        what = self.change
        if isinstance(what, Append):
            if value is not None and not isinstance(value, list):
                raise NodeError(f"the value {self.name!r} is no list", field="name", retryable=False)
            return [*(value or []), what.entry][-what.most :]
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise NodeError(f"the value {self.name!r} is no number", field="name", retryable=False)
        total = (value or 0) + what.amount
        return int(total) if float(total).is_integer() else total


class DeleteValue(Node):
    """Delete a value."""

    key = "values.delete"
    title = "Delete a value"
    group = "database"
    effect = "idempotent"
    subtitle = "{name}"
    examples = (
        Example("Begin anew", {"name": "orders"}, output={"main": [{"name": "orders", "deleted": False}]}),
    )  # fmt: skip

    name: Name = NAME
    shared: Shared = SHARED

    async def run(self, ctx: Context) -> Gone:
        """Delete it."""
        return Gone(name=self.name, deleted=await ctx.store(shared=self.shared).delete(self.name))


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()
