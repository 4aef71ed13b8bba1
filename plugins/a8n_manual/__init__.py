"""Manual: start a workflow by hand."""

from __future__ import annotations

from typing import Annotated, Any

from a8n import Example, Field, Item, Trigger, hint, hookimpl


class ManualTrigger(Trigger):
    """Start the workflow by hand, from the builder, the command line, the API, or another workflow.

    The workflow begins with the items it is given, or else with those that stand here.
    """

    key = "manual.trigger"
    icon = "mouse-pointer-click"
    title = "Start by hand"
    examples = (
        Example("Start with one empty item", {}),
        Example("Start with two customers", {"items": [{"name": "Ada"}, {"name": "Tim"}]}),
    )

    items: Annotated[list[dict[str, Any]], hint(widget="code", language="json", expr=False)] = Field(
        default=[{}], max_length=1_000
    )
    """The items to start with when none are given: a list of JSON objects."""

    def sample(self) -> list[Item]:
        """The items that stand in the form."""
        return [Item(dict(entry)) for entry in self.items]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """All triggers of this plugin."""
    return [ManualTrigger]
