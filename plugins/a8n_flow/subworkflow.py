"""Running another workflow."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Sequence
from typing import Annotated, Literal

from a8n import BatchNode, Context, Example, Field, Item, Result, hint


class RunWorkflow(BatchNode):
    """Run another workflow of the project as a part of this one.

    It gets the items, all at once or each in a run of its own, and gives back those of its last node. Without
    waiting, the other workflow is only started, and the items pass on as they are.
    """

    key = "flow.subworkflow"
    title = "Run workflow"
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
    parallel: Annotated[int, hint(advanced=True)] = Field(default=1, ge=1, le=32)
    """With a run for each item: how many run at the same time. The order of results is kept."""

    async def run(self, ctx: Context, items: Sequence[Item]) -> Result:
        """Start the runs and gather what they give."""
        if self.send == "all":
            given = await ctx.workflows.run(self.workflow, list(items), wait=self.wait, parent=ctx)
            return [Item(item.json, item.files) for item in given] if self.wait else list(items)
        gate = asyncio.Semaphore(self.parallel)
        runs = [asyncio.ensure_future(self._one(ctx, index, item, gate)) for index, item in enumerate(items)]
        try:
            results = await asyncio.gather(*runs)
        finally:
            for run in runs:
                run.cancel()
        return [item for result in results for item in result] if self.wait else list(items)

    async def _one(self, ctx: Context, index: int, item: Item, gate: asyncio.Semaphore) -> list[Item]:
        async with gate:
            own = copy.copy(ctx)  # its key tells the runs of one step apart
            own.index, own.item = index, item
            given = await ctx.workflows.run(self.workflow, [item], wait=self.wait, parent=own)
            return [Item(result.json, result.files, index) for result in given]
