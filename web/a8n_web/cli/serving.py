"""`a8n serve`, `a8n web`, `a8n worker`."""

from __future__ import annotations

from typing import Any

import click

from a8n_web.cli.environment import settings_of
from a8n_web.cli.failures import Misuse

OPTIONS = (
    click.option("--host", help="Address to listen on (A8N_HOST; 127.0.0.1)."),
    click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (A8N_PORT; 5678)."),
    click.option("--data-dir", type=click.Path(file_okay=False), help="Folder of all data (A8N_DATA_DIR; ./.a8n)."),
)


def listening(command: Any) -> Any:
    """Add the options of a process that listens."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.command()
@listening
def serve(host: str | None, port: int | None, data_dir: str | None) -> None:
    """Run everything in one process: web, triggers and executions.

    Without DATABASE_URL all state is in the data folder, and nothing else needs to run.
    """
    settings = settings_of(host=host, port=port, data_dir=data_dir)
    from a8n_web import server

    server.serve(settings)


@click.command()
@listening
def web(host: str | None, port: int | None, data_dir: str | None) -> None:
    """Run a web process beside others that share the database.

    It answers requests and runs what they start; any number may run, each on its port or host.
    """
    settings = settings_of(host=host, port=port, data_dir=data_dir)
    if settings.embedded:
        raise Misuse("`a8n web` shares a database with other processes: set DATABASE_URL, or use `a8n serve`")
    from a8n_web import server

    server.serve(settings)


@click.command()
def worker() -> None:
    """Run a process that only works through the queue."""
    settings = settings_of()
    if settings.embedded or not settings.redis_url:
        raise Misuse("a worker shares a queue with other processes: set DATABASE_URL and REDIS_URL, or use `a8n serve`")
    raise Misuse("this version has no separate workers: every `a8n web` that shares the database runs executions")
