"""Many ways out: Switch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from a8n import JSON, Conditions, Context, Example, Field, Node, NodeError, Parameters, Result, hint, to
from a8n_flow.operators import holds
from a8n_flow.values import equal, shown

FALLBACK = "fallback"
OutputName = Annotated[str, Field(min_length=1, max_length=100), hint(expr=False)]


class Rule(Parameters):
    """One output and when an item goes there."""

    output: OutputName
    """Name of the output. Two rules may share one."""
    conditions: Conditions = Field(default_factory=Conditions)
    """What has to hold."""


class ByRules(Parameters):
    """Choose by conditions."""

    on: Literal["rules"]
    """Which way of choosing this is."""
    rules: list[Rule] = Field(min_length=1, max_length=100)
    """Looked at in this order."""
    match: Literal["first", "all"] = "first"
    """Send an item to the first output whose rule holds, or to every one."""


class Case(Parameters):
    """One output and the value that leads there."""

    value: Annotated[Any, hint(widget="text")]
    """Compared like `eq` in the If node."""
    output: OutputName
    """Name of the output. Two cases may share one."""


class ByValue(Parameters):
    """Choose by one value."""

    on: Literal["value"]
    """Which way of choosing this is."""
    value: Annotated[Any, hint(widget="text", missing="null")]
    """The value to look at, usually an expression. What is missing is null."""
    cases: list[Case] = Field(min_length=1, max_length=100)
    """Which value leads where; the first that is equal counts."""


class Switch(Node):
    """Send each item to one of several outputs that you name: by rules, or by the value of an expression.

    What no rule or case takes is dropped, sent to the output `fallback`, or is an error, as you choose.
    """

    key = "flow.switch"
    icon = "split"
    effect = "pure"
    group = "logic"
    outputs = (FALLBACK,)
    examples = (
        Example(
            "Sort orders by size",
            {
                "by": {
                    "on": "rules",
                    "rules": [
                        {
                            "output": "large",
                            "conditions": {"list": [{"left": {"$": "json.total"}, "op": "gt", "right": 100}]},
                        },
                        {
                            "output": "small",
                            "conditions": {"list": [{"left": {"$": "json.total"}, "op": "gt", "right": 0}]},
                        },
                    ],
                },
                "otherwise": "output",
            },
            ({"total": 250}, {"total": 20}, {"total": 0}),
            {"large": [{"total": 250}], "small": [{"total": 20}], "fallback": [{"total": 0}]},
        ),
        Example(
            "Route by status",
            {
                "by": {
                    "on": "value",
                    "value": {"$": "json.status"},
                    "cases": [{"value": "paid", "output": "ship"}, {"value": "open", "output": "remind"}],
                }
            },
            ({"status": "open"}, {"status": "paid"}, {"status": "void"}),
            {"ship": [{"status": "paid"}], "remind": [{"status": "open"}]},
        ),
    )

    by: Annotated[ByRules | ByValue, Field(discriminator="on")]
    """How the output is chosen."""
    otherwise: Literal["drop", "output", "error"] = "drop"
    """What becomes of items that nothing takes."""

    @classmethod
    def ports(cls, params: Mapping[str, JSON]) -> tuple[str, ...]:
        """The outputs in the order in which rules or cases first name them, then the fallback."""
        by = params.get("by")
        rows = (by.get("rules") or by.get("cases")) if isinstance(by, dict) else None
        names = [row.get("output") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        if params.get("otherwise") == "output" or not names:
            names.append(FALLBACK)
        return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))

    def run(self, ctx: Context) -> Result:
        """Route the item."""
        names = self._chosen(self.by, ctx)
        if names:
            return to(names[0], ctx.item) if len(names) == 1 else [to(name, ctx.item) for name in names]
        if self.otherwise == "output":
            return to(FALLBACK, ctx.item)
        if self.otherwise == "error":
            raise NodeError(self._unmatched(), field="by", retryable=False)
        return None

    @staticmethod
    def _chosen(by: ByRules | ByValue, ctx: Context) -> list[str]:
        if isinstance(by, ByValue):
            return next(([case.output] for case in by.cases if equal(by.value, case.value)), [])
        names: dict[str, None] = {}
        for index, rule in enumerate(by.rules):
            if holds(rule.conditions, ctx, f"by.rules.{index}.conditions"):
                names[rule.output] = None
                if by.match == "first":
                    break
        return list(names)

    def _unmatched(self) -> str:
        if isinstance(self.by, ByValue):
            return f"no case takes the value {shown(self.by.value)}"
        return "no rule takes this item"
