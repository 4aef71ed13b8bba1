"""From source to a checked syntax tree: Jinja's grammar of expressions, an allow-list of what may stand in
it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.parser import Parser
from jinja2.visitor import NodeTransformer

from a8n.expressions import filters, limits
from a8n.expressions.errors import ExpressionError, RefusedError
from a8n.expressions.operators import is_finite
from a8n.expressions.path import RESERVED, Key, Path
from a8n.expressions.sandbox import COMPARE, CONCAT, ENVIRONMENT, TAKE

_ALLOWED: Final = (
    *(nodes.Name, nodes.Const, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.Operand),
    *(nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Call, nodes.Getitem, nodes.Getattr, nodes.Slice),
    *(nodes.Concat, nodes.Compare, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow),
)
_HINTS: Final = {
    "&": "Write `and`.",
    "!": "Write `not`, or `!=` for unequal.",
    "?": "Write `a if condition else b`.",
    "=": "Compare with `==`.",
    "|": "Write `or`; a single | begins a filter.",
    "`": "Put text in \"double\" or 'single' quotes.",
}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A checked tree, ready to compile, and what is in it."""

    tree: nodes.Expr
    names: frozenset[str]
    nodes: frozenset[str]
    paths: tuple[Path, ...]


def parse(source: str) -> Parsed:
    """Read and check `source`; raises ExpressionError with the offset of what is wrong."""
    tree = _read(source)
    names, called, paths = set[str](), set[str](), list[Path]()
    for node in _checked(tree, source):
        if isinstance(node, nodes.Name):
            names.add(node.name)
        elif (name := _called_node(node)) is not None:
            called.add(name)
        path = _as_path(node)
        if path is not None:
            paths.append(path)
    tree = _Rewriter().visit(tree)
    tree.set_environment(ENVIRONMENT)
    return Parsed(tree, frozenset(names - filters.FUNCTIONS.keys()), frozenset(called), tuple(paths))


def _read(source: str) -> nodes.Expr:
    # Jinja would turn CR LF into LF and so move all offsets behind it.
    text = source.replace("\r", " ")
    try:
        parser = Parser(ENVIRONMENT, text, state="variable")
        parser.stream.current.test("eof") and parser.fail("The expression is empty", 0)
        tree = parser.parse_expression()
        if not parser.stream.eos:
            parser.fail(f"Did not expect {_token_text(parser)!r} here", parser.stream.current.lineno)
        return tree
    except TemplateSyntaxError as error:
        at_end = (error.message or "").find("end of template") >= 0
        position = len(source) if at_end else min(error.lineno, len(source))
        raise ExpressionError(_plain(error), source, position, _HINTS.get(text[position : position + 1])) from error
    except RecursionError as error:
        raise _too_deep(source) from error
    except ValueError as error:
        raise ExpressionError("A number here is too long", source) from error


def _token_text(parser: Parser) -> str:
    return str(parser.stream.current.value)[:40]


def _plain(error: TemplateSyntaxError) -> str:
    message = (error.message or "").replace("end of template", "the end")
    message = message.replace("end of print statement", "}}").replace("token ", "")
    return message[:1].upper() + message[1:].rstrip(".")


def _too_deep(source: str) -> ExpressionError:
    hint = "Split it over several fields or nodes."
    return ExpressionError(f"The expression is nested more than {limits.DEPTH} levels deep", source, None, hint)


def _checked(tree: nodes.Node, source: str) -> Iterator[nodes.Node]:
    """Every node of the tree, each after its check. Iterative, because the tree may be of any depth."""
    rest, count = [(tree, 1)], 0
    while rest:
        node, depth = rest.pop()
        count += 1
        if depth > limits.DEPTH:
            raise _too_deep(source)
        if count > limits.NODES:
            raise ExpressionError(f"The expression has more than {limits.NODES:,} parts", source)
        problem = _problem(node)
        if problem:
            raise ExpressionError(problem[0], source, min(node.lineno, len(source)), problem[1])
        yield node
        rest.extend((child, depth + 1) for child in node.iter_child_nodes())


