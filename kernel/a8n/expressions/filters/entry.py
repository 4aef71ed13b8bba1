"""How a plain Python function becomes a filter: its annotations say what each argument must be, and what it
costs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from a8n.expressions.access import Bound, Method, Missing, kind
from a8n.expressions.errors import MissingError, RefusedError, WrongTypeError
from a8n.expressions.limits import Work
from a8n.expressions.moments import moment
from a8n.expressions.result import as_text, refuse_unfinished

F = TypeVar("F", bound=Callable[..., Any])
Converter = Callable[[Any, Work], Any]


def _text(value: Any, work: Work) -> str:
    if type(value) is not str:
        if value is None or isinstance(value, (list, tuple, dict, range)):
            raise WrongTypeError("text", kind(value), "Use `| default('')` or `| to_json`." if value else None)
        value = as_text(value, work)
    return work.text(value)


def _number(value: Any, work: Work) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    hint = "Make a number of text with `| float` or `| int`." if isinstance(value, str) else None
    raise WrongTypeError("a number", kind(value), hint)


def _whole(value: Any, work: Work) -> int:
    number = _number(value, work)
    if number != number or number in (float("inf"), float("-inf")) or number != int(number):
        raise WrongTypeError("a whole number", str(number))
    return int(number)


def _list(value: Any, work: Work) -> list[Any]:
    if not isinstance(value, (list, tuple, range)):
        hints = {"text": "Use `| split(',')` or `| lines`.", "an object": "Use `| values` or `| items`."}
        raise WrongTypeError("a list", kind(value), hints.get(kind(value)))
    work.charge(len(value))
    return value if isinstance(value, list) else list(value)


def _object(value: Any, work: Work) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise WrongTypeError("an object", kind(value))
    work.charge(len(value))
    return value


def _any(value: Any, work: Work) -> Any:
    refuse_unfinished(value)
    if isinstance(value, (str, list, dict)):
        work.charge(len(value) >> 5)
    return value


def _truth(value: Any, work: Work) -> bool:
    return bool(value)


def _raw(value: Any, work: Work) -> Any:
    return value


_CONVERTERS: Final[dict[str, tuple[Converter, str]]] = {
    "str": (_text, "text"),
    "float": (_number, "number"),
    "int": (_whole, "whole number"),
    "bool": (_truth, "bool"),
    "list[Any]": (_list, "list"),
    "dict[str, Any]": (_object, "object"),
    "datetime": (moment, "date"),
    "Any": (_any, "any"),
    "object": (_raw, "any"),
}
"""Annotation, as written, to its converter and its name in documentation. `object` also lets missing values
in."""


class Entry:
    """A filter, test or function: checks and converts arguments, charges for them, calls, charges for the
    result."""

    __slots__ = (
        "_converters",
        "_function",
        "_names",
        "_rest",
        "_shape",
        "_with_work",
        "aliases",
        "kind",
        "name",
    )

    def __init__(self, function: Callable[..., Any], kind: str, name: str, aliases: tuple[str, ...]):
        self._function = function
        self.kind = kind
        self.name = name
        self.aliases = aliases
        parameters = list(inspect.signature(function).parameters.values())
        self._with_work = bool(parameters) and parameters[0].name == "work"
        parameters = parameters[self._with_work :]
        self._shape = inspect.Signature(parameters)
        positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        self._converters = tuple(_converter(p.annotation) for p in positional)
        self._names = {p.name: _converter(p.annotation) for p in parameters if p.kind is not p.VAR_POSITIONAL}
        self._rest = next((_converter(p.annotation) for p in parameters if p.kind is p.VAR_POSITIONAL), _raw)

    def call(self, work: Work, *args: Any, **kwargs: Any) -> Any:
        """Run it on the values of an evaluation. Raises RefusedError with its name before the reason."""
        work.charge(1)
        try:
            if len(args) == 1:
                values = [self._converters[0](args[0], work)]
            else:
                values = [convert(value, work) for convert, value in zip(self._converters, args, strict=False)]
                values += [self._rest(value, work) for value in args[len(values) :]]
            for name, value in kwargs.items():
                kwargs[name] = self._names[name](value, work)
            result = self._function(work, *values, **kwargs) if self._with_work else self._function(*values, **kwargs)
        except WrongTypeError as error:
            raise RefusedError(f"{self.name} {error.message}", error.hint) from error
        except (TypeError, KeyError) as error:
            raise self._misused(error, len(args), list(kwargs)) from error
        except (ValueError, ArithmeticError) as error:
            raise RefusedError(f"{self.name}: {error}") from error
        return work.made(result)

    def check_arguments(self, count: int, names: Iterable[str]) -> None:
        """Whether it can be called with `count` arguments after the value and these names; else
        RefusedError."""
        values = 0 if self.kind == "function" else 1
        try:
            self._shape.bind(*[None] * (count + values), **dict.fromkeys(names))
        except TypeError as error:
            raise RefusedError(f"{self.name}: {error}", f"It is used like this: {self.signature}") from error

    def _misused(self, error: Exception, count: int, names: list[str]) -> RefusedError:
        try:
            self.check_arguments(count - (self.kind != "function"), names)
        except RefusedError as refused:
            return refused
        return RefusedError(f"{self.name} cannot work on this: {error}")

    @property
    def signature(self) -> str:
        """How it is written, such as `text | truncate(length: whole number = 80) -> text`."""
        parameters = list(self._shape.parameters.values())
        returns = _type_name(inspect.signature(self._function).return_annotation)
        if self.kind == "function":
            return f"{self.name}({', '.join(map(_parameter, parameters))}) -> {returns}"
        rest = ", ".join(map(_parameter, parameters[1:]))
        subject = _type_name(parameters[0].annotation)
        if self.kind == "test":
            return f"{subject} is {self.name}{f'({rest})' if rest else ''}"
        return f"{subject} | {self.name}{f'({rest})' if rest else ''} -> {returns}"

    @property
    def documentation(self) -> str:
        """The docstring."""
        return inspect.getdoc(self._function) or ""


def _converter(annotation: str) -> Converter:
    if annotation.endswith(" | None"):
        convert = _converter(annotation.removesuffix(" | None"))
        return lambda value, work: None if value is None else convert(value, work)
    return _CONVERTERS[annotation][0]


def _type_name(annotation: str) -> str:
    known = _CONVERTERS.get(annotation.removesuffix(" | None"))
    return known[1] if known else {"timedelta": "duration", "range": "list"}.get(annotation, "list")


def _parameter(parameter: inspect.Parameter) -> str:
    star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
    text = f"{star}{parameter.name}: {_type_name(parameter.annotation)}"
    if parameter.default is parameter.empty:
        return text
    return f"{text} = {_default(parameter.default)}"


def _default(value: Any) -> str:
    if value is Missing:
        return "missing"
    names: dict[Any, str] = {None: "null", True: "true", False: "false"}
    return names[value] if value is None or isinstance(value, bool) else repr(value)


class Group:
    """The filters of one subject, in the order of their definition."""

    def __init__(self, title: str, kind: str = "filter"):
        self.title = title
        self.kind = kind
        self.entries: dict[str, Entry] = {}

    def add(self, function: F) -> F:
        """Decorate a function to be listed under its name, without a last `_`."""
        return self._listed(function, ())

    def also(self, *aliases: str) -> Callable[[F], F]:
        """Decorate a function to be listed under its name and under each of `aliases`."""
        return lambda function: self._listed(function, aliases)

    def _listed(self, function: F, aliases: tuple[str, ...]) -> F:
        name = function.__name__.removesuffix("_")
        entry = Entry(function, self.kind, name, aliases)
        for key in (name, *aliases):
            self.entries[key] = entry
        return function


def close_to(name: str, table: Iterable[str]) -> str:
    """`; did you mean 'upper'?`, or nothing."""
    close = get_close_matches(name[:64], list(table), n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


def bool_of(value: Any) -> bool:
    """Truth of a value where missing counts as false."""
    return not isinstance(value, (Missing, Method, Bound)) and bool(value)


def need(value: Any) -> Any:
    """`value`, unless it is missing."""
    if isinstance(value, Missing):
        raise MissingError(value)
    return value
