"""Credential kinds: typed secrets that nodes use and nobody reads back."""

from __future__ import annotations

from typing import Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import JsonSchemaValue

REFERENCE = "$credential"
"""A saved credential field holds `{"$credential": "<id>"}`."""


class Credential(BaseModel):
    """Base of credential kinds. Its fields are the form; type the confidential ones as `Secret`.

    Subclasses set `key` (`telegram.bot`), and may override `check` (the Test button). A node declares a slot
    with a field of this type: `bot: TelegramBot`, or a union of kinds, or `| None`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    docs: ClassVar[str] = ""
    """A URL that tells how to get one."""

    async def check(self, http: Any) -> str:
        """Try the credential and say who we are signed in as. Raise `NodeError` with what is wrong.

        `http` is the guarded client (`a8n.HttpClient`); kinds that speak another protocol use their own SDK.
        """
        return "saved; this kind has no test"


def slot_schema(kinds: list[str]) -> JsonSchemaValue:
    """The JSON Schema of a field that takes a credential: a reference, and never the secret's own fields."""
    return {
        "type": "object",
        "properties": {REFERENCE: {"type": "string"}},
        "required": [REFERENCE],
        "additionalProperties": False,
        "x-a8n": {"widget": "credential", "types": kinds, "expr": False},
    }


def kinds_in(annotation: Any) -> dict[str, type[Credential]]:
    """The credential kinds that a type mentions, in the fields of models too, by class name."""
    found: dict[str, type[Credential]] = {}
    seen: set[type] = set()
    pending = [annotation]
    while pending:
        current = pending.pop()
        if isinstance(current, type) and issubclass(current, Credential):
            found[current.__name__] = current
        elif isinstance(current, type) and issubclass(current, BaseModel) and current not in seen:
            seen.add(current)
            pending += [field.annotation for field in current.model_fields.values()]
        else:
            pending += [argument for argument in get_args(current) if not isinstance(argument, str)]
    return found
