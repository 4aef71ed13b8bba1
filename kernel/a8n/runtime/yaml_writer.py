"""Writes JSON values as YAML that every reader understands alike.

A subset of YAML 1.2 (https://yaml.org/spec/1.2.2/): block mappings and lists, plain scalars only where YAML 1.1
readers see the same text too (`no` and `1:30` are quoted), literal block scalars for text of several lines, and
JSON's double-quoted strings for everything else. The same value gives the same bytes, always.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from a8n.items import JSON

PLAIN = re.compile(r"[A-Za-z_$](?:[A-Za-z0-9_ ./@+(),;!?=&*<>$%^|~'\"\\{}\[\]\u00c0-\u024f\u0370-\u052f-]|:(?=[^\s]))*")
"""Text that needs no quotes as a value. It begins with a letter, so it is no number, date or punctuation."""

RESERVED = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
"""Words that some reader takes for something else than text, in any case."""

UNSAFE = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML cannot hold as it is, or what some reader takes for a line break."""

MAX_SIMPLE_KEY = 1000
"""Longer keys need YAML's explicit form (the limit of readers is 1,024)."""


def write(value: JSON) -> str:
    """A JSON value as a YAML document that ends with a line break. Raises ValueError for NaN and infinities."""
    return "\n".join(_block(value, "")) + "\n"


def flow(values: Sequence[JSON]) -> str:
    """A short list of numbers on one line."""
    return f"[{', '.join(map(scalar, values))}]"


class OneLine(tuple[JSON, ...]):
    """A list to be written by `flow`."""

    __slots__ = ()


def _block(value: JSON, indent: str) -> Iterator[str]:
    """The lines of a value that stands on lines of its own."""
    if isinstance(value, Mapping) and value:
        for key, child in value.items():
            yield from _entry(_key(key, indent), child, indent)
    elif isinstance(value, list) and value:
        for child in value:
            yield from _element(child, indent)
    else:
        yield from _entry(indent, value, indent, gap="")


def _entry(head: str, value: JSON, indent: str, gap: str = " ") -> Iterator[str]:
    """A value after its key, on the key's line where it is short."""
    if isinstance(value, OneLine):
        yield f"{head}{gap}{flow(value)}"
    elif isinstance(value, Mapping | list) and value:
        yield head
        yield from _block(value, f"{indent}  ")
    elif isinstance(value, str) and _fits_block(value):
        yield f"{head}{gap}{_header(value)}"
        yield from (f"{indent}  {line}" if line else "" for line in _lines(value))
    else:
        yield f"{head}{gap}{scalar(value)}"


def _element(value: JSON, indent: str) -> Iterator[str]:
    """A list's element: what is under the dash is moved up beside it."""
    if isinstance(value, Mapping | list) and value and not isinstance(value, OneLine):
        lines = _block(value, f"{indent}  ")
        yield f"{indent}- {next(lines)[len(indent) + 2 :]}"
        yield from lines
    else:
        yield from _entry(f"{indent}-", value, indent)


def _key(key: str, indent: str) -> str:
    text = scalar(key)
    if text == key and set("{}[]").intersection(key):
        text = quoted(key)
    if len(text) > MAX_SIMPLE_KEY:
        return f"{indent}? {text}\n{indent}:"
    return f"{indent}{text}:"


def scalar(value: JSON) -> str:
    """A value on one line."""
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and not value.endswith(" ") and value.lower() not in RESERVED
        return value if plain else quoted(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list):
        return "[]"
    text = json.dumps(value, allow_nan=False)
    bare = isinstance(value, float) and "." not in text  # YAML 1.1 takes `1e+16` for text
    return text.replace("e", ".0e") if bare else text


def quoted(text: str) -> str:
    """Text in double quotes, with everything escaped that not every reader takes as it is."""
    return UNSAFE.sub(lambda found: _escape(found.group()), json.dumps(text, ensure_ascii=False))


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _fits_block(text: str) -> bool:
    """Whether a literal block gives the text back exactly, whoever reads it."""
    if "\n" not in text or not text.strip() or UNSAFE.search(text):
        return False
    return not any(line and (line.isspace() or line[0] == "\t") for line in text.split("\n"))


def _header(text: str) -> str:
    indicator = "2" if text[0] in " \n" else ""
    trailing = len(text) - len(text.rstrip("\n"))
    return f"|{indicator}{'-' if trailing == 0 else '' if trailing == 1 else '+'}"


def _lines(text: str) -> list[str]:
    return (text[:-1] if text.endswith("\n") else text).split("\n")
