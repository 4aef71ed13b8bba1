"""Loops: over items in batches, and until a condition holds. What state there is lies in the recorded steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from a8n import BatchNode, Conditions, Context, Example, Field, Item, LoopState, NodeError, Result, hint, to
from a8n_flow.operators import holds


class LoopOverItems(BatchNode):
    """Take items through a part of the workflow a few at a time.

    Draw the body of the loop from `loop` back to this node's input. Each round sends the next batch to `loop`; when
    none is left, all that came back leaves by `done`, in order. Loops may stand inside loops.
    """

    key = "flow.loop"
    icon = "repeat"
    effect = "pure"
    group = "logic"
    loop = True
    outputs = ("loop", "done")
    subtitle = "{batch_size} at a time"
    examples = (
        Example(
            "The first round, two items at a time",
            {"batch_size": 2},
            ({"n": 1}, {"n": 2}, {"n": 3}),
            {"loop": [{"n": 1}, {"n": 2}]},
        ),
    )

    batch_size: Annotated[int, hint(expr=False)] = Field(default=1, ge=1, le=1_000_000)
    """How many items go through the loop in one round."""

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Send the next batch, or what came back."""
        state = ctx.loop or LoopState(0, items, ())
        start = state.index * self.batch_size
        batch = list(state.entry[start : start + self.batch_size])
        return to("loop", batch) if batch else to("done", list(state.returned))


class RepeatUntil(BatchNode):
    """Repeat a part of the workflow until conditions hold.

    Draw the part from `loop` back to this node's input. It runs once, then the conditions are checked on the first
    item that came back: where they hold, what came back leaves by `done`, otherwise it goes round again.
    The loop also ends when nothing came back. Conditions compare as in the If node.
    """

    key = "flow.repeat"
    icon = "refresh-cw"
    effect = "pure"
    group = "logic"
    loop = True
    outputs = ("loop", "done")
    subtitle = "at most {max_rounds} times"
    examples = (
        Example(
            "Ask until a job is done",
            {"until": {"list": [{"left": {"$": "json.status"}, "op": "eq", "right": "done"}]}, "max_rounds": 20},
            ({"job": 7, "status": "new"},),
            {"loop": [{"job": 7, "status": "new"}]},
        ),
    )

    until: Conditions = Field(default_factory=Conditions)
    """What ends the loop. No conditions at all end it after one round."""
    max_rounds: int = Field(default=100, ge=1, le=1_000_000)
    """After how many rounds to give up."""
    give_up: Literal["error", "done"] = "error"
    """What giving up means: the step fails, or the items leave by `done` all the same."""

    def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Send the items round once more, or out."""
        rounds = ctx.loop.index if ctx.loop is not None else 0
        if rounds == 0:
            return to("loop", list(items))
        if not items or holds(self.until, ctx, "until"):
            return to("done", list(items))
        if rounds < self.max_rounds:
            return to("loop", list(items))
        if self.give_up == "done":
            return to("done", list(items))
        raise NodeError(f"the conditions still did not hold after {rounds} rounds", field="max_rounds", retryable=False)
