"""The fast path for plain paths gives what Jinja would give, or fails where Jinja fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a8n.expressions import ExpressionError, compile_expression
from a8n.expressions.compiler import Computation, JsonPathExpression, PathExpression, compile_computation
from a8n.expressions.path import parse_path

KEYS = ["a", "b", "items", "keys", "get", "upper", "_x", "if", "first name", "0", "ü"]
scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3)
numbers = st.floats(allow_nan=False, allow_infinity=False)
documents = st.recursive(
    scalars | numbers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)
dotted = st.sampled_from([key for key in KEYS if key.isidentifier()]).map(lambda key: f".{key}")
quoted = st.sampled_from(KEYS).map(lambda key: f'["{key}"]') | st.sampled_from(KEYS).map(lambda key: f"[ '{key}' ]")
indexed = st.integers(-4, 4).map(lambda index: f"[{index}]")
paths = st.lists(dotted | quoted | indexed, max_size=4).map(lambda steps: "json" + "".join(steps))


def outcome(run: Callable[[], Any]) -> tuple[str, Any]:
    try:
        value = run()
    except ExpressionError as error:
        return "error", error.message
    return type(value).__name__, value


@given(document=documents, source=paths)
@settings(max_examples=600, deadline=None)
def test_paths_agree_with_jinja(scope_of: Callable[[Any], Any], document: Any, source: str) -> None:
    fast, slow = compile_expression(source), compile_computation(source)
    assert isinstance(fast, JsonPathExpression)
    scope = scope_of(document)
    assert outcome(lambda: fast.evaluate(scope)) == outcome(lambda: slow.evaluate(scope))


@pytest.mark.parametrize(
    "source",
    [
        "json",
        " json.a ",
        'json["a b"][0].c',
        "trigger.body.x",
        "item.json.id",
        "node('Hook').json.id",
        "json.if",
        "now",
    ],
)
def test_plain_paths_do_not_need_jinja(source: str) -> None:
    assert isinstance(compile_expression(source), PathExpression)


@pytest.mark.parametrize(
    "source",
    ["json.a + 1", "json[json.a]", "json.a()", 'json["a\\n"]', "none", "true", "json.0", "'a'", "node(json.a).json"],
)
def test_others_do(source: str) -> None:
    assert parse_path(source) is None
    assert isinstance(compile_expression(source), Computation)
