"""Python: the author's code for the items of a step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal

from a8n import BatchNode, Code, Context, Example, Field, Item, Parameters, hint
from a8n_code.full import Full as FullEngine
from a8n_code.portable import Portable as PortableEngine
from a8n_code.running import Engine, Memory, Mode, Timeout, job_of, run_code


class PortablePython(Parameters):
    """A subset of Python that runs on every machine, without files, network or packages."""

    kind: Literal["portable"]
    """Which Python runs the code."""

    def engine(self) -> Engine:
        """What runs the code."""
        return PortableEngine()


PackageName = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,._-]+\])?"
        r"((==|>=|<=|~=|!=|<|>)[A-Za-z0-9.*+!_-]+(,(==|>=|<=|~=|!=|<|>)[A-Za-z0-9.*+!_-]+)*)?$",
    ),
    hint(expr=False, placeholder="numpy==2.2.1"),
]


class FullPython(Parameters):
    """CPython with its standard library, on Linux, in a sandbox without files and network."""

    kind: Literal["full"]
    """Which Python runs the code."""
    packages: list[PackageName] = Field(
        default_factory=list, max_length=20, description="Packages that it imports, fetched at the first run."
    )

    def engine(self) -> Engine:
        """What runs the code."""
        return FullEngine(self.packages)


class Python(BatchNode):
    """Run Python code, for all items at once or for each.

    The code stands in a function: `return` gives the new items, an object or a list of objects. For all items it finds
    `items`, a list of objects; for each it finds `item`, an object, and `index`, its number from 0. Both find `vars`,
    the project's variables. What it prints is shown with the step.
    """

    key = "code.python"
    group = "code"
    effect = "pure"
    subtitle = "{mode}"
    examples = (
        Example(
            "Total of each order",
            {
                "runs_in": {"kind": "portable"},
                "mode": "each",
                "code": (
                    'total = sum(line["price"] * line["count"] for line in item["lines"])\n'
                    'return {**item, "total": total}'
                ),
            },
            items=({"id": 1, "lines": [{"price": 5, "count": 2}, {"price": 1, "count": 3}]},),
            output={"main": [{"id": 1, "lines": [{"price": 5, "count": 2}, {"price": 1, "count": 3}], "total": 13}]},
        ),
        Example(
            "Count items by country",
            {
                "runs_in": {"kind": "portable"},
                "code": (
                    "counts = {}\n"
                    "for item in items:\n"
                    '    counts[item["country"]] = counts.get(item["country"], 0) + 1\n'
                    'return [{"country": country, "count": count} for country, count in counts.items()]'
                ),
            },
            items=({"country": "DE"}, {"country": "FR"}, {"country": "DE"}),
            output={"main": [{"country": "DE", "count": 2}, {"country": "FR", "count": 1}]},
        ),
        Example(
            "Fingerprint of each mail address",
            {
                "runs_in": {"kind": "full"},
                "mode": "each",
                "code": (
                    "import hashlib\n\n"
                    'address = item["email"].strip().lower()\n'
                    'return {**item, "fingerprint": hashlib.sha256(address.encode()).hexdigest()[:8]}'
                ),
            },
            items=({"email": " Ada@example.com"},),
            output={"main": [{"email": " Ada@example.com", "fingerprint": "b5fc85e5"}]},
        ),
    )

    code: Annotated[Code("python"), hint(expr=False, rows=12)] = Field(  # type: ignore[valid-type]  # a type constructor
        min_length=1, max_length=200_000, description="Ends with `return` and the new items."
    )
    runs_in: FullPython | PortablePython = Field(discriminator="kind", description="Which Python runs the code.")
    mode: Mode = Field(default="all", description="Run once with all items, or once for each item.")
    timeout: Timeout = Field(default=timedelta(seconds=10), description="How long it may run, 5 minutes at most.")
    memory: Memory = Field(default=256, description="Megabytes that the code may use.")

    async def run(self, ctx: Context, items: Sequence[Item]) -> list[Item]:
        """Run the code and give its items."""
        job = job_of(self.code, self.mode, self.timeout, self.memory, ctx, items)
        return await run_code(self.runs_in.engine(), job, ctx, items)
