"""What flows along a connection: immutable items of JSON, their files, and where each came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict

JSON: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict with text keys. Typed as Any because it is data."""

Source: TypeAlias = int | tuple[int, ...] | None
"""Lineage of an output item: the index (or indices) of the input items it was made from; None is undeclared.

Indices count through all inputs of the step, in the order in which the node declares its input ports.
"""


class FileRef(BaseModel):
    """A handle on bytes in the blob store. It names content, never a path, and only the runtime makes one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hash: str
    """SHA-256 of the content, in hex: the key in the blob store."""
    name: str = "file"
    mime: str = "application/octet-stream"
    size: int = 0
    """In bytes."""


class Item:
    """One item: a JSON object, named files, and its lineage. Nobody changes an item after it was made."""

    __slots__ = ("files", "json", "source")

    def __init__(self, json: dict[str, JSON], files: Mapping[str, FileRef] | None = None, source: Source = None):
        self.json = json
        self.files = files
        self.source = source

    def __repr__(self) -> str:
        files = f", files={sorted(self.files)}" if self.files else ""
        return f"Item({self.json!r}{files})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Item):
            return NotImplemented
        return self.json == other.json and (self.files or {}) == (other.files or {})

    __hash__ = None  # type: ignore[assignment]  # items hold dicts: comparing is fine, hashing never was

    @classmethod
    def of(cls, data: Mapping[str, JSON], source: Source = None) -> Item:
        """The inverse of `as_data`."""
        files = {name: FileRef.model_validate(ref) for name, ref in data["files"].items()}
        return cls(data["json"], files or None, source)

    def as_data(self) -> dict[str, JSON]:
        """The item as plain JSON, the form in which expressions and the API see it."""
        return {
            "json": self.json,
            "files": {name: ref.model_dump() for name, ref in self.files.items()} if self.files else {},
        }


Ports: TypeAlias = Mapping[str, Sequence[Item]]
"""Items by port name. A port that carries none is left out or empty: both mean that nothing flows there."""


def items_of(values: Iterable[Mapping[str, JSON] | Item]) -> list[Item]:
    """Make items of plain objects; items pass through unchanged."""
    return [value if isinstance(value, Item) else Item(dict(value)) for value in values]


def pack(ports: Ports) -> dict[str, dict[str, JSON]]:
    """Bring a step's output into the compact form it is stored in; `unpack` is its inverse.

    Per port: `json` (list of objects), and only where they say something `files` (list of mappings) and
    `source` (list of lineage; left out when item i came from input i).
    """
    packed: dict[str, dict[str, JSON]] = {}
    for port, items in ports.items():
        if len(items) == 1 and not items[0].files and items[0].source == 0:  # by far the most common
            packed[port] = {"json": [items[0].json]}
        elif items:
            packed[port] = _packed(items)
    return packed


def _packed(items: Sequence[Item]) -> dict[str, JSON]:
    entry: dict[str, JSON] = {"json": [item.json for item in items]}
    if any(item.files for item in items):
        entry["files"] = [
            {name: ref.model_dump() for name, ref in item.files.items()} if item.files else {} for item in items
        ]
    sources = [item.source for item in items]
    if sources != list(range(len(items))):
        entry["source"] = sources
    return entry


def unpack(packed: Mapping[str, Mapping[str, JSON]]) -> dict[str, list[Item]]:
    """The items of a stored step output."""
    ports: dict[str, list[Item]] = {}
    for port, entry in packed.items():
        objects = entry["json"]
        files = entry.get("files") or [None] * len(objects)
        sources = entry.get("source") or range(len(objects))
        ports[port] = [
            Item(
                json,
                {name: FileRef.model_validate(ref) for name, ref in refs.items()} if refs else None,
                tuple(source) if isinstance(source, list) else source,
            )
            for json, refs, source in zip(objects, files, sources, strict=True)
        ]
    return ports
