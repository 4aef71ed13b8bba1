"""The node reference, `docs/nodes.md`, is generated from the classes. `make docs` writes it anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from a8n import Kernel

PAGE = Path(__file__).parent.parent / "docs" / "nodes.md"
BUNDLED = ("data", "flow", "http", "manual", "webhook")


def reference() -> str:
    """The whole page."""
    kernel = Kernel.discover()
    parts = ["# Node reference\n\nGenerated from the bundled plugins; `make docs` writes it anew.\n"]
    for report in kernel.plugins:
        if report.name not in BUNDLED:
            continue
        parts.append(f"## {report.doc.partition(':')[0]}\n\n{report.doc}\n")
        parts += [_node(kernel.catalogue[key].describe()) for key in (*report.triggers, *report.nodes)]
    parts.append("## Credentials\n")
    for kind in kernel.catalogue.describe_credentials():
        if kind["plugin"] in BUNDLED:
            rows = "\n".join(_rows(kind["fields"], kind["fields"]))
            parts.append(f"### {kind['title']}\n\n`{kind['key']}` · {kind['description']}\n\n{_TABLE}{rows}\n")
    return "\n".join(parts)


_TABLE = "| field | type | default | |\n|---|---|---|---|\n"


def _node(entry: dict[str, Any]) -> str:
    ports = f"in: {', '.join(entry['inputs']) or 'none'} · out: {', '.join(entry['outputs'])} · {entry['effect']}"
    text = f"### {entry['title']}\n\n`{entry['key']}` · {ports}\n\n{entry['description']}\n"
    rows = list(_rows(entry["params"], entry["params"]))
    if rows:
        text += f"\n{_TABLE}" + "\n".join(rows) + "\n"
    if entry["examples"]:
        example = entry["examples"][0]
        text += (
            f"\n{example['title']}:\n\n```json\n{json.dumps(example['params'], ensure_ascii=False, indent=2)}\n```\n"
        )
    return text


def _rows(schema: dict[str, Any], root: dict[str, Any], prefix: str = "") -> Iterator[str]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        found = _resolved(field, root)
        default = f"`{json.dumps(field['default'], ensure_ascii=False)}`" if "default" in field else ""
        default = "required" if name in required else default if len(default) < 60 else ""
        about = " ".join((field.get("description") or found.get("description") or "").split()).replace("|", "\\|")
        yield f"| `{prefix}{name}` | {_type(found, root)} | {default} | {about} |"
        for member in _members(found, root):
            yield from _rows(member, root, f"{prefix}{name}.")


def _members(schema: dict[str, Any], root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Objects inside of a field: of itself, of a list's entries, of a union."""
    for inner in (schema, _resolved(schema.get("items", {}), root), *schema.get("oneOf", ())):
        found = _resolved(inner, root)
        if "properties" in found and "$credential" not in found["properties"]:
            yield found


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        target: dict[str, Any] = root["$defs"][schema["$ref"].rpartition("/")[2]]
        return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _type(schema: dict[str, Any], root: dict[str, Any]) -> str:
    hints = schema.get("x-a8n", {})
    if hints.get("widget") == "credential":
        return "credential " + " or ".join(f"`{kind}`" for kind in hints["types"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " \\| ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(_resolved(schema.get('items', {}), root), root)}"
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return " or ".join(dict.fromkeys(_type(_resolved(choice, root), root) for choice in choices))
    return str(schema.get("type", "any"))


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == reference(), "run: make docs"


if __name__ == "__main__":
    PAGE.write_text(reference())
