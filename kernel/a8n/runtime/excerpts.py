"""Data cut to a size that can be shown, with a note of everything that was cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import orjson

from a8n.items import JSON
from a8n.runtime.records import plain

PAGE = 192 * 1024
"""Bytes of the JSON of a page of items. With what stands around them, an answer stays below 256 KiB."""
SHARE = 40
"""Bytes: what gets less is left out."""
LISTED = 20
KEYS = 100
"""Large items of a list, and large values of an object, that share its room; more of them if they are small."""
DEPTH = 100
"""Levels of lists and objects inside each other that are shown."""
NOTED = 200
"""How many cuts are told one by one."""
PATH = 200
"""Characters of a path to a cut that is told."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A place at which something was left out."""

    path: tuple[str | int, ...]
    kind: Literal["text", "list", "object", "depth"]
    length: int
    """Of the whole: characters, items, or keys; levels of which there are more below."""
    kept: int


@dataclass(slots=True)
class Excerpt:
    """A value cut to size."""

    value: JSON
    cuts: list[Cut] = field(default_factory=list)
    whole: bool = True
    """Whether nothing was cut, also beyond the cuts that are told."""

    def note(self, cut: Cut) -> None:
        """Take note of a cut."""
        self.whole = False
        if len(self.cuts) < NOTED and sum(len(str(step)) for step in cut.path) <= PATH:
            self.cuts.append(cut)


def encoded(value: JSON) -> bytes:
    """A value as JSON, whatever it is: a number that JSON cannot hold becomes text."""
    return _encoded(value)[0]


def _encoded(value: JSON) -> tuple[bytes, bool]:
    """A value as JSON, and whether that is the very value."""
    try:
        return orjson.dumps(value), True
    except TypeError:
        return orjson.dumps(plain(_shallow(value, DEPTH))), False


def excerpt(value: JSON, budget: int) -> Excerpt:
    """A value in at most about `budget` bytes of JSON."""
    made = Excerpt(None)
    made.value = _cut(value, budget, (), made)
    return made


def excerpts(values: Sequence[JSON], budget: int) -> list[Excerpt]:
    """Some values in at most about `budget` bytes together: small ones whole, the others cut to equal shares."""
    sizes = [len(encoded(value)) + 1 for value in values]
    return [excerpt(value, share) for value, share in zip(values, shares(sizes, budget), strict=True)]


def shares(sizes: Sequence[int], budget: int) -> list[int]:
    """Who gets how much of a budget: the small ones all they need, and the rest the same."""
    found = [0] * len(sizes)
    left = max(budget, 0)
    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    for place, index in enumerate(order):
        found[index] = min(sizes[index], left // (len(order) - place))
        left -= found[index]
    return found


def _cut(value: JSON, budget: int, path: tuple[str | int, ...], made: Excerpt) -> JSON:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -(2**63) <= value < 2**64 else str(value)
    if isinstance(value, str):
        return _cut_text(value, budget, path, made)
    if not isinstance(value, list | dict):
        return value
    if len(path) >= DEPTH:
        made.note(Cut(path, "depth", DEPTH, DEPTH))
        return [] if isinstance(value, list) else {}
    text, exact = _encoded(value)
    if len(text) <= budget:
        if exact and text.count(b"[") + text.count(b"{") <= DEPTH - len(path):
            return value
        budget = 2 * len(text) + SHARE  # there is room for all of it; it may be too deep
    return _cut_list(value, budget, path, made) if isinstance(value, list) else _cut_object(value, budget, path, made)


def _cut_text(value: str, budget: int, path: tuple[str | int, ...], made: Excerpt) -> str:
    if len(value) * 6 + 2 <= budget or len(encoded(value)) <= budget:
        return value
    kept = value[: max(budget - 2, 0)]
    while kept and (size := len(encoded(kept))) > budget:
        kept = kept[: min(len(kept) * budget // size, len(kept) - 1)]
    made.note(Cut(path, "text", len(value), len(kept)))
    return kept


def _cut_list(value: list[JSON], budget: int, path: tuple[str | int, ...], made: Excerpt) -> list[JSON]:
    sizes = _fitting((len(encoded(part)) + 1 for part in value), budget - 2, LISTED)
    if len(sizes) < len(value):
        made.note(Cut(path, "list", len(value), len(sizes)))
    parts = zip(value, shares(sizes, budget - 2), strict=False)
    return [_cut(part, share - 1, (*path, index), made) for index, (part, share) in enumerate(parts)]


def _cut_object(value: dict[str, JSON], budget: int, path: tuple[str | int, ...], made: Excerpt) -> dict[str, JSON]:
    heads = {key: len(encoded(key)) + 2 for key in value}
    short = {key: inner for key, inner in value.items() if heads[key] <= max(SHARE, budget // 4)}
    sizes = _fitting((heads[key] + len(encoded(inner)) for key, inner in short.items()), budget - 2, KEYS)
    if len(sizes) < len(value):
        made.note(Cut(path, "object", len(value), len(sizes)))
    parts = zip(short.items(), shares(sizes, budget - 2), strict=False)
    return {key: _cut(inner, share - heads[key], (*path, key), made) for (key, inner), share in parts}


def _fitting(sizes: Iterable[int], budget: int, many: int) -> list[int]:
    """The sizes of as many parts as there is room for: of large ones `many`, each cut to its share."""
    enough = max(SHARE, budget // many)
    found: list[int] = []
    for size in sizes:
        budget -= min(size, enough)
        if budget < 0:
            break
        found.append(size)
    return found


def _shallow(value: JSON, levels: int) -> JSON:
    """A value without what is nested more deeply."""
    if isinstance(value, list):
        return [_shallow(part, levels - 1) for part in value] if levels else []
    if isinstance(value, dict):
        return {key: _shallow(part, levels - 1) for key, part in value.items()} if levels else {}
    return value
