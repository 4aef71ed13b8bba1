"""`a8n doctor`: looks at everything that a8n needs, changes nothing, and says what to do."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

import click

from a8n_web.cli.findings import MARKS, Finding

if TYPE_CHECKING:
    from a8n.runtime.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> int:
    """Check settings, data, database, queue, plugins and keys, and say what to do.

    Nothing is changed. Exits with 1 when something is wrong; warnings are no failure.
    """
    findings = asyncio.run(examined(dict(os.environ)))
    if as_json:
        click.echo(json.dumps([finding.as_json() for finding in findings], indent=2, ensure_ascii=False))
    else:
        _print(findings)
    return int(any(finding.level == "bad" for finding in findings))


async def examined(env: dict[str, str]) -> list[Finding]:
    """Everything that was found, in an environment."""
    from a8n_web.cli.doctor_host import host, plugins, settings_from
    from a8n_web.cli.doctor_redis import redis
    from a8n_web.cli.doctor_store import store

    settings, findings = settings_from(env)
    findings += host()
    if settings is None:
        return findings
    findings += _of_instance(settings)
    findings += plugins(settings)
    findings += await store(settings)
    findings += await redis(settings)
    return findings


def _of_instance(settings: Settings) -> list[Finding]:
    from a8n_web.cli.doctor_host import data_folder, web

    return [*data_folder(settings), *web(settings)]


def _print(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        console.print(f"{MARKS[finding.level]} [dim]{finding.area:<9}[/] {escape(finding.text)}")
        if finding.advice:
            console.print(f"            → {escape(finding.advice)}")
    bad = sum(finding.level == "bad" for finding in findings)
    warned = sum(finding.level == "warn" for finding in findings)
    console.print(f"\n{bad or 'nothing'} wrong, {warned or 'no'} warning{'' if warned == 1 else 's'}")
