"""Ends and pass-throughs: Stop with error, No operation."""

from __future__ import annotations

from a8n import Context, Example, Multiline, Node, Result, StopError


class StopWithError(Node):
    """End the execution as failed, with a message of yours.

    It fails whatever the node's error settings say, and starts the error workflow if there is one.
    """

    key = "flow.stop"
    icon = "octagon-x"
    effect = "pure"
    group = "logic"
    subtitle = "{message}"
    examples = (
        Example(
            "Refuse an order without lines",
            {"message": {"$t": "Order {{ json.id }} has no lines"}},
            ({"id": 7},),
            needs=("failure",),
        ),
    )

    message: Multiline = "Stopped"
    """What the execution shows as its error."""

    def run(self, ctx: Context) -> Result:
        """Raise the error."""
        raise StopError(self.message.strip() or "Stopped")


class NoOperation(Node):
    """Pass items on as they are: a place to join connections, or a label in the drawing."""

    key = "flow.noop"
    icon = "circle-dashed"
    title = "No operation"
    effect = "pure"
    group = "logic"
    examples = (Example("Pass an item on", {}, ({"a": 1},), {"main": [{"a": 1}]}),)

    def run(self, ctx: Context) -> Result:
        """Pass the item on."""
        return ctx.item
