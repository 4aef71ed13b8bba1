"""From saved parameters to a validated node: the draft check on save, and the binding on run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from a8n.credential import REFERENCE, Credential, kinds_in
from a8n.errors import NodeError, Problem
from a8n.expressions import Expression, ExpressionError, Scope, compile_expression
from a8n.fields import hint
from a8n.items import JSON

EXPRESSION = "$"
TEXT = "$t"
LITERAL = "$literal"
"""`{"$literal": value}` stands for the value as it is, for data that looks like a tag itself."""
NEAR = 60
"""Characters of an expression that an error shows on either side of the place at fault."""

Model = TypeVar("Model", bound=BaseModel)
Opened = Mapping[str, Credential]
Build = Callable[[Scope, Opened], Any]


class _Hole:
    """Stands in the draft where a value is known only on run. Complaints about it are no problem of the draft."""

    __slots__ = ("build", "credential", "path")

    def __init__(self, path: tuple[str | int, ...], credential: str | None):
        self.path = path
        self.credential = credential
        self.build: Build | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """A credential that a node's parameters refer to."""

    path: tuple[str | int, ...]
    id: str
    kinds: tuple[str, ...]
    """Class names of the kinds that the field takes."""


class Binder(Generic[Model]):
    """Makes a model of saved parameters, once for each item or, without expressions, once in all."""

    __slots__ = (
        "_build", "_copy", "_draft", "_validate", "constant", "credentials", "expressions", "model", "problems",
    )  # fmt: skip

    def __init__(self, model: type[Model], params: Mapping[str, JSON]):
        """Collects what is wrong in `problems`, with paths below `params`; it does not raise."""
        self.model = model
        self._validate: Callable[[Any], Model] = model.__pydantic_validator__.validate_python
        """`model_validate` without its wrapper, which costs more than a small model."""
        self.problems: list[Problem] = []
        self.expressions: list[tuple[str, Expression]] = []
        self.credentials: list[Use] = []
        self.constant: Model | None = None
        self._draft: list[_Hole] = []
        self._build: Build | None = None
        self._copy: Callable[[Scope, Opened], Model] | None = None
        draft, build = self._compile(dict(params), ())
        self._check(draft)
        if build is not None:
            self._build = build
            self._copy = self._copier(draft)
        elif not self.problems:
            self.constant = model.model_validate(draft)

    def bind(self, scope: Scope, opened: Opened | None = None) -> Model:
        """The node for one item. `opened` has the credentials by id. Raises NodeError that names the field."""
        if self.constant is not None:
            return self.constant
        if self._build is None:
            raise NodeError(self.problems[0].message, field=self.problems[0].path, retryable=False)
        if self._copy is not None:
            return self._copy(scope, _NONE)
        try:
            return self._validate(self._build(scope, opened or _NONE))
        except ValidationError as error:
            raise _unfit(error) from None

    def blank(self) -> Model:
        """The node with empty credentials, for what can be known without them. Raises NodeError as `bind` does."""
        kinds = kinds_in(self.model)
        empty = {use.id: kinds[use.kinds[0]].model_construct() for use in self.credentials}
        return self.fill(empty)

    def fill(self, opened: Opened) -> Model:
        """The node of parameters without expressions. Raises NodeError as `bind` does."""
        return self.bind(_Nothing(), opened)

    def _copier(self, draft: Any) -> Callable[[Scope, Opened], Model] | None:
        """The quicker way to a node, for parameters that validation lets through unseen; None for all others."""
        if self.problems or self.credentials:
            return None
        try:
            return copier_of(self._validate(draft))
        except (ValidationError, TypeError):
            return None

    def _compile(self, value: JSON, path: tuple[str | int, ...]) -> tuple[Any, Build | None]:
        """The value's draft, and a function that makes it on run (None where it is constant)."""
        if isinstance(value, dict):
            if len(value) == 1:
                tag = next(iter(value))
                if tag.startswith("$"):
                    return self._tagged(tag, value[tag], path)
            return self._mapping(value, path)
        if isinstance(value, list):
            return self._list(value, path)
        return value, None

    def _tagged(self, tag: str, content: JSON, path: tuple[str | int, ...]) -> tuple[Any, Build | None]:
        where = ".".join(map(str, path))
        if tag == LITERAL:
            return content, None
        if tag == REFERENCE and isinstance(content, str):
            hole = _Hole(path, content)
            self._draft.append(hole)
            return hole, lambda scope, opened: opened.get(content)
        if tag in (EXPRESSION, TEXT) and isinstance(content, str):
            hole = _Hole(path, None)
            self._draft.append(hole)
            try:
                expression = compile_expression(content, template=tag == TEXT)
            except ExpressionError as error:
                self.problems.append(Problem(where, _sentence(error), "expression"))
                return hole, lambda scope, opened: None
            self.expressions.append((where, expression))
            optional = tuple("*" if isinstance(part, int) else part for part in path) in null_places(self.model)
            hole.build = _evaluator(expression, where, optional)
            return hole, hole.build
        self.problems.append(Problem(where, f"{tag!r} is no known tag for a value like this", "unknown_tag"))
        return _Hole(path, None), None

    def _mapping(self, value: dict[str, JSON], path: tuple[str | int, ...]) -> tuple[Any, Build | None]:
        draft: dict[str, Any] = {}
        parts: list[tuple[str, Build]] = []
        for key, child in value.items():
            draft[key], build = self._compile(child, (*path, key))
            if build is not None:
                parts.append((key, build))
        if not parts:
            return draft, None
        fixed = {key: child for key, child in draft.items() if not isinstance(child, _Hole)}
        if len(parts) == 1:
            only, make = parts[0]
            return draft, lambda scope, opened: {**fixed, only: make(scope, opened)}

        def build_mapping(scope: Scope, opened: Opened) -> dict[str, Any]:
            made = dict(fixed)
            for key, make in parts:
                made[key] = make(scope, opened)
            return made

        return draft, build_mapping

    def _list(self, value: list[JSON], path: tuple[str | int, ...]) -> tuple[Any, Build | None]:
        compiled = [self._compile(child, (*path, i)) for i, child in enumerate(value)]
        draft = [child for child, _ in compiled]
        if all(build is None for _, build in compiled):
            return draft, None
        parts = [(build, child) for child, build in compiled]
        return draft, lambda scope, opened: [child if make is None else make(scope, opened) for make, child in parts]

    def _check(self, draft: Any) -> None:
        """Validate with holes; only errors that holes do not explain are problems. Learns the credential slots."""
        slots: dict[int, list[str]] = {}
        try:
            self.model.model_validate(draft)
        except ValidationError as error:
            for entry in error.errors(include_url=False):
                if isinstance(entry["input"], _Hole):
                    if entry["type"] in ("model_type", "model_attributes_type", "dataclass_type"):
                        slots.setdefault(id(entry["input"]), []).append(entry["ctx"]["class_name"])
                    continue
                message = self._unknown(entry["loc"]) if entry["type"] == "extra_forbidden" else entry["msg"]
                self.problems.append(Problem(_place(entry["loc"], draft), message, entry["type"]))
        for hole in self._draft:
            if hole.credential is None:
                continue
            kinds = tuple(slots.get(id(hole), ()))
            if kinds:
                self.credentials.append(Use(hole.path, hole.credential, kinds))
            elif not self.problems:
                where = ".".join(map(str, hole.path))
                self.problems.append(Problem(where, "this field takes no credential", "credential"))

    def _unknown(self, location: Sequence[int | str]) -> str:
        """What to say about a parameter that does not exist; of the node's own, which ones do."""
        name = location[-1]
        if len(location) > 1:
            return f"there is no parameter {name!r} here"
        known = [field.alias or own for own, field in self.model.model_fields.items()]
        close = get_close_matches(str(name)[:64], known, n=1)
        if close:
            return f"there is no parameter {name!r}; did you mean {close[0]!r}?"
        return f"there is no parameter {name!r}; there are {', '.join(known) or 'none'}"


