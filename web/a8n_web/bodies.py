"""The strict reader of JSON bodies: bounded and clean before anything else sees them.

Refused with the place at fault: what is not UTF-8 or not JSON (RFC 8259: no NaN, no lone surrogates, no byte order
mark), NUL characters, and too much depth or too many elements. Costs one pass of orjson and three searches for an
ordinary body; only a suspicious one is walked.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from a8n.items import JSON


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one body."""

    depth: int = 100
    """Of nested arrays and objects."""
    elements: int = 1_000_000
    """Array elements and object members, in all."""


DEFAULT = Limits()
_UNIMPORTANT = bytes(set(range(256)) - set(b'[]{}"'))
_PASSES = 16


class BodyError(Exception):
    """A body cannot be read. `status` is the HTTP status it deserves; the text says what is wrong, and where."""

    def __init__(self, status: int, title: str, detail: str):
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail


def read_json(raw: bytes, limits: Limits = DEFAULT) -> JSON:
    """The JSON of a body. Raises BodyError 400."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _unreadable(raw, error) from None
    brackets = raw.count(b"[") + raw.count(b"{")
    if (
        (brackets > limits.depth and not _shallow(raw, limits.depth))
        or b"\\u0000" in raw
        or raw.count(b",") + brackets > limits.elements
    ):
        _walk(value, limits)
    return value


def _shallow(raw: bytes, depth: int) -> bool:
    """Whether sound JSON is surely no deeper than `depth`: take its bytes away level by level, in a few passes of C.

    Of the bytes only brackets and quotes are kept, and a text without brackets is then two quotes that meet. A
    bracket inside of a text has an odd number of quotes before it, so that one quote would be left over; then, and
    where there are escapes, it cannot be told like this and the answer is no.
    """
    if b"\\" in raw:
        return False
    left = raw.translate(None, _UNIMPORTANT).replace(b'""', b"")
    if b'"' in left:
        return False
    for _ in range(min(depth // 2, _PASSES)):  # a pass takes away two levels at most
        if not left:
            return True
        left = left.replace(b"{}", b"").replace(b"[]", b"")
    return not left


def _unreadable(raw: bytes, error: orjson.JSONDecodeError) -> BodyError:
    if not raw:
        return BodyError(400, "Empty body", "the body is empty; JSON is expected")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        return BodyError(400, "Not UTF-8", f"the body is not UTF-8 at byte {wrong.start}")
    return BodyError(400, "Not JSON", f"the body is not JSON: {error}")


def _walk(value: JSON, limits: Limits) -> None:
    """Look at every element. Raises BodyError with the path of the first at fault."""
    pending: list[tuple[JSON, str, int]] = [(value, "", 1)]
    count = 0
    while pending:
        current, path, depth = pending.pop()
        if isinstance(current, str):
            if "\0" in current:
                raise BodyError(400, "NUL character", f"the text at {path or 'the top'} holds a NUL character")
        elif isinstance(current, dict | list):
            if depth > limits.depth:
                raise BodyError(400, "Too deep", f"{path[:200] or 'the body'} is nested more than {limits.depth} deep")
            count += len(current)
            if count > limits.elements:
                raise BodyError(400, "Too many elements", f"the body has more than {limits.elements} elements")
            pending += _children(current, path, depth + 1)


def _children(value: dict[str, JSON] | list[JSON], path: str, depth: int) -> list[tuple[JSON, str, int]]:
    stem = f"{path}." if path else ""
    if isinstance(value, list):
        return [(child, f"{stem}{i}", depth) for i, child in enumerate(value)]
    for key in value:
        if "\0" in key:
            raise BodyError(400, "NUL character", f"a name in {path or 'the body'} holds a NUL character")
    return [(child, f"{stem}{key}", depth) for key, child in value.items()]
