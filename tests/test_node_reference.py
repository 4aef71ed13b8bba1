"""`docs/nodes.md`, the reference of nodes and credentials, is made of their classes. `make docs` writes it anew."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from a8n import Conditions, Kernel
from a8n.catalogue import NodeType

PAGE = Path(__file__).parent.parent / "docs" / "nodes.md"
HEAD = """\
# Nodes

Every node, trigger and kind of credential that ships with a8n, made from their classes; `make docs` writes this page
anew. What you install beside them is described in the same way by `GET /api/node-types` of your server.

Any parameter may be an [expression](expressions.md), except in triggers. *Pure* nodes may run again after a crash
without a trace, *idempotent* ones with the same result, *unsafe* ones never without being asked
([operations](operations.md)).
"""
TABLE = "| parameter | type | default | |\n|---|---|---|---|\n"
Schema = dict[str, Any]


def reference() -> str:
    """The whole page."""
    kernel = Kernel.discover()
    bundled = [report for report in kernel.plugins if report.distribution == "a8n"]
    names = {report.name for report in bundled}
    kinds = [kind for kind in kernel.catalogue.describe_credentials() if kind["plugin"] in names]
    contents, sections = [], []
    for report in bundled:
        types = [kernel.catalogue[key] for key in (*report.triggers, *report.nodes)]
        title = report.doc.partition(":")[0]
        contents.append(f"* {title}: {', '.join(_link(node.title) for node in types)}")
        sections += [f"## {title}\n\n{_sentence(report.doc.partition(':')[2])}\n", *map(_node, types)]
    contents.append(f"* [Credentials](#credentials): {', '.join(_link(kind['title']) for kind in kinds)}")
    contents.append("* [Conditions](#conditions)\n")
    sections += ["## Credentials\n", *map(_credential, kinds), _conditions()]
    return "\n".join([HEAD, *contents, *sections])


def _link(title: str) -> str:
    """A link to a heading, in the form that code hosts give to headings."""
    return f"[{title}](#{re.sub(r'[^a-z0-9 _-]', '', title.lower()).replace(' ', '-')})"


def _node(node: NodeType) -> str:
    entry = node.describe()
    facts = [f"`{node.key}`", f"version {node.version}"]
    if node.kind == "node":
        effect = "its effect depends on its parameters" if "effect_of" in vars(node.cls) else entry["effect"]
        facts += [f"in: {_names(entry['inputs'])}", f"out: {_out(node)}", effect]
    else:
        facts += [f"{node.kind} trigger", f"out: {_out(node)}"]
    text = f"### {node.title}\n\n{' · '.join(facts)}\n\n{node.description}\n"
    rows = list(_rows(entry["params"], entry["params"]))
    if rows:
        text += f"\n{TABLE}" + "\n".join(rows) + "\n"
    if entry["output_schema"] is not None:
        schema = entry["output_schema"]
        text += f"\nEach item it gives:\n\n{TABLE}" + "\n".join(_rows(schema, schema)) + "\n"
    if entry["examples"]:
        example = entry["examples"][0]
        text += f"\n{example['title']}:\n\n```json\n{_json(example['params'])}\n```\n"
    return text


def _credential(kind: Schema) -> str:
    text = f"### {kind['title']}\n\n`{kind['key']}`\n\n{kind['description']}\n"
    if kind["docs"]:
        text += f"\nHow to get one: <{kind['docs']}>\n"
    text += f"\n{TABLE}" + "\n".join(_rows(kind["fields"], kind["fields"])) + "\n"
    if kind["used_by"]:
        text += f"\nFor {', '.join(f'`{key}`' for key in kind['used_by'])}.\n"
    return text


def _conditions() -> str:
    schema = Conditions.model_json_schema()
    rows = "\n".join(_rows(schema, schema))
    about = "Comparisons, in If, Filter and others. [If](#if) tells how values compare."
    return f"## Conditions\n\n{about}\n\n{TABLE}{rows}\n"


def _out(node: NodeType) -> str:
    return "depends on its parameters" if "ports" in vars(node.cls) else _names(node.cls.outputs)


def _names(ports: Any) -> str:
    return ", ".join(f"`{port}`" for port in ports) or "nothing"


def _sentence(text: str) -> str:
    """With a capital, which it does not have behind the colon of a docstring."""
    return text.strip()[:1].upper() + text.strip()[1:]


def _json(value: Any) -> str:
    short = json.dumps(value, ensure_ascii=False)
    return short if len(short) < 100 else json.dumps(value, ensure_ascii=False, indent=2)


# --- the table of parameters -------------------------------------------------------------------------------------


def _rows(
    schema: Schema, root: Schema, prefix: str = "", seen: tuple[str, ...] = (), without: str = ""
) -> Iterator[str]:
    """A row for each field, those of groups and of the members of unions after them."""
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        if name == without:
            continue
        found = _resolved(field, root)
        default = "**required**" if name in required else _default(found)
        about = field.get("description") or found.get("description") or ""
        yield f"| `{prefix}{name}` | {_type(found, root)} | {default} | {_cell(about)} |"
        yield from _inside(field, root, f"{prefix}{name}", seen)


def _inside(field: Schema, root: Schema, path: str, seen: tuple[str, ...]) -> Iterator[str]:
    """Rows for what a field holds: a group, a list of groups, or a union of them. One inside itself is not repeated."""
    found = _resolved(field, root)
    if found.get("x-a8n", {}).get("widget") == "conditions":
        return
    if "items" in found:
        yield from _inside(found["items"], root, f"{path}[]", seen)
    for member in _members(found):
        ref: str = (field if member is found else member).get("$ref", path)
        inner = _resolved(member, root)
        if ref in seen or not inner.get("properties") or "$credential" in inner["properties"]:
            continue
        told = _told(found, inner)
        if told is not None:
            name, value = told
            yield f"| `{path}.{name}` = `{value}` | | | *{_cell(inner.get('description', ''))}* |"
            yield from _rows(inner, root, f"{path}.", (*seen, ref), name)
        else:
            yield from _rows(inner, root, f"{path}.", (*seen, ref))


def _members(schema: Schema) -> list[Schema]:
    if "properties" in schema:
        return [schema]
    members: list[Schema] = schema.get("oneOf") or schema.get("anyOf") or []
    return members


def _told(union: Schema, member: Schema) -> tuple[str, str] | None:
    """The field and value by which a member of a union is told apart."""
    name = union.get("discriminator", {}).get("propertyName")
    field = member["properties"].get(name, {}) if name else {}
    return (name, field["const"]) if "const" in field else None


def _resolved(schema: Schema, root: Schema) -> Schema:
    if "$ref" in schema:
        target: Schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
        return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _default(field: Schema) -> str:
    if "default" not in field:
        return ""
    value, told = field["default"], field.get("discriminator", {}).get("propertyName")
    if told is not None and isinstance(value, dict):
        value = {told: value[told]}
    text = json.dumps(value, ensure_ascii=False)
    return f"`{_cell(text)}`" if len(text) <= 60 else ""


def _type(schema: Schema, root: Schema) -> str:
    hints = schema.get("x-a8n", {})
    if hints.get("widget") == "credential":
        return "credential " + " or ".join(f"`{kind}`" for kind in hints["types"])
    if hints.get("widget") == "conditions":
        return "[conditions](#conditions)"
    if schema.get("writeOnly"):
        return "secret"
    if schema.get("format") == "duration":
        return "duration"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(_resolved(schema.get('items', {}), root), root)}"
    choices = [_resolved(choice, root) for choice in _members(schema)] if "properties" not in schema else []
    if choices:
        told = [_told(schema, choice) for choice in choices if "properties" in choice]
        if told and len(told) == len(choices) and all(told):
            return "one of the following"
        return " or ".join(dict.fromkeys(_type(choice, root) for choice in choices))
    return f"{schema.get('type', 'any')}{_bounds(schema)}"


def _bounds(schema: Schema) -> str:
    """The limits of a number."""
    bounds = [
        f"{words} {schema[name]:,}"
        for name, words in (
            ("minimum", "from"),
            ("exclusiveMinimum", "above"),
            ("maximum", "to"),
            ("exclusiveMaximum", "below"),
        )
        if name in schema
    ]
    return f", {' '.join(bounds)}" if bounds else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# --- the tests ---------------------------------------------------------------------------------------------------


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: make docs"


def test_everything_that_ships_is_on_it() -> None:
    page = PAGE.read_text(encoding="utf-8")
    kernel = Kernel.discover()
    keys = [key for key, node in kernel.catalogue.items() if node.plugin.distribution == "a8n"]
    assert len(keys) > 20
    assert [key for key in (*keys, *kernel.catalogue.credentials) if f"\n`{key}`" not in page] == []


def test_its_links_lead_to_headings() -> None:
    page = PAGE.read_text(encoding="utf-8")
    headings = {_link(title).partition("(")[2].rstrip(")") for title in re.findall(r"^##+ (.+)$", page, re.MULTILINE)}
    linked = re.findall(r"\]\((#[^)]*)\)", page)
    assert linked
    assert [link for link in linked if link not in headings] == []


def test_every_parameter_is_described() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|.*\| ([^|]*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) > 100
    assert [name for name, about in rows if not about.strip(" *")] == []


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
