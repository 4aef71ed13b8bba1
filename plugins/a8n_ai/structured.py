"""Answers that have to fit a JSON Schema."""

from __future__ import annotations

import json
import re
from typing import Any

from a8n import JSON, NodeError
from a8n_ai.libraries import library

FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)


class Shape:
    """A JSON Schema, and how to ask for what fits it."""

    def __init__(self, schema: JSON, field: str = "output_schema"):
        """Raises NodeError where it is no valid schema."""
        if not isinstance(schema, dict):
            raise NodeError("a JSON Schema is an object", field=field, retryable=False)
        jsonschema, referencing = library("jsonschema"), library("referencing")
        kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
        try:
            kind.check_schema(schema)
        except jsonschema.SchemaError as error:
            place = "/".join(map(str, error.absolute_path))
            text = f"this is no valid JSON Schema: {error.message}" + (f" (at {place})" if place else "")
            raise NodeError(text[:1000], field=field, retryable=False) from None
        self._schema = schema
        self._unresolvable = referencing.exceptions.Unresolvable
        # With a registry of its own a `$ref` to somewhere else is an error, and no download.
        self._validator = kind(schema, registry=referencing.Registry())

    @property
    def request(self) -> str:
        """What to tell the model."""
        text = json.dumps(self._schema, ensure_ascii=False)
        return f"Answer with one JSON value that fits this JSON Schema, and with nothing else:\n{text}"

    def read(self, text: str) -> tuple[JSON, str]:
        """The value in an answer, and what is wrong with it: an empty text where nothing is."""
        fenced = FENCED.search(text)
        try:
            value: Any = json.loads(fenced[1] if fenced else text, parse_constant=_refused)
        except (ValueError, RecursionError) as error:
            return None, f"it is no JSON: {error}"
        wrong = self.fault(value)
        return (None, wrong) if wrong else (value, "")

    def fault(self, value: JSON) -> str:
        """What keeps a value from fitting: an empty text where nothing does."""
        try:
            wrong = next(iter(self._validator.iter_errors(value)), None)
        except self._unresolvable as error:
            raise NodeError(f"the schema refers to something that is not in it: {error}", retryable=False) from None
        if wrong is None:
            return ""
        place = "/".join(map(str, wrong.absolute_path)) or "the value"
        return f"{place}: {wrong.message}"[:1000]


def repair(wrong: str) -> str:
    """What to tell a model whose answer did not fit."""
    return f"Your answer does not fit the JSON Schema: {wrong}\nAnswer again with the corrected JSON, nothing else."


def _refused(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
