"""What is in data: its fields with their types and a sample, and which items have a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from a8n.items import JSON, Item
from a8n.runtime.excerpts import encoded
from a8n.runtime.previews import kind_of, reading

PATHS = 500
"""Fields that are told."""
LISTED = 20
"""Items of a list inside of the data that are looked at."""
LEVELS = 20
SAMPLE = 80
"""Characters."""
KEY = 200
"""Characters of a key that is told."""
IDENTIFIER = re.compile(r"[^\W\d]\w*")

Steps = tuple[str | int, ...]


@dataclass(slots=True)
class Outlined:
    """One field, as all items together have it."""

    path: Steps
    """From the item's JSON; 0 stands for every item of a list."""
    types: list[str] = field(default_factory=list)
    sample: str = ""
    """Its first value that is not empty, cut off."""
    count: int = 0
    """How many items have it."""
    seen: int = -1

    @property
    def expression(self) -> str:
        """The expression that gives it."""
        return "json" + "".join(step_text(step) for step in self.path)


def outline(items: Sequence[Item]) -> tuple[list[Outlined], bool]:
    """The fields of some items, each after the one it is in, and whether that is all of them."""
    found: dict[Steps, Outlined] = {}
    whole = True
    for number, item in enumerate(items):
        pending: list[tuple[Steps, JSON]] = [((key,), value) for key, value in reversed(item.json.items())]
        while pending:
            path, value = pending.pop()
            known = found.get(path)
            if known is None:
                if len(found) >= PATHS or len(str(path[-1])) > KEY:
                    whole = False
                    continue
                known = found[path] = Outlined(path)
            _merge(known, value, number)
            whole = whole and (len(path) < LEVELS or not isinstance(value, list | dict))
            if len(path) < LEVELS:
                pending += _inside(path, value)
    order = {path: place for place, path in enumerate(_ordered(found))}
    return sorted(found.values(), key=lambda one: order[one.path]), whole


def _merge(known: Outlined, value: JSON, number: int) -> None:
    kind = kind_of(value)
    if kind not in known.types:
        known.types.append(kind)
    if known.seen != number:
        known.seen = number
        known.count += 1
    if not known.sample and value not in (None, "", [], {}):
        known.sample = reading(value, SAMPLE)


def _inside(path: Steps, value: JSON) -> list[tuple[Steps, JSON]]:
    if isinstance(value, dict):
        return [((*path, key), inner) for key, inner in reversed(value.items())]
    if isinstance(value, list):
        return [((*path, 0), inner) for inner in reversed(value[:LISTED])]
    return []


def _ordered(found: dict[Steps, Outlined]) -> list[Steps]:
    """Each field right after the one that it is in, else in the order in which they were found."""
    below: dict[Steps, list[Steps]] = {}
    for path in found:
        below.setdefault(path[:-1], []).append(path)
    ordered: list[Steps] = []
    pending = list(reversed(below.get((), [])))
    while pending:
        path = pending.pop()
        ordered.append(path)
        pending += reversed(below.get(path, []))
    return ordered


def step_text(step: str | int) -> str:
    """A step of a path as expressions write it: `.name`, `["two words"]` or `[0]`."""
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if IDENTIFIER.fullmatch(step) else f"[{quoted(step)}]"


def quoted(text: str, mark: str = "") -> str:
    """A text in quotes: in those it has none of, unless a `mark` is asked for."""
    wanted = mark or ("'" if '"' in text and "'" not in text else '"')
    body = orjson.dumps(text).decode()[1:-1]
    if wanted == "'":
        body = body.replace('\\"', '"').replace("'", "\\'")
    return f"{wanted}{body}{wanted}"


def matching(items: Sequence[Item], text: str) -> list[int]:
    """The numbers of the items that have a text in a key, a value or the name of a file, in any letters."""
    wanted = orjson.dumps(text).decode()[1:-1].casefold()
    return [
        number
        for number, item in enumerate(items)
        if wanted in encoded(item.json).decode().casefold()
        or (item.files and any(wanted in file.name.casefold() for file in item.files.values()))
    ]
