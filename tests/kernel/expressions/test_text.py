"""Text with holes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from a8n.expressions import ExpressionError, compile_expression

Evaluate = Callable[..., Any]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("", ""),
        ("plain", "plain"),
        ("Hello {{ json.user.name }}!", "Hello Ada!"),
        ("{{json.user.name}}{{json.n}}", "Ada2"),
        ("{{ json.n + 1 }} of {{ json.items | length }}", "3 of 3"),
        ("[{{ json.user.manager }}] {{ true }} {{ 1.5 }}", "[] true 1.5"),
        ("{{ json.items }}, {{ {'a': {'b': null}} }}", '[1,2,3], {"a":{"b":null}}'),
        ("at {{ now }}", "at 2026-01-31T12:00:00+01:00"),
        ("{% if x %} {# note #} { } }} %}", "{% if x %} {# note #} { } }} %}"),
        ("""{{ "}}" ~ '{{' }} and {{ "a\\"}}" }}""", '}}{{ and a"}}'),
        ('{{ "{{" }}!', "{{!"),
        ("{{ json.n }}\n", "2\n"),
        ("ünï {{ 'cödé' }}", "ünï cödé"),
    ],
)
def test_text(evaluate: Evaluate, source: str, value: str) -> None:
    assert evaluate(source, template=True) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [("{{ json.n }}", 2), ("{{json.user.tags}}", ["new", "vip"]), ("{{ json.user.manager }}", None)],
)
def test_a_single_hole_gives_the_value_itself(evaluate: Evaluate, source: str, value: Any) -> None:
    assert evaluate(source, template=True) == value


def test_results_are_never_rendered_again(evaluate: Evaluate) -> None:
    attack = {"name": "{{ json.secret }} {% raw %}", "secret": "s3cret"}
    assert evaluate("Hi {{ json.name }}", attack, template=True) == "Hi {{ json.secret }} {% raw %}"
    assert evaluate("json.name ~ ''", attack) == "{{ json.secret }} {% raw %}"


@pytest.mark.parametrize(
    ("source", "position", "message"),
    [
        ("a {{ json.x", 2, "has no }}"),
        ("a {{ }} b", 4, "empty"),
        ("ab {{ json.n }} {{ 1 + }}", 23, "end"),
        ("ab {{ json.nix }}", 11, "json has no 'nix'"),
        ("{{ json.nix }}", 8, "json has no 'nix'"),
        ("ab {{ json.user.nam | upper }}", 16, "json.user has no 'nam'; did you mean 'name'"),
    ],
)
def test_errors_point_into_the_text(evaluate: Evaluate, source: str, position: int, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as caught:
        evaluate(source, template=True)
    assert caught.value.position == position
    assert caught.value.source == source


def test_all_holes_share_one_budget(evaluate: Evaluate) -> None:
    with pytest.raises(ExpressionError, match="too much work"):
        evaluate("{{ range(10000) | sum }} " * 200, template=True)


def test_too_many_holes() -> None:
    with pytest.raises(ExpressionError, match="256 holes"):
        compile_expression("{{ 1 }} " * 300, template=True)
