"""Jinja as an engine for expressions: a sandbox in which every operation goes through our own functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import TokenStream
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context

from a8n.expressions import access, operators
from a8n.expressions.filters import FILTERS, FUNCTIONS, TESTS, Entry
from a8n.expressions.limits import Work
from a8n.expressions.path import find_root
from a8n.expressions.result import refuse_unfinished

TAKE: Final = "take slice"
CONCAT: Final = "join parts"
COMPARE: Final = "compare values"
"""Names of internal filters: a source cannot write them, because of the space."""


class Context:
    """All that compiled code asks of Jinja's context. Making the real one costs ten times as much."""

    __slots__ = ("vars", "work")

    def __init__(self, work: Work):
        self.work = work
        self.vars: dict[str, Any] = {}

    def resolve_or_missing(self, name: str) -> Any:
        """The function or root called `name`; our own `Missing`, never Jinja's."""
        return FUNCTIONS.get(name) or find_root(self.work.scope, name)


def _filter(entry: Entry) -> Callable[..., Any]:
    call = entry.call

    @pass_context
    def filter_(context: Any, *args: Any, **kwargs: Any) -> Any:
        return call(context.work, *args, **kwargs)

    return filter_


def _operator(function: Callable[..., Any]) -> Callable[..., Any]:
    @pass_context
    def operator(context: Any, *args: Any) -> Any:
        return function(context.work, *args)

    return operator


class ExpressionEnvironment(ImmutableSandboxedEnvironment):
    """One for the process. Nothing of Jinja's own filters, tests and globals is left in it.

    The optimizer is off: it would fold `'a' * 10**9` when compiling, where no budget applies.
    """

    intercepted_binops = operators.BINARY
    intercepted_unops = operators.UNARY

    def __init__(self) -> None:
        super().__init__(autoescape=False, optimized=False, cache_size=0)
        self.globals.clear()
        self.filters = {name: _filter(entry) for name, entry in FILTERS.items()}
        self.filters |= {TAKE: _operator(operators.take), CONCAT: _operator(operators.concat)}
        self.filters[COMPARE] = _operator(operators.compare)
        self.tests = {name: _filter(entry) for name, entry in TESTS.items()}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute`."""
        return access.attribute(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]`."""
        return access.subscript(obj, argument)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """`left operator right`."""
        return operators.binary(context.work, operator, left, right)

    def call_unop(self, context: Any, operator: str, arg: Any) -> Any:
        """`operator arg`."""
        return operators.unary(context.work, operator, arg)

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - Jinja's naming
        """`obj(*args, **kwargs)`, for our functions, methods by table, and what a scope has marked."""
        if isinstance(__obj, Entry):
            return __obj.call(__context.work, *args, **kwargs)
        if isinstance(__obj, access.Method):
            return FILTERS[__obj.filter].call(__context.work, __obj.value, *args, **kwargs)
        __context.work.charge(1)
        for value in (*args, *kwargs.values()):
            refuse_unfinished(value)
        return access.callable_part(__obj)(*args, **kwargs)

    def _tokenize(self, source: str, name: Any, filename: Any = None, state: Any = None) -> TokenStream:
        tokens = self.lexer.tokeniter(source, name, filename, state)
        return TokenStream(self.lexer.wrap(_with_offsets(tokens), name, filename), name, filename)


def _with_offsets(tokens: Iterator[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
    """Put each token's offset where Jinja keeps its line, so that tree and errors know where they are."""
    offset = 0
    try:
        for _, kind, text in tokens:
            yield offset, kind, text
            offset += len(text)
    except TemplateSyntaxError as error:
        message = (error.message or "").partition(" at ")[0]
        raise TemplateSyntaxError(message, offset) from error


ENVIRONMENT: Final = ExpressionEnvironment()
