"""An expression gives the native value of what it says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from a8n.expressions import compile_expression

Evaluate = Callable[..., Any]

VALUES: list[tuple[str, Any]] = [
    ("json.n", 2),
    ("json.n + 1", 3),
    ("json.price * 2", 19.0),
    ("7 // 2 + 7 % 4 - 1", 5),
    ("2 ** 10", 1024),
    ("-json.n", -2),
    ('"123"', "123"),
    ('"None"', "None"),
    ("null", None),
    ("none", None),
    ("true", True),
    ("[1, 'a', null, [true]]", [1, "a", None, [True]]),
    ("(1, 2)", [1, 2]),
    ('{"a": {"b": 1}}', {"a": {"b": 1}}),
    ("range(3)", [0, 1, 2]),
    ("json.items", [1, 2, 3]),
    ("json.keys", "a key called keys"),
    ("json._id", "x1"),
    ('json["first"] | default(0)', 0),
    ('json.user["first name"]', "Ada"),
    ("json.user.tags[-1]", "vip"),
    ("json.items[1:]", [2, 3]),
    ("json.user.name[:2]", "Ad"),
    ("json.user.name[::-1]", "adA"),
    ("json.n ~ ' of ' ~ json.items ~ true ~ null", "2 of [1,2,3]true"),
    ("'big' if json.n > 1 else 'small'", "big"),
    ("'x' if false", None),
    ("1 < json.n < 3", True),
    ("1 < json.n < 2", False),
    ("json.n in json.items and 'd' in json.user.name", True),
    ("'name' in json.user", True),
    ("5 not in json.items", True),
    ("not json.user.manager", True),
    ("json.user.manager or 'nobody'", "nobody"),
    ("json.user == {'name': 'Ada'}", False),
    ("[1, [2]] == [1, [2]]", True),
    ("'a' * 3", "aaa"),
    ("[1] + [2]", [1, 2]),
    ("json.user.name.upper()", "ADA"),
    ("json.user.get('nope', 5)", 5),
    ("json.user.tags | map('upper') | join('+')", "NEW+VIP"),
    ("json.a.b.c | default('x')", "x"),
    ("json.user.manager.name | default('x')", "x"),
    ("json.a.b is defined", False),
    ("nowhere is defined", False),
    ("item.json.id", 7),
    ("item.first.first.items[1].id", 8),
    ("item.describe('the ')", "the hook"),
    ('node("Hook").json.id', 7),
    ("node('Hook').items | map(attribute='id')", [7, 8]),
    ("trigger.body.x + vars.limit", 11),
    ("now", "2026-01-31T12:00:00+01:00"),
    ("today", "2026-01-31"),
    ("now.year", 2026),
    ("[now]", ["2026-01-31T12:00:00+01:00"]),
    ("now - json.created", 82800.0),
    ("now > json.created", True),
    ("today == '2026-01-31'", True),
    ("now + duration(days=1) > now", True),
    ("(now - duration(hours=1)).hour", 11),
]


@pytest.mark.parametrize(("source", "value"), VALUES, ids=[source for source, _ in VALUES])
def test_value_keeps_its_type(evaluate: Evaluate, source: str, value: Any) -> None:
    result = evaluate(source)
    assert result == value
    assert type(result) is type(value)


def test_names_and_nodes_are_known_without_evaluating() -> None:
    expression = compile_expression('node("A").json.x + node(json.which).json.y + range(vars.n) | length')
    assert expression.names == {"node", "json", "vars"}
    assert expression.nodes == {"A"}
    assert compile_expression("node('B').json.x").nodes == {"B"}
    text = compile_expression('{{ node("A").json }} {{ trigger.x ~ 1 }}', template=True)
    assert text.names == {"node", "trigger"}
    assert text.nodes == {"A"}


def test_compiled_once() -> None:
    assert compile_expression("json.a + 1") is compile_expression("json.a + 1")


def test_expressions_are_immutable() -> None:
    with pytest.raises(AttributeError):
        compile_expression("json.a").source = "json.b"  # type: ignore[misc]


def test_evaluations_in_many_threads_do_not_mix(scope_of: Callable[[Any], Any]) -> None:
    expression = compile_expression("range(json.n) | map('string') | join(',') ~ json.n")

    def run(n: int) -> bool:
        expected = ",".join(map(str, range(n))) + str(n)
        return all(expression.evaluate(scope_of({"n": n})) == expected for _ in range(20))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(run, range(200)))


def test_each_evaluation_has_a_budget_of_its_own(evaluate: Evaluate) -> None:
    for _ in range(30):
        assert evaluate("range(10000) | sum") == 49_995_000


def test_jinja_is_not_imported_for_paths() -> None:
    program = """
import sys
from a8n.expressions import compile_expression, rename_node
compile_expression("json.user.name"), compile_expression("a {{ json.b }}", template=True)
assert not {"jinja2", "re2", "dateutil"} & set(sys.modules), sorted(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
