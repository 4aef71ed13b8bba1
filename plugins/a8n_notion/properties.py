"""Simple values for Notion's properties, and the other way, by the type that the database gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from a8n import JSON, NodeError

PIECE = 2000
"""Characters of one piece of text, which Notion sets."""
PLAIN = frozenset(("number", "checkbox", "url", "email", "phone_number"))


def rich(text: str) -> list[dict[str, JSON]]:
    """A text in pieces as Notion takes them."""
    return [{"type": "text", "text": {"content": text[at : at + PIECE]}} for at in range(0, len(text), PIECE)]


def plain(pieces: Any) -> str:
    """The text of pieces."""
    return "".join(str(one.get("plain_text", "")) for one in pieces or ())


def simple(prop: Mapping[str, Any]) -> JSON:
    """A property's value without what is around it."""
    kind = str(prop.get("type"))
    value = prop.get(kind)
    if kind in ("title", "rich_text"):
        return plain(value)
    if value is None:
        return None
    if kind in ("select", "status"):
        return value["name"]
    if kind == "multi_select":
        return [one["name"] for one in value]
    if kind == "date":
        return value if value.get("end") else value["start"]
    if kind == "people":
        return [one.get("name") or one["id"] for one in value]
    if kind == "relation":
        return [one["id"] for one in value]
    if kind == "files":
        return [(one.get("file") or one.get("external") or {}).get("url") for one in value]
    if kind in ("created_by", "last_edited_by"):
        return value.get("name") or value["id"]
    if kind == "formula":
        return simple(value)
    if kind == "rollup":
        return [simple(one) for one in value["array"]] if value.get("type") == "array" else simple(value)
    if kind == "unique_id":
        return "-".join(str(one) for one in (value.get("prefix"), value.get("number")) if one is not None)
    return value


def page_item(page: Mapping[str, Any]) -> dict[str, JSON]:
    """A page as an object: what it is, and its properties by name."""
    props = {name: simple(prop) for name, prop in (page.get("properties") or {}).items()}
    about = {"id": page["id"], "url": page.get("url"), "archived": bool(page.get("archived"))}
    return {**about, "created": page.get("created_time"), "edited": page.get("last_edited_time"), "properties": props}


def written(schema: Mapping[str, Any], values: Mapping[str, JSON], where: str) -> dict[str, JSON]:
    """Values as properties of a schema. Raises NodeError, which names the property."""
    result: dict[str, JSON] = {}
    for name, value in values.items():
        if name not in schema:
            known = ", ".join(sorted(schema)[:15])
            raise NodeError(f"there is no property {name!r}", field=where, hint=f"there are {known}", retryable=False)
        kind = str(schema[name]["type"])
        result[name] = {kind: _value(kind, name, value, where)}
    return result


def _value(kind: str, name: str, value: JSON, where: str) -> JSON:
    if kind in ("title", "rich_text"):
        return rich("" if value is None else str(value))
    if kind == "checkbox" and not isinstance(value, bool):
        raise _wrong(name, "is yes or no: true or false", where)
    many = value if isinstance(value, list) else [] if value in (None, "") else [value]
    if kind == "multi_select":
        return [{"name": str(one)} for one in many]
    if kind in ("people", "relation"):
        return [{"id": str(one)} for one in many]
    if value in (None, "") and value is not False:
        return None
    if kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise _wrong(name, "is a number", where)
    if kind in PLAIN:
        return value if kind in ("number", "checkbox") else str(value)
    if kind in ("select", "status"):
        return {"name": str(value)}
    if kind == "date":
        return value if isinstance(value, dict) else {"start": str(value)}
    raise _wrong(name, f"cannot be written: Notion makes its value ({kind})", where)


def _wrong(name: str, what: str, where: str) -> NodeError:
    return NodeError(f"property {name!r} {what}", field=where, retryable=False)
