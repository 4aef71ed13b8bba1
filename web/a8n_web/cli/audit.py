"""`a8n audit`: whether the log is whole."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from a8n_web.cli.environment import settings_of, store
from a8n_web.cli.failures import Failure

if TYPE_CHECKING:
    from a8n.runtime.audit import Verdict


@click.group()
def audit() -> None:
    """Check the audit log."""


@audit.command()
def verify() -> None:
    """Follow the chain of hashes from the first entry; exit with 1 where an entry was changed or taken out.

    Prints the last hash: note it outside to prove later that none was cut off at the end.
    """
    verdict = asyncio.run(_verdict())
    if verdict.broken is not None:
        raise Failure(f"the log is broken: entry {verdict.broken} does not follow the one before it")
    click.echo(f"{verdict.rows} entries, all whole; the last hash is {verdict.last}")


async def _verdict() -> Verdict:
    from a8n.runtime.audit import Audit

    async with store(settings_of()) as database:
        return await Audit(database).verify()
