"""Kinds of fields: a node's parameter types, which the builder turns into a form.

Every kind is a plain Python type with hints for the form under `x-a8n` in the JSON Schema, so a parameter is
typed where it is used (`text: Multiline` is a `str`) and the builder needs no code of its own per node.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, SecretStr
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from a8n.items import JSON

__all__ = [
    "Choice",
    "Code",
    "Condition",
    "Conditions",
    "Duration",
    "Field",
    "FileName",
    "Json",
    "KeyValue",
    "Multiline",
    "Parameters",
    "Secret",
    "hint",
    "options",
]

HINTS = "x-a8n"


class hint:  # noqa: N801  # used as an annotation, where it reads like a word: Annotated[str, hint(widget="code")]
    """Form hints for a field: `Annotated[str, hint(widget="code", language="sql")]`.

    Known keys: `widget`, `language`, `placeholder`, `advanced` (bool: under "Add option"), `section`, `mono`,
    `expr` (False forbids expressions), `rows`, `missing` ("null": an expression that asks for something that is not
    in the data gives null here, where elsewhere it is an error).
    """

    def __init__(self, **hints: JSON):
        self.hints = hints

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        result = handler(schema)
        result[HINTS] = {**result.get(HINTS, {}), **self.hints}
        return result


class Parameters(BaseModel):
    """Base for groups of parameters inside a node: nested objects, rows of a list, members of a union."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


Multiline = Annotated[str, hint(widget="textarea")]
"""Text of several lines."""

Secret = Annotated[SecretStr, hint(widget="password", expr=False)]
"""A value that is written and never read back; it has no plain `repr`. For credentials only."""

Json = Annotated[Any, hint(widget="code", language="json")]
"""Any JSON value, edited as text."""

FileName = Annotated[str, hint(widget="text", placeholder="file", file=True)]
"""The name of a file on the item, a key of `item.files`."""

Duration = Annotated[timedelta, hint(widget="duration")]
"""A length of time; saved as seconds or ISO 8601 (`PT5M`)."""


def Code(language: str) -> Any:  # noqa: N802  # a type constructor, used as `Code("python")` in an annotation
    """Source text in a language, with highlighting: `source: Code("python")`."""
    return Annotated[str, hint(widget="code", language=language, mono=True)]


class KeyValue(Parameters):
    """One row of a key-value list, such as headers or query parameters."""

    name: str
    """The name."""
    value: Annotated[Any, hint(widget="text")] = ""
    """Its value."""


Operator = Literal[
    "eq", "ne", "gt", "gte", "lt", "lte", "contains", "not_contains", "starts_with", "ends_with", "matches",
    "in", "not_in", "empty", "not_empty", "exists", "not_exists", "true", "false", "before", "after",
]  # fmt: skip


Operand = Annotated[Any, hint(widget="text", missing="null")]


class Condition(Parameters):
    """One comparison. What an operand asks for and is missing is null.

    `right` is not used by the operators that look at one value (`empty`, `exists`, `true`, …).
    """

    left: Operand = None
    """What to look at; mostly an expression."""
    op: Operator = "eq"
    """How the two compare."""
    right: Operand = None
    """What to compare it with."""


Rows = list[Condition]


class Conditions(Parameters):
    """A list of comparisons and how they combine."""

    model_config = ConfigDict(json_schema_extra={HINTS: {"widget": "conditions"}})

    combine: Literal["all", "any"] = "all"
    """Whether all comparisons have to hold, or any one of them."""
    list: Rows = Field(default_factory=lambda: [])
    """The comparisons."""


class Choice(BaseModel):
    """One entry of a live drop-down."""

    model_config = ConfigDict(frozen=True)

    value: str | int
    label: str = ""
    description: str = ""


Loader = Callable[..., Awaitable[list[Choice]]]
LoaderT = TypeVar("LoaderT", bound=Loader)
OPTIONS = "__a8n_options__"


def options(field: str) -> Callable[[LoaderT], LoaderT]:
    """Mark a static coroutine method as the live choices of `field`.

    Its parameters name what it needs: other fields of the node (credentials arrive opened), and `search: str`
    for what the user typed.
    """

    def mark(loader: LoaderT) -> LoaderT:
        setattr(loader, OPTIONS, field)
        return loader

    return mark


def loaders_of(cls: type) -> Mapping[str, Loader]:
    """Live choices of a class by field, found on it and its bases."""
    found: dict[str, Loader] = {}
    for name in dir(cls):
        loader = getattr(cls, name, None) if not name.startswith("__") else None
        field = getattr(loader, OPTIONS, None)
        if field is not None and loader is not None:
            found[field] = loader
    return found
