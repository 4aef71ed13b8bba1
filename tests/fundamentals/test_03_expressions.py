"""3. Expressions.

In a workflow, any parameter of a node may be computed from the item at hand. Whether it is, is said by how it is
saved, never guessed from its text: `{"$": "json.n + 1"}` is an expression and keeps the type of its value, `{"$t":
"Hello {{ json.name }}"}` is a text with holes, and everything else is what it is. The node notices none of this: it
gets values. Expressions are bounded in time and size, and what they work on is data, which is never evaluated itself.
"""

from __future__ import annotations

from typing import Any

import pytest

from a8n import JSON, Context, Node, NodeError
from a8n.testing import objects, run_sync


class Put(Node):
    """Put a value."""

    key = "fundamentals.put"
    effect = "pure"

    value: Any = None

    def run(self, ctx: Context) -> dict[str, JSON]:
        return {"value": self.value}


def value(parameter: JSON, item: dict[str, JSON]) -> JSON:
    return objects(run_sync(Put, {"value": parameter}, [item])["main"])[0]["value"]


def test_an_expression_keeps_its_type() -> None:
    item = {"n": 41, "user": {"name": "Ana"}}
    assert value({"$": "json.n + 1"}, item) == 42
    assert value({"$": "json.user"}, item) == {"name": "Ana"}


def test_a_text_may_have_holes() -> None:
    assert value({"$t": "Hello {{ json.name | upper }}"}, {"name": "Ana"}) == "Hello ANA"


def test_a_plain_value_is_what_it_is_whatever_it_looks_like() -> None:
    assert value("json.n + 1", {"n": 41}) == "json.n + 1"
    assert value("{{ json.n }}", {"n": 41}) == "{{ json.n }}"


def test_expressions_stand_anywhere_inside_a_parameter() -> None:
    assert value({"list": [1, {"$": "json.n"}]}, {"n": 2}) == {"list": [1, 2]}


def test_what_is_missing_is_an_error_that_helps() -> None:
    with pytest.raises(NodeError, match="did you mean 'name'"):
        value({"$": "json.nmae"}, {"name": "Ana"})
    assert value({"$": "json.nmae | default('nobody')"}, {"name": "Ana"}) == "nobody"


def test_data_is_never_evaluated() -> None:
    sent = {"text": "{{ 7 * 7 }}", "tag": {"$": "7 * 7"}}
    assert value({"$": "json"}, sent) == sent


def test_an_expression_cannot_blow_up() -> None:
    with pytest.raises(NodeError, match=r"long|large|big|much|many"):
        value({"$": "'a' * 10 ** 9"}, {})
