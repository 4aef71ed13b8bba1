"""A scope as the engine would hand it over, and a one-line way to evaluate in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from a8n.expressions import compile_expression, exposed

Evaluate = Callable[..., Any]

ADA: dict[str, Any] = {
    "user": {"name": "Ada", "first name": "Ada", "tags": ["new", "vip"], "manager": None},
    "n": 2,
    "price": 9.5,
    "items": [1, 2, 3],
    "keys": "a key called keys",
    "_id": "x1",
    "created": "2026-01-30T12:00:00Z",
}


@exposed("json", "items", "first", "describe")
class NodeView:
    """What `node("Hook")` gives; `secret` is not exposed."""

    def __init__(self) -> None:
        self.json = {"id": 7}
        self.items = [{"id": 7}, {"id": 8}]
        self.secret = "hidden"

    @property
    def first(self) -> NodeView:
        return self

    def describe(self, prefix: str = "") -> str:
        return f"{prefix}hook"


class Data:
    """A scope with a node called Hook, a trigger, and a fixed time in Berlin."""

    def __init__(self, json: Any):
        self.json = json

    @exposed
    def node(self, name: str) -> NodeView:
        if name != "Hook":
            raise LookupError(f"There is no node {name!r}")
        return NodeView()

    def lookup(self, name: str) -> Any:
        now = datetime(2026, 1, 31, 12, tzinfo=ZoneInfo("Europe/Berlin"))
        roots = {
            "node": self.node,
            "item": NodeView(),
            "trigger": {"body": {"x": 1}},
            "vars": {"limit": 10},
            "now": now,
            "today": now.date(),
            "live": object(),
        }
        return roots[name]


@pytest.fixture(scope="session")
def scope_of() -> Callable[[Any], Data]:
    """Makes a scope around a JSON value."""
    return Data


@pytest.fixture(scope="session")
def evaluate() -> Evaluate:
    """`evaluate(source, json=…, template=…)` compiles and evaluates in one step."""

    def run(source: str, json: Any = None, *, template: bool = False) -> Any:
        return compile_expression(source, template=template).evaluate(Data(ADA if json is None else json))

    return run
