"""Promises about the JSON Schemas of a node type: they follow draft 2020-12 and hold no secret.

The shapes of keywords are those of the meta-schemas at https://json-schema.org/draft/2020-12/schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from a8n.catalogue import NodeType
from a8n.items import JSON

Shape = Callable[[JSON], bool]
TYPES = frozenset(("null", "boolean", "object", "array", "number", "integer", "string"))
ONE = ("additionalProperties", "items", "not", "if", "then", "else", "contains", "propertyNames",
       "unevaluatedItems", "unevaluatedProperties")  # fmt: skip
MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
NAMED = ("properties", "patternProperties", "$defs", "dependentSchemas")


def _number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(value: JSON) -> bool:
    return isinstance(value, str)


def _names(value: JSON) -> bool:
    return isinstance(value, list) and all(map(_text, value)) and len(set(value)) == len(value)


def _type(value: JSON) -> bool:
    names = [value] if isinstance(value, str) else value
    return _names(names) and bool(names) and TYPES.issuperset(names)


def _pattern(value: JSON) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError):
        return False
    return True


SHAPES: Mapping[str, Shape] = {
    **dict.fromkeys(("title", "description", "$schema", "$id", "$anchor", "$comment", "$ref", "format",
                     "contentMediaType", "contentEncoding"), _text),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
                     "minContains", "maxContains"), _count),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), lambda v: isinstance(v, bool)),
    **dict.fromkeys(("enum", "examples"), lambda v: isinstance(v, list)),
    **dict.fromkeys(("default", "const"), lambda v: True),
    **dict.fromkeys(ONE, lambda v: isinstance(v, dict | bool)),
    **dict.fromkeys(MANY, lambda v: isinstance(v, list) and bool(v)),
    **dict.fromkeys((*NAMED, "discriminator"), lambda v: isinstance(v, dict)),
    "multipleOf": lambda v: _number(v) and v > 0,
    "required": _names,
    "type": _type,
    "pattern": _pattern,
}  # fmt: skip


def valid(node_type: NodeType) -> Iterator[str]:
    """The schemas of parameters and output can be read by any reader of draft 2020-12."""
    for name, schema in _schemas(node_type):
        try:
            json.dumps(schema, allow_nan=False)
        except (TypeError, ValueError) as error:
            yield f"{name} is no JSON: {error}"
            continue
        yield from (f"{name}{problem}" for problem in problems(schema))


def free_of_secrets(node_type: NodeType) -> Iterator[str]:
    """Confidential values belong in a credential: a node's own parameters are stored and shown as they are."""
    for place, schema in walk(node_type.schema(), ""):
        if schema.get("writeOnly") is True or schema.get("format") == "password":
            yield f"params{place} is a secret; put it into a Credential"


def problems(schema: dict[str, JSON]) -> Iterator[str]:
    """What makes a schema invalid, each beginning with its place: `/properties/text: ...`."""
    for place, part in walk(schema, ""):
        for keyword, value in part.items():
            shape = SHAPES.get(keyword)
            if shape is None:
                if not keyword.startswith("x-"):
                    yield f"{place}: {keyword!r} is no keyword of JSON Schema 2020-12"
            elif not shape(value):
                yield f"{place}/{keyword}: the value does not fit the keyword"
        reference = part.get("$ref")
        if isinstance(reference, str) and not _resolves(schema, reference):
            yield f"{place}/$ref: {reference!r} leads nowhere"


def walk(schema: Any, place: str) -> Iterator[tuple[str, dict[str, JSON]]]:
    """A schema and all inside it, with places."""
    if not isinstance(schema, dict):
        return
    yield place, schema
    for keyword in ONE:
        yield from walk(schema.get(keyword), f"{place}/{keyword}")
    for keyword in MANY:
        parts = schema.get(keyword)
        for i, part in enumerate(parts if isinstance(parts, list) else ()):
            yield from walk(part, f"{place}/{keyword}/{i}")
    for keyword in NAMED:
        named = schema.get(keyword)
        for name, part in (named if isinstance(named, dict) else {}).items():
            yield from walk(part, f"{place}/{keyword}/{name}")


def _resolves(root: Any, reference: str) -> bool:
    if not reference.startswith("#"):
        return False
    for part in reference[1:].split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(root, dict) or name not in root:
            return False
        root = root[name]
    return True


def _schemas(node_type: NodeType) -> Iterator[tuple[str, dict[str, JSON]]]:
    yield "params", node_type.schema()
    output = node_type.output_schema()
    if output is not None:
        yield "output", output
