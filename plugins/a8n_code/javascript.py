"""JavaScript: the author's code for the items of a step, in QuickJS."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from importlib.util import find_spec
from typing import Annotated

from a8n import JSON, BatchNode, Code, Context, Example, Field, Item, NodeError, hint
from a8n_code.running import Job, Memory, Mode, Printed, Timeout, job_of, run_code
from a8n_code.sandbox import RefusedError, run_in_sandbox


class QuickJs:
    """Runs in a process of its own, which may make no system call but for memory and time."""

    async def run(self, job: Job, printed: Printed) -> JSON:
        """What the code returned. Raises NodeError."""
        found = find_spec("_quickjs")
        if found is None or found.origin is None:
            hint = "pip install quickjs-ng"
            raise NodeError("JavaScript is not installed here", hint=hint, field="code", retryable=False)
        try:
            return await run_in_sandbox("javascript", found.origin, job, printed)
        except RefusedError as error:
            hint = "the kernel has to offer seccomp filters; in a container, its profile has to allow them"
            raise NodeError(f"JavaScript cannot be shut off from this machine: {error}", hint=hint) from None


class JavaScript(BatchNode):
    """Run JavaScript code, for all items at once or for each.

    The code stands in an async function: `return` gives the new items, an object or an array of objects. For all items
    it finds `items`, an array of objects; for each it finds `item`, an object, and `index`, its number from 0. Both
    find `vars`, the project's variables. What goes to `console.log` is shown with the step.
    """

    key = "code.javascript"
    title = "JavaScript"
    group = "code"
    effect = "pure"
    subtitle = "{mode}"
    examples = (
        Example(
            "Full name of each person",
            {"mode": "each", "code": "return { ...item, name: `${item.first} ${item.last}` };"},
            items=({"first": "Ada", "last": "Lovelace"},),
            output={"main": [{"first": "Ada", "last": "Lovelace", "name": "Ada Lovelace"}]},
        ),
        Example(
            "The three dearest products",
            {"code": "return items.sort((a, b) => b.price - a.price).slice(0, 3);"},
            items=({"price": 1}, {"price": 4}, {"price": 2}, {"price": 3}),
            output={"main": [{"price": 4}, {"price": 3}, {"price": 2}]},
        ),
    )

    code: Annotated[Code("javascript"), hint(expr=False, rows=12)] = Field(  # type: ignore[valid-type]  # a type constructor
        min_length=1, max_length=200_000, description="Ends with `return` and the new items."
    )
    mode: Mode = Field(default="all", description="Run once with all items, or once for each item.")
    timeout: Timeout = Field(default=timedelta(seconds=10), description="How long it may run, 5 minutes at most.")
    memory: Memory = Field(default=128, description="Megabytes that the code may use.")

    async def run(self, ctx: Context, items: Sequence[Item]) -> list[Item]:
        """Run the code and give its items."""
        job = job_of(self.code, self.mode, self.timeout, self.memory, ctx, items)
        return await run_code(QuickJs(), job, ctx, items)
