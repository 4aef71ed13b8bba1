"""`a8n plugins`: what is installed, and what was left out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from a8n_web.cli.environment import kernel_of, settings_of

if TYPE_CHECKING:
    from a8n.plugins import PluginReport


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--strict", is_flag=True, help="Exit with 1 when a plugin is broken.")
def plugins(as_json: bool, strict: bool) -> int:
    """Show the installed plugins, and why broken ones were left out."""
    reports = sorted(kernel_of(settings_of()).plugins, key=lambda report: report.name)
    if as_json:
        click.echo(json.dumps([_described(report) for report in reports], indent=2))
    else:
        _print(reports)
    return int(strict and not all(report.healthy for report in reports))


def _described(report: PluginReport) -> dict[str, Any]:
    return {
        "name": report.name,
        "distribution": report.distribution,
        "version": report.version,
        "module": report.module,
        "healthy": report.healthy,
        "error": report.error,
        "nodes": report.nodes,
        "triggers": report.triggers,
        "credentials": report.credentials,
    }


def _print(reports: list[PluginReport]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("plugin", "from", "nodes", "triggers", "credentials", ""):
        table.add_column(title, justify="right" if title in ("nodes", "triggers", "credentials") else "left")
    for report in reports:
        state = "[green]healthy" if report.healthy else "[red]left out"
        counts = (str(len(part) or "") for part in (report.nodes, report.triggers, report.credentials))
        table.add_row(report.name, f"{report.distribution} {report.version}", *counts, state)
    console = Console(highlight=False)
    console.print(table)
    for report in reports:
        if report.error is not None:
            console.print(f"\n[red]{escape(report.name)}[/] was left out: {escape(report.error)}", soft_wrap=True)
