"""3. Any parameter may be an expression: `{"$": …}` keeps its type, `{"$t": …}` is a text with holes."""

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


def test_types_survive() -> None:
    item = {"n": 41, "user": {"name": "Ana"}}
    assert value({"$": "json.n + 1"}, item) == 42
    assert value({"$": "json.user"}, item) == {"name": "Ana"}
    assert value({"$t": "Hello {{ json.user.name | upper }}"}, item) == "Hello ANA"
    assert value("json.n + 1", item) == "json.n + 1"  # a plain value is what it is, whatever it looks like


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
