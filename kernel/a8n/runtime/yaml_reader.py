"""Reads YAML as data and nothing else, bounded, with a line for everything that is wrong.

Scalars follow the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), so `no` is text and
there are no dates. Anchors, aliases, tags, merge keys, several documents and keys that occur twice are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from a8n.errors import A8nError
from a8n.items import JSON

MAX_TEXT = 4 * 2**20
"""Characters of a YAML text; JSON may be longer, as it is read much faster."""
MAX_JSON = 32 * 2**20
MAX_DEPTH = 64
MAX_VALUES = 200_000

INTEGER = re.compile(r"[-+]?[0-9]+")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
OTHER_NUMBER = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
WORDS: dict[str, JSON] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
SURROGATE = re.compile("[\ud800-\udfff]")

Lines = dict[str, int]
"""Line (from 1) by dotted path."""


class TextError(A8nError):
    """A text that cannot be read. `line` counts from 1."""

    def __init__(self, message: str, line: int):
        super().__init__(f"line {line}: {message}")
        self.message = message
        self.line = line


def read(text: str) -> tuple[JSON, Lines]:
    """The value of a YAML or JSON text, and where each part of it stands. Raises TextError."""
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return _json(text.lstrip("\ufeff")), {}
    if len(text) > MAX_TEXT:
        raise TextError(f"the text is longer than {MAX_TEXT:,} characters", 1)
    return _Composer(text).document()


def _json(text: str) -> JSON:
    if len(text) > MAX_JSON:
        raise TextError(f"the text is longer than {MAX_JSON:,} characters", 1)
    if SURROGATE.search(text):
        raise TextError("the text holds half a character (a lone surrogate)", 1)
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise TextError(f"no valid JSON: {error.msg} (column {error.colno})", error.lineno) from None
    except RecursionError:
        raise TextError(f"values are nested deeper than {MAX_DEPTH}", 1) from None
    except ValueError as error:  # a number of thousands of digits, or what the hooks refuse
        raise TextError(str(error), 1) from None
    if _too_deep(value):
        raise TextError(f"values are nested deeper than {MAX_DEPTH}", 1)
    if "\\u" in text and SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise TextError("the text holds half a character (a lone surrogate)", 1)
    return value


def _unique(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {double!r} occurs twice in one object")
    return made


def _no_constant(name: str) -> JSON:
    raise ValueError(f"{name} is no JSON number")


def _too_deep(value: JSON) -> bool:
    level: list[JSON] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return False
    return True


class _Composer:
    """Makes plain data of the parser's events, one by one, so that nothing is built before it is checked."""

    def __init__(self, text: str):
        self._events = _events(text)
        self._event: Any = None
        self._count = 0
        self._lines: Lines = {}

    def document(self) -> tuple[JSON, Lines]:
        self._next("StreamStartEvent")
        self._take()
        if self._kind == "StreamEndEvent":
            raise TextError("the text is empty", 1)
        self._take()
        value = self._value("", 0)
        self._next("DocumentEndEvent")
        self._take()
        if self._kind != "StreamEndEvent":
            raise self._wrong("there is a second document; a file holds one workflow")
        return value, self._lines

    @property
    def _kind(self) -> str:
        return type(self._event).__name__

    @property
    def _line(self) -> int:
        return int(self._event.start_mark.line) + 1

    def _wrong(self, message: str) -> TextError:
        return TextError(message, self._line)

    def _take(self) -> None:
        self._event = next(self._events)

    def _next(self, kind: str) -> None:
        self._take()
        if self._kind != kind:
            raise self._wrong("the text is no single YAML document")

    def _value(self, place: str, depth: int) -> JSON:
        """The value that begins with the current event."""
        self._count += 1
        if self._count > MAX_VALUES:
            raise self._wrong(f"there are more than {MAX_VALUES:,} values")
        if depth > MAX_DEPTH:
            raise self._wrong(f"values are nested deeper than {MAX_DEPTH}")
        if self._kind == "AliasEvent" or self._event.anchor is not None:
            raise self._wrong("anchors and aliases (& and *) are not supported; write the value out")
        if self._event.tag is not None:
            raise self._wrong(f"the tag {self._event.tag!r} is not supported")
        self._lines[place] = self._line
        if self._kind == "ScalarEvent":
            return self._scalar()
        if self._kind == "SequenceStartEvent":
            return self._list(place, depth)
        return self._mapping(place, depth)

    def _list(self, place: str, depth: int) -> list[JSON]:
        values: list[JSON] = []
        self._take()
        while self._kind != "SequenceEndEvent":
            values.append(self._value(_inside(place, str(len(values))), depth + 1))
            self._take()
        return values

    def _mapping(self, place: str, depth: int) -> dict[str, JSON]:
        values: dict[str, JSON] = {}
        self._take()
        while self._kind != "MappingEndEvent":
            key = self._key()
            if key in values:
                raise self._wrong(f"the key {key!r} occurs twice")
            line = self._line
            self._take()
            path = _inside(place, key)
            values[key] = self._value(path, depth + 1)
            self._lines[path] = line
            self._take()
        return values

    def _key(self) -> str:
        if self._kind != "ScalarEvent":
            raise self._wrong("a key must be text")
        if self._event.anchor is not None or self._event.tag is not None:
            raise self._wrong("anchors and tags are not supported")
        key = self._event.value
        if key == "<<" and self._event.implicit[0]:
            raise self._wrong("merge keys (<<) are not supported")
        if SURROGATE.search(key):
            raise self._wrong("the text holds half a character (a lone surrogate)")
        return str(key)

    def _scalar(self) -> JSON:
        text = str(self._event.value)
        if not self._event.implicit[0]:
            if SURROGATE.search(text):
                raise self._wrong("the text holds half a character (a lone surrogate)")
            return text
        if text in WORDS:
            return WORDS[text]
        if INTEGER.fullmatch(text):
            if len(text) > 1000:
                raise self._wrong("the number has more than 1,000 digits")
            return int(text)
        if FLOAT.fullmatch(text):
            number = float(text)
            if number in (float("inf"), float("-inf")):
                raise self._wrong("the number is too large")
            return number
        if OTHER_NUMBER.fullmatch(text):
            raise self._wrong(f"{text} is no JSON number; put it in quotes if it is meant as text")
        return text


def _inside(place: str, part: str) -> str:
    return f"{place}.{part}" if place else part


def _events(text: str) -> Iterator[Any]:
    """The parser's events, with its errors as ours."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(part) for part in (error.context, error.problem) if part)
        raise TextError(what or "no valid YAML", mark.line + 1 if mark else 1) from None
    except YAMLError as error:
        position = int(getattr(error, "position", 0) or 0)
        reason = str(getattr(error, "reason", "")) or "no valid YAML"
        raise TextError(f"{reason} (character {position + 1})", text.count("\n", 0, position) + 1) from None
