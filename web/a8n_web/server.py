"""Starting and stopping: one process that serves, and in embedded mode also works."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import math
import os
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

from a8n.runtime.instance import Instance, Role
from a8n.runtime.settings import Settings
from a8n_web.ingress import Ingress
from a8n_web.watching import Watched


class AddressInUseError(Exception):
    """The port is taken; the message says by what to go on."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises AddressInUseError with a sentence for the operator."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise AddressInUseError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port or A8N_PORT"
        ) from None
    sock.listen(2048)
    sock.setblocking(False)
    return sock


def application(instance: Instance) -> Any:
    """The whole web application as ASGI: the ingress, and Quart behind it, imported at its first request."""
    return Watched(instance, Ingress(instance, Deferred(instance)))


class Deferred:
    """Quart and the REST API, built in the background after the port is open, so that webhooks answer at once."""

    def __init__(self, instance: Instance):
        self._instance = instance
        self._app: Any = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if self._app is None:
            await self.load()
        await self._app(scope, receive, send)

    async def load(self) -> None:
        """Build the application once."""
        async with self._lock:
            if self._app is None:
                from a8n_web.app import create_app

                app = create_app(self._instance)
                await app.startup()
                self._app = app


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def serve(settings: Settings, *, announce: bool = True, role: Role = "all") -> None:
    """Run the server until SIGTERM or SIGINT. Raises AddressInUseError, and what `Instance.open` raises."""
    from a8n.runtime.logs import configure

    configure(settings)
    sock = listen(settings.host, settings.port)
    settings = dataclasses.replace(settings, port=sock.getsockname()[1])
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(settings, sock, announce, role))
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, sock, announce, role))


async def _serve(settings: Settings, sock: socket.socket, announce: bool, role: Role) -> None:
    import uvicorn

    from a8n_web.protocol import Protocol

    instance = await Instance.open(settings, role=role)
    app = application(instance)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        http=Protocol,
        ws="none",
        timeout_graceful_shutdown=math.ceil(settings.grace),
        timeout_keep_alive=30,
    )
    server = _Server(config)
    server.on_started = lambda: _announce(instance) if announce else None
    freeze()
    try:
        await server.serve(sockets=[sock])
    finally:
        await instance.close(settings.grace)


def freeze() -> None:
    """What was made at start stays: the collector need not look at it again for each request's garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _announce(instance: Instance) -> None:
    settings = instance.settings
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  # compared, not bound
    url = f"http://{host}:{settings.port}"
    out = sys.stdout
    out.write(f"\na8n is ready on {url}\n")
    if instance.fresh:
        out.write("  First: open it in a browser and create the owner's account\n")
    out.write(f"  API:   documented at {url}/docs\n")
    if settings.embedded:
        out.write(f"  Data:  {os.path.abspath(settings.data_dir)} (everything is in this folder)\n")
    out.write("  Stop:  Ctrl-C\n\n")
    out.flush()


def _make_server() -> Any:
    import uvicorn

    class Server(uvicorn.Server):
        """uvicorn with our own signals: the first asks for a graceful stop, the second hurries."""

        on_started: Any = None

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self._stop)
            yield

        def _stop(self) -> None:
            if self.should_exit:
                self.force_exit = True
            self.should_exit = True

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.on_started is not None:
                self.on_started()

    return Server


def _Server(config: Any) -> Any:  # noqa: N802  # made late, because importing uvicorn costs time
    return _make_server()(config)
