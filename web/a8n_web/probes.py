"""The probes of a process that serves nothing else: `/healthz`, `/readyz` and `/metrics` of a worker.

The same handlers and the same rights as on the web, without its other routes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from typing import Any

from a8n.runtime.instance import Instance

log = logging.getLogger("a8n.probes")

PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


class Probes:
    """A listening server; `close` it before its instance."""

    def __init__(self, server: Any, sock: socket.socket, task: asyncio.Task[None]):
        self.port: int = sock.getsockname()[1]
        self._server = server
        self._task = task

    async def close(self) -> None:
        """Answer no more."""
        self._server.should_exit = True
        self._server.force_exit = True
        await self._task


async def serve_probes(instance: Instance, port: int) -> Probes | None:
    """Serve the probes at a port of the settings' host, beside what else the process does.

    None for port 0. A port that is taken is logged and gives None: a worker works without its probes, too.
    """
    from a8n_web.server import AddressInUseError, listen

    if port == 0:
        return None
    try:
        sock = listen(instance.settings.host, port)
    except AddressInUseError as error:
        log.error("no probes: %s", error)
        return None
    return await serve_on(instance, sock)


async def serve_on(instance: Instance, sock: socket.socket) -> Probes:
    """Serve the probes on a socket that listens."""
    import uvicorn

    from a8n_web.app import create_app
    from a8n_web.protocol import Protocol

    started = asyncio.Event()

    class Server(uvicorn.Server):
        """uvicorn that leaves the signals to whom they belong."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            started.set()

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        create_app(instance, only=PATHS), log_config=None, access_log=False, lifespan="off", server_header=False,
        proxy_headers=False, http=Protocol, ws="none", timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = Server(config)
    task = asyncio.ensure_future(server.serve(sockets=[sock]))
    await started.wait()
    return Probes(server, sock, task)
