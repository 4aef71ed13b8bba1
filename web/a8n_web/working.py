"""`a8n worker`: a process that runs executions, and the one that looks after several of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings

log = logging.getLogger("a8n.worker")

STEADY = 30.0
"""Seconds that a process has to live before its next death is followed by a restart at once."""
PAUSES = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before a restart, after so many quick deaths in a row."""
LOOK = 0.1
PULSE = 1.0
"""Seconds between two signs of life of a worker's event loop."""
PORT = "A8N_WORKER_PORT"


def work(settings: Settings) -> None:
    """Run executions until SIGTERM, or until the supervisor is gone."""
    import uvloop

    from a8n.runtime.logs import configure

    configure(settings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(settings))


async def _work(settings: Settings) -> None:
    stopping = asyncio.Event()
    hurry = asyncio.Event()

    def stop() -> None:
        if stopping.is_set():
            hurry.set()
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    pulse: asyncio.Task[None] | None = None
    if not sys.stdin.isatty():
        loop.add_reader(sys.stdin.fileno(), _orphaned, loop, stop)
        pulse = asyncio.ensure_future(_beat(sys.stdin.fileno()))
    instance = await Instance.open(settings, role="worker")
    from a8n_web.probes import serve_probes
    from a8n_web.server import freeze

    probes = await serve_probes(instance, settings.worker_port)

    freeze()
    log.info("worker %s is ready", os.getpid())
    print(f"a8n worker {os.getpid()} is ready", flush=True)
    await stopping.wait()
    closing = asyncio.ensure_future(instance.close(settings.grace))
    hurried = asyncio.ensure_future(hurry.wait())
    if probes is not None:
        await probes.close()
    await asyncio.wait([closing, hurried], return_when=asyncio.FIRST_COMPLETED)
    if not closing.done():  # what runs is taken over by others when its lease has ended
        os._exit(1)
    hurried.cancel()
    if pulse is not None:
        pulse.cancel()
    closing.result()


async def _beat(line: int) -> None:
    """Let the supervisor know that this event loop turns."""
    while True:
        with contextlib.suppress(OSError):  # it is gone, or the line is no socket: nobody listens
            os.write(line, b".")
        await asyncio.sleep(PULSE)


def _orphaned(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """The supervisor's end of the line is closed: it is gone, however it went."""
    with contextlib.suppress(OSError):
        if os.read(sys.stdin.fileno(), 1024):
            return
    loop.remove_reader(sys.stdin.fileno())
    stop()


class Supervisor:
    """Keeps a number of worker processes alive, each with its own event loop.

    One that dies is started anew. One whose event loop stands still for `stall` seconds, because a node blocks it,
    is killed: what it ran is taken over, and the execution that blocks is given up after three such deaths.
    """

    def __init__(self, count: int, command: list[str] | None = None, stall: float = 60.0):
        self._command = command or [sys.executable, "-m", "a8n_web.cli", "worker", "--solo"]
        self._children: list[_Child] = [_Child(self._command, _environment(number), stall) for number in range(count)]
        self._stops = 0

    def run(self) -> int:
        """Until SIGTERM or SIGINT and the end of all processes. A second signal hurries. Gives the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while True:
            for child in self._children:
                child.look(restart=not self._stops)
            if self._stops and not any(child.alive for child in self._children):
                return max(child.code for child in self._children)
            time.sleep(LOOK)

    def _stop(self, number: int, frame: object) -> None:
        self._stops += 1
        for child in self._children:
            child.signal(signal.SIGTERM)


class _Child:
    """One worker process, and the next one when it dies."""

    def __init__(self, command: list[str], environment: Mapping[str, str], stall: float):
        self._command = command
        self._environment = environment
        self._stall = stall
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        """To its standard input: we hear its pulse, and it hears when we are gone."""
        self._born = 0.0
        self._due = 0.0
        self._beat: float | None = None
        """When it last gave a sign of life; None until its first one."""
        self._quick = 0
        self.code = 0

    @property
    def alive(self) -> bool:
        """Whether a process is there."""
        return self._process is not None

    def look(self, *, restart: bool) -> None:
        """Notice a death or a standstill, and start a process where there should be one."""
        moment = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            self._died(self._process.returncode, moment, restart)
        if self._process is not None:
            self._listen(moment)
        if restart and self._process is None and moment >= self._due:
            self._start(moment)

    def _start(self, moment: float) -> None:
        self._line, theirs = socket.socketpair()
        self._line.setblocking(False)
        with theirs:
            self._process = subprocess.Popen(self._command, stdin=theirs.fileno(), env=self._environment)  # noqa: S603  # our own command
        self._born, self._beat = moment, None

    def _died(self, code: int, moment: float, restart: bool) -> None:
        self.code, self._process = code, None
        if self._line is not None:
            self._line.close()
        self._quick = 0 if moment - self._born > STEADY else self._quick + 1
        if restart:
            pause = PAUSES[min(self._quick, len(PAUSES) - 1)]
            self._due = moment + pause
            log.warning("a worker ended with %s; starting another in %g s", code, pause)

    def _listen(self, moment: float) -> None:
        assert self._process is not None
        assert self._line is not None
        with contextlib.suppress(OSError):
            if self._line.recv(4096):
                self._beat = moment
        if self._beat is not None and moment - self._beat > self._stall:
            log.error("worker %s stands still for %g s: a node blocks it; killing it", self._process.pid, self._stall)
            self._beat = None
            self.signal(signal.SIGKILL)

    def signal(self, number: int) -> None:
        """Pass a signal on."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


def _environment(number: int) -> dict[str, str]:
    """Of the process with this number: each one answers probes at a port of its own."""
    first = os.environ.get(PORT, "").strip()
    return {**os.environ, PORT: str(int(first) + number)} if first not in ("", "0") else dict(os.environ)
