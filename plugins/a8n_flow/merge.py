"""Bringing two streams of items together: Merge."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import product, zip_longest
from typing import Annotated, Literal

from a8n import BatchNode, Context, Example, Field, Item, NodeError, Parameters, Result
from a8n_flow.combining import Combining
from a8n_flow.matching import Pair, identity

MOST = 1_000_000
"""Items that a merge may give."""

Indexed = tuple[int, Item]
"""An item and its position among all input items."""


class Append(Parameters):
    """All items of `a`, then all of `b`."""

    how: Literal["append"]
    """Which kind of merge this is."""

    def merge(self, a: Sequence[Item], b: Sequence[Item]) -> Iterator[Item]:
        """The items of both."""
        yield from a
        yield from b


class ByPosition(Combining):
    """The first item of `a` with the first of `b`, and so on."""

    how: Literal["position"]
    """Which kind of merge this is."""
    unpaired: Literal["drop", "keep"] = "drop"
    """What becomes of the rest of the longer one."""

    def merge(self, a: Sequence[Item], b: Sequence[Item]) -> Iterator[Item]:
        """Pairs, then the rest."""
        for i, (left, right) in enumerate(zip_longest(a, b)):
            if left is not None and right is not None:
                yield self.join(left, right, (i, len(a) + i))
            elif self.unpaired == "keep":
                yield left if left is not None else right


class ByKey(Combining):
    """Items whose key fields are equal, as in a database join."""

    how: Literal["key"]
    """Which kind of merge this is."""
    keys: list[Pair] = Field(min_length=1, max_length=20)
    """Fields that have to be equal. Null and missing fields equal nothing."""
    join_type: Literal["inner", "left", "right", "outer"] = Field(default="inner", alias="join")
    """Also give the items of `a` (left), of `b` (right) or of both (outer) that have no partner."""
    matches: Literal["all", "first"] = "all"
    """Give one item for every partner, or only for the first."""
    numbers: bool = True
    """Take text that reads as a number for that number, so that "7" finds 7."""

    def merge(self, a: Sequence[Item], b: Sequence[Item]) -> Iterator[Item]:
        """Pairs and what is left of `a`, in the order of `a`; then what is left of `b`."""
        partners: dict[Hashable, list[Indexed]] = {}
        for i, right in enumerate(b, len(a)):
            key = identity(right.json, [pair.name_in_b for pair in self.keys], self.numbers)
            if key is not None:
                partners.setdefault(key, []).append((i, right))
        used: set[int] = set()
        for i, left in enumerate(a):
            key = identity(left.json, [pair.a for pair in self.keys], self.numbers)
            found = partners.get(key, []) if key is not None else []
            for j, right in found[:1] if self.matches == "first" else found:
                used.add(j)
                yield self.join(left, right, (i, j))
            if not found and self.join_type in ("left", "outer"):
                yield left
        if self.join_type in ("right", "outer"):
            yield from (right for j, right in enumerate(b, len(a)) if j not in used)


class Combinations(Combining):
    """Every item of `a` with every item of `b`."""

    how: Literal["combinations"]
    """Which kind of merge this is."""

    def merge(self, a: Sequence[Item], b: Sequence[Item]) -> Iterator[Item]:
        """All pairs, in the order of `a`."""
        for (i, left), (j, right) in product(enumerate(a), enumerate(b, len(a))):
            yield self.join(left, right, (i, j))


class Choose(Parameters):
    """Wait for both, and pass on the items of one."""

    how: Literal["choose"]
    """Which kind of merge this is."""
    keep: Literal["a", "b", "first"] = "first"
    """Which items go on; `first` takes those of `a`, or of `b` if `a` has none."""

    def merge(self, a: Sequence[Item], b: Sequence[Item]) -> Iterator[Item]:
        """The items of the chosen input."""
        yield from b if self.keep == "b" or (self.keep == "first" and not a) else a


class Merge(BatchNode):
    """Bring the items of two branches together: one after the other, in pairs, by key, or in all combinations.

    It waits until both branches are through. A branch that ends without items counts as empty. To append more than
    two branches, connect them to the same input: their items are joined in the order of the connections.
    """

    key = "flow.merge"
    icon = "merge"
    effect = "pure"
    group = "logic"
    inputs = ("a", "b")
    subtitle = "{mode.how}"
    examples = (
        Example(
            "Add each customer's name to their orders",
            {"mode": {"how": "key", "keys": [{"a": "customer", "b": "id"}], "join": "left", "clash": "prefer_a"}},
            inputs={
                "a": [{"id": 10, "customer": 1}, {"id": 11, "customer": 9}],
                "b": [{"id": 1, "name": "Ada"}],
            },
            output={"main": [{"id": 10, "customer": 1, "name": "Ada"}, {"id": 11, "customer": 9}]},
        ),
        Example(
            "One list after the other",
            {"mode": {"how": "append"}},
            inputs={"a": [{"n": 1}], "b": [{"n": 2}]},
            output={"main": [{"n": 1}, {"n": 2}]},
        ),
        Example(
            "Every size in every colour",
            {"mode": {"how": "combinations"}},
            inputs={"a": [{"size": "S"}, {"size": "L"}], "b": [{"colour": "red"}]},
            output={"main": [{"size": "S", "colour": "red"}, {"size": "L", "colour": "red"}]},
        ),
    )

    mode: Annotated[Append | ByPosition | ByKey | Combinations | Choose, Field(discriminator="how")] = Field(
        default_factory=lambda: Append(how="append")
    )
    """How the items come together."""

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Merge the items of both inputs."""
        a, b = ctx.inputs.get("a", ()), ctx.inputs.get("b", ())
        made: list[Item] = []
        for item in self.mode.merge(a, b):
            if len(made) == MOST:
                raise NodeError(
                    f"this would give more than {MOST:,} items", field="mode", hint="Filter before.", retryable=False
                )
            made.append(item)
        return made
