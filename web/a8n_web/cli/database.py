"""`a8n db`: the revision of the tables."""

from __future__ import annotations

import asyncio

import click

from a8n_web.cli.environment import settings_of


@click.group()
def db() -> None:
    """Migrate the database (DATABASE_URL, or the file in the data folder)."""


@db.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the tables to REVISION, by default to that of this version. Run it before the new version starts."""
    asyncio.run(_moved("upgrade", revision))


@db.command()
@click.argument("revision", default="-1")
@click.option("--yes", is_flag=True, help="Do not ask.")
def downgrade(revision: str, yes: bool) -> None:
    """Bring the tables back to REVISION, by default by one. What only later ones hold is lost."""
    if not yes:
        click.confirm("What only the later revisions hold will be lost. Go on?", abort=True, err=True)
    asyncio.run(_moved("downgrade", revision))


@db.command()
def current() -> None:
    """Show the revision of the tables."""
    click.echo(asyncio.run(_current()))


async def _moved(direction: str, revision: str) -> None:
    from a8n.runtime import revisions
    from a8n.runtime.keys import prepare_data_dir

    settings = settings_of()
    if settings.embedded:
        prepare_data_dir(settings.data_dir)
    move = revisions.upgrade if direction == "upgrade" else revisions.downgrade
    await move(settings.store_url, revision)
    click.echo(f"the tables are at revision {await revisions.current(settings.store_url) or 'none'}")


async def _current() -> str:
    from a8n.runtime import revisions

    revision = await revisions.current(settings_of().store_url) or "none"
    return revision if revision == revisions.head() else f"{revision} (this version needs {revisions.head()})"
