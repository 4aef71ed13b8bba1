"""What MCP servers answer: as items, and their schemas as a model may be told them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from a8n import JSON, Context, FileRef, Item, NodeError
from a8n_ai.structured import Shape

MAX_SCHEMA = 50_000
"""Characters of the schema of one tool."""
MAX_FILES = 50
"""Of one result."""
LEFT_OUT = frozenset({"pattern", "patternProperties", "$schema", "$id"})
"""Of schemas: a pattern from outside could keep its checker busy for ever, and the server checks it by itself."""
NAMED = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
"""Keywords whose members are named by the schema's author."""


async def item(ctx: Context, tool: str, result: Any) -> Item:
    """A result as an item: `text`, `data` and `links`, with pictures, sounds and other bytes as files.

    Raises NodeError where the tool says that it has failed.
    """
    texts: list[str] = []
    links: list[JSON] = []
    files: dict[str, FileRef] = {}
    for block in result.content:
        if block.type == "text":
            texts.append(block.text)
        elif block.type == "resource_link":
            links.append({"uri": str(block.uri), "name": block.name, "type": block.mime_type})
        elif block.type == "resource" and hasattr(block.resource, "text"):
            texts.append(block.resource.text)
        elif len(files) < MAX_FILES:
            kind, data, mime = _bytes(block)
            name = kind if kind not in files else f"{kind}_{len(files) + 1}"
            files[name] = await ctx.files.save(_decoded(tool, data), name, mime)
    text = "\n".join(texts)
    if result.is_error:
        raise NodeError(f"the tool {tool} failed: {text[:2_000] or 'it does not say why'}")
    return Item({"text": text, "data": result.structured_content, "links": links}, files or None)


def brief(json_: Mapping[str, JSON]) -> dict[str, JSON]:
    """The JSON of a result for a model: without what is empty, and without a text that says what the data says."""
    kept = {name: value for name, value in json_.items() if value not in (None, "", [])}
    try:
        if "data" in kept and json.loads(kept.get("text", "null")) == kept["data"]:
            kept.pop("text", None)
    except ValueError:
        pass
    return kept


def _bytes(block: Any) -> tuple[str, str, str]:
    if block.type == "resource":
        return "file", block.resource.blob, block.resource.mime_type or "application/octet-stream"
    return block.type, block.data, block.mime_type


def _decoded(tool: str, data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        raise NodeError(f"the tool {tool} gave a file that is no base64", retryable=False) from None


def parameters(tool: str, schema: Mapping[str, JSON]) -> dict[str, JSON]:
    """The schema of a tool's arguments, checked and without what is not to be trusted. Raises NodeError."""
    hint = "name the tools that you need in the field `tools`"
    if len(json.dumps(schema)) > MAX_SCHEMA:
        text = f"the schema of the tool {tool} has more than {MAX_SCHEMA:,} characters"
        raise NodeError(text, field="tools", hint=hint, retryable=False)
    made = {"type": "object", "properties": {}, **_plain(schema)}
    try:
        Shape(made, "tools")
    except NodeError as error:
        raise NodeError(f"the tool {tool}: {error}", field="tools", hint=hint, retryable=False) from None
    if made["type"] != "object" or _leads_out(made):
        text = f"the arguments of the tool {tool} are no object, or refer to something that is not in their schema"
        raise NodeError(text, field="tools", hint=hint, retryable=False)
    return made


def _plain(schema: Any) -> Any:
    if isinstance(schema, dict):
        kept = {name: child for name, child in schema.items() if name not in LEFT_OUT}
        return {
            name: {own: _plain(one) for own, one in child.items()}
            if name in NAMED and isinstance(child, dict)
            else child
            if name in ("enum", "const", "default", "examples")
            else _plain(child)
            for name, child in kept.items()
        }
    return [_plain(child) for child in schema] if isinstance(schema, list) else schema


def _leads_out(schema: Any) -> bool:
    """Whether a `$ref` leads somewhere that is not in the schema."""
    pending, found = [schema], []
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            found += [current[name] for name in ("$ref", "$dynamicRef") if name in current]
            pending += current.values()
        elif isinstance(current, list):
            pending += current
    return any(not isinstance(ref, str) or not _resolves(schema, ref) for ref in found)


def _resolves(schema: Any, ref: str) -> bool:
    current = schema
    if ref != "#" and not ref.startswith("#/"):
        return False
    for part in ref.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(current, dict) or name not in current:
            return False
        current = current[name]
    return True
