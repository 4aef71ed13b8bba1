"""What could come next in an expression, from the names of the language and from real data."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from a8n.expressions import ROOTS, FilterDoc, compile_expression, reference
from a8n.expressions.access import (
    OBJECT_METHODS,
    TEXT_METHODS,
    Missing,
    attribute,
    exposed_names,
    kind,
    parts_of,
)
from a8n.expressions.limits import Work
from a8n.runtime.outlines import IDENTIFIER, quoted, step_text
from a8n.runtime.previews import kind_of, reading
from a8n.runtime.scenes import Scene
from a8n.runtime.unfinished import Unfinished, unfinished
from a8n.scope import StepScope

OPTIONS = 300
"""How many are given at most."""
FIELDS = 50
"""Fields of the item that are offered before anything is written."""
DETAIL = 60
"""Characters of a sample."""
KEY = 200
"""Characters of a key that is offered."""

Kind = Literal["field", "node", "function", "filter", "test", "variable"]


@dataclass(frozen=True, slots=True)
class Option:
    """Something that could come next."""

    label: str
    kind: Kind
    type: str = ""
    detail: str = ""
    """A sample of its value, or how it is written."""
    doc: str = ""
    apply: str = ""
    """The text to put in; its caret goes to the end, or `back` characters before it."""
    back: int = 0
    start: int | None = None
    """Where it is put in, if it is not where the others are: a key in brackets replaces the dot before it."""
    boost: int = 0
    """1 for what fits the value before it best, -1 for what does not fit."""


@dataclass(frozen=True, slots=True)
class Completions:
    """What could stand from `start` to `end` of the source."""

    start: int
    end: int
    options: Sequence[Option]


def needs_nodes(source: str) -> bool:
    """Whether other nodes' data are needed for it."""
    return "node" in source


def complete(scene: Scene, scope: StepScope, source: str, cursor: int) -> Completions:
    """What could come at `cursor`, an offset in `source`. Never raises for what is written."""
    cursor = min(cursor, len(source))
    place = unfinished(source, cursor)
    options = list(_options(place, scene, scope, source))
    typed = place.typed(source, cursor).casefold()
    if len(options) > OPTIONS:
        options = [option for option in options if typed in option.label.casefold()][:OPTIONS]
    return Completions(place.start, place.end, options)


def _options(place: Unfinished, scene: Scene, scope: StepScope, source: str) -> Iterable[Option]:
    match place.want:
        case "start":
            return (*_fields_of_item(scope), *_roots(scope), *_nodes(scene), *_constants(), *_functions())
        case "member":
            return _members(_value(place.base, scope), place)
        case "key":
            return _keys(_value(place.base, scope), place, source)
        case "node":
            return _names(scene, place, source)
        case "filter":
            return _filters(_value(place.base, scope) if place.base else _UNKNOWN)
        case "test":
            return _tests()
    return ()


_UNKNOWN = object()


def _value(base: str, scope: StepScope) -> Any:
    """The value of a part of the source, with whatever type it has while it is evaluated."""
    try:
        value = compile_expression(base).raw(Work(scope))
    except Exception:  # it is not finished, or fails: then nothing is known of it
        return _UNKNOWN
    return _UNKNOWN if isinstance(value, Missing) else value


# --- what an expression can begin with ---------------------------------------------------------------------------


def _fields_of_item(scope: StepScope) -> Iterator[Option]:
    for key, value in list(scope.json.items())[:FIELDS]:
        if len(key) <= KEY:
            text = f"json{step_text(key)}"
            yield Option(text, "field", kind_of(value), reading(value, DETAIL), "", text, boost=1)


def _roots(scope: StepScope) -> Iterator[Option]:
    for name, doc in ROOTS.items():
        value = _value(name, scope)
        if name == "node":
            yield Option("node", "function", "", 'node("…")', doc, 'node("")', 2)
        else:
            yield Option(name, "variable", _type(value), _sample(value), doc, name)


def _nodes(scene: Scene) -> Iterator[Option]:
    for name, detail, doc in _before(scene):
        text = f"node({quoted(name)})"
        yield Option(text, "node", "", detail, doc, text)


def _before(scene: Scene) -> Iterator[tuple[str, str, str]]:
    """The nodes before this one, the nearest first: name, how many items there are, and of which type."""
    for index in scene.before():
        node = scene.plan.nodes[index]
        count = scene.count(index)
        detail = "" if count is None else f"{count} item{'' if count == 1 else 's'}"
        yield node.name, detail, node.type.title if node.type is not None else node.spec.type


def _constants() -> Iterator[Option]:
    for name, doc in {"true": "", "false": "", "null": "Nothing; also `none`."}.items():
        yield Option(name, "variable", "null" if name == "null" else "boolean", "", doc, name, boost=-1)


# --- parts of a value --------------------------------------------------------------------------------------------


def _members(value: Any, place: Unfinished) -> Iterator[Option]:
    dot = place.start - 1
    if isinstance(value, dict):
        for key, inner in value.items():
            if len(key) > KEY:
                continue
            plain = IDENTIFIER.fullmatch(key) is not None
            text = key if plain else f"[{quoted(key)}]"
            yield Option(
                key, "field", kind_of(inner), reading(inner, DETAIL), "", text, start=None if plain else dot, boost=1
            )
        yield from _methods(OBJECT_METHODS, value)
    elif isinstance(value, list | tuple | range):
        yield from _indices(value, dot)
    elif isinstance(value, str):
        yield from _methods(TEXT_METHODS, {})
    else:
        for name in sorted(parts_of(value)):
            yield Option(name, "field", "number", str(getattr(value, name)), "", name)
        yield from _exposed(value)


