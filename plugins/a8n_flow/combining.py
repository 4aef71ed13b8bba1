"""Making one item of two: which value stays where both have one, and the files of both."""

from __future__ import annotations

from typing import Literal

from a8n import JSON, Item, Parameters


class Combining(Parameters):
    """What becomes of fields that both items have."""

    clash: Literal["prefer_b", "prefer_a", "both"] = "prefer_b"
    """Where both items have a field: keep the value of `b`, that of `a`, or both as `name_a` and `name_b`."""
    nested: bool = False
    """Merge objects inside of objects too, instead of keeping one of them whole."""

    def join(self, a: Item, b: Item, source: tuple[int, int]) -> Item:
        """One item of two. `source` are their positions among all input items."""
        first, second = (b, a) if self.clash == "prefer_a" else (a, b)
        files = {**(first.files or {}), **(second.files or {})} or None
        if self.clash == "both":
            return Item(_side_by_side(a.json, b.json, self.nested), files, source)
        if self.nested:
            return Item(_over(first.json, second.json), files, source)
        return Item({**first.json, **second.json}, files, source)


def _over(under: dict[str, JSON], over: dict[str, JSON]) -> dict[str, JSON]:
    """`over` on top of `under`, objects inside of objects too. Neither is changed."""
    made = dict(under)
    for name, value in over.items():
        below = made.get(name)
        made[name] = _over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return made


def _side_by_side(a: dict[str, JSON], b: dict[str, JSON], nested: bool) -> dict[str, JSON]:
    made: dict[str, JSON] = {}
    for name in dict.fromkeys((*a, *b)):
        if name not in b:
            made[name] = a[name]
        elif name not in a:
            made[name] = b[name]
        elif nested and isinstance(a[name], dict) and isinstance(b[name], dict):
            made[name] = _side_by_side(a[name], b[name], nested)
        else:
            made[f"{name}_a"], made[f"{name}_b"] = a[name], b[name]
    return made
