"""The fields of a model and of the models inside it."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from a8n.credential import Credential


def fields_of(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Each field with its place (`Model.field`); models of the kernel and credentials describe themselves."""
    seen: set[type[BaseModel]] = set()
    pending: list[type[BaseModel]] = [model]
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        for name, field in current.model_fields.items():
            yield f"{current.__name__}.{name}", field
            pending += [m for m in _models(field.annotation) if not _foreign(m)]


def _foreign(model: type[BaseModel]) -> bool:
    return issubclass(model, Credential) or model.__module__.partition(".")[0] == "a8n"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models(argument)


def undescribed(model: type[BaseModel]) -> Iterator[str]:
    """A sentence for each field that says nothing about itself."""
    for place, field in fields_of(model):
        if not (field.description or "").strip():
            yield f"{place} has no description; write a docstring under it, or Field(description=...)"