_NONE: Opened = {}
_set = object.__setattr__


def copier_of(value: Any) -> Build | None:
    """A function that copies a validated value with its holes filled, where that is as good as validating again.

    It is where every hole was accepted unseen (the field takes anything) and no class around it has a validator
    of its own that could have looked. None where there is no hole. Raises TypeError where it cannot be done.
    """
    if isinstance(value, _Hole):
        if value.build is None:
            raise TypeError("a credential is not copied")
        return value.build
    if isinstance(value, BaseModel):
        return _model_copier(value)
    if type(value) is list:
        parts = [(copier_of(child), child) for child in value]
        if all(build is None for build, _ in parts):
            return None
        return lambda scope, opened: [child if build is None else build(scope, opened) for build, child in parts]
    if type(value) is dict:
        builds = [(key, build) for key, child in value.items() if (build := copier_of(child)) is not None]
        if not builds:
            return None
        return lambda scope, opened: {**value, **{key: build(scope, opened) for key, build in builds}}
    return None


def _model_copier(value: BaseModel) -> Build | None:
    cls = type(value)
    parts = [(name, build) for name, child in vars(value).items() if (build := copier_of(child)) is not None]
    if not parts:
        return None
    marks = cls.__pydantic_decorators__
    if marks.field_validators or marks.model_validators or marks.validators or marks.root_validators:
        raise TypeError(f"{cls.__name__} has validators")
    if cls.__pydantic_post_init__ is not None:
        raise TypeError(f"{cls.__name__} does something after it was made")
    fields, known = vars(value), value.model_fields_set

    def copy(scope: Scope, opened: Opened) -> BaseModel:
        values = fields.copy()
        for name, build in parts:
            values[name] = build(scope, opened)
        made = cls.__new__(cls)
        _set(made, "__dict__", values)
        _set(made, "__pydantic_fields_set__", known)
        _set(made, "__pydantic_extra__", None)
        _set(made, "__pydantic_private__", None)
        return made

    return copy


