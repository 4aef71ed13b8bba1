"""Two ways out: If and Filter."""

from __future__ import annotations

from a8n import Conditions, Context, Example, Field, Node, Result, to
from a8n_flow.operators import holds

_PEOPLE = ({"name": "Ada", "age": 36}, {"name": "Tim", "age": 9})
_ADULT = {"conditions": {"list": [{"left": {"$": "json.age"}, "op": "gte", "right": 18}]}}
_SPLIT = {"true": [_PEOPLE[0]], "false": [_PEOPLE[1]]}


class If(Node):
    """Send each item to `true` or to `false`, depending on conditions.

    Values compare by type: 1 equals 1.0 and the text "1", but not true; text is compared with regard to case.
    Greater and less work on numbers, on ISO 8601 dates and on text; with null they are false. `contains` looks
    into text, lists and the keys of objects, `in` into lists and comma-separated text. `matches` searches with a
    regular expression (RE2). `exists` is true for everything but null, `empty` for null, "", [] and {}.
    `before` and `after` take ISO 8601 dates (in the workflow's time zone where they name none) and timestamps.
    """

    key = "flow.if"
    icon = "git-branch"
    effect = "pure"
    group = "logic"
    outputs = ("true", "false")
    subtitle = "{conditions}"
    examples = (Example("Tell adults from children", _ADULT, _PEOPLE, _SPLIT),)

    conditions: Conditions = Field(default_factory=Conditions)
    """What has to hold for an item to leave by `true`. No conditions at all count as met."""

    def run(self, ctx: Context) -> Result:
        """Route the item."""
        return to("true" if holds(self.conditions, ctx) else "false", ctx.item)


class Filter(Node):
    """Let the items pass that meet conditions; the others leave by `false`, usually to nowhere.

    Conditions compare as in the If node.
    """

    key = "flow.filter"
    icon = "funnel"
    effect = "pure"
    group = "logic"
    outputs = ("true", "false")
    subtitle = "{conditions}"
    examples = (Example("Keep the adults", _ADULT, _PEOPLE, _SPLIT),)

    conditions: Conditions = Field(default_factory=Conditions)
    """What has to hold for an item to be kept. No conditions at all count as met."""

    def run(self, ctx: Context) -> Result:
        """Route the item."""
        return to("true" if holds(self.conditions, ctx) else "false", ctx.item)
