"""Source in, compiled expression out: a plain path where it is one, else sandboxed Jinja, or a text of
both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from a8n.expressions import limits
from a8n.expressions.access import NO_ROOT
from a8n.expressions.errors import ExpressionError, MissingError, RefusedError
from a8n.expressions.limits import Work
from a8n.expressions.path import Path, explain_missing, parse_path
from a8n.expressions.result import PLAIN, as_text, finish
from a8n.expressions.scope import Scope
from a8n.expressions.text import split_holes

if TYPE_CHECKING:
    from a8n.items import JSON


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """Immutable, compiled once, and safe to evaluate from many threads at once."""

    source: str
    template: bool
    """Whether `source` is text with {{ holes }}."""
    names: frozenset[str]
    """The roots it uses, such as `json` and `node`."""
    nodes: frozenset[str]
    """Each literal N in `node("N")`."""

    def evaluate(self, scope: Scope) -> JSON:
        """The value for one item, with its native type.

        Raises ExpressionError. A plain path gives the very object in the data: do not change it.
        """
        try:
            return finish(self.raw(Work(scope)))
        except Exception as error:
            raise self._explain(error, scope) from error

    def raw(self, work: Work) -> Any:
        """The value before it is made JSON; raises anything. For the parts of a text."""
        raise NotImplementedError

    def _explain(self, error: Exception, scope: Scope) -> ExpressionError:
        return explained(error, (), self.source, scope)


def explained(error: Exception, paths: tuple[Path, ...], source: str, scope: Scope) -> ExpressionError:
    """Whatever went wrong, as a sentence about `source`."""
    if isinstance(error, ExpressionError):
        return error
    if isinstance(error, MissingError):
        found = explain_missing(error, paths, source, scope)
        found.missing = error.missing.owner is not NO_ROOT
        return found
    if isinstance(error, RefusedError):
        return ExpressionError(error.message, source, None, error.hint)
    if isinstance(error, RecursionError):
        return ExpressionError("The values here are nested too deeply", source)
    if isinstance(error, MemoryError):
        return ExpressionError("There is not enough memory for this", source)
    # From here on it comes from what the scope exposes, such as node() for a node that does not exist.
    message = str(error.args[0]) if error.args else type(error).__name__
    return ExpressionError(message, source)


@dataclass(frozen=True, slots=True, eq=False)
class PathExpression(Expression):
    """A plain path."""

    path: Path

    def evaluate(self, scope: Scope) -> JSON:
        """The value at the end of the path; it is not copied."""
        try:
            value = self._follow(scope)
            if type(value) in PLAIN or (self.path.steps and isinstance(value, (dict, list))):
                return value
            return finish(value)
        except Exception as error:
            raise self._explain(error, scope) from error

    def _follow(self, scope: Scope) -> Any:
        return self.path.follow(scope)

    def raw(self, work: Work) -> Any:
        """The value at the end of the path."""
        return self._follow(work.scope)

    def _explain(self, error: Exception, scope: Scope) -> ExpressionError:
        return explained(error, (self.path,), self.source, scope)


@dataclass(frozen=True, slots=True, eq=False)
class JsonPathExpression(PathExpression):
    """A plain path into the item's JSON: the fast path of the fast path, with bare indexing while that
    works."""

    steps: tuple[Any, ...]

    def evaluate(self, scope: Scope) -> JSON:
        """The value at the end of the path; it is not copied."""
        value = scope.json
        try:
            for key in self.steps:
                value = value[key]
        except (KeyError, TypeError, IndexError):
            return PathExpression.evaluate(self, scope)
        if type(value) in PLAIN or isinstance(value, (dict, list)):
            return value
        return PathExpression.evaluate(self, scope)

    def _follow(self, scope: Scope) -> Any:
        value = scope.json
        try:
            for key in self.steps:
                value = value[key]
        except (KeyError, TypeError, IndexError):
            return self.path.follow(scope)
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Computation(Expression):
    """Any other expression, as code that Jinja compiled."""

    paths: tuple[Path, ...]
    render: Callable[[Any], Iterator[str]]
    context: Callable[[Work], Any]

    def raw(self, work: Work) -> Any:
        """The value, with whatever types filters gave it."""
        context = self.context(work)
        for _ in self.render(context):
            pass
        return context.vars["_result"]

    def _explain(self, error: Exception, scope: Scope) -> ExpressionError:
        return explained(error, self.paths, self.source, scope)


@dataclass(frozen=True, slots=True, eq=False)
class Text(Expression):
    """Literal text and holes, joined. All holes share one budget."""

    parts: tuple[str | tuple[int, Expression], ...]
    """Literal text, or a hole with its offset."""

    def raw(self, work: Work) -> str:
        """The joined text."""
        texts = [part if isinstance(part, str) else self._fill(*part, work) for part in self.parts]
        text = "".join(texts)
        work.reserve_text(len(text) - len(self.source))
        return text

    def _fill(self, offset: int, hole: Expression, work: Work) -> str:
        try:
            value = hole.raw(work)
            if type(value) is str:
                return value
            return as_text(value, work)
        except Exception as error:
            raise hole._explain(error, work.scope).inside(self.source, offset) from error


@dataclass(frozen=True, slots=True, eq=False)
class SingleHole(Expression):
    """A text that is one hole and nothing else: gives the value itself, not text."""

    hole: Expression

    def evaluate(self, scope: Scope) -> JSON:
        """The value of the hole, with its native type."""
        try:
            return self.hole.evaluate(scope)
        except ExpressionError as error:
            raise error.inside(self.source, 2) from error


def compile_expression(source: str, *, template: bool = False) -> Expression:
    """Compile `source`, an expression or (with `template`) a text with {{ holes }}.

    Compiled expressions are kept, so asking again is cheap. Raises ExpressionError, with the offset of the
    mistake.
    """
    return _compile_template(source) if template else _compile(source)


@lru_cache(limits.COMPILED)
def _compile(source: str) -> Expression:
    if len(source) > limits.SOURCE:
        raise ExpressionError(f"The expression is longer than {limits.SOURCE:,} characters", source, limits.SOURCE)
    path = parse_path(source)
    if path is None:
        return compile_computation(source)
    names = frozenset({path.root})
    nodes = frozenset(() if path.node is None else (path.node,))
    if path.root == "json":
        return JsonPathExpression(source, False, names, nodes, path, path.steps)
    return PathExpression(source, False, names, nodes, path)


def compile_computation(source: str) -> Computation:
    """Compile `source` by Jinja, also if it is a plain path; raises ExpressionError."""
    # Importing Jinja costs more than all the rest; workflows of plain paths never do.
    from a8n.expressions import syntax
    from a8n.expressions.sandbox import Context

    parsed = syntax.parse(source)
    try:
        render = syntax.compiled(parsed.tree)
    except (RecursionError, MemoryError, SyntaxError) as error:
        raise ExpressionError("The expression is nested too deeply", source) from error
    return Computation(source, False, parsed.names, parsed.nodes, parsed.paths, render, Context)


@lru_cache(limits.COMPILED_TEXTS)
def _compile_template(source: str) -> Expression:
    if len(source) > limits.TEMPLATE:
        raise ExpressionError(f"The text is longer than {limits.TEMPLATE:,} characters", source, limits.TEMPLATE)
    parts = [(offset, text) if is_hole else text for offset, text, is_hole in split_holes(source)]
    compiled = tuple(part if isinstance(part, str) else _hole(source, *part) for part in parts)
    holes = [part[1] for part in compiled if not isinstance(part, str)]
    names = frozenset[str]().union(*(hole.names for hole in holes))
    nodes = frozenset[str]().union(*(hole.nodes for hole in holes))
    if len(compiled) == 1 and holes:
        return SingleHole(source, True, names, nodes, holes[0])
    return Text(source, True, names, nodes, compiled)


def _hole(source: str, offset: int, text: str) -> tuple[int, Expression]:
    try:
        return offset, _compile(text)
    except ExpressionError as error:
        raise error.inside(source, offset) from error