class _Nothing:
    """The scope of parameters that may hold no expressions."""

    json: JSON = None

    def lookup(self, name: str) -> Any:
        raise KeyError(name)


@lru_cache(1024)
def null_places(model: type[BaseModel]) -> frozenset[tuple[str, ...]]:
    """Where in a model's parameters a missing value is null (`hint(missing="null")`): paths with `*` for indices.

    A model inside of itself is looked into once.
    """
    return frozenset(_null_places(model, ()))


def _null_places(annotation: Any, around: tuple[Any, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in around:
            return
        for name, field in annotation.model_fields.items():
            place = field.alias or name
            if any(isinstance(mark, hint) and mark.hints.get("missing") == "null" for mark in field.metadata):
                yield (place,)
            for inner in _null_places(field.annotation, (*around, annotation)):
                yield (place, *inner)
    else:
        listed = ("*",) if get_origin(annotation) in (list, tuple, Sequence) else ()
        for argument in get_args(annotation):
            for inner in _null_places(argument, around):
                yield (*listed, *inner)


def _evaluator(expression: Expression, where: str, optional: bool) -> Build:
    evaluate = expression.evaluate

    def run(scope: Scope, opened: Opened) -> JSON:
        try:
            return evaluate(scope)
        except ExpressionError as error:
            if optional and error.missing:
                return None
            raise NodeError(_sentence(error), hint=error.hint, field=where, retryable=False) from error

    return run


def _sentence(error: ExpressionError) -> str:
    if error.position is None:
        return error.message
    return f"{error.message} (at character {error.position + 1} of {_around(error.source, error.position)!r})"


def _around(source: str, position: int) -> str:
    """The expression, or of a long one what is near the place."""
    if len(source) <= 2 * NEAR:
        return source
    start, end = max(position - NEAR, 0), position + NEAR
    return f"{'…' if start else ''}{source[start:end]}{'…' if end < len(source) else ''}"


def _unfit(error: ValidationError) -> NodeError:
    entry = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in entry["loc"] if not _is_tag(part))
    got = type(entry["input"]).__name__
    return NodeError(f"{entry['msg']}, but the value is {got}", field=place, retryable=False)


def _is_tag(part: str | int) -> bool:
    return isinstance(part, str) and part.startswith(("function-", "union", "constrained-"))


def _place(location: Sequence[str | int], draft: Any) -> str:
    """The dotted path of an error, without the parts that name members of a union, which no path has."""
    parts: list[str] = []
    value = draft
    for i, part in enumerate(location):
        inside = isinstance(value, dict) and part in value
        listed = isinstance(value, list) and isinstance(part, int) and part < len(value)
        if inside or listed:
            value = value[part]
            parts.append(str(part))
        elif i == len(location) - 1:
            parts.append(str(part))
    return ".".join(parts)
