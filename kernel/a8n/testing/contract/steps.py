"""Promises of a node type or trigger about itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from a8n.catalogue import NodeType
from a8n.fields import loaders_of
from a8n.node import Effect
from a8n.testing.contract.fields import undescribed

GROUPS = frozenset(("trigger", "logic", "data", "app", "database", "code", "ai", "comms", "files", "utility"))
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
ACTIVE_SVG = re.compile(rb"<script|<foreignObject|\son\w+\s*=|(?:href|src)\s*=\s*[\"'](?!#|data:image/)", re.IGNORECASE)


def describes_itself(node_type: NodeType) -> Iterator[str]:
    """Key, title, group, docstring and effect say what people and agents need."""
    cls = node_type.cls
    if not KEY.fullmatch(node_type.key):
        yield f"the key {node_type.key!r} is not of the form plugin.verb_noun"
    if node_type.version < 1:
        yield "versions count from 1"
    title = node_type.title
    if not (0 < len(title) <= 60) or title != title.strip() or title.endswith("."):
        yield f"the title {title!r} is not 1 to 60 characters without a full stop"
    if cls.group not in GROUPS:
        yield f"the group {cls.group!r} is none of {', '.join(sorted(GROUPS))}"
    first = node_type.description.partition("\n")[0]
    if not first.endswith((".", "!", "?")) or len(first) > 160:
        yield "the docstring does not begin with one sentence of at most 160 characters on a line of its own"
    if getattr(cls, "effect", "pure") not in get_args(Effect):
        yield f"the effect is none of {', '.join(get_args(Effect))}"
    if not cls.outputs or len(set(cls.outputs)) != len(cls.outputs):
        yield "the outputs are not a tuple of different names"


def describes_fields(node_type: NodeType) -> Iterator[str]:
    """Each field, of nested models too, says what it is for."""
    yield from undescribed(node_type.cls)


def names_real_fields(node_type: NodeType) -> Iterator[str]:
    """The subtitle and the live choices speak of fields that exist."""
    known = set(node_type.cls.model_fields)
    for name in re.findall(r"{([^{}]*)}", node_type.cls.subtitle):
        if name.partition(".")[0] not in known:
            yield f"the subtitle names {name!r}, which is no field"
    needs = node_type.describe()["options"]
    for field in loaders_of(node_type.cls):
        if field.partition(".")[0] not in known:
            yield f"there are live choices of {field!r}, which is no field"
        for need in needs[field]["needs"]:
            if need not in known:
                yield f"the live choices of {field!r} need {need!r}, which is no field"


def icon(node_type: NodeType) -> Iterator[str]:
    """It has a picture: a file beside the module, a bundled glyph, or the plugin's icon.svg."""
    name = node_type.cls.icon or "icon.svg"
    if not name.endswith(".svg"):
        return
    folder = node_type.plugin.folder or Path()
    path = folder / name
    if not path.is_file():
        yield f"there is no {name} beside the module; add it, or set `icon` to the name of a bundled glyph"
    elif b"<svg" not in (content := path.read_bytes()):
        yield f"{name} is no SVG"
    elif ACTIVE_SVG.search(content):
        yield f"{name} holds a script, an event handler or an outside reference"
