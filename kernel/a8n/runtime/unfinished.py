"""An expression that somebody is in the middle of writing: what stands before the cursor, and what is wanted there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Want = Literal["start", "member", "key", "node", "filter", "test", "nothing"]

_NAME = re.compile(r"[^\W\d]\w*")
_REST = re.compile(r"\w*")
_NAME_BEFORE = re.compile(r"[^\W\d]\w*$")
_NUMBER_BEFORE = re.compile(r"(?<![\w.\])])\d+$")
_TEST = re.compile(r"\bis\s+(?:not\s+)?(\w*)$")
_NODE = re.compile(r"\bnode\(\s*$")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is wanted at the cursor of a source."""

    want: Want
    start: int
    """Where that begins of which something is written already."""
    end: int
    """Where it ends: behind the cursor when that is inside of a word or text."""
    base: str = ""
    """The expression that it is a part of, or that a filter is to be applied to; empty where it cannot be told."""
    mark: str = ""
    """The quote that it stands in."""
    closed: bool = False
    """Whether that quote is closed behind the cursor."""

    def typed(self, source: str, cursor: int) -> str:
        """What is written already."""
        return source[self.start : cursor]


def unfinished(source: str, cursor: int) -> Unfinished:
    """What is wanted at `cursor`, an offset in `source`."""
    before = _Before(source[:cursor])
    if before.string is not None:
        return _in_text(source, cursor, before, before.string)
    text = before.text
    word = _NAME_BEFORE.search(text)
    start = word.start() if word is not None else cursor
    rest = (_NAME if word is None else _REST).match(source, cursor)
    end = rest.end() if rest is not None else cursor
    ahead = text[:start]
    trimmed = ahead.rstrip()
    if ahead.endswith("."):
        base = before.chain(start - 1) if not _NUMBER_BEFORE.search(ahead[:-1]) else ""
        return Unfinished("member" if base else "nothing", start, end, base)
    if word is None and _NODE.search(text):
        return Unfinished("node", cursor, cursor)
    test = _TEST.search(text)
    if test is not None:
        return Unfinished("test", test.start(1), end)
    if trimmed.endswith("|"):
        return Unfinished("filter", start, end, before.pipeline(len(trimmed) - 1))
    if trimmed.endswith("[") and word is None:
        base = before.chain(len(trimmed) - 1)
        if base:
            return Unfinished("key", cursor, cursor, base)
    return Unfinished("nothing" if _is_whole(trimmed) else "start", start, end)


def _is_whole(text: str) -> bool:
    """Whether it ends with a value, behind which only an operator can stand."""
    return re.search(r"[\w\])}\"']$", text) is not None and not _joins(text)


def _joins(text: str) -> bool:
    """Whether the last word is an operator, after which a value is to come."""
    word = _NAME_BEFORE.search(text)
    return word is not None and word[0] in ("and", "or", "not", "in", "if", "else")


def _in_text(source: str, cursor: int, before: _Before, start: int) -> Unfinished:
    mark = source[start]
    end = source.find(mark, cursor)
    closed = end >= 0 and "\n" not in source[cursor:end]
    ahead = source[:start]
    place = (start + 1, end if closed else cursor)
    if _NODE.search(ahead):
        return Unfinished("node", *place, mark=mark, closed=closed)
    base = before.chain(len(ahead.rstrip()) - 1) if ahead.rstrip().endswith("[") else ""
    if base:
        return Unfinished("key", *place, base, mark, closed)
    return Unfinished("nothing", *place)


class _Before:
    """The source before the cursor: its texts, and which brackets belong together."""

    def __init__(self, text: str):
        self.text = text
        self.string: int | None = None
        """Where the text begins that the cursor is in."""
        self._opening: dict[int, int] = {}
        self._texts: dict[int, int] = {}
        pending: list[int] = []
        place = 0
        while place < len(text):
            sign = text[place]
            if sign in "\"'":
                end = self._end_of_text(place)
                if end is None:
                    self.string = place
                    return
                self._texts[end] = place
                place = end
            elif sign in "([{":
                pending.append(place)
            elif sign in ")]}" and pending:
                self._opening[place] = pending.pop()
            place += 1

    def _end_of_text(self, start: int) -> int | None:
        place = start + 1
        while place < len(self.text):
            if self.text[place] == "\\":
                place += 1
            elif self.text[place] == self.text[start]:
                return place
            place += 1
        return None

    def chain(self, end: int) -> str:
        """The name, calls and steps that end right before `end`: `node("A").json.rows[0]`."""
        return self.text[self._chain_start(end) : end]

    def pipeline(self, end: int) -> str:
        """The chain before `end` with the filters that are applied to it."""
        end = len(self.text[:end].rstrip())
        start = self._chain_start(end)
        while start < end and self.text[:start].rstrip().endswith("|"):
            bar = len(self.text[:start].rstrip()) - 1
            left = len(self.text[:bar].rstrip())
            further = self._chain_start(left)
            if further == left:
                return ""
            start = further
        return self.text[start:end]

    def _chain_start(self, end: int) -> int:
        """Where the chain that ends before `end` begins; `end` itself where there is none."""
        place = end
        while place > 0:
            last = place - 1
            if last in self._texts:
                return self._texts[last]
            if self.text[last] in ")]}" and last in self._opening:
                opening = self._opening[last]
                callee = _NAME_BEFORE.search(self.text, 0, opening)
                steps = opening > 0 and (self.text[opening - 1] in ")]\"'" or callee is not None)
                if self.text[last] == "}" or not steps:
                    return opening
                place = opening
                continue
            name = _NAME_BEFORE.search(self.text, 0, place)
            if name is None:
                return place if place == end else end
            place = name.start()
            if place == 0 or self.text[place - 1] != ".":
                return place
            place -= 1
        return place
