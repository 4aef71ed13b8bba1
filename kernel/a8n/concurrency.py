"""What a workflow's concurrency limit counts by: the value of its key expression over the trigger's item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from a8n.errors import NodeError, Problem
from a8n.expressions import ExpressionError, compile_expression
from a8n.items import JSON, Item
from a8n.workflow import Concurrency, Workflow

PLACE = "settings.concurrency.key"
NAMES = ("item", "json", "trigger", "vars")
"""What a key may read: nothing has run yet when it is evaluated."""


class TriggerScope:
    """The scope of a key: the first item that the trigger gave, and the project's variables."""

    __slots__ = ("_item", "_vars", "json")

    def __init__(self, item: Item, vars: Mapping[str, JSON]):
        self._item = item
        self._vars = vars
        self.json = item.json

    def lookup(self, name: str) -> Any:
        """The value of a root name. Raises KeyError when there is none."""
        if name == "json":
            return self.json
        if name in ("item", "trigger"):
            return self._item.as_data()
        if name == "vars":
            return self._vars
        raise KeyError(name)


def key_of(concurrency: Concurrency, item: Item, vars: Mapping[str, JSON]) -> JSON:
    """What the limit counts by; None where it counts the whole workflow. Raises NodeError that names the key."""
    if concurrency.key is None:
        return None
    try:
        return compile_expression(concurrency.key).evaluate(TriggerScope(item, vars))
    except ExpressionError as error:
        text = f"the key of the workflow's concurrency limit has no value: {error.message}"
        raise NodeError(text, field=PLACE, retryable=False) from None


def key_problems(workflow: Workflow) -> list[Problem]:
    """What is wrong with the key of a document's limit, if it has one."""
    concurrency = workflow.settings.concurrency
    if concurrency is None or concurrency.key is None:
        return []
    try:
        expression = compile_expression(concurrency.key)
    except ExpressionError as error:
        return [Problem(PLACE, f"{error.message}. {error.hint}" if error.hint else error.message, "expression")]
    unknown = sorted(expression.names - set(NAMES))
    if not unknown:
        return []
    return [Problem(PLACE, f"a key reads {', '.join(NAMES)}, not {', '.join(unknown)}", "expression")]
