"""The differences between two lists of items: Compare."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Sequence

from a8n import JSON, BatchNode, Context, Example, Field, Item, Parameters, Result, to
from a8n_data.ordering import identity
from a8n_data.paths import MISSING, get, without


class Key(Parameters):
    """A field that says which items of `a` and `b` are about the same thing."""

    a: str = Field(min_length=1, max_length=500)
    """Name of the field in items of `a`; dots reach inside."""
    b: str = Field(default="", max_length=500)
    """Name of the field in items of `b`; empty for the same name."""


class Compare(BatchNode):
    """Find out what two lists of items have in common and where they differ.

    Items are matched by key fields. They leave by `only_a` and `only_b` where they have no partner, by `same` (as in
    `a`) where both are alike, and by `different` otherwise: then as `{"a": …, "b": …, "changes": {field: {"a": …,
    "b": …}}}`, without the side on which a field is missing. Several items with one key are matched in their order.
    """

    key = "data.compare"
    icon = "diff"
    effect = "pure"
    group = "data"
    inputs = ("a", "b")
    outputs = ("only_a", "only_b", "same", "different")
    examples = (
        Example(
            "What changed since yesterday",
            {"keys": [{"a": "id"}], "ignore": ["seen"]},
            inputs={
                "a": [{"id": 1, "price": 5}, {"id": 2, "price": 7}, {"id": 3, "price": 1, "seen": "mon"}],
                "b": [{"id": 1, "price": 6}, {"id": 3, "price": 1, "seen": "tue"}, {"id": 4, "price": 2}],
            },
            output={
                "only_a": [{"id": 2, "price": 7}],
                "only_b": [{"id": 4, "price": 2}],
                "same": [{"id": 3, "price": 1, "seen": "mon"}],
                "different": [
                    {
                        "a": {"id": 1, "price": 5},
                        "b": {"id": 1, "price": 6},
                        "changes": {"price": {"a": 5, "b": 6}},
                    }
                ],
            },
        ),
    )

    keys: list[Key] = Field(min_length=1, max_length=20)
    """Fields that have to be equal for two items to be compared. A missing field matches nothing."""
    ignore: list[str] = Field(default_factory=lambda: [], max_length=100)
    """Fields that make no difference; dots reach inside."""

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Match and compare."""
        a, b = ctx.inputs.get("a", ()), ctx.inputs.get("b", ())
        partners: dict[Hashable, deque[int]] = {}
        for j, item in enumerate(b):
            key = _key(item, [key.b or key.a for key in self.keys])
            if key is not None:
                partners.setdefault(key, deque()).append(j)
        matched: set[int] = set()
        found: dict[str, list[Item]] = {port: [] for port in self.outputs}
        for i, item in enumerate(a):
            key = _key(item, [key.a for key in self.keys])
            waiting = partners.get(key) if key is not None else None
            if not waiting:
                found["only_a"].append(item)
                continue
            j = waiting.popleft()
            matched.add(j)
            changes = self._changes(item.json, b[j].json)
            if changes:
                both = {"a": item.json, "b": b[j].json, "changes": changes}
                found["different"].append(Item(both, item.files, (i, len(a) + j)))
            else:
                found["same"].append(item)
        found["only_b"] = [item for j, item in enumerate(b) if j not in matched]
        return [to(port, made) for port, made in found.items()]

    def _changes(self, a: dict[str, JSON], b: dict[str, JSON]) -> dict[str, JSON]:
        for name in self.ignore:
            a, b = without(a, name), without(b, name)
        keys = {key.a for key in self.keys} | {key.b or key.a for key in self.keys}
        names = [name for name in dict.fromkeys((*a, *b)) if name not in keys]
        return {
            name: {side: json[name] for side, json in (("a", a), ("b", b)) if name in json}
            for name in names
            if identity(a.get(name, MISSING)) != identity(b.get(name, MISSING))
        }


def _key(item: Item, fields: Sequence[str]) -> Hashable | None:
    values = [get(item.json, field) for field in fields]
    return None if any(value is MISSING for value in values) else tuple(identity(value) for value in values)
