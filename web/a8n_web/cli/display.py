"""What `a8n run` shows while it runs and at its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

    from a8n import Event, Item
    from a8n.execution import Execution
    from a8n.plan import Plan

MARKS = {"succeeded": "[green]✓[/]", "failed": "[red]✗[/]", "waiting": "[yellow]…[/]"}


class Display:
    """A line on stderr for each step that ends, and below them what is running."""

    def __init__(self, quiet: bool):
        self._quiet = quiet
        self._console: Console | None = None
        self._status: Status | None = None
        self._names: dict[str, str] = {}
        self._running: dict[tuple[str, tuple[int, ...]], str] = {}
        self._steps: list[dict[str, Any]] = []

    @contextmanager
    def showing(self, plan: Plan) -> Iterator[None]:
        """Show the steps of an execution of this plan."""
        self._names = {node.id: node.name for node in plan.nodes}
        if self._quiet:
            yield
            return
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        with self._console.status("starting") as status:
            self._status = status
            yield
        self._status = None

    def observe(self, event: Event) -> None:
        """Take note of an event of the execution."""
        if event.kind == "step.started":
            self._running[event.node, event.path] = self._names[event.node]
        elif event.kind == "step.finished":
            self._running.pop((event.node, event.path), None)
            step = {"node": event.node, "path": list(event.path), "status": event.status, **event.data}
            self._steps.append(step)
            self._line(step)
        if self._status is not None and self._running:
            self._status.update(", ".join(sorted(set(self._running.values()))))

    def _line(self, step: dict[str, Any]) -> None:
        if self._console is None:
            return
        from rich.markup import escape

        path = f" {step['path']}" if step["path"] else ""
        name = escape(f"{self._names[step['node']]}{path}")
        count = sum(step.get("items", {}).values())
        items = f"{count} item{'' if count == 1 else 's'}" if step["status"] == "succeeded" else ""
        took = f"{step['ms']:.0f} ms" if "ms" in step else ""
        self._console.print(f"{MARKS.get(step['status'], ' ')} {name:<32} {items:>12} {took:>10}".rstrip())

    def result(self, execution: Execution, items: list[Item], as_json: bool) -> None:
        """Print on stdout what the step that finished last gave, or with `as_json` all there is to tell."""
        shown = [item.as_data() if item.files else item.json for item in items]
        if as_json:
            told = {"status": execution.status, "error": execution.error, "items": shown, "steps": self._steps}
            click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        elif execution.error is None:
            click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
