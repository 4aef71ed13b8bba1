"""`a8n serve`, `a8n web`, `a8n worker`."""

from __future__ import annotations

import os
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

    It answers requests. With REDIS_URL it leaves what takes time to `a8n worker`; without, it runs what it starts.
    Any number may run, each on its port or host.
    """
    settings = settings_of(host=host, port=port, data_dir=data_dir)
    if settings.embedded:
        raise Misuse("`a8n web` shares a database with other processes: set DATABASE_URL, or use `a8n serve`")
    from a8n_web import server

    server.serve(settings, role="web")


@click.command()
@click.option("--processes", type=click.IntRange(1, 256), help="Worker processes; one for each processor.")
@click.option("--solo", is_flag=True, hidden=True, help="Be one of them.")
def worker(processes: int | None, solo: bool) -> None:
    """Run executions that web processes accept: any number of such commands may run, on any hosts.

    It keeps its processes alive: one that dies is started anew, and what it ran is taken over. The first SIGTERM lets
    running steps end and hands the rest to others; a second one hurries.
    """
    settings = settings_of()
    if settings.embedded or not settings.redis_url:
        raise Misuse("a worker shares a queue with other processes: set DATABASE_URL and REDIS_URL, or use `a8n serve`")
    from a8n_web import working

    if solo:
        working.work(settings)
        return
    raise SystemExit(working.Supervisor(processes or os.cpu_count() or 1, stall=settings.stall).run())
