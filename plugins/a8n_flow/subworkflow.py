"""Running another workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from a8n import JSON, BatchNode, Child, ChildResult, Context, Example, Field, Item, NodeError, Result, Wait, hint


class Called(NamedTuple):
    """A workflow as an agent is told of it."""

    name: str
    description: str
    effect: str
    parameters: JSON


class RunWorkflow(BatchNode):
    """Run another workflow of the project as a part of this one.

    It gets the items, all at once or each in a run of its own, and gives back those of its last node. The runs
    are executions of their own: while they go on, this one waits and holds no worker, and a crash loses none of
    them. Without waiting, the other workflow is only started, and the items pass on as they are.

    Behind the output `tools` of an agent the workflow is a function, with the name, the text and the arguments that its
    Tool trigger says; the agent waits for what it gives.
    """

    key = "flow.subworkflow"
    icon = "workflow"
    title = "Run workflow"
    effect = "idempotent"
    group = "logic"
    subtitle = "{workflow}"
    examples = (
        Example("Enrich each customer", {"workflow": "0198f3", "send": "each"}, ({"id": 1},), needs=("workflow",)),
    )

    workflow: Annotated[str, hint(widget="workflow")] = Field(min_length=1, max_length=100)
    """The workflow to run, by its id. Its published version runs."""
    send: Literal["all", "each"] = "all"
    """One run with all items, or one run for each item."""
    wait: bool = True
    """Wait for the result. Otherwise the items pass on at once."""
    parallel: Annotated[int, hint(advanced=True)] = Field(default=1, ge=1, le=1_000)
    """With a run for each item: how many run at the same time; the next ones start when all of these have ended.
    The order of results is kept."""

    async def functions(self, ctx: Context) -> Sequence[Called]:
        """The workflow. Its run starts with the record of the call, so that it cannot start twice."""
        told = await ctx.workflows.function(self.workflow)
        return [Called(told.name, told.description, "idempotent", told.parameters)]

    async def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Start the runs."""
        if ctx.function:
            return Wait(children=[await ctx.workflows.call(self.workflow, items[0].json, parent=ctx)])
        if not self.wait:
            for given in [items] if self.send == "all" else [[item] for item in items]:
                ctx.start(await self._child(ctx, given))
            return list(items)
        if self.send == "all":
            return Wait(children=[await self._child(ctx, items)])
        return await self._next(ctx, items, 0, [])

    async def resume(self, ctx: Context, items: Sequence[Item], data: Mapping[str, JSON], payload: JSON) -> Result:
        """Gather what the runs gave, and start the next ones."""
        ended: Sequence[ChildResult] = payload
        for child in ended:
            if child.status != "succeeded":
                raise NodeError(_failure(child), retryable=False)
        if self.send == "all" or ctx.function:
            return [Item(item.json, item.files) for child in ended for item in child.items]
        first, done = data["next"] - len(ended), list(data["done"])
        done += [[item.as_data() for item in child.items] for child in ended]
        if first + len(ended) < len(items):
            return await self._next(ctx, items, first + len(ended), done)
        return [Item.of(one, index) for index, given in enumerate(done) for one in given]

    async def _next(self, ctx: Context, items: Sequence[Item], start: int, done: list[JSON]) -> Result:
        chunk = items[start : start + self.parallel]
        if not chunk:
            return []
        children = [await self._child(ctx, [item]) for item in chunk]
        return Wait(children=children, data={"next": start + len(chunk), "done": done})

    async def _child(self, ctx: Context, items: Sequence[Item]) -> Child:
        return await ctx.workflows.child(self.workflow, items, parent=ctx)


def _failure(child: ChildResult) -> str:
    reason = f": {child.error['message']}" if child.error and "message" in child.error else ""
    return f"the run {child.id} {child.status}{reason}"
