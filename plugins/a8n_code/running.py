"""One run of an author's code: what goes in, what may come out, and the error that names a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Literal, Protocol

from a8n import JSON, Context, Duration, Field, Item, NodeError, hint

Mode = Literal["all", "each"]

LONGEST = timedelta(minutes=5)
"""That one run may take."""
Timeout = Annotated[Duration, hint(advanced=True), Field(gt=timedelta(0), le=LONGEST)]
Memory = Annotated[int, hint(advanced=True), Field(ge=16, le=2048)]
"""Megabytes."""

MOST_OUTPUT = 16 * 2**20
"""Bytes of JSON that one run may return."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is run, with what, and how far it may go."""

    code: str
    mode: Mode
    items: list[JSON]
    vars: dict[str, JSON]
    timeout: float
    """Seconds."""
    memory: int
    """Bytes."""


@dataclass(slots=True)
class Printed:
    """What the code prints, by lines. What is beyond the log's own limits is counted, not kept."""

    lines: list[str] = field(default_factory=list)
    dropped: int = 0
    rest: str = ""

    MOST_LINES = 199
    LONGEST = 2000

    def write(self, text: str) -> None:
        """Take a piece of output, with line breaks wherever they are."""
        *lines, rest = (self.rest + text).split("\n")
        for line in lines:
            self._keep(line)
        self.rest = rest[: self.LONGEST]

    def _keep(self, line: str) -> None:
        if len(self.lines) < self.MOST_LINES:
            self.lines.append(line[: self.LONGEST])
        else:
            self.dropped += 1

    def show(self, ctx: Context) -> None:
        """Put it into the log of the step."""
        if self.rest:
            self._keep(self.rest)
            self.rest = ""
        for line in self.lines:
            ctx.log(line)
        if self.dropped:
            ctx.log(f"… and {self.dropped} more lines")


class CodeError(NodeError):
    """The author's code failed: at which line, with which item."""

    def __init__(self, message: str, *, line: int | None = None, item: int | None = None, hint: str | None = None):
        where = [f"item {item + 1}"] if item is not None else []
        where += [f"line {line}"] if line is not None else []
        text = ": ".join([", ".join(where), message] if where else [message])
        super().__init__(text, field="code", hint=hint, retryable=False)
        self.line = line
        self.item = item


def late(job: Job, *, line: int | None = None, item: int | None = None) -> CodeError:
    """The error of code that ran out of time."""
    text, item = f"the code ran longer than {job.timeout:g} s", item if job.mode == "each" else None
    return CodeError(text, line=line, item=item, hint="raise the time limit, or is a loop endless?")


class Engine(Protocol):
    """A way to run code."""

    async def run(self, job: Job, printed: Printed) -> JSON:
        """What the code returned; in mode `each` a list with a value for each item. Raises NodeError."""
        ...


async def run_code(engine: Engine, job: Job, ctx: Context, items: Sequence[Item]) -> list[Item]:
    """Run a job for the items of a step, show what it prints, and make items of what it returns."""
    if job.mode == "each" and not items:
        return []
    printed = Printed()
    try:
        value = await engine.run(job, printed)
    finally:
        printed.show(ctx)
    if job.mode == "all":
        return [_item(made, f"[{i}]") for i, made in enumerate(_listed(value))]
    return [item for i, made in enumerate(value) for item in _of_one(made, i, items[i])]


def job_of(code: str, mode: Mode, timeout: timedelta, memory: int, ctx: Context, items: Sequence[Item]) -> Job:
    """The job of a step; `memory` in megabytes."""
    return Job(code, mode, [item.json for item in items], dict(ctx.vars), timeout.total_seconds(), memory * 2**20)


def _of_one(value: JSON, index: int, item: Item) -> list[Item]:
    """The items that the code made of one item. One object is that item, changed: it keeps the files."""
    if isinstance(value, dict):
        return [Item(value, item.files, index)]
    return [_item(made, f" for item {index + 1}", index) for made in _listed(value, f" for item {index + 1}")]


def _listed(value: JSON, where: str = "") -> list[JSON]:
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return value
    raise CodeError(f"the code returned {_kind(value)}{where}", hint="return an object, or a list of objects")


def _item(value: JSON, where: str, source: int | None = None) -> Item:
    if not isinstance(value, dict):
        raise CodeError(
            f"the code returned a list that holds {_kind(value)} at {where}".replace(" at  for", " for"),
            hint="an item is an object, such as {'value': 1}",
        )
    return Item(value, None, source)


def _kind(value: JSON) -> str:
    names = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "null")