def _problem(node: nodes.Node) -> tuple[str, str | None] | None:
    """What is wrong with one node, and what to write instead; None if it is fine."""
    if type(node) not in _ALLOWED:
        return "This is not allowed in an expression", None
    if isinstance(node, nodes.Name):
        return _problem_of_name(node.name)
    if isinstance(node, nodes.Const) and not is_finite(node.value):
        return "A number here is too large", None
    if isinstance(node, (nodes.Filter, nodes.Test, nodes.Call)) and (node.dyn_args or node.dyn_kwargs):
        return "Arguments with * or ** are not allowed", None
    if isinstance(node, (nodes.Filter, nodes.Test)):
        return _problem_of_filter(node)
    if isinstance(node, nodes.Call) and not isinstance(node.node, (nodes.Name, nodes.Getattr)):
        return "Only a name can be called", None
    return None


def _problem_of_name(name: str) -> tuple[str, str | None] | None:
    if name.startswith("_") or (name in RESERVED and name != "null"):
        return f"There is no {name!r} in expressions", None
    return None


def _problem_of_filter(node: nodes.Filter | nodes.Test) -> tuple[str, str | None] | None:
    word, table = ("filter", filters.FILTERS) if isinstance(node, nodes.Filter) else ("test", filters.TESTS)
    entry = table.get(node.name)
    if entry is None:
        return f"There is no {word} {node.name!r}{filters.close_to(node.name, table)}", None
    try:
        entry.check_arguments(len(node.args), [str(pair.key) for pair in node.kwargs])
    except RefusedError as error:
        return error.message, error.hint
    return None


def _called_node(node: nodes.Node) -> str | None:
    """The N of a `node("N")` call."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "node":
        first = node.args[0] if len(node.args) == 1 else None
        if isinstance(first, nodes.Const) and isinstance(first.value, str):
            return first.value
    return None


def _as_path(node: nodes.Node) -> Path | None:
    """The path that a tree of steps is, if it leads back to a root: for naming what is missing."""
    steps: list[tuple[Key, bool, int]] = []
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        key = node.attr if isinstance(node, nodes.Getattr) else _constant(node.arg)
        if not isinstance(key, (str, int)):
            return None
        steps.append((key, isinstance(node, nodes.Getattr), node.lineno + 1))
        node = node.node
    name = _called_node(node)
    root = node.name if isinstance(node, nodes.Name) else "node"
    if name is None and not isinstance(node, nodes.Name):
        return None
    keys, by_dot, positions = zip(*reversed(steps), strict=True) if steps else ((), (), ())
    return Path(root, name, keys, by_dot, (node.lineno, *positions))


def _constant(node: nodes.Node) -> object:
    """The constant in brackets, as in `[0]`, `[-1]` and `["a b"]`; None if there is something else."""
    if isinstance(node, nodes.Neg) and isinstance(node.node, nodes.Const) and isinstance(node.node.value, int):
        return -node.node.value
    return node.value if isinstance(node, nodes.Const) else None


class _Rewriter(NodeTransformer):
    """Sends through our own checked functions what Jinja compiles to bare Python: slices, `~`,
    comparisons."""

    def visit_Name(self, node: nodes.Name) -> nodes.Expr:  # noqa: N802 - Jinja's naming
        return nodes.Const(None, lineno=node.lineno) if node.name == "null" else node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if not isinstance(node.arg, nodes.Slice):
            return node
        bounds = [bound or nodes.Const(None) for bound in (node.arg.start, node.arg.stop, node.arg.step)]
        return _call(TAKE, node, node.node, bounds)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _call(CONCAT, node, node.nodes[0], node.nodes[1:])

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        rest: list[nodes.Expr] = []
        for operand in node.ops:
            rest += (nodes.Const(operand.op), operand.expr)
        return _call(COMPARE, node, node.expr, rest)

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.expr2 = node.expr2 or nodes.Const(None)
        return node


def _call(name: str, origin: nodes.Node, value: nodes.Expr, rest: list[nodes.Expr]) -> nodes.Filter:
    return nodes.Filter(value, name, rest, [], None, None, lineno=origin.lineno)


def compiled(tree: nodes.Expr) -> Callable[[Any], Iterator[str]]:
    """The root render function of a template that does nothing but assign `tree` to `_result`."""
    body: list[nodes.Node] = [nodes.Assign(nodes.Name("_result", "store"), tree, lineno=1)]
    template = nodes.Template(body, lineno=1)
    template.set_environment(ENVIRONMENT)
    return cast("Callable[[Any], Iterator[str]]", ENVIRONMENT.from_string(template).root_render_func)
