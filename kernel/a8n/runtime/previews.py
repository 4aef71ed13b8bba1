"""What an expression gives, evaluated by the engine itself on the data of a scene."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from a8n.errors import A8nError
from a8n.expressions import ExpressionError, compile_expression
from a8n.items import JSON
from a8n.node import Step
from a8n.params import EXPRESSION, LITERAL, TEXT, null_places
from a8n.runtime.excerpts import encoded, excerpt
from a8n.scope import StepScope

VALUE = 64 * 1024
"""Bytes of JSON of a value that is shown."""
SHOWN_TEXT = 1_000
"""Characters of a value as it reads inside text."""
SECONDS = 3.0
"""For all values that are asked for at once; one evaluation is bounded by the work that it may do."""

Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no value."""

    message: str
    path: Where
    """Of the expression at fault inside of the value."""
    offset: int | None
    """Of the place at fault, in the expression."""
    hint: str | None
    missing: bool
    """Whether the only fault is that something in the data is not there."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A value as it can be shown."""

    value: JSON = None
    type: str = "null"
    text: str = ""
    """How it reads inside text, cut off."""
    truncated: bool = False
    error: Fault | None = None


class _StoppedError(Exception):
    """An expression inside of a value failed."""

    def __init__(self, fault: Fault):
        super().__init__(fault.message)
        self.fault = fault


async def previews(
    values: Sequence[JSON], scope: StepScope, fields: Sequence[Where | None] = (), model: type[Step] | None = None
) -> list[Preview]:
    """The previews of some values, with all expressions inside of them evaluated; never raises.

    `fields` are where they stand in the parameters of `model`, which may take null for what is missing there.
    """
    deadline = time.monotonic() + SECONDS
    places = null_places(model) if model is not None else frozenset()
    found = []
    for index, value in enumerate(values):
        field = fields[index] if index < len(fields) else None
        found.append(await asyncio.to_thread(_preview, value, scope, field, places, deadline))
    return found


def _preview(
    value: JSON, scope: StepScope, field: Where | None, places: frozenset[tuple[str, ...]], deadline: float
) -> Preview:
    """The preview of one value. In a thread: the server goes on meanwhile."""
    walk = _Walk(scope, field, places, deadline)
    try:
        made = walk.value(value, ())
    except _StoppedError as stopped:
        return Preview(error=stopped.fault)
    except RecursionError:
        return Preview(error=Fault("The value is nested too deeply", (), None, None, False))
    shown = excerpt(made, VALUE)
    text = reading(made)
    return Preview(shown.value, kind_of(made), text, not shown.whole)


class _Walk:
    """Goes through a value, as the binder does with parameters."""

    def __init__(
        self, scope: StepScope, field: Where | None, places: frozenset[tuple[str, ...]], deadline: float
    ) -> None:
        self._scope = scope
        self._field = field
        self._places = places
        self._deadline = deadline

    def value(self, value: JSON, path: Where) -> JSON:
        if isinstance(value, dict):
            if len(value) == 1:
                tag, content = next(iter(value.items()))
                if tag == LITERAL:
                    return content
                if tag in (EXPRESSION, TEXT) and isinstance(content, str):
                    return self._evaluated(content, tag == TEXT, path)
            return {key: self.value(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.value(inner, (*path, index)) for index, inner in enumerate(value)]
        return value

    def _evaluated(self, source: str, template: bool, path: Where) -> JSON:
        if time.monotonic() > self._deadline:
            raise _StoppedError(Fault("There are too many expressions to show at once", path, None, None, False))
        try:
            return compile_expression(source, template=template).evaluate(self._scope)
        except ExpressionError as error:
            if error.missing and self._takes_null(path):
                return None
            fault = Fault(error.message, path, error.position, error.hint, error.missing)
            raise _StoppedError(fault) from None
        except A8nError as error:
            raise _StoppedError(Fault(str(error), path, None, None, False)) from None

    def _takes_null(self, path: Where) -> bool:
        if self._field is None:
            return False
        return tuple("*" if isinstance(step, int) else step for step in (*self._field, *path)) in self._places


def names_in(value: JSON) -> frozenset[str]:
    """The roots that the expressions inside of a value use; of those that cannot be compiled, none."""
    found: set[str] = set()
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, list):
            pending += part
        elif isinstance(part, dict):
            tag, content = next(iter(part.items()), ("", None))
            if len(part) == 1 and tag in (EXPRESSION, TEXT) and isinstance(content, str):
                with suppress(ExpressionError):
                    found |= compile_expression(content, template=tag == TEXT).names
            else:
                pending += part.values()
    return frozenset(found)


def kind_of(value: Any) -> str:
    """The type of a JSON value in a reader's words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object"


def reading(value: JSON, length: int = SHOWN_TEXT) -> str:
    """A value as it reads inside text, cut off after some characters."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value[: length + 1]
    elif isinstance(value, list | dict):
        text = encoded(excerpt(value, 4 * length).value).decode("utf-8")
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= length else f"{text[: length - 1]}…"