def _exposed(value: Any) -> Iterator[Option]:
    names = exposed_names(value) - {"__getitem__"}
    ranked = [name for name in vars(type(value)) if name in names]
    for name in sorted(ranked, key=lambda name: name != "json"):
        doc = inspect.getdoc(getattr(type(value), name)) or ""
        try:
            part = attribute(value, name)
        except LookupError:  # such as `.first` of a node that gave nothing
            part = _UNKNOWN
        yield Option(name, "field", _type(part), _sample(part), doc, name)


def _methods(methods: Mapping[str, str], keys: Mapping[str, Any]) -> Iterator[Option]:
    """The methods of a text or object that no key hides."""
    docs = {doc.name: doc for doc in _reference("filter")}
    for name, filter_name in methods.items():
        doc = docs.get(filter_name)
        if name not in keys:
            about = doc.doc if doc is not None else ""
            takes = doc is not None and _takes(doc)
            result = _result(doc) if doc is not None else ""
            yield Option(
                f"{name}()", "function", result, doc.signature if doc else "", about, f"{name}()", int(takes), boost=-1
            )


def _indices(value: Sequence[Any], start: int | None) -> Iterator[Option]:
    for index, doc in ((0, "The first."), (-1, "The last.")):
        if len(value):
            text = f"[{index}]"
            part = value[index]
            yield Option(text, "field", _type(part), _sample(part), doc, text, start=start)


def _keys(value: Any, place: Unfinished, source: str) -> Iterator[Option]:
    """What stands in brackets."""
    tail = "" if source[place.end + place.closed :].lstrip().startswith("]") else "]"
    if isinstance(value, dict):
        for key, inner in value.items():
            if len(key) <= KEY:
                text = quoted(key, place.mark)
                if place.mark:
                    text = text[1:] if not place.closed else text[1:-1]
                    close = tail if not place.closed else ""
                else:
                    close = tail
                yield Option(key, "field", kind_of(inner), reading(inner, DETAIL), "", f"{text}{close}")
    elif isinstance(value, list | tuple | range) and not place.mark:
        for option in _indices(value, None):
            number = option.label[1:-1]
            yield Option(number, "field", option.type, option.detail, option.doc, f"{number}{tail}")


def _names(scene: Scene, place: Unfinished, source: str) -> Iterator[Option]:
    """Names of nodes inside of `node("…")`."""
    tail = "" if source[place.end + place.closed :].lstrip().startswith(")") else ")"
    for name, detail, doc in _before(scene):
        text = quoted(name, place.mark)[1 if place.mark else 0 :]
        yield Option(name, "node", "", detail, doc, text[:-1] if place.closed else f"{text}{tail}")


# --- filters, tests and functions --------------------------------------------------------------------------------


@lru_cache(3)
def _reference(wanted: str) -> list[FilterDoc]:
    return [doc for doc in reference() if doc.kind == wanted]


def _filters(value: Any) -> Iterator[Option]:
    fits = _subjects(value)
    for doc in _reference("filter"):
        subject = doc.signature.partition(" | ")[0]
        boost = 0 if not fits or subject == "any" else 1 if subject in fits else -1
        takes = _takes(doc)
        text = f"{doc.name}()" if takes else doc.name
        about = f"{doc.doc}\n\n{doc.example}" if doc.examples else doc.doc
        yield Option(doc.name, "filter", _result(doc), doc.signature, about, text, int(takes), boost=boost)


def _subjects(value: Any) -> tuple[str, ...]:
    """The types of what a filter may be applied to that fit a value."""
    if value is _UNKNOWN:
        return ()
    found = {
        "text": ("text", "date"), "a number": ("number", "whole number"), "a list": ("list",),
        "an object": ("object",), "a date": ("date",), "a duration": ("duration",), "true or false": ("bool",),
    }  # fmt: skip
    return found.get(kind(value), ())


def _tests() -> Iterator[Option]:
    for doc in _reference("test"):
        if IDENTIFIER.fullmatch(doc.name):
            takes = _takes(doc)
            text = f"{doc.name}()" if takes else doc.name
            yield Option(doc.name, "test", "boolean", doc.signature, doc.doc, text, int(takes))


def _functions() -> Iterator[Option]:
    for doc in _reference("function"):
        yield Option(doc.name, "function", _result(doc), doc.signature, doc.doc, f"{doc.name}()", 1)


def _takes(doc: FilterDoc) -> bool:
    """Whether it cannot do without an argument."""
    return re.search(r"\((?!\*)[^=,)]*[,)]", doc.signature) is not None


def _result(doc: FilterDoc) -> str:
    return doc.signature.rpartition(" -> ")[2]


def _type(value: Any) -> str:
    if value is _UNKNOWN:
        return ""
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return kind_of(value)
    return kind(value).split(" ")[-1] if parts_of(value) else ""


def _sample(value: Any) -> str:
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return reading(value, DETAIL)
    return str(value)[:DETAIL] if parts_of(value) else ""
